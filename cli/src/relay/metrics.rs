//! What the consumers are doing, as Prometheus reads it, and whether they do what they should.

use std::fmt::Write as _;
use std::sync::Arc;

use pgmutate_relay::{Status, Timestamp};

/// A stream that has not been seen to go on for this long is stuck.
const STUCK_MICROS: i64 = 60_000_000;

/// A consumer under watch.
pub(super) struct Watched {
    pub(super) name: String,
    /// What kind of sink it has, such as `kafka`.
    pub(super) sink: &'static str,
    pub(super) status: Arc<Status>,
}

impl Watched {
    /// Why its stream does not go on, if it does not.
    fn trouble(&self) -> Option<String> {
        let status = &self.status;
        if let Some(failure) = status.failure() {
            return Some(failure);
        }
        let Some(alive_at) = status.alive_at() else {
            return Some("it has not begun yet".to_owned());
        };
        let silent = Timestamp::now().micros - alive_at.micros;
        if silent > STUCK_MICROS {
            return Some(format!("its sink has not answered for {} s", silent / 1_000_000));
        }
        let held_up = status.held_up_micros() / 1_000_000;
        (held_up > 60).then(|| format!("an open transaction that has left an event holds it up for {held_up} s"))
    }
}

/// Every consumer that is in trouble, a line each; empty where none is.
pub(super) fn troubles(consumers: &[Watched]) -> String {
    let lines = consumers.iter().filter_map(|consumer| Some(format!("{}: {}\n", consumer.name, consumer.trouble()?)));
    lines.collect()
}

type Value = fn(&Watched) -> f64;

/// Name, kind, meaning and value of each metric.
const METRICS: [(&str, &str, &str, Value); 10] = [
    ("leads", "gauge", "Whether this relay delivers for the consumer, and not another one", |it| {
        flag(it.status.leads())
    }),
    ("ready", "gauge", "Whether the stream goes on", |it| flag(it.trouble().is_none())),
    ("position", "gauge", "Up to this event_id everything is dealt with", |it| it.status.position() as f64),
    ("lag_events", "gauge", "Numbers between the position and the newest event", |it| {
        (it.status.newest() - it.status.position()).max(0) as f64
    }),
    ("lag_seconds", "gauge", "Age of the oldest event that is being delivered", |it| seconds(it.status.lag_micros())),
    ("held_up_seconds", "gauge", "For how long an open transaction has held up the stream", |it| {
        seconds(it.status.held_up_micros())
    }),
    ("parked_entities", "gauge", "Entities of which an event was refused", |it| it.status.parked() as f64),
    ("delivered_total", "counter", "Events delivered by this process", |it| it.status.delivered() as f64),
    ("retries_total", "counter", "Deliveries that went wrong and were tried again", |it| it.status.retries() as f64),
    ("alive_timestamp_seconds", "gauge", "When the stream was last seen to go on", |it| {
        it.status.alive_at().map_or(0.0, |time| time.micros as f64 / 1e6)
    }),
];

fn flag(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

/// All metrics in Prometheus' text format.
pub(super) fn render(consumers: &[Watched]) -> String {
    let mut out = String::new();
    for (name, kind, help, value) in METRICS {
        let name = format!("pgmutate_relay_{name}");
        let _ = writeln!(out, "# HELP {name} {help}.\n# TYPE {name} {kind}");
        for consumer in consumers {
            let _ = writeln!(out, "{name}{{consumer=\"{}\"}} {}", label(&consumer.name), value(consumer));
        }
    }
    let _ = writeln!(
        out,
        "# HELP pgmutate_relay_sink_info What kind of sink a consumer has.\n# TYPE pgmutate_relay_sink_info gauge"
    );
    for consumer in consumers {
        let (name, sink) = (label(&consumer.name), consumer.sink);
        let _ = writeln!(out, "pgmutate_relay_sink_info{{consumer=\"{name}\",sink=\"{sink}\"}} 1");
    }
    out
}

/// A text as the value of a label.
fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
