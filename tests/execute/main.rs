//! Mutations executed on a real PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

mod clients;
mod concurrency;
mod context;
mod encrypted;
mod errors;
mod events;
mod pooler;
mod rights;
mod round_trip;
mod typed;
mod values;
