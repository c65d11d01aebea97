//! A type together with the policies under which its documents are transformed.

use bytes::BytesMut;

use super::engine::{self, Engine};
use super::general::{Backward, Walk};
use super::{DEPTH_LIMIT, Error, Missing, Object, Unknown};

/// A type and the policies for documents that do not match it.
///
/// ```
/// use pgmutate::transform::{Object, Field, Transform, Unknown, Value};
///
/// static NOTE: Object = Object::new("Note", &[Field::new("text", "text", Value::Scalar)]);
/// const STRICT: Transform = Transform::new(&NOTE).unknown(Unknown::Refuse);
///
/// let error = STRICT.run(br#"{"text": "", "mood": 1}"#, &mut Vec::new()).unwrap_err();
/// assert_eq!(error.to_string(), "`Note` has no field `mood`, at `mood` (byte 13)");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Transform {
    pub(super) object: &'static Object,
    pub(super) unknown: Unknown,
    pub(super) missing: Missing,
    pub(super) depth: usize,
    pub(super) engine: Engine,
}

impl Transform {
    /// A transform for documents of this type: unknown keys are dropped, missing fields refused.
    pub const fn new(object: &'static Object) -> Self {
        Self { object, unknown: Unknown::Drop, missing: Missing::Refuse, depth: DEPTH_LIMIT, engine: Engine::Fastest }
    }

    /// What becomes of unknown keys on the way to the client. On the way back they are always refused.
    pub const fn unknown(mut self, unknown: Unknown) -> Self {
        self.unknown = unknown;
        self
    }

    /// What becomes of missing fields on the way to the client. On the way back they are always refused.
    pub const fn missing(mut self, missing: Missing) -> Self {
        self.missing = missing;
        self
    }

    /// How deep a document may be nested; more than [`DEPTH_LIMIT`] counts as that.
    pub const fn depth(mut self, limit: usize) -> Self {
        self.depth = if limit < DEPTH_LIMIT { limit } else { DEPTH_LIMIT };
        self
    }

    /// Which engine does the work; the result is the same.
    pub const fn engine(mut self, engine: Engine) -> Self {
        self.engine = engine;
        self
    }

    /// Transforms a document from the database and appends the result to `out`.
    ///
    /// # Errors
    /// When the document is not JSON or breaks a policy. `out` is then as it was before the call.
    pub fn run(&self, document: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        engine::forward(self, document, out)
    }

    /// The same as [`run`](Self::run), into a [`BytesMut`].
    ///
    /// # Errors
    /// See [`run`](Self::run).
    pub fn run_into(&self, document: &[u8], out: &mut BytesMut) -> Result<(), Error> {
        engine::forward(self, document, out)
    }

    /// Turns an input object from the client into the JSON that the database reads, and appends it to `out`.
    ///
    /// # Errors
    /// When the document is not JSON, or a field is unknown, missing, null against its declaration or there twice. `out` is then as it was before.
    pub fn reverse(&self, document: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        Walk::<Backward, _>::run(self, document, out)
    }

    /// The same as [`reverse`](Self::reverse), into a [`BytesMut`].
    ///
    /// # Errors
    /// See [`reverse`](Self::reverse).
    pub fn reverse_into(&self, document: &[u8], out: &mut BytesMut) -> Result<(), Error> {
        Walk::<Backward, _>::run(self, document, out)
    }
}
