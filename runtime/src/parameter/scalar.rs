//! Booleans, numbers, bytes and uuids.

use bytes::{BufMut, BytesMut};

use super::{Encoded, Parameter};
use crate::error::BindError;
use crate::sql;
use crate::types::Numeric;

impl Parameter<sql::Bool> for bool {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        out.put_u8(u8::from(*self));
        Ok(Encoded::Value)
    }
}

/// A number whose type holds every value of the Rust type; narrower Rust types are widened.
macro_rules! numbers {
    ($($marker:ident, $wire:ty, $put:ident: $($type:ty)*;)*) => {$($(
        impl Parameter<sql::$marker> for $type {
            fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
                out.$put(<$wire>::from(*self));
                Ok(Encoded::Value)
            }
        }
    )*)*};
}

numbers! {
    Int2, i16, put_i16: i16 i8 u8;
    Int4, i32, put_i32: i32 i16 u16 i8 u8;
    Int8, i64, put_i64: i64 i32 u32 i16 u16 i8 u8;
    Float4, f32, put_f32: f32;
    Float8, f64, put_f64: f64 f32;
    Oid, u32, put_u32: u32;
}

macro_rules! whole_numerics {
    ($($type:ty)*) => {$(
        impl Parameter<sql::Numeric> for $type {
            fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
                Parameter::<sql::Numeric>::encode(&Numeric::from(*self), out)
            }
        }
    )*};
}

whole_numerics!(i8 i16 i32 i64 i128 u8 u16 u32 u64 u128);

impl Parameter<sql::Numeric> for Numeric {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        self.write_binary(out)?;
        Ok(Encoded::Value)
    }
}

impl Parameter<sql::Bytea> for [u8] {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        out.extend_from_slice(self);
        Ok(Encoded::Value)
    }
}

impl Parameter<sql::Bytea> for Vec<u8> {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        Parameter::<sql::Bytea>::encode(self.as_slice(), out)
    }
}

impl<const N: usize> Parameter<sql::Bytea> for [u8; N] {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        Parameter::<sql::Bytea>::encode(self.as_slice(), out)
    }
}

impl Parameter<sql::Bytea> for bytes::Bytes {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        Parameter::<sql::Bytea>::encode(self.as_ref(), out)
    }
}

#[cfg(feature = "uuid")]
impl Parameter<sql::Uuid> for uuid::Uuid {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        out.extend_from_slice(self.as_bytes());
        Ok(Encoded::Value)
    }
}

/// The sixteen bytes of a uuid, most significant first.
impl Parameter<sql::Uuid> for [u8; 16] {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        out.extend_from_slice(self);
        Ok(Encoded::Value)
    }
}
