//! What calls leave for those who watch.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use metrics::{
    Counter, CounterFn, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata as MetricMetadata, Recorder,
    SharedString, Unit,
};
use pgmutate::{Client, Context, Mutation};
use pgmutate_tests::calls::{order, rename};
use pgmutate_tests::shop::{POT, Shop, TEA};
use pgmutate_tests::unruly::{self, Refuse};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

type Fields = BTreeMap<String, String>;

/// Keeps the fields of every span, and every event, in the order in which they were made.
#[derive(Clone, Default)]
struct Watcher {
    spans: Arc<Mutex<Vec<Fields>>>,
    events: Arc<Mutex<Vec<Fields>>>,
}

struct Into<'a>(&'a mut Fields);

impl Visit for Into<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

impl Subscriber for Watcher {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("pgmutate")
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut fields = Fields::new();
        attributes.record(&mut Into(&mut fields));
        let mut spans = self.spans.lock().unwrap();
        spans.push(fields);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let at = usize::try_from(span.into_u64()).unwrap() - 1;
        values.record(&mut Into(&mut self.spans.lock().unwrap()[at]));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::new();
        event.record(&mut Into(&mut fields));
        self.events.lock().unwrap().push(fields);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn a_span_tells_of_each_call() {
    let shop = Shop::open().await;
    shop.client.batch_execute(unruly::SQL).await.unwrap();
    let watcher = Watcher::default();
    let _watching = tracing::subscriber::set_default(watcher.clone());

    let answer = order(&[(TEA, 1)]).execute(&shop.client).await.unwrap();
    order(&[(POT, 1)]).execute(&shop.client).await.unwrap();
    Refuse { reason: "4711".to_owned() }.execute(&shop.client).await.unwrap_err();
    let open = Context::new().log_values();
    Refuse { reason: "4711".to_owned() }.execute(&shop.client.with(&open)).await.unwrap_err();

    let spans = watcher.spans.lock().unwrap();
    let of = |span: usize, field: &str| spans[span].get(field).cloned().unwrap_or_default();
    assert_eq!(spans.len(), 4);
    let told = ["function", "outcome", "code", "rows", "retries", "replayed"].map(|field| of(0, field));
    assert_eq!(told, ["app.create_order", "success", "SUCCESS", "1", "0", "false"]);
    assert_eq!(of(0, "bytes"), answer.as_bytes().len().to_string());
    assert_eq!(of(0, "database_us"), answer.timing().database.as_micros().to_string());
    assert_eq!(of(0, "transform_us"), answer.timing().transform.as_micros().to_string());
    assert_eq!((of(1, "outcome"), of(1, "code")), ("error".to_owned(), "OUT_OF_STOCK".to_owned()));
    let told = ["function", "outcome", "code", "sqlstate"].map(|field| of(2, field));
    assert_eq!(told, ["app.refuse", "failure", "database", "KT418"]);

    let events = watcher.events.lock().unwrap();
    assert_eq!(events.len(), 2, "{events:?}");
    assert_eq!(events[0]["error"], "Database: `app.refuse`, SQLSTATE KT418, constraint `kettle_is_no_teapot`");
    assert!(!format!("{:?}{:?}", spans[2], events[0]).contains("4711"), "values are told to nobody");
    assert!(events[1]["error"].contains("4711") && events[1]["error"].contains("DETAIL"), "unless they are asked for");
}

/// What was counted, by name and labels.
#[derive(Clone, Default)]
struct Counts(Arc<Mutex<BTreeMap<String, Vec<f64>>>>);

struct Count(Counts, String);

impl Count {
    fn add(&self, value: f64) {
        self.0.0.lock().unwrap().entry(self.1.clone()).or_default().push(value);
    }
}

impl CounterFn for Count {
    fn increment(&self, value: u64) {
        self.add(value as f64);
    }

    fn absolute(&self, _: u64) {}
}

impl HistogramFn for Count {
    fn record(&self, value: f64) {
        self.add(value);
    }
}

fn shown(key: &Key) -> String {
    let labels = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect::<Vec<_>>();
    format!("{} {}", key.name(), labels.join(" "))
}

impl Recorder for Counts {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &MetricMetadata<'_>) -> Counter {
        Counter::from_arc(Arc::new(Count(self.clone(), shown(key))))
    }

    fn register_gauge(&self, _: &Key, _: &MetricMetadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &MetricMetadata<'_>) -> Histogram {
        Histogram::from_arc(Arc::new(Count(self.clone(), shown(key))))
    }
}

#[tokio::test]
async fn calls_are_counted_and_measured() {
    let shop = Shop::open().await;
    shop.client.batch_execute(unruly::SQL).await.unwrap();
    let counts = Counts::default();
    let _counting = metrics::set_default_local_recorder(&counts);

    let answer = rename("A").execute(&shop.client).await.unwrap();
    rename("B").execute(&shop.client).await.unwrap();
    order(&[(POT, 1)]).execute(&shop.client).await.unwrap();
    Refuse { reason: String::new() }.execute(&shop.client).await.unwrap_err();

    let counts = counts.0.lock().unwrap();
    assert_eq!(counts["pgmutate_calls_total function=app.update_customer outcome=success code=SUCCESS"], [1.0, 1.0]);
    assert_eq!(counts["pgmutate_calls_total function=app.create_order outcome=error code=OUT_OF_STOCK"], [1.0]);
    assert_eq!(counts["pgmutate_calls_total function=app.refuse outcome=failure code=database"], [1.0]);
    assert_eq!(
        counts["pgmutate_database_seconds function=app.update_customer"][0],
        answer.timing().database.as_secs_f64()
    );
    assert_eq!(
        counts["pgmutate_transform_seconds function=app.update_customer"][0],
        answer.timing().transform.as_secs_f64()
    );
    assert_eq!(counts["pgmutate_answer_bytes function=app.update_customer"][0], answer.as_bytes().len() as f64);
    assert!(!counts.keys().any(|key| key.starts_with("pgmutate_retries_total")));
}
