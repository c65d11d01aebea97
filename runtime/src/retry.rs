//! When a call that failed is made again.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

/// How often a call is made again that met another transaction, and how long it waits before: serialization failures (40001) and deadlocks (40P01).
///
/// Nothing of such a call is left, so it can be made again where the transaction is its own. Before the first retry it waits up to `base`, then up to twice
/// that, and so on up to `cap`; how long in there is random, so that calls that met do not meet again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    most: u32,
    base: Duration,
    cap: Duration,
}

impl Default for Retry {
    /// Three times, after 5 ms at most, 10 ms and 20 ms.
    fn default() -> Self {
        Self::at_most(3)
    }
}

impl Retry {
    /// So many times at most.
    pub const fn at_most(most: u32) -> Self {
        Self { most, base: Duration::from_millis(5), cap: Duration::from_secs(1) }
    }

    /// Not at all: the failure is the caller's to deal with.
    pub const fn never() -> Self {
        Self::at_most(0)
    }

    /// Waits up to `base` before the first retry, and never longer than `cap`.
    #[must_use]
    pub const fn backoff(mut self, base: Duration, cap: Duration) -> Self {
        (self.base, self.cap) = (base, cap);
        self
    }

    /// How long to wait when `retries` were made already; `None` where it is enough.
    pub(crate) fn delay(&self, retries: u32) -> Option<Duration> {
        if retries >= self.most {
            return None;
        }
        let longest = self.base.saturating_mul(1_u32.checked_shl(retries).unwrap_or(u32::MAX)).min(self.cap);
        // Every hasher has keys of its own.
        let random = RandomState::new().build_hasher().finish();
        let share = (random >> 32) as f64 / f64::from(u32::MAX);
        Some(longest.mul_f64(share.min(1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_longer_each_time_within_bounds() {
        let retry = Retry::at_most(40).backoff(Duration::from_millis(10), Duration::from_millis(50));
        let mut seen = std::collections::HashSet::new();
        for _ in 0..100 {
            for (retries, most) in [(0, 10), (1, 20), (2, 40), (3, 50), (39, 50)] {
                let delay = retry.delay(retries).unwrap();
                assert!(delay <= Duration::from_millis(most), "{retries}: {delay:?}");
                seen.insert(delay);
            }
        }
        assert!(seen.len() > 400, "delays are random");
        assert_eq!(retry.delay(40), None);
        assert_eq!(Retry::never().delay(0), None);
    }
}
