//! Up to which event a consumer is done whose reader goes by commits.
//!
//! Where the write-ahead log stands when the horizon is found, everything up to the horizon has been committed or never will be. So once
//! that place is behind the consumer, so is the horizon.

use std::collections::VecDeque;

use tokio_postgres::types::PgLsn;

use crate::reader::Horizon;

/// How many observations are kept; behind a sink that is down for long they are taken together.
const OBSERVATIONS: usize = 4096;

/// Follows up to which event everything is dealt with.
#[derive(Debug)]
pub(super) struct Watermark {
    horizon: Horizon,
    /// Where the write-ahead log stood, and up to where everything was decided by then.
    observed: VecDeque<(PgLsn, i64)>,
    settled: i64,
}

impl Watermark {
    pub(super) fn new(settled: i64) -> Watermark {
        Watermark { horizon: Horizon::new(settled), observed: VecDeque::new(), settled }
    }

    /// Takes in an observation of the horizon, and where the write-ahead log stood no sooner.
    pub(super) fn observe(&mut self, visible: i64, holders: Vec<String>, lsn: PgLsn) {
        self.horizon.observe(visible, holders);
        let decided = self.horizon.decided();
        if self.observed.back().map_or(self.settled, |(_, known)| *known) == decided {
            return;
        }
        if self.observed.len() == OBSERVATIONS {
            self.observed.pop_back();
        }
        self.observed.push_back((lsn, decided));
    }

    /// Up to which event everything is dealt with, where what committed before `lsn` is.
    pub(super) fn settled(&mut self, lsn: PgLsn) -> i64 {
        while let Some(&(at, decided)) = self.observed.front()
            && at <= lsn
        {
            self.observed.pop_front();
            self.settled = decided;
        }
        self.settled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_moves_once_the_place_of_an_observation_is_behind() {
        let mut watermark = Watermark::new(5);
        watermark.observe(10, Vec::new(), PgLsn::from(100));
        watermark.observe(10, Vec::new(), PgLsn::from(110));
        watermark.observe(20, vec!["3/1".to_owned()], PgLsn::from(120));
        watermark.observe(20, Vec::new(), PgLsn::from(130));
        assert_eq!(watermark.settled(PgLsn::from(99)), 5);
        assert_eq!(watermark.settled(PgLsn::from(100)), 10);
        assert_eq!(watermark.settled(PgLsn::from(129)), 10);
        assert_eq!(watermark.settled(PgLsn::from(130)), 20);
    }

    #[test]
    fn it_keeps_so_many_observations_and_loses_none() {
        let mut watermark = Watermark::new(0);
        for at in 1..=10_000 {
            watermark.observe(at, Vec::new(), PgLsn::from(at.unsigned_abs()));
        }
        assert_eq!(watermark.observed.len(), OBSERVATIONS);
        assert_eq!(watermark.settled(PgLsn::from(9_999)), 4095);
        assert_eq!(watermark.settled(PgLsn::from(10_000)), 10_000);
    }
}
