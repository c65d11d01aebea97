//! JSON for `jsonb` arguments: typed inputs written with their keys in the database's notation, snake case.

mod check;
mod member;
mod values;
mod writer;

pub use check::InvalidJson;
pub(crate) use check::check;
pub(crate) use member::string_member;
pub use writer::{ListWriter, ObjectWriter, Writer};

use crate::error::BindError;

/// A value that can be written as JSON.
///
/// `#[derive(Input)]` implements it for a struct; a newtype hands over to what it wraps.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be written as JSON",
    label = "not a value that JSON arguments can hold",
    note = "a struct gets it from `#[derive(Input)]`; a newtype implements `pgmutate::json::WriteJson` by handing over to what it wraps; JSON text \
            is `pgmutate::types::RawJson`"
)]
pub trait WriteJson {
    /// Writes the value: exactly one JSON value.
    ///
    /// # Errors
    ///
    /// The value is one that JSON or jsonb cannot hold, such as a NaN or a text with a NUL character.
    fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError>;

    /// Whether the value is left out where it is a field; see [`Patch::Absent`](crate::Patch::Absent).
    fn is_absent(&self) -> bool {
        false
    }
}

/// A JSON document that may stand as a `jsonb` or `json` argument by itself.
///
/// Not every [`WriteJson`] is one: a `String` is not, because it could be meant as JSON text or as a JSON string.
/// `#[derive(Input)]` implements both:
///
/// ```
/// use pgmutate::json::{Input, WriteJson, Writer};
/// use pgmutate::{BindError, Patch};
///
/// struct Address {
///     street: String,
///     note: Patch<String>,
/// }
///
/// impl WriteJson for Address {
///     fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
///         let mut object = out.object();
///         object.field("street", &self.street)?;
///         object.field("note", &self.note)?; // nothing where it is absent
///         object.end();
///         Ok(())
///     }
/// }
///
/// impl Input for Address {}
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a JSON document for a `jsonb` argument",
    label = "not an input",
    note = "a struct gets it from `#[derive(Input)]`; JSON text is `pgmutate::types::RawJson`"
)]
pub trait Input: WriteJson {}
