//! Reads the log through a replication slot: transactions in the order of their commits, as soon as they have committed.
//!
//! ```text
//!  table, up to what was there when the slot was made ──> slot, from there on
//! ```
//! A slot begins where it is made. So what is older is read from the table first, up to an event behind which nothing older can appear,
//! and what the slot has of that is passed over: each event comes once, whatever the reader starts with.
//!
//! The server keeps its write-ahead log for a slot until the reader [acknowledges](Acknowledge) it, which must come after the events
//! are dealt with.

mod fault;
mod manage;
mod pgoutput;
mod streaming;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use futures_util::stream::Stream;
use tokio::sync::watch;
use tokio_postgres::types::PgLsn;

pub use fault::{Gap, ReplicationError, SlotFault};
pub(crate) use manage::Slot;
pub use manage::name;

use crate::reader::{Batches, events_of};
use crate::{Batch, Connector, Error, Event, Filter, Limits, Log, Position, Session, SlotPosition, Start, TableReader};
use streaming::Streaming;

/// Reads one log through a replication slot.
///
/// Order: events of one transaction in the order in which they were left, transactions in the order of their commits. That keeps the
/// order within an entity, whose row is locked until the commit.
pub struct SlotReader {
    phase: Phase,
    opening: Opening,
    position: Position,
    held_up_since: Arc<AtomicI64>,
    acknowledged: watch::Receiver<Option<PgLsn>>,
    acknowledge: Acknowledge,
}

enum Phase {
    /// What was there before the slot.
    Table(Box<TableReader>),
    Slot(Box<Streaming>),
}

/// What a stream is opened with.
struct Opening {
    connector: Connector,
    session: Arc<Session>,
    log: Log,
    slot: String,
    filter: Filter,
    limits: Limits,
}

impl fmt::Debug for SlotReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlotReader")
            .field("slot", &self.opening.slot)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

/// Tells the server of a slot what is dealt with.
#[derive(Clone, Debug)]
pub struct Acknowledge(watch::Sender<Option<PgLsn>>);

impl Acknowledge {
    /// Everything that committed before this place of the write-ahead log is dealt with for ever. The server may forget it.
    pub fn up_to(&self, lsn: PgLsn) {
        self.0.send_replace(Some(lsn));
    }
}

impl SlotReader {
    /// Makes the slot `name`, anew where there is one, and finds the position that a reader begins at.
    ///
    /// A slot is made once every transaction that is open has ended, those of other databases as well.
    ///
    /// # Errors
    /// When the server keeps no slots, has none left or does not let the role make one, and when the name belongs to a slot of somebody
    /// else.
    pub async fn begin(session: &Arc<Session>, log: &Log, name: &str, start: Start) -> Result<Position, Error> {
        // First where to begin: with `now`, what commits while the slot is made counts already.
        let event_id = table_position(session, log, start).await?;
        Ok(Position { event_id, slot: Some(make_slot(session, log, name).await?) })
    }

    /// Begins to read the slot `name` at a position that [`begin`](Self::begin) or a [batch](Batch) has told.
    ///
    /// Whoever reads the slot already under the same name is cut off: it is for the caller to know that it is gone.
    ///
    /// # Errors
    /// When the slot is missing or lost, when something is missing between the position and the slot, and when the server does not send.
    pub async fn open(
        connector: &Connector,
        session: Arc<Session>,
        log: &Log,
        name: &str,
        position: Position,
        filter: Filter,
        limits: Limits,
    ) -> Result<SlotReader, Error> {
        let gap = Gap { event_id: position.event_id, lsn: position.lsn() };
        Slot::new(&session, log, name).check(gap).await?;
        let (sender, acknowledged) = watch::channel(None);
        let limits = Limits { events: limits.events.max(1), ..limits };
        let opening = Opening {
            connector: connector.clone(),
            session: Arc::clone(&session),
            log: log.clone(),
            slot: name.to_owned(),
            filter: filter.clone(),
            limits,
        };
        let from_table = position.slot.filter(|slot| position.event_id < slot.table_to);
        let (phase, held_up_since) = match from_table {
            Some(slot) => {
                let start = Start::After(position.event_id);
                let mut table = TableReader::open(session, log, start, filter, limits).await?;
                table.decided_to(slot.table_to);
                let held_up_since = table.held_up_since();
                (Phase::Table(Box::new(table)), held_up_since)
            }
            None => (Phase::Slot(Box::new(opening.stream(position).await?)), Arc::default()),
        };
        Ok(SlotReader { phase, opening, position, held_up_since, acknowledged, acknowledge: Acknowledge(sender) })
    }

