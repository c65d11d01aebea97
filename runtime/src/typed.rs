//! Answers and events as Rust types.

use std::fmt;

use crate::json::{ReadError, ReadJson, Reader, read};

/// A mutation whose answers have Rust types, so that it can be [called](crate::Mutation::call).
///
/// Generated structs have it. One of your own gets it from the derive, with
/// `#[mutation(function = "app.delete_customer", success = app::DeleteCustomerSuccess, error = app::DeleteCustomerError)]`.
#[diagnostic::on_unimplemented(
    message = "the answers of `{Self}` have no Rust types",
    label = "cannot be called, only executed",
    note = "say which they are: `#[mutation(function = \"app.delete_customer\", success = app::DeleteCustomerSuccess, error = app::DeleteCustomerError)]`"
)]
pub trait TypedMutation {
    /// What a successful answer holds.
    type Success: ReadJson;
    /// Why it was not done: one variant for each code of an unsuccessful answer.
    type Error: ReadJson + MutationError;
}

/// Why a mutation was not done: the code of an unsuccessful answer, as a variant of a generated enum.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say why a mutation was not done",
    label = "not the errors of a mutation",
    note = "generated enums do; one of your own gets it from `#[derive(Debug, MutationError)]`, with a variant for each code"
)]
pub trait MutationError: std::error::Error {
    /// The code, such as `OUT_OF_STOCK`.
    fn code(&self) -> &'static str;

    /// What the function says of it, for people.
    fn message(&self) -> Option<&str>;

    /// Writes code and message, for `Display`.
    ///
    /// # Errors
    /// The formatter's own.
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())?;
        self.message().map_or(Ok(()), |message| write!(f, ": {message}"))
    }
}

/// An event of one type, as its payload in the event log has it: `{"before": ..., "after": ..., "metadata": ...}`.
///
/// Generated types implement it, one for each type of event. The relay hands them to Rust functions.
pub trait EventPayload: ReadJson {
    /// The type, such as `ORDER_CREATED`.
    const TYPE: &'static str;
    /// The entity that the event is of, such as `order`.
    const ENTITY: &'static str;
    /// What happened to it: `CREATE`, `UPDATE` or `DELETE`.
    const OPERATION: &'static str;

    /// Reads a payload.
    ///
    /// # Errors
    /// It does not hold what the type declares; the error knows path and byte.
    fn from_payload(payload: &[u8]) -> Result<Self, ReadError> {
        read(payload)
    }
}

/// What stands in for an answer's type where a mistake is reported elsewhere.
#[doc(hidden)]
#[derive(Debug)]
pub enum Unanswered {}

impl ReadJson for Unanswered {
    fn read_json(from: Reader<'_>) -> Result<Self, ReadError> {
        unreadable(from)
    }
}

impl MutationError for Unanswered {
    fn code(&self) -> &'static str {
        match *self {}
    }

    fn message(&self) -> Option<&str> {
        match *self {}
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl std::error::Error for Unanswered {}

/// What stands in for an answer's types where a mistake is reported elsewhere.
#[doc(hidden)]
pub fn unreadable<T>(from: Reader<'_>) -> Result<T, ReadError> {
    Err(from.unreadable("nothing: the SQL and the manifest disagree about it"))
}
