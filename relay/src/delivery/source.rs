//! The reader of a consumer, whichever it is.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use tokio_postgres::types::PgLsn;

use super::Consumer;
#[cfg(feature = "slot")]
use crate::slot::{self, SlotReader};
use crate::{Batch, Connector, Error, Log, Position, Session, Start, TableReader};

/// How a consumer reads the log.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Reader {
    /// As a table, in the order of `event_id`.
    #[default]
    Table,
    /// Through a replication slot of its own, in the order of commits.
    #[cfg(feature = "slot")]
    Slot,
}

/// A reader at work.
pub(super) enum Source {
    Table(Box<TableReader>),
    #[cfg(feature = "slot")]
    Slot(Box<SlotReader>),
}

/// Tells the server up to where it may forget.
pub(super) type Acknowledge = Arc<dyn Fn(PgLsn) + Send + Sync>;

impl Source {
    #[cfg_attr(not(feature = "slot"), allow(unused_variables, reason = "a reader of the table has the session"))]
    pub(super) async fn open(
        connector: &Connector,
        session: &Arc<Session>,
        log: &Log,
        consumer: &Consumer,
        position: Position,
    ) -> Result<Source, Error> {
        let (session, filter) = (Arc::clone(session), consumer.filter.clone());
        match consumer.reader {
            Reader::Table => {
                let start = Start::After(position.event_id);
                Ok(Source::Table(Box::new(TableReader::open(session, log, start, filter, consumer.limits).await?)))
            }
            #[cfg(feature = "slot")]
            Reader::Slot => {
                let name = slot::name(log, &consumer.name);
                let reader = SlotReader::open(connector, session, log, &name, position, filter, consumer.limits);
                Ok(Source::Slot(Box::new(reader.await?)))
            }
        }
    }

    pub(super) fn held_up_since(&self) -> Arc<AtomicI64> {
        match self {
            Source::Table(reader) => reader.held_up_since(),
            #[cfg(feature = "slot")]
            Source::Slot(reader) => reader.held_up_since(),
        }
    }

    /// How to tell the server up to where it may forget, where it keeps anything.
    pub(super) fn acknowledge(&self) -> Option<Acknowledge> {
        match self {
            Source::Table(_) => None,
            #[cfg(feature = "slot")]
            Source::Slot(reader) => {
                let acknowledge = reader.acknowledge();
                Some(Arc::new(move |lsn| acknowledge.up_to(lsn)))
            }
        }
    }

    pub(super) async fn next_batch(&mut self) -> Result<Batch, Error> {
        match self {
            Source::Table(reader) => reader.next_batch().await,
            #[cfg(feature = "slot")]
            Source::Slot(reader) => reader.next_batch().await,
        }
    }

    /// Returns when the server was told something, and never where there is nothing to tell.
    pub(super) async fn acknowledged(&mut self) {
        match self {
            Source::Table(_) => std::future::pending().await,
            #[cfg(feature = "slot")]
            Source::Slot(reader) => reader.acknowledged().await,
        }
    }
}
