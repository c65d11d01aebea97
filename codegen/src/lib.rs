//! Reads PostgreSQL mutation functions and a type manifest, and generates typed Rust callers.

#[cfg(feature = "generator")]
pub mod catalog;
pub mod derive;
#[cfg(feature = "generator")]
pub mod diagnostic;
#[cfg(feature = "generator")]
pub mod manifest;
#[cfg(feature = "generator")]
pub mod source;
#[cfg(feature = "generator")]
pub mod sql;
mod suggest;

#[cfg(feature = "generator")]
pub mod event_log;
#[cfg(feature = "generator")]
mod sql_text;
