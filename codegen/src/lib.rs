//! Reads PostgreSQL mutation functions and a type manifest, and generates typed Rust callers.

#[cfg(feature = "generator")]
pub mod diagnostic;
#[cfg(feature = "generator")]
pub mod plpgsql;
#[cfg(feature = "generator")]
pub mod source;
#[cfg(feature = "generator")]
pub mod sql;
