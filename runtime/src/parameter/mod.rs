//! Which Rust value can be bound as which SQL type, and how it is written on the wire.

mod array;
mod document;
mod network;
mod range;
mod scalar;
mod text;
mod time;

use bytes::BytesMut;

pub(crate) use document::JSONB_VERSION;

use crate::error::BindError;
use crate::patch::Patch;
use crate::sql::{NotJson, SqlType};

/// What [`Parameter::encode`] wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoded {
    /// A value: the bytes appended to the buffer, possibly none.
    Value,
    /// NULL: nothing was appended.
    Null,
}

/// A Rust value that can be bound as the SQL type `S`.
///
/// | SQL | Rust |
/// |---|---|
/// | `boolean` | `bool` |
/// | `smallint`, `integer`, `bigint` | `i16`, `i32`, `i64`, and every type of whole numbers that is narrower |
/// | `real`, `double precision` | `f32`, `f64`; an `f32` is a `double precision` as well |
/// | `numeric` | [`Numeric`](crate::types::Numeric), whole numbers |
/// | `text`, `varchar`, `char`, `name` | `str`, `String`, `Cow<str>`, `char` |
/// | `bytea` | `[u8]`, `Vec<u8>`, `[u8; N]`, [`Bytes`](crate::types::Bytes) |
/// | `uuid` | `Uuid` (feature `uuid`), `[u8; 16]` |
/// | `timestamptz` | [`Timestamptz`](crate::types::Timestamptz), `SystemTime`; `chrono::DateTime<Utc>`, `time::OffsetDateTime`, `jiff::Timestamp` |
/// | `timestamp` | [`Timestamp`](crate::types::Timestamp); `chrono::NaiveDateTime`, `time::PrimitiveDateTime`, `jiff::civil::DateTime` |
/// | `date` | [`Date`](crate::types::Date); `chrono::NaiveDate`, `time::Date`, `jiff::civil::Date` |
/// | `time` | [`Time`](crate::types::Time); `chrono::NaiveTime`, `time::Time`, `jiff::civil::Time` |
/// | `timetz`, `interval` | [`Timetz`](crate::types::Timetz), [`Interval`](crate::types::Interval) |
/// | `inet`, `cidr` | [`Inet`](crate::types::Inet), `IpAddr`, `Ipv4Addr`, `Ipv6Addr`; [`Cidr`](crate::types::Cidr) |
/// | `macaddr`, `macaddr8` | [`MacAddr`](crate::types::MacAddr), [`MacAddr8`](crate::types::MacAddr8) |
/// | a range, a multirange | [`Range`](crate::types::Range), [`Multirange`](crate::types::Multirange) of what fits its bounds |
/// | `oid` | `u32` |
/// | `json`, `jsonb` | an [`Input`](crate::Input): a struct with the derive, lists and maps, [`RawJson`](crate::types::RawJson) for JSON text |
/// | an array | slices, arrays and `Vec`s of what fits its element; an element that is `None` is NULL |
///
/// References, boxes and `Arc`s fit where what they point to fits; `None` is NULL.
///
/// A newtype implements it by handing over to what it wraps:
///
/// ```
/// use pgmutate::{BindError, Encoded, Parameter, sql};
///
/// struct OrderNumber(String);
///
/// impl Parameter<sql::Text> for OrderNumber {
///     fn encode(&self, out: &mut bytes::BytesMut) -> Result<Encoded, BindError> {
///         Parameter::<sql::Text>::encode(&self.0, out)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be bound as the SQL type `{S}`",
    label = "does not fit the argument's SQL type",
    note = "a `jsonb` argument takes a struct with `#[derive(Input)]`, a `Vec` of them, or `RawJson` for JSON text; the table at \
            `pgmutate::Parameter` says what fits the others",
    note = "a type of your own fits when it implements `pgmutate::Parameter<{S}>`; a newtype hands over to what it wraps"
)]
pub trait Parameter<S: SqlType> {
    /// Appends the value in PostgreSQL's binary format of `S`, without the length in front.
    ///
    /// # Errors
    ///
    /// The value has no representation in `S`, such as a NaN in JSON or a text with a NUL character.
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError>;
}

/// What [`OptionalParameter::encode_given`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// Left out, so that the argument's DEFAULT applies.
    Absent,
    /// Given, as a value or as NULL.
    Present(Encoded),
}

/// A Rust value for an argument with a DEFAULT: it can say that the argument is left out.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be bound as an argument of the SQL type `{S}` that has a DEFAULT",
    label = "does not say whether the argument is left out, or does not fit its SQL type",
    note = "use `Option<T>` (`None` leaves the argument out, so that its DEFAULT applies) or `Patch<T>` (which can also pass NULL), where `T` \
            implements `pgmutate::Parameter<{S}>`"
)]
pub trait OptionalParameter<S: SqlType> {
    /// Appends the value, where one is given, as [`Parameter::encode`] does.
    ///
    /// # Errors
    ///
    /// As [`Parameter::encode`].
    fn encode_given(&self, out: &mut BytesMut) -> Result<Given, BindError>;
}

/// `None` leaves the argument out.
impl<S: SqlType, T: Parameter<S>> OptionalParameter<S> for Option<T> {
    fn encode_given(&self, out: &mut BytesMut) -> Result<Given, BindError> {
        match self {
            Some(value) => value.encode(out).map(Given::Present),
            None => Ok(Given::Absent),
        }
    }
}

impl<S: SqlType, T: Parameter<S>> OptionalParameter<S> for Patch<T> {
    fn encode_given(&self, out: &mut BytesMut) -> Result<Given, BindError> {
        match self {
            Self::Value(value) => value.encode(out).map(Given::Present),
            Self::Null => Ok(Given::Present(Encoded::Null)),
            Self::Absent => Ok(Given::Absent),
        }
    }
}

/// `None` is NULL.
impl<S: SqlType, T: Parameter<S>> Parameter<S> for Option<T> {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        match self {
            Some(value) => value.encode(out),
            None => Ok(Encoded::Null),
        }
    }
}

macro_rules! hand_over {
    ($($pointer:ty),*) => {$(
        impl<S: NotJson, T: Parameter<S> + ?Sized> Parameter<S> for $pointer {
            fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
                T::encode(self, out)
            }
        }
    )*};
}

hand_over!(&T, Box<T>, std::sync::Arc<T>);
