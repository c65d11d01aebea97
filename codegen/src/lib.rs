//! Reads PostgreSQL mutation functions and a type manifest, and generates typed Rust callers.

#[cfg(feature = "generator")]
pub mod catalog;
#[cfg(feature = "generator")]
pub mod contract;
pub mod derive;
#[cfg(feature = "generator")]
pub mod diagnostic;
#[cfg(feature = "generator")]
pub mod emit;
#[cfg(feature = "generator")]
pub mod event_log;
#[cfg(feature = "generator")]
pub mod manifest;
#[cfg(feature = "generator")]
pub mod naming;
#[cfg(feature = "generator")]
pub mod plpgsql;
#[cfg(feature = "generator")]
pub mod resolve;
#[cfg(feature = "generator")]
pub mod source;
#[cfg(feature = "generator")]
pub mod sql;
#[cfg(feature = "generator")]
mod sql_text;
mod suggest;
