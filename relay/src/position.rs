//! How far a consumer has come.

use std::fmt;

use tokio_postgres::types::PgLsn;

/// How far a consumer has come with a log. Everything up to here is dealt with; a reader that begins here misses nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// Up to this event the log is dealt with.
    pub event_id: i64,
    /// Where a reader of a replication slot stands, `None` for a reader of the table.
    pub slot: Option<SlotPosition>,
}

/// How far a reader of a replication slot has come. Transactions come in the order of their commits there, so no `event_id` tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SlotPosition {
    /// What committed before this place of the write-ahead log is dealt with.
    pub lsn: PgLsn,
    /// Events up to this one are read from the table, and passed over where the slot has them as well.
    pub table_to: i64,
}

impl Position {
    /// A position of a reader of the table.
    #[must_use]
    pub fn of_table(event_id: i64) -> Position {
        Position { event_id, slot: None }
    }

    /// The place in the write-ahead log, if there is one.
    #[must_use]
    pub fn lsn(&self) -> Option<PgLsn> {
        self.slot.map(|slot| slot.lsn)
    }

    /// The farther of two in each respect.
    pub(crate) fn farther(self, other: Position) -> Position {
        let slot = match (self.slot, other.slot) {
            (Some(slot), Some(other)) => Some(SlotPosition { lsn: slot.lsn.max(other.lsn), ..slot }),
            (slot, other) => slot.or(other),
        };
        Position { event_id: self.event_id.max(other.event_id), slot }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.event_id)?;
        self.slot.map_or(Ok(()), |slot| write!(f, " at {}", slot.lsn))
    }
}
