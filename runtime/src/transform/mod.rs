//! The response transform: jsonb text in, GraphQL JSON out, in one pass over the bytes.
//!
//! A [`table`](Object) says what a type holds: its fields in the order in which jsonb stores keys, each with its name for the client. The transform
//! renames the keys, puts `__typename` first into every object of a known type and copies every value byte for byte: a number keeps its digits, a string
//! its escapes. No tree is built and nothing is allocated but room in the output.
//!
//! ```
//! use pgmutate::transform::{Field, Object, Value, transform};
//!
//! static CUSTOMER: Object = Object::new("Customer", &[
//!     Field::new("id", "id", Value::Scalar),
//!     Field::new("first_name", "firstName", Value::Scalar).nullable(),
//! ]);
//!
//! let mut out = Vec::new();
//! transform(br#"{"id": 7, "first_name": "Ada"}"#, &CUSTOMER, &mut out)?;
//! assert_eq!(out, br#"{"__typename":"Customer","id":7,"firstName":"Ada"}"#);
//! # Ok::<(), pgmutate::transform::Error>(())
//! ```
//!
//! Malformed input is an error with its byte offset and path, never broken output: [`transform`] leaves `out` as it was.

mod buffer;
mod canonical;
mod engine;
mod error;
mod general;
mod index;
mod made;
mod pattern;
mod policy;
mod rename;
mod rows;
mod select;
mod settings;
mod table;
mod text;

pub use engine::Engine;
pub use error::{Error, ErrorKind};
pub(crate) use error::{Problem, shown};
pub use made::{FieldSpec, TableError, TypeSpec, ValueSpec, make_tables};
pub use policy::{Missing, Unknown};
pub use rows::Rows;
pub use select::{Selected, Selection, SelectionError};
pub use settings::Transform;
pub use table::{Field, Hint, Object, Union, Value};
pub(crate) use text::Text;

use bytes::BytesMut;

/// How deep objects and lists may be nested: the limit that serde_json sets, too.
pub const DEPTH_LIMIT: usize = 128;

/// Transforms `document`, the text of a jsonb (or json) object of the type `object`, and appends the result to `out`.
///
/// Keys that the type does not declare are left out, and a declared field that is not nullable must be there; [`Transform`] sets other policies.
///
/// # Errors
/// When the document is not JSON or not of the type. `out` is then as it was before the call.
pub fn transform(document: &[u8], object: &'static Object, out: &mut Vec<u8>) -> Result<(), Error> {
    Transform::new(object).run(document, out)
}

/// The same as [`transform`], into a [`BytesMut`].
///
/// # Errors
/// See [`transform`].
pub fn transform_into(document: &[u8], object: &'static Object, out: &mut BytesMut) -> Result<(), Error> {
    Transform::new(object).run_into(document, out)
}

/// The way back: turns `document`, an input object as the client sent it, into the JSON that the database function reads, and appends it to `out`.
///
/// The client's names become keys; a field that the type does not declare, or declares and does not find, is refused by its name.
///
/// # Errors
/// When the document is not JSON or not of the type. `out` is then as it was before the call.
pub fn reverse(document: &[u8], object: &'static Object, out: &mut Vec<u8>) -> Result<(), Error> {
    Transform::new(object).reverse(document, out)
}
