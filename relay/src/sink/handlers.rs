//! Rust functions, with events of their own types.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use futures_util::FutureExt as _;

use super::{Delivery, Failure, Outcome, Sink};
use crate::Event;

/// An event that a Rust type stands for, such as `OrderCreated`: every type that the generator writes for an event, and [`Logged`] around it.
pub trait TypedEvent: Sized + Send + 'static {
    /// The event types that it stands for, such as `ORDER_CREATED`.
    const TYPES: &'static [&'static str];

    /// Reads it from the log's event.
    ///
    /// # Errors
    /// The documents do not hold what the type needs. The event's entity is parked then.
    fn from_event(event: &Event) -> Result<Self, Box<dyn std::error::Error + Send + Sync>>;
}

/// The events that the generator writes structs for.
impl<E: pgmutate::EventPayload + Send + 'static> TypedEvent for E {
    const TYPES: &'static [&'static str] = &[E::TYPE];

    fn from_event(event: &Event) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(E::from_payload(&event.payload.document)?)
    }
}

/// A typed event together with what the log has of it: its [id](crate::EventId), its entity's key, when it was written.
#[derive(Clone, Debug)]
pub struct Logged<E> {
    /// The event as the log has it.
    pub event: Event,
    /// Its payload.
    pub payload: E,
}

impl<E: pgmutate::EventPayload + Send + 'static> TypedEvent for Logged<E> {
    const TYPES: &'static [&'static str] = &[E::TYPE];

    fn from_event(event: &Event) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self { event: event.clone(), payload: E::from_payload(&event.payload.document)? })
    }
}

/// A function that handles events of one type: `async fn(E) -> Result<(), Failure>`.
pub trait Handler<E>: Send + Sync + 'static {
    /// Handles an event.
    fn handle(&self, event: E) -> impl Future<Output = Result<(), Failure>> + Send;
}

impl<E, F, R> Handler<E> for F
where
    F: Fn(E) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), Failure>> + Send,
{
    fn handle(&self, event: E) -> impl Future<Output = Result<(), Failure>> + Send {
        self(event)
    }
}

type Handling<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>>;

trait ErasedHandler: Send + Sync {
    fn handle<'a>(&'a self, event: &'a Event) -> Handling<'a>;
}

struct Erased<E, H> {
    handler: H,
    event: std::marker::PhantomData<fn() -> E>,
}

impl<E: TypedEvent, H: Handler<E>> ErasedHandler for Erased<E, H> {
    fn handle<'a>(&'a self, event: &'a Event) -> Handling<'a> {
        let typed = E::from_event(event);
        Box::pin(async move {
            let unreadable = |error| Failure::rejected(format!("it is no {}: {error}", std::any::type_name::<E>()));
            self.handler.handle(typed.map_err(unreadable)?).await
        })
    }
}

/// A sink of Rust functions, one for each type of event. They are called one after the other, in the order of the log; an event for
/// which there is none is passed over.
///
/// An event is handled once its function has returned `Ok`. After a crash it may be handled again: its [id](crate::EventId) tells.
#[derive(Default)]
pub struct Handlers {
    handlers: HashMap<&'static str, std::sync::Arc<dyn ErasedHandler>>,
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.handlers.keys()).finish()
    }
}

impl Handlers {
    /// Without any function.
    #[must_use]
    pub fn new() -> Handlers {
        Handlers::default()
    }

    /// Handles events of the type `E` with this function, in place of an earlier one for the same event types.
    #[must_use]
    pub fn on<E: TypedEvent>(mut self, handler: impl Handler<E>) -> Handlers {
        let handler = std::sync::Arc::new(Erased { handler, event: std::marker::PhantomData });
        for event_type in E::TYPES {
            self.handlers.insert(event_type, handler.clone());
        }
        self
    }

    /// The event types for which there is a function, for the consumer's [filter](crate::Filter).
    #[must_use]
    pub fn event_types(&self) -> Vec<String> {
        let mut types: Vec<_> = self.handlers.keys().map(|name| (*name).to_owned()).collect();
        types.sort_unstable();
        types
    }
}

impl Sink for Handlers {
    fn deliver<'a>(&'a mut self, events: &'a [Event]) -> Delivery<'a> {
        Box::pin(async move {
            let mut outcomes = Vec::with_capacity(events.len());
            for event in events {
                let handled = match self.handlers.get(event.event_type.as_str()) {
                    // The type's own reader may panic as well.
                    Some(handler) => AssertUnwindSafe(async { handler.handle(event).await }).catch_unwind().await,
                    None => Ok(Ok(())),
                };
                match handled {
                    Ok(Ok(())) => outcomes.push(Outcome::Delivered),
                    Ok(Err(failure)) => {
                        outcomes.push(Outcome::Failed(failure));
                        return outcomes;
                    }
                    Err(panic) => {
                        let reason = format!("its handler panicked: {}", message(&*panic));
                        outcomes.push(Outcome::Failed(Failure::rejected(reason)));
                        return outcomes;
                    }
                }
            }
            outcomes
        })
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("for a reason that is no text")
}
