//! Rows of a function that returns a set, made into one array as they arrive.

use super::{Error, Selection, Transform};

/// An array that is written row by row: each row is a document of its own.
///
/// ```
/// use pgmutate::transform::{Field, Object, Rows, Transform, Value};
///
/// static TAG: Object = Object::new("Tag", &[Field::new("id", "id", Value::Scalar)]);
///
/// let mut out = Vec::new();
/// let mut rows = Rows::new(Transform::new(&TAG), &mut out);
/// rows.push(br#"{"id": 1}"#)?;
/// rows.push(br#"{"id": 2}"#)?;
/// rows.finish();
/// assert_eq!(out, br#"[{"__typename":"Tag","id":1},{"__typename":"Tag","id":2}]"#);
/// # Ok::<(), pgmutate::transform::Error>(())
/// ```
#[derive(Debug)]
pub struct Rows<'a> {
    shape: Shape<'a>,
    out: &'a mut Vec<u8>,
    start: usize,
    count: usize,
}

#[derive(Debug)]
enum Shape<'a> {
    Whole(Transform),
    Selected(&'a Selection),
}

impl<'a> Rows<'a> {
    /// Begins an array of whole documents.
    pub fn new(transform: Transform, out: &'a mut Vec<u8>) -> Self {
        Self::begin(Shape::Whole(transform), out)
    }

    /// Begins an array of what is selected of each document.
    pub fn selected(selection: &'a Selection, out: &'a mut Vec<u8>) -> Self {
        Self::begin(Shape::Selected(selection), out)
    }

    fn begin(shape: Shape<'a>, out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        out.push(b'[');
        Self { shape, out, start, count: 0 }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the row cannot be transformed; the path begins with the row's number. The array is then as it was before the row.
    pub fn push(&mut self, document: &[u8]) -> Result<(), Error> {
        let before = self.out.len();
        if self.count > 0 {
            self.out.push(b',');
        }
        let result = match &self.shape {
            Shape::Whole(transform) => transform.run(document, self.out),
            Shape::Selected(selection) => selection.run(document, self.out),
        };
        if let Err(error) = result {
            self.out.truncate(before);
            return Err(error.in_row(self.count));
        }
        self.count += 1;
        Ok(())
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none yet.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Ends the array.
    pub fn finish(self) {
        self.out.push(b']');
    }

    /// Takes everything back that was written, the opening bracket included.
    pub fn abandon(self) {
        self.out.truncate(self.start);
    }
}
