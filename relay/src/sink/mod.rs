//! Where events go.

mod handlers;
mod lines;
mod notify;
#[cfg(feature = "webhook")]
mod webhook;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

pub use handlers::{Handler, Handlers, Logged, TypedEvent};
pub use lines::Lines;
pub use notify::Notify;
#[cfg(feature = "webhook")]
pub use webhook::{NoWebhook, Webhook};

use crate::Event;

/// Takes events and answers for each what became of it.
///
/// A sink that has answered [`Outcome::Delivered`] has the event for good. Within an entity it takes events in the order in which they
/// are given: behind one that it could not take, it takes none of the same entity.
pub trait Sink: Send {
    /// Delivers events. The answer has an outcome for each, in their order; those that it leaves out were not tried.
    ///
    /// The call may be given up at any time. What was under way then is given again.
    fn deliver<'a>(&'a mut self, events: &'a [Event]) -> Delivery<'a>;
}

impl<S: Sink + ?Sized> Sink for Box<S> {
    fn deliver<'a>(&'a mut self, events: &'a [Event]) -> Delivery<'a> {
        (**self).deliver(events)
    }
}

/// What [`Sink::deliver`] returns.
pub type Delivery<'a> = Pin<Box<dyn Future<Output = Vec<Outcome>> + Send + 'a>>;

/// What became of an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The sink has it.
    Delivered,
    /// It was not tried, because one before it was not taken.
    Skipped,
    /// The sink could not take it.
    Failed(Failure),
}

/// Why an event was not taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// What to do about it.
    pub kind: FailureKind,
    /// For a person.
    pub reason: String,
}

/// What to do about a failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FailureKind {
    /// Try it again, after this time where the sink says one.
    Transient(Option<Duration>),
    /// The sink will never take this event: park its entity.
    Rejected,
    /// The sink takes nothing any more, and nothing but a person can help.
    Broken,
}

impl Failure {
    /// It may go well the next time.
    #[must_use]
    pub fn transient(reason: impl Into<String>) -> Failure {
        Failure { kind: FailureKind::Transient(None), reason: reason.into() }
    }

    /// The sink will never take this event.
    #[must_use]
    pub fn rejected(reason: impl Into<String>) -> Failure {
        Failure { kind: FailureKind::Rejected, reason: reason.into() }
    }

    /// The sink takes nothing any more.
    #[must_use]
    pub fn broken(reason: impl Into<String>) -> Failure {
        Failure { kind: FailureKind::Broken, reason: reason.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Failure {}
