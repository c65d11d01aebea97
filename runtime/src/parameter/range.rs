//! Ranges and multiranges: their text, if their bounds fit.

use std::fmt::{Display, Write as _};

use bytes::BytesMut;

use super::{Encoded, Parameter};
use crate::error::BindError;
use crate::sql;
use crate::types::{Multirange, Range};

impl<S: sql::NotJson, T: Parameter<S> + Display> Parameter<sql::Range<S>> for Range<T> {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        write_text(self, out)
    }
}

impl<S: sql::NotJson, T: Parameter<S> + Display> Parameter<sql::Multirange<S>> for Multirange<T> {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        write_text(self, out)
    }
}

fn write_text(value: &impl Display, out: &mut BytesMut) -> Result<Encoded, BindError> {
    let start = out.len();
    // The buffer grows, and the values do not fail.
    let _ = write!(out, "{value}");
    if out[start..].contains(&0) {
        return Err(BindError::new("has a NUL character, which a PostgreSQL text cannot hold"));
    }
    Ok(Encoded::Value)
}
