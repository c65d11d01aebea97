//! Events of one entity one after the other, those of different entities at the same time.

use std::collections::HashMap;
use std::future::Future;

use futures_util::stream::{self, StreamExt as _};

use super::Outcome;
use crate::Event;
use crate::event::Key;

/// Sends every event with `send`, those of at most `entities` entities at a time. Behind an event that is not taken none of the same
/// entity is sent.
pub(super) async fn send_in_lanes<'e, F: Future<Output = Outcome>>(
    events: &'e [Event],
    entities: usize,
    send: impl Fn(&'e Event) -> F,
) -> Vec<Outcome> {
    let mut lanes: Vec<Vec<usize>> = Vec::new();
    let mut lane_of: HashMap<(&str, &Key), usize> = HashMap::new();
    for (at, event) in events.iter().enumerate() {
        let lane = *lane_of.entry((&event.entity.name, &event.key)).or_insert_with(|| {
            lanes.push(Vec::new());
            lanes.len() - 1
        });
        lanes[lane].push(at);
    }
    let send = &send;
    let mut sending = Vec::new();
    for lane in lanes {
        sending.push(async move {
            let mut outcomes = Vec::with_capacity(lane.len());
            for at in lane {
                let outcome = send(&events[at]).await;
                let taken = outcome == Outcome::Delivered;
                outcomes.push((at, outcome));
                if !taken {
                    break;
                }
            }
            outcomes
        });
    }
    let mut outcomes = vec![Outcome::Skipped; events.len()];
    let mut sent = stream::iter(sending).buffer_unordered(entities);
    while let Some(lane) = sent.next().await {
        for (at, outcome) in lane {
            outcomes[at] = outcome;
        }
    }
    outcomes
}
