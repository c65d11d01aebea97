//! The statements that a connection has prepared, a bounded number of them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_postgres::Statement;

use super::request::Key;

/// What a [`Connection`](super::Connection) leaves on the server between calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statements {
    /// At most this many prepared statements, so that a later call is neither parsed nor planned anew; beyond that, the one that has not been used for
    /// the longest time is closed. A mutation with optional arguments has one statement for each combination that is called.
    Prepared {
        /// How many.
        most: usize,
    },
    /// Nothing: every call sends the unnamed statement. For a pooler that gives each transaction another connection of its own, such as PgBouncer with
    /// `pool_mode = transaction`.
    Unnamed,
}

impl Default for Statements {
    fn default() -> Self {
        Self::Prepared { most: 256 }
    }
}

/// The prepared statements of one connection.
#[derive(Debug)]
pub(super) struct Prepared {
    most: usize,
    slots: Mutex<Slots>,
}

#[derive(Debug, Default)]
struct Slots {
    by_key: HashMap<Key, Slot>,
    /// Counts the uses, so that the oldest is known.
    clock: u64,
}

#[derive(Debug)]
struct Slot {
    /// `None` while it is being prepared, and for good where nobody waited for that: so a call that is always dropped leaves one statement behind it on
    /// the server, not one each time.
    statement: Option<Statement>,
    used: u64,
}

/// How a request's statement is to be sent.
#[derive(Debug)]
pub(super) enum Found {
    Ready(Key, Statement),
    /// Unnamed; and it is the caller's to prepare it in the same flight.
    New(Key),
    Unnamed,
}

impl Prepared {
    pub(super) fn new(statements: Statements) -> Self {
        let most = match statements {
            Statements::Prepared { most } => most,
            Statements::Unnamed => 0,
        };
        Self { most, slots: Mutex::default() }
    }

    /// The statement, or who prepares it.
    pub(super) fn find(&self, key: Option<Key>) -> Found {
        let Some(key) = key.filter(|_| self.most > 0) else { return Found::Unnamed };
        let mut slots = self.lock();
        let used = slots.tick();
        if let Some(slot) = slots.by_key.get_mut(&key) {
            slot.used = used;
            return slot.statement.clone().map_or(Found::Unnamed, |statement| Found::Ready(key, statement));
        }
        let closed = if slots.by_key.len() < self.most { None } else { slots.remove_oldest() };
        slots.by_key.insert(key, Slot { statement: None, used });
        drop(slots);
        // Dropping a statement closes it on the server, after the lock is free.
        drop(closed);
        Found::New(key)
    }

    /// Keeps what was prepared.
    pub(super) fn keep(&self, key: Key, statement: Statement) {
        if let Some(slot) = self.lock().by_key.get_mut(&key) {
            slot.statement = Some(statement);
        }
    }

    /// Forgets what could not be prepared, or what the server does not have any more.
    pub(super) fn forget(&self, key: Key) {
        let forgotten = self.lock().by_key.remove(&key);
        drop(forgotten);
    }

    pub(super) fn len(&self) -> usize {
        self.lock().by_key.values().filter(|slot| slot.statement.is_some()).count()
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slots {
    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    /// Looks at all of them, which only a connection that has more statements than it may keep has to do.
    fn remove_oldest(&mut self) -> Option<Slot> {
        let oldest = *self.by_key.iter().min_by_key(|(_, slot)| slot.used)?.0;
        self.by_key.remove(&oldest)
    }
}
