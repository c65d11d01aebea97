//! The transform, as a user sees it: documents in, documents or errors out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at once when its set-up fails"
)]

mod agreement;
mod errors;
mod gathered;
mod policies;
mod random;
mod reference;
mod selections;
mod shop;
mod suite;
mod values;
