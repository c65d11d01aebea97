//! Rust types for values that the standard library has none for. Each holds every value of its SQL type, exactly.
//!
//! The types of the crates `chrono`, `time` and `jiff` can stand for times as well (features of the same names): what they cannot hold, such as
//! `infinity`, is an error then, where it is read.

mod calendar;
#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
mod foreign;
mod interval;
mod network;
mod numeric;
mod range;
mod raw_json;
mod text;
mod time;

/// Bytes: a `bytea`.
pub use bytes::Bytes;
pub use interval::Interval;
pub use network::{Cidr, Inet, MacAddr, MacAddr8};
pub use numeric::{InvalidNumeric, Numeric};
pub use range::{Multirange, Range};
pub use raw_json::RawJson;
pub use text::InvalidText;
pub use time::{Date, Time, Timestamp, Timestamptz, Timetz};
/// A uuid.
#[cfg(feature = "uuid")]
pub use uuid::Uuid;
