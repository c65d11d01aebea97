//! Reads PostgreSQL mutation functions and a type manifest, checks one against the other, and generates typed Rust callers.
//!
//! In a build script:
//!
//! ```no_run
//! pgmutate_codegen::configure().sql("sql").manifest("mutations.json").compile();
//! ```
//!
//! The way of a run is [`Project::generate`](project::Project::generate): SQL files become a [`catalog`], the [`manifest`] and the
//! catalogue become a [`contract`], or [diagnostics](diagnostic) with their places; [`emit`] writes the contract down as Rust.

#[cfg(feature = "generator")]
pub mod body;
#[cfg(feature = "generator")]
mod builder;
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
pub mod graphql;
#[cfg(feature = "generator")]
pub mod infer;
#[cfg(feature = "generator")]
mod json;
#[cfg(feature = "generator")]
pub mod manifest;
#[cfg(feature = "generator")]
pub mod naming;
#[cfg(feature = "generator")]
pub mod output;
#[cfg(feature = "generator")]
pub mod plpgsql;
#[cfg(feature = "generator")]
pub mod project;
#[cfg(feature = "generator")]
pub mod resolve;
#[cfg(feature = "generator")]
pub mod shape;
#[cfg(feature = "generator")]
pub mod source;
#[cfg(feature = "generator")]
pub mod sql;
#[cfg(feature = "generator")]
mod sql_text;
mod suggest;
#[cfg(feature = "verify")]
pub mod verify;

#[cfg(feature = "generator")]
pub use builder::Builder;

/// Starts the configuration of a build script's run.
#[cfg(feature = "generator")]
pub fn configure() -> Builder {
    Builder::default()
}
