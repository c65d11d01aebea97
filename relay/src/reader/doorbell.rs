//! A bell that wakes readers, rung on a connection of its own.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::{Connector, Error, Log, Session};

/// How often the bell rings at most.
const PAUSE: Duration = Duration::from_millis(5);

/// Wakes the readers of a log, for a program that commits mutations and wants their events read at once.
///
/// A `NOTIFY` in the mutation's own transaction would take a lock that all commits of the server share, which costs most of the
/// throughput. This one runs on a connection of its own, at most every 5 ms, and only when [`ring`](Doorbell::ring) was called. Without
/// any doorbell readers look by themselves, a little later.
#[derive(Debug)]
pub struct Doorbell {
    wanted: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Doorbell {
    /// Connects the bell of the log in `schema`.
    ///
    /// # Errors
    /// When the database cannot be reached or has no such log.
    pub async fn connect(connector: Connector, schema: &str) -> Result<Doorbell, Error> {
        let session = connector.connect().await?;
        let log = Log::open(&session, schema).await?;
        let wanted = Arc::new(Notify::new());
        let task = tokio::spawn(ring(connector, session, log.channel(), Arc::clone(&wanted)));
        Ok(Doorbell { wanted, task })
    }

    /// Rings soon. Call it after a mutation has committed; it never waits.
    pub fn ring(&self) {
        self.wanted.notify_one();
    }
}

impl Drop for Doorbell {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn ring(connector: Connector, mut session: Session, channel: String, wanted: Arc<Notify>) {
    loop {
        wanted.notified().await;
        if session.run("ring the doorbell", &format!("NOTIFY {channel}")).await.is_err() {
            // Whoever is not woken looks by himself.
            tokio::time::sleep(Duration::from_secs(1)).await;
            if let Ok(next) = connector.connect().await {
                session = next;
                wanted.notify_one();
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}
