//! serde for the types here, where it is asked for.

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::patch::Patch;
use crate::types::{
    Cidr, Date, Inet, Interval, MacAddr, MacAddr8, Multirange, Numeric, Range, RawJson, Time, Timestamp, Timestamptz,
    Timetz,
};

/// A value as null or itself. What is absent is left out by the field that holds it (`skip_serializing_if`), and null elsewhere.
impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().value().serialize(serializer)
    }
}

/// Null or a value. What is left out is absent by the field's default.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::from)
    }
}

/// JSON as it is written. Serializers that are not serde_json's get it as serde_json's own raw values.
impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = serde_json::from_str::<&RawValue>(self.as_str()).map_err(S::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::new(String::from(Box::<str>::from(raw))).map_err(D::Error::custom)
    }
}

/// A text, for a float would lose digits.
impl Serialize for Numeric {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Numeric {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits;

        impl Visitor<'_> for Digits {
            type Value = Numeric;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number, or a decimal number in a string: a float would lose digits")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Numeric, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_i64<E>(self, number: i64) -> Result<Numeric, E> {
                Ok(number.into())
            }

            fn visit_u64<E>(self, number: u64) -> Result<Numeric, E> {
                Ok(number.into())
            }
        }

        deserializer.deserialize_any(Digits)
    }
}

/// A string that a type makes something of.
struct Text<T>(PhantomData<T>);

impl<T: FromStr<Err: Display>> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

macro_rules! texts {
    ($($type:ty $(, $parameter:ident)?;)*) => {$(
        impl$(<$parameter: Display>)? Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de $(, $parameter: FromStr)?> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Text(PhantomData))
            }
        }
    )*};
}

texts! {
    Timestamptz;
    Timestamp;
    Date;
    Time;
    Timetz;
    Interval;
    Inet;
    Cidr;
    MacAddr;
    MacAddr8;
    Range<T>, T;
    Multirange<T>, T;
}
