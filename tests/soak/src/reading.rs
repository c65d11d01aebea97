//! Both readers under many writers, beside the naive one.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use pgmutate_relay::{Batch, Filter, Limits, SlotReader, Start, TableReader};
use tokio::sync::watch;
use tokio_postgres::Client;

use crate::verdict::{Verdict, change};
use crate::world::{Change, Load, World, Written};

/// What came of it.
#[derive(Debug)]
pub struct Reading {
    /// What the writers did.
    pub written: Written,
    /// What the reader of the table gave out.
    pub table: Verdict,
    /// What the reader of a slot gave out.
    pub slot: Verdict,
    /// What a reader by `event_id > last` gave out.
    pub naive: Verdict,
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Written { committed, rolled_back, long } = self.written;
        writeln!(f, "transactions: {committed} committed, {rolled_back} rolled back, {long} long")?;
        writeln!(f, "table reader: {}", self.table)?;
        writeln!(f, "slot reader:  {}", self.slot)?;
        write!(f, "naive reader: {}", self.naive)
    }
}

/// Reads while the writers work, and until everything is there.
pub async fn reading(load: Load) -> Reading {
    let (_server, world) = World::with_slots().await;
    let (session, log) = world.session().await;
    let session = Arc::new(session);
    let (filter, limits) = (Filter::default, Limits::default());
    let table = TableReader::open(Arc::clone(&session), &log, Start::Now, filter(), limits).await.expect("a reader");
    let position = SlotReader::begin(&session, &log, "soak", Start::Now).await.expect("a slot");
    let connector = world.connector();
    let slot = SlotReader::open(&connector, Arc::clone(&session), &log, "soak", position, filter(), limits);
    let slot = slot.await.expect("a reader");
    let (end, last_event) = watch::channel(None);
    let table = tokio::spawn(read(table, last_event.clone()));
    let slot = tokio::spawn(read(slot, last_event.clone()));
    let naive = tokio::spawn(read_naively(world.database.connect().await.expect("a connection"), last_event));

    let written = world.write(load).await;
    let committed = world.committed().await;
    end.send_replace(Some(End::of(&committed)));
    let verdict = |changes: Vec<Change>| Verdict::of(&committed, &changes);
    let [table, slot, naive] = [table, slot, naive].map(|reading| async { reading.await.expect("the reader ends") });
    Reading { written, table: verdict(table.await), slot: verdict(slot.await), naive: verdict(naive.await) }
}

/// When a reader has had everything.
#[derive(Clone, Copy)]
struct End {
    events: usize,
    last: i64,
}

impl End {
    fn of(committed: &[Change]) -> End {
        End { events: committed.len(), last: committed.last().map_or(0, |change| change.event_id) }
    }
}

trait Reads: Send + 'static {
    fn next(&mut self) -> impl Future<Output = Batch> + Send;
}

impl Reads for TableReader {
    async fn next(&mut self) -> Batch {
        self.next_batch().await.expect("the log can be read")
    }
}

impl Reads for SlotReader {
    async fn next(&mut self) -> Batch {
        let batch = self.next_batch().await.expect("the slot can be read");
        self.acknowledge().up_to(batch.position.lsn().expect("a place in the log"));
        batch
    }
}

/// Reads until as many have come as were committed, or nothing more comes.
async fn read(mut reader: impl Reads, mut end: watch::Receiver<Option<End>>) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    loop {
        let known = *end.borrow_and_update();
        if known.is_some_and(|end| changes.len() >= end.events) {
            return changes;
        }
        tokio::select! {
            batch = reader.next() => changes.extend(batch.events.iter().map(change)),
            _ = end.changed(), if known.is_none() => {}
            () = tokio::time::sleep(Duration::from_secs(60)), if known.is_some() => return changes,
        }
    }
}

/// As it is done everywhere, and loses what commits behind a later number.
async fn read_naively(client: Client, end: watch::Receiver<Option<End>>) -> Vec<Change> {
    let sql = "SELECT event_id, entity_id::text, (payload -> 'after' ->> 'n')::bigint
               FROM app.mutation_events WHERE event_id > $1 ORDER BY event_id LIMIT 1000";
    let mut changes = Vec::new();
    let mut last = 0_i64;
    while end.borrow().is_none_or(|end| last < end.last) {
        let rows = client.query(sql, &[&last]).await.expect("the log can be read");
        changes.extend(rows.iter().map(|row| Change { event_id: row.get(0), item: row.get(1), n: row.get(2) }));
        last = changes.last().map_or(0, |change| change.event_id);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    changes
}
