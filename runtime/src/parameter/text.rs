//! Texts.

use std::borrow::Cow;

use bytes::BytesMut;

use super::{Encoded, Parameter};
use crate::error::BindError;
use crate::sql;

/// Every type of text has the same format: its UTF-8 bytes.
macro_rules! texts {
    ($($marker:ident)*) => {$(
        impl Parameter<sql::$marker> for str {
            fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
                write_text(self, out)
            }
        }

        impl Parameter<sql::$marker> for String {
            fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
                write_text(self, out)
            }
        }

        impl Parameter<sql::$marker> for Cow<'_, str> {
            fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
                write_text(self, out)
            }
        }

        impl Parameter<sql::$marker> for char {
            fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
                write_text(self.encode_utf8(&mut [0; 4]), out)
            }
        }
    )*};
}

texts!(Text Varchar Bpchar Name);

/// PostgreSQL refuses a NUL character after the round trip; here it is refused before it, with the argument's name.
fn write_text(text: &str, out: &mut BytesMut) -> Result<Encoded, BindError> {
    if text.as_bytes().contains(&0) {
        return Err(BindError::new("has a NUL character, which a PostgreSQL text cannot hold"));
    }
    out.extend_from_slice(text.as_bytes());
    Ok(Encoded::Value)
}
