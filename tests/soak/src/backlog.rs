//! A backlog: how fast it is drained, and with how much memory.

use std::fmt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use pgmutate_relay::{Reader, SlotReader, Start};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use crate::world::World;

/// What came of it.
#[derive(Debug)]
pub struct Drained {
    /// How the log was read.
    pub reader: Reader,
    /// How many events came, each once.
    pub events: u64,
    /// From the start of the process to its last line.
    pub time: Duration,
    /// The most memory that the process had, in KiB.
    pub peak_kib: u64,
}

impl Drained {
    /// Events in a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.events as f64 / self.time.as_secs_f64()
    }
}

impl fmt::Display for Drained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Drained { reader, events, time, peak_kib } = self;
        let (seconds, rate, mib) = (time.as_secs_f64(), self.rate(), *peak_kib as f64 / 1024.0);
        write!(f, "{reader:?}: {events} events in {seconds:.1} s, {rate:.0} events/s, at most {mib:.1} MiB")
    }
}

/// Fills a log with events of about 1.5 kB, then lets a relay write them as lines.
///
/// The slot is made before the log is filled, by a consumer that takes nothing, so that all of them come through it.
pub async fn drain(reader: Reader, events: u64, program: &Path) -> Drained {
    let (_server, world) = World::with_slots().await;
    if reader == Reader::Slot {
        let (session, log) = world.session().await;
        let session = std::sync::Arc::new(session);
        let name = pgmutate_relay::slot::name(&log, "soak");
        let position = SlotReader::begin(&session, &log, &name, Start::Now).await.expect("a slot");
        let slot = position.slot.expect("a place in the log");
        let insert = "INSERT INTO app.mutation_consumers (consumer, position, slot, lsn, table_to) VALUES ('soak', $1, $2, $3, $4)";
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
            [&position.event_id, &name, &slot.lsn, &slot.table_to];
        world.client.execute(insert, &values).await.expect("a consumer");
    }
    fill(&world, events, 1, 10_000).await;
    let began = Instant::now();
    let mut child = Command::new(program)
        .args(["relay", "--url", &world.database.url()])
        .args((reader == Reader::Slot).then_some("--slot"))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the relay starts");
    let mut lines = BufReader::with_capacity(1 << 20, child.stdout.take().expect("a pipe"));
    let mut line = Vec::new();
    for _ in 0..events {
        line.clear();
        let length = lines.read_until(b'\n', &mut line).await.expect("the pipe can be read");
        assert!(length > 0, "the relay has ended");
    }
    let time = began.elapsed();
    let peak_kib = peak_kib(child.id().expect("it runs"));
    child.kill().await.expect("the relay can be killed");
    Drained { reader, events, time, peak_kib }
}

/// Leaves so many events of about 1.5 kB, of so many entities in turn, and so many in a transaction.
///
/// # Panics
/// When the log does not take them.
pub async fn fill(world: &World, events: u64, entities: u32, in_transaction: u64) {
    let fill = format!(
        "SELECT count(app.log_cdc_event('ITEM_TOUCHED', 'item', ('10000000-0000-4000-8000-' || lpad(to_hex(1 + n % {entities}), 12, '0'))::uuid, 'UPDATE',
            jsonb_build_object('n', n - 1, 'note', repeat('x', 600)), jsonb_build_object('n', n, 'note', repeat('y', 600)), NULL))
         FROM generate_series($1::bigint, $2::bigint) AS n"
    );
    let fill = world.client.prepare(&fill).await.expect("a statement");
    let mut filled = 0;
    while filled < events {
        let next = (filled + in_transaction).min(events);
        let (from, to) = (i64::try_from(filled + 1), i64::try_from(next));
        world.client.execute(&fill, &[&from.expect("a number"), &to.expect("a number")]).await.expect("events");
        filled = next;
    }
}

/// The most memory that a process has had so far, 0 where the system does not tell.
fn peak_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().trim_end_matches("kB").trim().parse().ok()).unwrap_or_default()
}
