//! Where a reader begins.

use std::str::FromStr;
use std::time::Duration;

use super::TableReader;
use crate::{Error, Timestamp};

/// How long the first event of a time is looked for, in a log of any size.
const SEARCH_PATIENCE: Duration = Duration::from_secs(600);

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

impl TableReader {
    /// The position that a start means: the last event that is not wanted.
    pub(super) async fn find(&mut self, start: Start) -> Result<i64, Error> {
        match start {
            Start::Beginning => Ok(self.log.pruned_to()),
            Start::After(event_id) => Ok(event_id),
            Start::Now => self.settle().await,
            Start::At(time) => {
                // Before that an event of the time may still be on its way, with a smaller number than those that are there.
                let settled = self.settle().await?;
                let first = format!(
                    "SELECT min(event_id) FROM {} WHERE event_timestamp >= $1",
                    self.log.table("mutation_events")
                );
                let what = "look for the time to start from";
                let client = self.session.client();
                let row = self.session.answer_within(SEARCH_PATIENCE, what, client.query_one(&first, &[&time])).await?;
                let first: Option<i64> = row.get(0);
                Ok(first.map_or(settled, |first| settled.min(first - 1)))
            }
        }
    }

    /// Waits until everything is decided up to what is visible now, and returns that.
    async fn settle(&mut self) -> Result<i64, Error> {
        let target = self.observe().await?;
        let mut pause = Duration::from_millis(1);
        while self.horizon.decided() < target {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(super::GAP_PAUSE);
            self.observe().await?;
        }
        Ok(self.horizon.decided())
    }
}
