//! JSON as the database has it, with keys in snake case: typed inputs written for `jsonb` arguments, typed answers and events read.

mod check;
mod fields;
mod member;
mod read;
mod reader;
mod stands;
mod values;
mod writer;

pub use check::InvalidJson;
pub(crate) use check::check;
#[doc(hidden)]
pub use fields::Fields;
pub(crate) use member::string_member;
pub use reader::{Members, Reader};
#[doc(hidden)]
pub use stands::{Stands, stands_for};
pub use writer::{ListWriter, ObjectWriter, Writer};

/// JSON that cannot be read: what is wrong, at which byte, under which path.
pub use crate::transform::Error as ReadError;

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

/// A value that can be read from JSON.
///
/// Generated types implement it. So does a type of your own that the manifest names as a scalar's:
///
/// ```
/// use pgmutate::json::{ReadError, ReadJson, Reader, read};
///
/// #[derive(Debug, PartialEq)]
/// struct OrderNumber(String);
///
/// impl ReadJson for OrderNumber {
///     fn read_json(from: Reader<'_>) -> Result<Self, ReadError> {
///         match from.string()?.strip_prefix("ORD-") {
///             Some(number) => Ok(Self(number.to_owned())),
///             None => Err(from.unreadable("an order number")),
///         }
///     }
/// }
///
/// assert_eq!(read::<OrderNumber>(b"\"ORD-7\"")?, OrderNumber("7".to_owned()));
/// let error = read::<Vec<OrderNumber>>(b"[\"ORD-7\", \"8\"]").unwrap_err();
/// assert_eq!(error.path(), "[1]");
/// # Ok::<(), ReadError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from JSON",
    label = "not a value that answers or events can hold",
    note = "a struct or an enum of your own gets it from `#[derive(Output)]`; `pgmutate::types::RawJson` takes any JSON; other types implement \
            `pgmutate::json::ReadJson`"
)]
pub trait ReadJson: Sized {
    /// What it was checked against when it was compiled.
    #[doc(hidden)]
    const STANDS: Stands = Stands::ANYTHING;

    /// Reads the value.
    ///
    /// # Errors
    /// The JSON is no such value; the error knows path and byte.
    fn read_json(from: Reader<'_>) -> Result<Self, ReadError>;

    /// What a member that is missing stands for, if it may be.
    fn read_missing() -> Option<Self> {
        None
    }
}

/// Reads a document.
///
/// # Errors
/// It is not JSON, or no `T`.
pub fn read<T: ReadJson>(document: &[u8]) -> Result<T, ReadError> {
    let reader = Reader::new(document);
    T::read_json(reader).and_then(|value| reader.check_end().map(|()| value)).map_err(ReadError::with_path)
}
