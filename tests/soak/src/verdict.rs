//! What arrived against what was committed.

use std::collections::{HashMap, HashSet};
use std::fmt;

use pgmutate_relay::Event;

use crate::world::Change;

/// What an event says of its item.
///
/// # Panics
/// When it is no event of an item.
#[must_use]
pub fn change(event: &Event) -> Change {
    let after = event.payload.after.as_deref().expect("an item has an after image");
    let after: serde_json::Value = serde_json::from_slice(after).expect("an image is JSON");
    Change { event_id: event.id.event_id, item: event.key.to_string(), n: after["n"].as_i64().expect("a count") }
}

/// The same of the stored row as JSON.
///
/// # Panics
/// When it is no row of an item's event.
#[must_use]
pub fn of_row(row: &[u8]) -> Change {
    let row: serde_json::Value = serde_json::from_slice(row).expect("a row is JSON");
    Change {
        event_id: row["event_id"].as_i64().expect("a number"),
        item: row["entity_id"].as_str().expect("an id").to_owned(),
        n: row["payload"]["after"]["n"].as_i64().expect("a count"),
    }
}

/// How what arrived differs from what was committed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Verdict {
    /// Events that were committed.
    pub committed: usize,
    /// Events that arrived, each counted once.
    pub arrived: usize,
    /// Events that were committed and never arrived.
    pub lost: usize,
    /// Events that arrived again.
    pub duplicates: usize,
    /// Events that arrived, for the first time, behind a later one of their item.
    pub inverted: usize,
    /// Events that arrived and were never committed.
    pub strangers: usize,
}

impl Verdict {
    /// Compares.
    #[must_use]
    pub fn of(committed: &[Change], arrived: &[Change]) -> Verdict {
        let known: HashSet<i64> = committed.iter().map(|change| change.event_id).collect();
        let mut seen = HashSet::new();
        let mut last: HashMap<&str, i64> = HashMap::new();
        let mut verdict = Verdict { committed: committed.len(), ..Verdict::default() };
        for change in arrived {
            if !seen.insert(change.event_id) {
                verdict.duplicates += 1;
                continue;
            }
            verdict.strangers += usize::from(!known.contains(&change.event_id));
            let last = last.entry(&change.item).or_default();
            verdict.inverted += usize::from(change.n < *last);
            *last = change.n.max(*last);
        }
        verdict.arrived = seen.len();
        verdict.lost = known.difference(&seen).count();
        verdict
    }

    /// Nothing lost, nothing invented, nothing out of order.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        (self.lost, self.strangers, self.inverted) == (0, 0, 0)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict { committed, arrived, lost, duplicates, inverted, strangers } = self;
        write!(
            f,
            "committed {committed}, arrived {arrived}, lost {lost}, duplicates {duplicates}, inverted {inverted}, never committed {strangers}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_counted() {
        let change = |event_id, item: &str, n| Change { event_id, item: item.to_owned(), n };
        let committed = [change(1, "a", 1), change(2, "a", 2), change(3, "b", 1), change(5, "b", 2)];
        let arrived = [change(2, "a", 2), change(1, "a", 1), change(2, "a", 2), change(3, "b", 1), change(4, "b", 2)];
        let verdict = Verdict::of(&committed, &arrived);
        let expected = Verdict { committed: 4, arrived: 4, lost: 1, duplicates: 1, inverted: 1, strangers: 1 };
        assert_eq!(verdict, expected);
        assert!(!verdict.is_whole() && Verdict::of(&committed, &committed).is_whole());
    }
}
