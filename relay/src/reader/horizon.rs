//! Up to which number it is decided what happened: the gap rule.
//!
//! A number is drawn before its transaction commits, so a later number may be seen first. Who draws one holds a `RowExclusiveLock` on
//! the table from before the draw until the transaction has ended, and what has ended by commit is visible. So a number is decided
//! when nobody holds that lock who may have drawn it.

use std::collections::HashMap;

use crate::Log;

/// The name that PostgreSQL gives to a transaction that is open: `backend/number`, or `-1/xid` where it is prepared.
pub(crate) type Holder = String;

/// Follows who may still commit a number.
///
/// Who was first seen at some observation has drawn its numbers after the observation before it, so they are greater than all that
/// were visible then: its floor. What is at or below every floor, and no greater than a number that was visible, is decided.
#[derive(Debug, Default)]
pub(crate) struct Horizon {
    decided: i64,
    /// The greatest number that was visible at the last observation.
    visible: i64,
    floors: HashMap<Holder, i64>,
}

impl Horizon {
    /// A horizon that knows everything up to `decided`, and nothing of who is at work.
    pub(crate) fn new(decided: i64) -> Horizon {
        Horizon { decided, visible: decided, floors: HashMap::new() }
    }

    /// Up to this number every event is visible or will never be, for whoever looks from now on.
    pub(crate) fn decided(&self) -> i64 {
        self.decided
    }

    /// Takes in the greatest number that is visible and who holds the lock. The number must have been seen no later than the holders.
    pub(crate) fn observe(&mut self, visible: i64, holders: Vec<Holder>) {
        let mut floors = HashMap::with_capacity(holders.len());
        for holder in holders {
            let floor = match self.floors.get(&holder) {
                Some(floor) => *floor,
                // It may go on with what somebody has begun who was seen under another name.
                None if is_prepared(&holder) => self.decided,
                None => self.visible,
            };
            floors.insert(holder, floor);
        }
        self.floors = floors;
        self.visible = self.visible.max(visible);
        let lowest = self.floors.values().copied().min().unwrap_or(self.visible);
        self.decided = self.decided.max(lowest.min(self.visible));
    }
}

/// The greatest number that is visible, and who holds the lock under which numbers are drawn: on the table, or on a partition, where
/// somebody writes to that directly. In one statement, because its snapshot is older than what `pg_locks` shows while it runs.
pub(crate) fn holders_sql(log: &Log) -> String {
    let events = log.table("mutation_events");
    let name = events.replace('\'', "''");
    format!(
        "SELECT COALESCE((SELECT max(event_id) FROM {events}), 0),
                ARRAY(
                    SELECT DISTINCT virtualtransaction
                    FROM pg_locks
                    WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted
                        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                        AND relation IN (SELECT relid FROM pg_partition_tree('{name}'))
                )"
    )
}

fn is_prepared(holder: &str) -> bool {
    holder.starts_with("-1/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holders(names: &[&str]) -> Vec<Holder> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn who_is_at_work_from_the_start_holds_everything_up() {
        let mut horizon = Horizon::new(10);
        horizon.observe(20, holders(&["3/1", "4/1"]));
        assert_eq!(horizon.decided(), 10);
        horizon.observe(30, holders(&["4/1"]));
        assert_eq!(horizon.decided(), 10);
        horizon.observe(30, holders(&[]));
        assert_eq!(horizon.decided(), 30);
    }

    #[test]
    fn who_comes_later_holds_up_only_what_is_later() {
        let mut horizon = Horizon::new(10);
        horizon.observe(20, holders(&["3/1"]));
        horizon.observe(30, holders(&["3/1", "4/1"]));
        // 4/1 came after 20 had been seen.
        horizon.observe(40, holders(&["4/1", "5/1"]));
        assert_eq!(horizon.decided(), 20);
        horizon.observe(50, holders(&["5/1"]));
        assert_eq!(horizon.decided(), 30);
        // The same backend with its next transaction.
        horizon.observe(60, holders(&["5/2"]));
        assert_eq!(horizon.decided(), 50);
    }

    #[test]
    fn a_prepared_transaction_goes_on_with_what_another_name_began() {
        let mut horizon = Horizon::new(10);
        horizon.observe(20, holders(&["3/1"]));
        horizon.observe(30, holders(&["-1/77"]));
        assert_eq!(horizon.decided(), 10);
        horizon.observe(30, holders(&["-1/77", "4/1"]));
        assert_eq!(horizon.decided(), 10);
        horizon.observe(31, holders(&[]));
        assert_eq!(horizon.decided(), 31);
    }

    /// Writers in random interleavings: a number at or below the horizon never becomes visible after it was decided.
    #[test]
    fn nothing_comes_behind_the_horizon() {
        let mut stalled = 0;
        for seed in 0..200 {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut horizon = Horizon::new(0);
            // An open transaction: its name, and the numbers that it has drawn.
            let mut open: Vec<(String, Vec<i64>)> = Vec::new();
            let (mut drawn, mut visible, mut next_name) = (0, 0, 0);
            for _ in 0..2000 {
                match random.u8(..100) {
                    0..25 if open.len() < 16 => {
                        next_name += 1;
                        open.push((format!("{}/{next_name}", open.len()), Vec::new()));
                    }
                    0..60 if !open.is_empty() => {
                        let at = random.usize(..open.len());
                        drawn += 1;
                        open[at].1.push(drawn);
                    }
                    // A rolled back savepoint: it no longer holds the lock, and draws again later.
                    60..63 if !open.is_empty() => {
                        let at = random.usize(..open.len());
                        open[at].1.clear();
                    }
                    63..66 if !open.is_empty() => {
                        let at = random.usize(..open.len());
                        next_name += 1;
                        open[at].0 = format!("-1/{next_name}");
                    }
                    66..85 if !open.is_empty() => {
                        let (_, numbers) = open.swap_remove(random.usize(..open.len()));
                        if random.u8(..10) > 0 {
                            for number in numbers {
                                assert!(number > horizon.decided(), "seed {seed}: {number} comes too late");
                                visible = visible.max(number);
                            }
                        }
                    }
                    _ => {
                        let seen = visible;
                        let holders = open.iter().filter(|(_, numbers)| !numbers.is_empty());
                        horizon.observe(seen, holders.map(|(name, _)| name.clone()).collect());
                        stalled += usize::from(horizon.decided() < visible);
                    }
                }
            }
            horizon.observe(visible, Vec::new());
            assert_eq!(horizon.decided(), visible, "seed {seed}");
        }
        assert!(stalled > 1000, "the test has had gaps to wait for: {stalled}");
    }
}