    /// Up to here the log has been given out.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// How to tell the server what is dealt with. While nobody does, it keeps its write-ahead log.
    #[must_use]
    pub fn acknowledge(&self) -> Acknowledge {
        self.acknowledge.clone()
    }

    pub(crate) fn held_up_since(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.held_up_since)
    }

    /// Waits for what comes next. It may be that only the position has moved.
    ///
    /// A transaction may be cut into several batches. Its end is part of the position only once all of it is given out, so that a reader
    /// that is cut off within it begins with its first event again.
    ///
    /// A call that is given up loses nothing.
    ///
    /// # Errors
    /// When the connection is lost, and on a row that is not as the log writes rows.
    pub async fn next_batch(&mut self) -> Result<Batch, Error> {
        loop {
            let batch = match &mut self.phase {
                Phase::Table(table) => {
                    let mut batch = table.next_batch().await?;
                    let slot = self.position.slot;
                    if let Some(slot) = slot
                        && batch.position.event_id >= slot.table_to
                    {
                        // What is newer comes through the slot.
                        batch.events.retain(|event| event.id.event_id <= slot.table_to);
                        batch.position.event_id = slot.table_to;
                    }
                    batch.position.slot = slot;
                    batch
                }
                Phase::Slot(streaming) => {
                    let opening = &self.opening;
                    tokio::select! {
                        batch = streaming.next_batch(&opening.filter, &opening.limits, self.position) => batch?,
                        Ok(()) = self.acknowledged.changed() => {
                            if let Some(lsn) = *self.acknowledged.borrow_and_update() {
                                streaming.acknowledge(lsn);
                            }
                            continue;
                        }
                    }
                }
            };
            self.position = batch.position;
            if let (Phase::Table(_), Some(slot)) = (&self.phase, batch.position.slot)
                && batch.position.event_id >= slot.table_to
            {
                self.phase = Phase::Slot(Box::new(self.opening.stream(batch.position).await?));
            }
            return Ok(batch);
        }
    }

    /// Returns when the server was told of something that is dealt with; for whoever is busy with a batch meanwhile.
    pub(crate) async fn acknowledged(&mut self) {
        if self.acknowledged.changed().await.is_err() {
            return std::future::pending().await;
        }
        if let (Phase::Slot(streaming), Some(lsn)) = (&self.phase, *self.acknowledged.borrow_and_update()) {
            streaming.acknowledge(lsn);
        }
    }

    /// All events from here on, one by one. Who asks for the first event of the next batch says that all before it are dealt with.
    pub fn into_stream(self) -> impl Stream<Item = Result<Event, Error>> {
        events_of(Acknowledging { reader: self, given: None })
    }
}

/// Where a reader of the table begins.
async fn table_position(session: &Arc<Session>, log: &Log, start: Start) -> Result<i64, Error> {
    let reader = TableReader::open(Arc::clone(session), log, start, Filter::default(), Limits::default());
    Ok(reader.await?.position())
}

/// Makes a slot, and finds up to where the table has to be read: everything that committed before the slot is visible by then, and
/// everything up to the newest of it is decided.
pub(crate) async fn make_slot(session: &Arc<Session>, log: &Log, name: &str) -> Result<SlotPosition, Error> {
    let lsn = Slot::new(session, log, name).make().await?;
    let table_to = table_position(session, log, Start::Now).await?;
    Ok(SlotPosition { lsn, table_to })
}

impl Opening {
    async fn stream(&self, position: Position) -> Result<Streaming, Error> {
        let slot = Slot::new(&self.session, &self.log, &self.slot);
        // The stored position of a reader that has just finished with the table is that of the slot itself.
        let lsn = position.lsn().unwrap_or(PgLsn::from(0));
        Streaming::open(&self.connector, &self.session, &self.log, slot, lsn).await
    }
}

impl Batches for SlotReader {
    fn next(&mut self) -> impl Future<Output = Result<Batch, Error>> + Send {
        self.next_batch()
    }
}

/// A reader for whom asking for more means that he is done with what he has.
struct Acknowledging {
    reader: SlotReader,
    given: Option<PgLsn>,
}

impl Batches for Acknowledging {
    async fn next(&mut self) -> Result<Batch, Error> {
        if let Some(lsn) = self.given {
            self.reader.acknowledge.up_to(lsn);
        }
        let batch = self.reader.next_batch().await?;
        self.given = batch.position.lsn();
        Ok(batch)
    }
}
