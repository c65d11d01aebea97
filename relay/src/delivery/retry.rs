//! How long to wait before another try.

use std::time::Duration;

/// How often and how soon something is tried again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Retry {
    /// The pause after the first failure. It doubles with each further one.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
    /// After so many tries an event counts as rejected, and its entity is parked. `None`: never, whatever waits behind it.
    pub attempts: Option<u32>,
}

impl Default for Retry {
    fn default() -> Retry {
        Retry { first: Duration::from_millis(100), longest: Duration::from_secs(30), attempts: None }
    }
}

impl Retry {
    /// The pause after so many failures in a row: at random between half and the whole of what it would be, so that not all who failed
    /// together come again together.
    pub(crate) fn pause(&self, failures: u32) -> Duration {
        let doubled = self.first.saturating_mul(1 << failures.saturating_sub(1).min(20));
        doubled.min(self.longest).mul_f64(fastrand::f64().mul_add(0.5, 0.5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let retry = Retry { first: Duration::from_millis(100), longest: Duration::from_secs(1), attempts: None };
        for (failures, most) in
            [(0, 100), (1, 100), (2, 200), (3, 400), (4, 800), (5, 1000), (40, 1000), (u32::MAX, 1000)]
        {
            let most = Duration::from_millis(most);
            for _ in 0..50 {
                let pause = retry.pause(failures);
                assert!(pause <= most && pause >= most / 2, "{failures}: {pause:?}");
            }
        }
    }
}
