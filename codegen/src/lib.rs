//! Reads PostgreSQL mutation functions and a type manifest, and generates typed Rust callers.

pub mod derive;
#[cfg(feature = "generator")]
pub mod diagnostic;
#[cfg(feature = "generator")]
pub mod manifest;
#[cfg(feature = "generator")]
pub mod source;
mod suggest;
