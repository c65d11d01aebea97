//! Long evidence for the relay: many writers, faults, and a count of what arrived.
//!
//! `cargo run --release -p soak -- delivery` runs it for a minute; the tests of the relay run the same code for seconds.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

pub mod backlog;
pub mod faults;
pub mod reading;
pub mod recorder;
pub mod speed;
pub mod verdict;
pub mod world;
