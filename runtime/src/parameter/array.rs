//! One-dimensional arrays; `None` is a NULL element.

use bytes::{BufMut, BytesMut};

use super::{Encoded, Parameter};
use crate::error::BindError;
use crate::sql::{Array, Element};

impl<S: Element, T: Parameter<S>> Parameter<Array<S>> for [T] {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        let dimensions = i32::from(!self.is_empty());
        out.put_i32(dimensions);
        let has_null = out.len();
        out.put_i32(0);
        out.put_u32(S::TYPE.oid());
        if self.is_empty() {
            return Ok(Encoded::Value);
        }
        out.put_i32(length(self.len())?);
        out.put_i32(1); // the index of the first element
        for (index, element) in self.iter().enumerate() {
            let at = out.len();
            out.put_i32(-1);
            match element.encode(out).map_err(|error| error.at_index(index))? {
                Encoded::Value => patch(out, at, length(out.len() - at - 4)?),
                Encoded::Null => patch(out, has_null, 1),
            }
        }
        Ok(Encoded::Value)
    }
}

impl<S: Element, T: Parameter<S>> Parameter<Array<S>> for Vec<T> {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        Parameter::<Array<S>>::encode(self.as_slice(), out)
    }
}

impl<S: Element, T: Parameter<S>, const N: usize> Parameter<Array<S>> for [T; N] {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        Parameter::<Array<S>>::encode(self.as_slice(), out)
    }
}

fn length(bytes: usize) -> Result<i32, BindError> {
    i32::try_from(bytes).map_err(|_| BindError::new("is larger than 2 GB"))
}

/// Puts `value` over the four bytes at `at`.
fn patch(out: &mut BytesMut, at: usize, value: i32) {
    out[at..at + 4].copy_from_slice(&value.to_be_bytes());
}
