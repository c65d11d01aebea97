//! The real other ends of sinks, for tests: each in a folder of its own, and gone with the test, however that ends.
//!
//! A program that is missing fails the test with what to install: nothing is passed over in silence.
#![allow(clippy::expect_used, reason = "a test may stop at once when its set-up fails")]

mod java;
mod kafka;
mod line;
mod nats;
mod redis;
mod service;

pub use java::{Jars, java};
pub use kafka::{Kafka, PASSWORD, USER};
pub use line::{Line, State};
pub use nats::Nats;
pub use redis::Redis;
pub use service::Service;
