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
        ObjectWriter { out: Writer { out: self.out }, first: true, mistake: None }
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
    /// The first field that could not be written.
    mistake: Option<BindError>,
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

    /// Writes a field, if every one before it could be written: [`finish`](Self::finish) answers the first mistake. What the derive writes structs with,
    /// for this is checked by rustc in half the time that a `return` for each field takes.
    #[doc(hidden)]
    pub fn put<T: WriteJson + ?Sized>(&mut self, key: &str, value: &T) {
        if self.mistake.is_none() {
            self.mistake = self.field(key, value).err();
        }
    }

    /// Ends an object of fields that were [`put`](Self::put).
    #[doc(hidden)]
    pub fn finish(mut self) -> Result<(), BindError> {
        if let Some(mistake) = self.mistake.take() {
            return Err(mistake);
        }
        self.end();
        Ok(())
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::patch::Patch;
    use crate::types::{Bytes, Numeric, RawJson};

    fn write(value: impl WriteJson) -> Result<String, String> {
        let mut out = BytesMut::new();
        value.write_json(&mut Writer::new(&mut out)).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(out.to_vec()).unwrap())
    }

    struct Item {
        price: f64,
    }

    impl WriteJson for Item {
        fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
            let mut object = out.object();
            object.field("price", &self.price)?;
            object.end();
            Ok(())
        }
    }

    struct Order {
        items: Vec<Item>,
        note: Patch<&'static str>,
        first: Option<bool>,
    }

    impl WriteJson for Order {
        fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
            let mut object = out.object();
            object.field("note", &self.note)?;
            object.field("items", &self.items)?;
            object.field("first", &self.first)?;
            object.end();
            Ok(())
        }
    }

    #[test]
    fn writes_values() {
        assert_eq!(write(true).unwrap(), "true");
        assert_eq!(write(i128::MIN).unwrap(), "-170141183460469231731687303715884105728");
        assert_eq!(
            write([0.1, -0.0, 1e15, 1e16, 1.5e-7, 1e300]).unwrap(),
            "[0.1,-0,1000000000000000,1e16,1.5e-7,1e300]"
        );
        assert_eq!(write(0.1_f32).unwrap(), "0.1");
        assert_eq!(write("12.50".parse::<Numeric>().unwrap()).unwrap(), "12.50");
        assert_eq!(write(Bytes::from_static(&[0, 255])).unwrap(), r#""\\x00ff""#);
        assert_eq!(write(r#"{"a" : 1}"#.parse::<RawJson>().unwrap()).unwrap(), r#"{"a" : 1}"#);
        assert_eq!(write("\u{1}\"\\\n\r\t\u{7f}é").unwrap(), "\"\\u0001\\\"\\\\\\n\\r\\t\u{7f}é\"");
        assert_eq!(write(BTreeMap::from([("a", None), ("b", Some('x'))])).unwrap(), r#"{"a":null,"b":"x"}"#);
        assert_eq!(write(vec![Patch::Absent, Patch::Value(1)]).unwrap(), "[null,1]");
    }

    #[test]
    fn absent_and_null_are_two_things() {
        let order = |note| Order { items: vec![], note, first: None };
        assert_eq!(write(order(Patch::Absent)).unwrap(), r#"{"items":[],"first":null}"#);
        assert_eq!(write(order(Patch::Null)).unwrap(), r#"{"note":null,"items":[],"first":null}"#);
        assert_eq!(write(order("x".into())).unwrap(), r#"{"note":"x","items":[],"first":null}"#);
    }

    #[test]
    fn an_error_names_its_place() {
        let items = vec![Item { price: 1.0 }, Item { price: f64::NAN }];
        let error = write(Order { items, note: Patch::Absent, first: None }).unwrap_err();
        assert_eq!(error, "the value at `.items[1].price` is NaN, which JSON cannot hold");
        assert!(write(f32::INFINITY).unwrap_err().contains("is inf"));
        assert!(write("Infinity".parse::<Numeric>().unwrap()).unwrap_err().contains("is Infinity"));
        assert!(write("\0").is_err() && write(BTreeMap::from([("\0", 1)])).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(text in "[^\0]*", float in any::<f64>().prop_filter("finite", |float| float.is_finite()), integer: u64) {
            prop_assert_eq!(serde_json::from_str::<String>(&write(text.as_str()).unwrap()).unwrap(), text);
            prop_assert_eq!(write(float).unwrap().parse::<f64>().unwrap().to_bits(), float.to_bits());
            prop_assert!(serde_json::from_str::<f64>(&write(float).unwrap()).is_ok());
            prop_assert_eq!(serde_json::from_str::<u64>(&write(integer).unwrap()).unwrap(), integer);
        }
    }
}
