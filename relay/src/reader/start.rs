//! Where a reader begins.

use std::str::FromStr;

use crate::Timestamp;

/// Where a reader begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Start {
    /// With what commits from now on; waits for the transactions that have left an event and are still open. A few events from just
    /// before may come as well, none is missed.
    Now,
    /// With the first event that is still in the log.
    Beginning,
    /// Behind this event.
    After(i64),
    /// With the first event that was written at this time or later.
    At(Timestamp),
}

/// `now`, `beginning`, an `event_id`, or a time such as `2026-11-22T07:02:39Z`.
impl FromStr for Start {
    type Err = String;

    fn from_str(text: &str) -> Result<Start, String> {
        match text {
            "now" => Ok(Start::Now),
            "beginning" => Ok(Start::Beginning),
            _ => match text.parse::<i64>() {
                Ok(event_id) if event_id >= 0 => Ok(Start::After(event_id)),
                _ => text.parse().map(Start::At).map_err(|_| {
                    format!("`{text}` is no start: write `now`, `beginning`, an event_id or a time such as 2026-11-22T07:02:39Z")
                }),
            },
        }
    }
}
