//! A relay that delivers into a real sink while writers work and something may break.

use std::future::Future;
use std::time::{Duration, Instant};

use pgmutate_relay::sink::Sink;
use pgmutate_relay::{Consumer, Relay, Retry, Start};

use crate::running::Running;
use crate::verdict::Verdict;
use crate::world::{Change, Load, World};

/// How long it may take until everything has arrived, once nobody writes any more.
const PATIENCE: Duration = Duration::from_secs(120);

/// Lets writers work while a relay delivers into `sink` and `disturbed` does what it does. `arrived` tells all that has come; it is
/// asked until nothing is missing.
///
/// # Panics
/// When the relay ends by itself.
pub async fn delivering<F: Future<Output = Vec<Change>>>(
    world: &World,
    sink: impl Sink + 'static,
    load: Load,
    disturbed: impl Future<Output = ()>,
    mut arrived: impl FnMut() -> F,
) -> Verdict {
    let retry = Retry { first: Duration::from_millis(20), longest: Duration::from_millis(500), attempts: None };
    let consumer = Consumer { start: Start::Beginning, retry, ..Consumer::new("delivering") };
    let relay = Running::start(Relay::new(world.connector(), consumer, sink));
    tokio::join!(world.write(load), disturbed);
    let committed = world.committed().await;
    let begin = Instant::now();
    let verdict = loop {
        let verdict = Verdict::of(&committed, &arrived().await);
        if verdict.lost == 0 || begin.elapsed() > PATIENCE {
            break verdict;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    relay.stop().await.expect("the relay goes on until it is stopped");
    verdict
}
