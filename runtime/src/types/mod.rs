//! Rust types for values that the standard library has none for.

mod numeric;
mod raw_json;

/// Bytes: a `bytea`.
pub use bytes::Bytes;
pub use numeric::{InvalidNumeric, Numeric};
pub use raw_json::RawJson;
/// A uuid.
#[cfg(feature = "uuid")]
pub use uuid::Uuid;
