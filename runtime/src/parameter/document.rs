//! JSON documents: anything that is an [`Input`] is a `jsonb` and a `json` argument.

use bytes::{BufMut, BytesMut};

use super::{Encoded, Parameter};
use crate::error::BindError;
use crate::json::{Input, Writer};
use crate::sql;

/// The version of jsonb's binary format, a byte in front of the text.
pub(crate) const JSONB_VERSION: u8 = 1;

impl<T: Input + ?Sized> Parameter<sql::Jsonb> for T {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        out.put_u8(JSONB_VERSION);
        Parameter::<sql::Json>::encode(self, out)
    }
}

impl<T: Input + ?Sized> Parameter<sql::Json> for T {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        self.write_json(&mut Writer::new(out))?;
        Ok(Encoded::Value)
    }
}
