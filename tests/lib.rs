//! What the workspace-level tests share. The tests themselves lie beside this file, a folder or file for each group of promises.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

pub mod calls;
pub mod fake_server;
pub mod hot;
pub mod images;
pub mod kinds;
#[allow(missing_docs, reason = "a manifest need not describe every field")]
pub mod mutations;
pub mod pooler;
pub mod proxy;
pub mod shop;
pub mod tenants;
pub mod unruly;
