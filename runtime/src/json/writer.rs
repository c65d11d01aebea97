//! Writing JSON without a tree.

use std::fmt::{self, Write as _};

use bytes::{BufMut, BytesMut};

use super::WriteJson;
use crate::error::BindError;

/// Appends JSON to a buffer.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut BytesMut,
}

impl<'a> Writer<'a> {
    /// Appends to `out`.
    pub fn new(out: &'a mut BytesMut) -> Self {
        Self { out }
    }

    /// Begins an object; it ends with [`ObjectWriter::end`].
    pub fn object(&mut self) -> ObjectWriter<'_> {
        self.raw("{");
        ObjectWriter { out: Writer { out: self.out }, first: true }
    }

    /// Begins a list; it ends with [`ListWriter::end`].
    pub fn list(&mut self) -> ListWriter<'_> {
        self.raw("[");
        ListWriter { out: Writer { out: self.out }, length: 0 }
    }

    /// Writes `null`.
    pub fn null(&mut self) {
        self.raw("null");
    }

    /// Writes a string.
    ///
    /// # Errors
    ///
    /// The text has a NUL character: JSON can write it, jsonb cannot hold it.
    pub fn string(&mut self, text: &str) -> Result<(), BindError> {
        self.out.put_u8(b'"');
        let mut written = 0;
        for (at, byte) in text.bytes().enumerate() {
            if byte >= 0x20 && byte != b'"' && byte != b'\\' {
                continue;
            }
            self.out.extend_from_slice(&text.as_bytes()[written..at]);
            written = at + 1;
            match byte {
                b'"' => self.raw("\\\""),
                b'\\' => self.raw("\\\\"),
                b'\n' => self.raw("\\n"),
                b'\r' => self.raw("\\r"),
                b'\t' => self.raw("\\t"),
                0 => return Err(BindError::new("has a NUL character, which a PostgreSQL text cannot hold")),
                _ => self.number(format_args!("\\u{byte:04x}")),
            }
        }
        self.out.extend_from_slice(&text.as_bytes()[written..]);
        self.out.put_u8(b'"');
        Ok(())
    }

    /// Writes what formats itself as JSON writes it.
    pub(super) fn number(&mut self, number: fmt::Arguments<'_>) {
        // The buffer grows, and the numbers of the standard library do not fail.
        let _ = self.out.write_fmt(number);
    }

    /// Writes text that is JSON already. Whoever calls this has checked it: anything else would let a client's text change the document.
    pub(crate) fn raw(&mut self, json: &str) {
        self.out.extend_from_slice(json.as_bytes());
    }
}

/// Writes an object's fields.
#[derive(Debug)]
#[must_use = "an object ends with `end`"]
pub struct ObjectWriter<'a> {
    out: Writer<'a>,
    first: bool,
}

impl ObjectWriter<'_> {
    /// Writes a field; a value that is absent writes nothing.
    ///
    /// # Errors
    ///
    /// The value cannot be written; the error then knows the key.
    pub fn field<T: WriteJson + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), BindError> {
        if value.is_absent() {
            return Ok(());
        }
        if !std::mem::replace(&mut self.first, false) {
            self.out.raw(",");
        }
        self.out.string(key)?;
        self.out.raw(":");
        value.write_json(&mut self.out).map_err(|error| error.at_key(key))
    }

    /// Ends the object.
    pub fn end(mut self) {
        self.out.raw("}");
    }
}

/// Writes a list's elements.
#[derive(Debug)]
#[must_use = "a list ends with `end`"]
pub struct ListWriter<'a> {
    out: Writer<'a>,
    length: usize,
}

impl ListWriter<'_> {
    /// Writes an element.
    ///
    /// # Errors
    ///
    /// The value cannot be written; the error then knows its index.
    pub fn element<T: WriteJson + ?Sized>(&mut self, value: &T) -> Result<(), BindError> {
        let index = self.length;
        self.length += 1;
        if index > 0 {
            self.out.raw(",");
        }
        value.write_json(&mut self.out).map_err(|error| error.at_index(index))
    }

    /// Ends the list.
    pub fn end(mut self) {
        self.out.raw("]");
    }
}
