//! Where events go.

mod handlers;
#[cfg(feature = "kafka")]
mod kafka;
#[cfg(any(feature = "nats", feature = "webhook"))]
mod lanes;
mod lines;
#[cfg(feature = "nats")]
mod nats;
mod notify;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "webhook")]
mod webhook;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

pub use handlers::{Handler, Handlers, Logged, TypedEvent};
#[cfg(feature = "kafka")]
pub use kafka::{Kafka, KafkaSettings};
pub use lines::Lines;
#[cfg(feature = "nats")]
pub use nats::{Nats, NatsLogin};
pub use notify::Notify;
#[cfg(feature = "redis")]
pub use redis::{EntryIds, RedisStreams};
#[cfg(feature = "webhook")]
pub use webhook::Webhook;

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

    /// Forgets what is still under way: the relay no longer leads, and another one delivers it. A sink that sends by itself, behind
    /// its answer, has to stop that here, or an old event may arrive behind newer ones.
    fn forget(&mut self) {}
}

impl<S: Sink + ?Sized> Sink for Box<S> {
    fn deliver<'a>(&'a mut self, events: &'a [Event]) -> Delivery<'a> {
        (**self).deliver(events)
    }

    fn forget(&mut self) {
        (**self).forget();
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

    /// Whether it may go well the next time.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self.kind, FailureKind::Transient(_))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Failure {}

/// Why a sink cannot be made of its settings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoSink(pub(crate) String);

impl fmt::Display for NoSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoSink {}
