//! What a consumer is doing, for whoever watches.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

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
    /// When it was last seen that the stream goes on: something was delivered, or there was nothing to deliver.
    pub(crate) alive_at: AtomicI64,
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
        match self.waiting_since.load(Relaxed) {
            0 => 0,
            since => u64::try_from(Timestamp::now().micros - since).unwrap_or(0),
        }
    }

    /// What went wrong last, until something goes right again.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// When the stream was last seen to go on.
    #[must_use]
    pub fn alive_at(&self) -> Option<Timestamp> {
        match self.alive_at.load(Relaxed) {
            0 => None,
            micros => Some(Timestamp { micros }),
        }
    }

    pub(crate) fn fails(&self, why: String) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }

    pub(crate) fn goes_on(&self) {
        self.alive_at.store(Timestamp::now().micros, Relaxed);
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}
