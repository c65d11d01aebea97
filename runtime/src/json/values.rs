//! How Rust's own types are written as JSON.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::sync::Arc;

use super::{Input, WriteJson, Writer};
use crate::error::BindError;
use crate::patch::Patch;
use crate::types::{
    Bytes, Cidr, Date, Inet, Interval, MacAddr, MacAddr8, Multirange, Numeric, Range, RawJson, Time, Timestamp,
    Timestamptz, Timetz,
};

impl WriteJson for bool {
    fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
        out.raw(if *self { "true" } else { "false" });
        Ok(())
    }
}

macro_rules! whole_numbers {
    ($($type:ty)*) => {$(
        impl WriteJson for $type {
            fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
                out.number(format_args!("{self}"));
                Ok(())
            }
        }
    )*};
}

whole_numbers!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

/// The shortest digits that read back as the same value; far from one with an exponent, as `1e300` has 301 digits without.
macro_rules! floats {
    ($($type:ty)*) => {$(
        impl WriteJson for $type {
            fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
                let size = self.abs();
                if !self.is_finite() {
                    return Err(BindError::new(format!("is {self}, which JSON cannot hold")));
                }
                if size == 0.0 || (1e-5..1e16).contains(&size) {
                    out.number(format_args!("{self}"));
                } else {
                    out.number(format_args!("{self:e}"));
                }
                Ok(())
            }
        }
    )*};
}

floats!(f32 f64);

impl WriteJson for str {
    fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
        out.string(self)
    }
}

impl WriteJson for String {
    fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
        out.string(self)
    }
}

impl WriteJson for Cow<'_, str> {
    fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
        out.string(self)
    }
}

impl WriteJson for char {
    fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
        out.string(self.encode_utf8(&mut [0; 4]))
    }
}

#[cfg(feature = "uuid")]
impl WriteJson for uuid::Uuid {
    fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
        out.string(self.hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()))
    }
}

/// `"\\x00ff"`, which PostgreSQL reads back as `bytea`.
impl WriteJson for Bytes {
    fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
        out.raw(r#""\\x"#);
        for byte in self {
            out.number(format_args!("{byte:02x}"));
        }
        out.raw("\"");
        Ok(())
    }
}

/// The digits as they are: `12.50` stays `12.50`.
impl WriteJson for Numeric {
    fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
        if !self.is_finite() {
            return Err(BindError::new(format!("is {self}, which JSON cannot hold")));
        }
        out.raw(self.as_str());
        Ok(())
    }
}

/// A string, as PostgreSQL writes the type in JSON.
macro_rules! texts {
    ($($type:ident)*) => {$(
        impl WriteJson for $type {
            fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
                out.string(&self.to_string())
            }
        }
    )*};
}

texts!(Timestamptz Timestamp Date Time Timetz Interval Inet Cidr MacAddr MacAddr8);

impl<T: Display> WriteJson for Range<T> {
    fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
        out.string(&self.to_string())
    }
}

impl<T: Display> WriteJson for Multirange<T> {
    fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
        out.string(&self.to_string())
    }
}

impl WriteJson for RawJson {
    fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
        out.raw(self.as_str());
        Ok(())
    }
}

impl Input for RawJson {}

/// `None` is `null`; a field that may be left out is a [`Patch`].
impl<T: WriteJson> WriteJson for Option<T> {
    fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
        match self {
            Some(value) => value.write_json(out),
            None => {
                out.null();
                Ok(())
            }
        }
    }
}

/// Absent writes no field; where a value must stand, in a list, it is `null`.
impl<T: WriteJson> WriteJson for Patch<T> {
    fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
        match self {
            Self::Value(value) => value.write_json(out),
            Self::Null | Self::Absent => {
                out.null();
                Ok(())
            }
        }
    }

    fn is_absent(&self) -> bool {
        Patch::is_absent(self)
    }
}

impl<T: WriteJson> WriteJson for [T] {
    fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
        let mut list = out.list();
        for element in self {
            list.element(element)?;
        }
        list.end();
        Ok(())
    }
}

impl<T: WriteJson> WriteJson for Vec<T> {
    fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
        self.as_slice().write_json(out)
    }
}

impl<T: WriteJson, const N: usize> WriteJson for [T; N] {
    fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
        self.as_slice().write_json(out)
    }
}

impl<T: WriteJson> Input for [T] {}
impl<T: WriteJson> Input for Vec<T> {}
impl<T: WriteJson, const N: usize> Input for [T; N] {}

macro_rules! maps {
    ($($map:ident),*) => {$(
        impl<K: AsRef<str>, T: WriteJson> WriteJson for $map<K, T> {
            fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
                let mut object = out.object();
                for (key, value) in self {
                    object.field(key.as_ref(), value)?;
                }
                object.end();
                Ok(())
            }
        }

        impl<K: AsRef<str>, T: WriteJson> Input for $map<K, T> {}
    )*};
}

maps!(BTreeMap, HashMap);

macro_rules! hand_over {
    ($($pointer:ty),*) => {$(
        impl<T: WriteJson + ?Sized> WriteJson for $pointer {
            fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
                T::write_json(self, out)
            }

            fn is_absent(&self) -> bool {
                T::is_absent(self)
            }
        }

        impl<T: Input + ?Sized> Input for $pointer {}
    )*};
}

hand_over!(&T, Box<T>, Arc<T>);
