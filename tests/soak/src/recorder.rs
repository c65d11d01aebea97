//! A sink that remembers what it was given, and fails as it is told.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pgmutate_relay::Event;
use pgmutate_relay::sink::{Delivery, Failure, Outcome, Sink};
use tokio::sync::watch;

use crate::verdict::change;
use crate::world::Change;

/// What a recorder says to an event: `None` to take it.
pub type Plan = Box<dyn FnMut(&Change) -> Option<Failure> + Send>;

/// Takes events one by one, in their order.
pub struct Recorder {
    seen: Seen,
    plan: Plan,
    pause: Duration,
    /// It has what it says it has not.
    takes_anyway: bool,
}

/// What a recorder has taken.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<Vec<Change>>>);

impl Seen {
    /// Everything, in the order in which it came.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its numbers.
    #[must_use]
    pub fn ids(&self) -> Vec<i64> {
        self.changes().iter().map(|change| change.event_id).collect()
    }

    /// Adds what has come in another way.
    pub fn add(&self, change: Change) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(change);
    }

    /// A recorder that adds to this.
    #[must_use]
    pub fn recorder(&self) -> Recorder {
        Recorder { seen: self.clone(), plan: Box::new(|_| None), pause: Duration::ZERO, takes_anyway: false }
    }

    /// Waits until so much has come.
    ///
    /// # Panics
    /// When it does not come within two minutes.
    pub async fn wait_for(&self, what: impl Fn(&[i64]) -> bool) {
        let waiting = async {
            while !what(&self.ids()) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let came = tokio::time::timeout(Duration::from_secs(120), waiting).await;
        let ids = self.ids();
        let latest = &ids[ids.len().saturating_sub(20)..];
        assert!(came.is_ok(), "it has not come within two minutes: {} have, the latest of them {latest:?}", ids.len());
    }
}

impl Recorder {
    /// Answers as `plan` says.
    #[must_use]
    pub fn with_plan(mut self, plan: impl FnMut(&Change) -> Option<Failure> + Send + 'static) -> Recorder {
        self.plan = Box::new(plan);
        self
    }

    /// Fails while `down` holds true. With `taken` it takes events even so, and only its answer says otherwise.
    #[must_use]
    pub fn fails_while(self, down: watch::Receiver<bool>, taken: bool) -> Recorder {
        let plan = move |_: &Change| down.borrow().then(|| Failure::transient("it is down"));
        Recorder { takes_anyway: taken, ..self.with_plan(plan) }
    }

    /// Takes this long for each event.
    #[must_use]
    pub fn slow(mut self, pause: Duration) -> Recorder {
        self.pause = pause;
        self
    }
}

impl Sink for Recorder {
    fn deliver<'a>(&'a mut self, events: &'a [Event]) -> Delivery<'a> {
        Box::pin(async move {
            let mut outcomes = Vec::new();
            for event in events {
                let change = change(event);
                if !self.pause.is_zero() {
                    tokio::time::sleep(self.pause).await;
                }
                if let Some(failure) = (self.plan)(&change) {
                    if self.takes_anyway {
                        self.seen.add(change);
                    }
                    outcomes.push(Outcome::Failed(failure));
                    break;
                }
                self.seen.add(change);
                outcomes.push(Outcome::Delivered);
            }
            outcomes
        })
    }
}
