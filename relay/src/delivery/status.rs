//! What a consumer is doing, for whoever watches.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Instant;

use crate::Timestamp;

/// What a consumer is doing. It may be read at any time, from anywhere.
#[derive(Debug, Default)]
pub struct Status {
    pub(crate) leads: AtomicBool,
    pub(crate) position: AtomicI64,
    pub(crate) delivered: AtomicU64,
    pub(crate) retries: AtomicU64,
    pub(crate) parked: AtomicU64,
    /// When the oldest event that is read and not yet delivered was written; 0 where there is none.
    pub(crate) waiting_since: AtomicI64,
    /// When it was last seen that the stream goes on: something was delivered, or there was nothing to deliver. By [`uptime`].
    pub(crate) alive_at: AtomicI64,
    /// When the position last moved, by [`uptime`].
    moved_at: AtomicI64,
    /// The newest event of the log.
    pub(crate) newest: AtomicI64,
    /// How much of its write-ahead log the server keeps for the consumer's slot.
    pub(crate) retained_wal: AtomicU64,
    /// The server is about to lose what it keeps for the slot, or has lost it.
    pub(crate) slot_at_risk: AtomicBool,
    /// Since when an open transaction holds up the reader of this lead.
    pub(crate) held_up_since: Mutex<Arc<AtomicI64>>,
    failure: Mutex<Option<String>>,
}

impl Status {
    /// Whether this relay delivers for the consumer, and not another one.
    #[must_use]
    pub fn leads(&self) -> bool {
        self.leads.load(Relaxed)
    }

    /// Up to this event everything is dealt with.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.position.load(Relaxed)
    }

    /// How many events were delivered since the start of the process.
    #[must_use]
    pub fn delivered(&self) -> u64 {
        self.delivered.load(Relaxed)
    }

    /// How many tries went wrong.
    #[must_use]
    pub fn retries(&self) -> u64 {
        self.retries.load(Relaxed)
    }

    /// How many entities are parked.
    #[must_use]
    pub fn parked(&self) -> u64 {
        self.parked.load(Relaxed)
    }

    /// How long ago the oldest event was written that is being delivered, in microseconds; 0 where there is none.
    #[must_use]
    pub fn lag_micros(&self) -> u64 {
        micros_since(self.waiting_since.load(Relaxed))
    }

    /// The newest event of the log, as it was a second ago.
    #[must_use]
    pub fn newest(&self) -> i64 {
        self.newest.load(Relaxed).max(self.position())
    }

    /// For how long an open transaction has held up the stream, in microseconds; 0 where none does.
    #[must_use]
    pub fn held_up_micros(&self) -> u64 {
        uptime_since(self.held_up_since.lock().unwrap_or_else(PoisonError::into_inner).load(Relaxed)).unwrap_or(0)
    }

    /// How many bytes of its write-ahead log the server keeps for the consumer's slot, as it was a second ago; 0 where it has none.
    #[must_use]
    pub fn retained_wal_bytes(&self) -> u64 {
        self.retained_wal.load(Relaxed)
    }

    /// Whether the server is about to lose what it keeps for the consumer's slot, or has lost it.
    #[must_use]
    pub fn slot_at_risk(&self) -> bool {
        self.slot_at_risk.load(Relaxed)
    }

    /// For how long the position has not moved although there are newer events, in microseconds; 0 where there are none.
    #[must_use]
    pub fn stalled_micros(&self) -> u64 {
        if self.newest() > self.position() { uptime_since(self.moved_at.load(Relaxed)).unwrap_or(0) } else { 0 }
    }

    /// What went wrong last, until something goes right again.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How long ago the stream was last seen to go on, in microseconds; `None` where it has not begun yet.
    #[must_use]
    pub fn silent_micros(&self) -> Option<u64> {
        uptime_since(self.alive_at.load(Relaxed))
    }

    pub(crate) fn stands_at(&self, event_id: i64) {
        if self.position.swap(event_id, Relaxed) != event_id || self.newest.load(Relaxed) <= event_id {
            self.moved_at.store(uptime(), Relaxed);
        }
    }

    pub(crate) fn reads(&self, held_up_since: Arc<AtomicI64>) {
        *self.held_up_since.lock().unwrap_or_else(PoisonError::into_inner) = held_up_since;
    }

    pub(crate) fn fails(&self, why: String) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }

    pub(crate) fn goes_on(&self) {
        self.alive_at.store(uptime(), Relaxed);
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// How long ago a time was, 0 where there is none.
fn micros_since(time: i64) -> u64 {
    if time == 0 { 0 } else { u64::try_from(Timestamp::now().micros - time).unwrap_or(0) }
}

/// Microseconds since the first call, and never 0: a clock that nobody can set.
pub(crate) fn uptime() -> i64 {
    static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
    i64::try_from(ORIGIN.elapsed().as_micros()).unwrap_or(i64::MAX).saturating_add(1)
}

/// How long ago a time of [`uptime`] was, `None` where it is 0.
fn uptime_since(time: i64) -> Option<u64> {
    (time != 0).then(|| u64::try_from(uptime() - time).unwrap_or(0))
}
