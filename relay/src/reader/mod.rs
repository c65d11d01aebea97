//! Readers of the log: as a table, or through a replication slot.

mod doorbell;
mod filter;
mod horizon;
mod record;
mod start;
mod table;

use std::future::Future;
use std::time::Duration;

use futures_util::stream::{self, Stream};

pub use doorbell::Doorbell;
pub use filter::Filter;
pub(crate) use horizon::{Horizon, holders_sql};
#[cfg(feature = "slot")]
pub(crate) use record::{Record, Records};
pub use start::Start;
pub use table::TableReader;

use crate::{Error, Event, Position};

/// How long a reader waits at most before it looks at a gap again.
const GAP_PAUSE: Duration = Duration::from_millis(20);

/// How much a reader takes at a time, and how often it looks when nobody wakes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Events in a batch, at most.
    pub events: u32,
    /// Bytes of documents in a batch, at most; a single event may have more.
    pub bytes: usize,
    /// The longest pause between two looks while there is nothing new.
    pub poll: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { events: 1000, bytes: 4 << 20, poll: Duration::from_millis(100) }
    }
}

/// Events in the order of their reader, and how far one has come with them.
#[derive(Clone, PartialEq, Debug)]
pub struct Batch {
    /// Those that are wanted; there may be none.
    pub events: Vec<Event>,
    /// How far the log is dealt with once the events of the batch are.
    pub position: Position,
}

/// What gives out the log batch by batch.
pub(crate) trait Batches: Sized {
    fn next(&mut self) -> impl Future<Output = Result<Batch, Error>> + Send;
}

impl Batches for TableReader {
    fn next(&mut self) -> impl Future<Output = Result<Batch, Error>> + Send {
        self.next_batch()
    }
}

/// The events of a reader, one by one.
pub(crate) fn events_of<B: Batches>(reader: B) -> impl Stream<Item = Result<Event, Error>> {
    stream::unfold((Some(reader), Vec::new().into_iter()), |(reader, mut ready)| async move {
        let mut reader = reader?;
        loop {
            if let Some(event) = ready.next() {
                return Some((Ok(event), (Some(reader), ready)));
            }
            match reader.next().await {
                Ok(batch) => ready = batch.events.into_iter(),
                Err(error) => return Some((Err(error), (None, ready))),
            }
        }
    })
}
