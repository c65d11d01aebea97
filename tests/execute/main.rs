//! Mutations executed on a real PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

mod before_images;
mod clients;
mod concurrency;
mod context;
mod contract;
mod dropped;
mod encrypted;
mod errors;
mod events;
mod fake_answers;
mod hostile;
mod idempotency;
mod mapped;
mod observed;
mod retry;
mod rights;
mod round_trip;
mod selections;
mod transactions;
mod typed;
mod values;
