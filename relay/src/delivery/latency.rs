//! How long events were on their way, by type.

use std::collections::HashMap;

use crate::{Event, Timestamp};

/// How many places there are: each holds twice the time of the one before, and the last everything that is longer.
const PLACES: usize = 24;
/// The time of the first place.
const FIRST_MICROS: u64 = 100;

/// How long events of a type were on their way.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Latency {
    pub(super) events: i64,
    pub(super) seconds: f64,
    pub(super) longest: f64,
    pub(super) counts: [i64; PLACES],
}

/// What was delivered since it was last kept.
#[derive(Debug, Default)]
pub(super) struct Latencies {
    by_type: HashMap<String, Latency>,
}

impl Latencies {
    /// An event has been delivered just now.
    pub(super) fn delivered(&mut self, event: &Event, now: Timestamp) {
        // Two clocks: what comes before it was written came at once.
        let micros = u64::try_from(now.micros.saturating_sub(event.written_at.micros)).unwrap_or(0);
        let latency = match self.by_type.get_mut(&event.event_type) {
            Some(latency) => latency,
            None => self.by_type.entry(event.event_type.clone()).or_default(),
        };
        let seconds = micros as f64 / 1e6;
        latency.events += 1;
        latency.seconds += seconds;
        latency.longest = latency.longest.max(seconds);
        if let Some(count) = latency.counts.get_mut(place(micros)) {
            *count += 1;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_type.is_empty()
    }

    /// All of it; from here on it counts anew.
    pub(super) fn take(&mut self) -> HashMap<String, Latency> {
        std::mem::take(&mut self.by_type)
    }
}

fn place(micros: u64) -> usize {
    let doublings = micros.div_ceil(FIRST_MICROS).max(1).next_power_of_two().trailing_zeros();
    usize::try_from(doublings).unwrap_or(PLACES).min(PLACES - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_holds_twice_the_time_of_the_one_before() {
        for (micros, expected) in
            [(0, 0), (1, 0), (100, 0), (101, 1), (200, 1), (201, 2), (400, 2), (401, 3), (u64::MAX / 2, PLACES - 1)]
        {
            assert_eq!(place(micros), expected, "{micros}");
        }
    }
}
