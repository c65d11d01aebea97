//! Long evidence: many writers, many calls, faults, and a count of what is there and what arrived.
//!
//! `cargo run --release -p soak -- delivery` runs it for a minute; the tests run the same code for seconds.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

pub mod atomicity;
pub mod backlog;
pub mod delivering;
pub mod faults;
pub mod pooled;
pub mod reading;
pub mod recorder;
pub mod running;
pub mod speed;
pub mod verdict;
pub mod world;
