//! A relay at work in this process.

use std::sync::Arc;
use std::time::Duration;

use pgmutate_relay::sink::Sink;
use pgmutate_relay::{Relay, Status, Stopped};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long it may take until a status is as it should be.
const PATIENCE: Duration = Duration::from_secs(30);

/// A relay at work, and what it is doing.
pub struct Running {
    stop: watch::Sender<bool>,
    /// What it is doing.
    pub status: Arc<Status>,
    /// What comes of it.
    pub task: JoinHandle<Result<(), Stopped>>,
}

impl Running {
    /// Lets it work.
    #[must_use]
    pub fn start(relay: Relay<impl Sink + 'static>) -> Running {
        let (stop, stopping) = watch::channel(false);
        Running { stop, status: relay.status(), task: tokio::spawn(relay.run(stopping)) }
    }

    /// Asks it to stop, and waits until it has.
    ///
    /// # Errors
    /// Why it has stopped before.
    ///
    /// # Panics
    /// When it has panicked.
    pub async fn stop(self) -> Result<(), Stopped> {
        self.stop.send_replace(true);
        self.task.await.expect("the relay does not panic")
    }

    /// Waits until its status is as it should be.
    ///
    /// # Panics
    /// When it is not within half a minute.
    pub async fn wait_for(&self, what: impl Fn(&Status) -> bool) {
        let waiting = async {
            while !what(&self.status) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("{:?}", self.status));
    }
}
