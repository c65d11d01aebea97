//! The table reader under many writers, beside the naive one.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use pgmutate_relay::{Filter, Limits, Start, TableReader};
use tokio::sync::watch;
use tokio_postgres::Client;

use crate::verdict::{Verdict, change};
use crate::world::{Change, Load, World, Written};

/// What came of it.
#[derive(Debug)]
pub struct Reading {
    /// What the writers did.
    pub written: Written,
    /// What our reader gave out.
    pub ours: Verdict,
    /// What a reader by `event_id > last` gave out.
    pub naive: Verdict,
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Written { committed, rolled_back, long } = self.written;
        writeln!(f, "transactions: {committed} committed, {rolled_back} rolled back, {long} long")?;
        writeln!(f, "table reader: {}", self.ours)?;
        write!(f, "naive reader: {}", self.naive)
    }
}

/// Reads while the writers work, and until everything is there.
pub async fn reading(load: Load) -> Reading {
    let world = World::open().await;
    let (session, log) = world.session().await;
    let reader = TableReader::open(Arc::new(session), &log, Start::Now, Filter::default(), Limits::default());
    let reader = reader.await.expect("a reader");
    let (end, last_event) = watch::channel(i64::MAX);
    let ours = tokio::spawn(read(reader, last_event.clone()));
    let naive = tokio::spawn(read_naively(world.database.connect().await.expect("a connection"), last_event));

    let written = world.write(load).await;
    let committed = world.committed().await;
    end.send_replace(committed.last().map_or(0, |change| change.event_id));
    let ours = ours.await.expect("the reader ends");
    let naive = naive.await.expect("the naive reader ends");
    Reading { written, ours: Verdict::of(&committed, &ours), naive: Verdict::of(&committed, &naive) }
}

async fn read(mut reader: TableReader, mut end: watch::Receiver<i64>) -> Vec<Change> {
    let mut changes = Vec::new();
    while reader.position() < *end.borrow_and_update() {
        tokio::select! {
            batch = reader.next_batch() => changes.extend(batch.expect("the log can be read").events.iter().map(change)),
            _ = end.changed() => {}
        }
    }
    changes
}

/// As it is done everywhere, and loses what commits behind a later number.
async fn read_naively(client: Client, end: watch::Receiver<i64>) -> Vec<Change> {
    let sql = "SELECT event_id, entity_id::text, (payload -> 'after' ->> 'n')::bigint
               FROM app.mutation_events WHERE event_id > $1 ORDER BY event_id LIMIT 1000";
    let mut changes = Vec::new();
    let mut last = 0_i64;
    while last < *end.borrow() {
        let rows = client.query(sql, &[&last]).await.expect("the log can be read");
        changes.extend(rows.iter().map(|row| Change { event_id: row.get(0), item: row.get(1), n: row.get(2) }));
        last = changes.last().map_or(0, |change| change.event_id);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    changes
}
