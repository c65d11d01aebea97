//! Typed PostgreSQL mutations: one round trip, GraphQL JSON for the client, an event in the same transaction.
//!
//! The way of a call: a [`Mutation`] binds its fields as [`Arguments`]; its [`Contract`](contract::Contract), written by the generator, gives the
//! statement; a [`Client`] sends both in one flight; the row's jsonb is [transformed](transform) into the client's JSON, which is the [`Answer`] as soon
//! as the server has proved the commit; or [read](json::ReadJson) by the same tables into the Rust types of a [`TypedMutation`].

pub mod contract;
pub mod json;
pub mod sql;
pub mod transform;
pub mod types;

mod answer;
mod arguments;
mod client;
mod context;
mod error;
mod execution;
mod generated;
pub mod graphql;
mod idempotency;
mod mutation;
mod observe;
mod parameter;
mod patch;
mod retry;
mod row;
#[cfg(feature = "serde")]
mod serialised;
mod server;
mod statement;
mod transaction;
mod typed;
mod verify;

pub use answer::{Answer, Outcome, Timing};
pub use arguments::Arguments;
#[cfg(any(feature = "bb8", feature = "deadpool"))]
pub use client::Manager;
pub use client::{Client, Connection, Encryption, Request, Statements};
#[cfg(feature = "rustls")]
pub use client::{Tls, TlsError};
pub use context::{Context, InContext};
pub use error::{BindError, Error, ErrorKind, WithoutValues};
pub use idempotency::IdempotencyKey;
pub use json::Input;
pub use mutation::{Call, Mutation, Selecting};
pub use parameter::{Encoded, Given, OptionalParameter, Parameter};
pub use patch::Patch;
pub use pgmutate_macros::{Event, Input, Mutation, MutationError, Output, include_mutations};
pub use retry::Retry;
pub use transaction::{Begin, Committed, Isolation, Transacting, Transaction, transaction};
pub use typed::{EventPayload, MutationError, TypedMutation};
#[doc(hidden)]
pub use typed::{Unanswered, unreadable};
pub use verify::{Mismatch, verify};

/// The buffers that [`Parameter::encode`] writes to.
pub use bytes;
