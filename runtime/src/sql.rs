//! Markers for PostgreSQL's built-in types: what a bound argument is on the wire.
//!
//! Arguments travel as built-in types only, so that the driver never asks the catalogue for a type; the statement casts them where
//! the function wants an enum, a domain or a composite.

use std::marker::PhantomData;

use postgres_types::Type;

/// A built-in SQL type.
pub trait SqlType {
    /// The type as the driver knows it.
    const TYPE: Type;
    /// The type as SQL spells it, such as `timestamptz`.
    const NAME: &'static str;
}

/// A type that may be an array's element.
pub trait Element: SqlType {
    /// The array's type as the driver knows it.
    const ARRAY: Type;
    /// The array's type as SQL spells it, such as `uuid[]`.
    const ARRAY_NAME: &'static str;
}

/// Every type but `json` and `jsonb`: a value of it is one Rust value, not a document.
///
/// It keeps the implementations of [`Parameter`](crate::Parameter) for references and boxes apart from the one for documents.
pub trait NotJson: SqlType {}

/// An array of `S`.
#[derive(Debug, Clone, Copy)]
pub struct Array<S>(PhantomData<S>);

impl<S: Element> SqlType for Array<S> {
    const TYPE: Type = S::ARRAY;
    const NAME: &'static str = S::ARRAY_NAME;
}

impl<S: Element> NotJson for Array<S> {}

/// A range whose bounds are `S`. It travels as its text, so that ranges of one's own do as well; the statement casts it.
#[derive(Debug, Clone, Copy)]
pub struct Range<S>(PhantomData<S>);

/// A multirange whose bounds are `S`; as [`Range`].
#[derive(Debug, Clone, Copy)]
pub struct Multirange<S>(PhantomData<S>);

macro_rules! texts_of {
    ($($marker:ident = $name:literal, $array:literal;)*) => {$(
        impl<S: SqlType> SqlType for $marker<S> {
            const TYPE: Type = Type::TEXT;
            const NAME: &'static str = $name;
        }

        impl<S: SqlType> Element for $marker<S> {
            const ARRAY: Type = Type::TEXT_ARRAY;
            const ARRAY_NAME: &'static str = $array;
        }

        impl<S: SqlType> NotJson for $marker<S> {}
    )*};
}

texts_of! {
    Range = "range", "range[]";
    Multirange = "multirange", "multirange[]";
}

macro_rules! markers {
    ($($marker:ident = $name:literal, $type:ident, $array:ident;)*) => {$(
        #[doc = concat!("`", $name, "`.")]
        #[derive(Debug, Clone, Copy)]
        pub struct $marker;

        impl SqlType for $marker {
            const TYPE: Type = Type::$type;
            const NAME: &'static str = $name;
        }

        impl Element for $marker {
            const ARRAY: Type = Type::$array;
            const ARRAY_NAME: &'static str = concat!($name, "[]");
        }
    )*};
}

macro_rules! not_json {
    ($($marker:ident)*) => {$( impl NotJson for $marker {} )*};
}

markers! {
    Bool = "boolean", BOOL, BOOL_ARRAY;
    Int2 = "smallint", INT2, INT2_ARRAY;
    Int4 = "integer", INT4, INT4_ARRAY;
    Int8 = "bigint", INT8, INT8_ARRAY;
    Float4 = "real", FLOAT4, FLOAT4_ARRAY;
    Float8 = "double precision", FLOAT8, FLOAT8_ARRAY;
    Numeric = "numeric", NUMERIC, NUMERIC_ARRAY;
    Text = "text", TEXT, TEXT_ARRAY;
    Varchar = "varchar", VARCHAR, VARCHAR_ARRAY;
    Bpchar = "char", BPCHAR, BPCHAR_ARRAY;
    Name = "name", NAME, NAME_ARRAY;
    Bytea = "bytea", BYTEA, BYTEA_ARRAY;
    Uuid = "uuid", UUID, UUID_ARRAY;
    Timestamptz = "timestamptz", TIMESTAMPTZ, TIMESTAMPTZ_ARRAY;
    Timestamp = "timestamp", TIMESTAMP, TIMESTAMP_ARRAY;
    Date = "date", DATE, DATE_ARRAY;
    Time = "time", TIME, TIME_ARRAY;
    Timetz = "timetz", TIMETZ, TIMETZ_ARRAY;
    Interval = "interval", INTERVAL, INTERVAL_ARRAY;
    Inet = "inet", INET, INET_ARRAY;
    Cidr = "cidr", CIDR, CIDR_ARRAY;
    Macaddr = "macaddr", MACADDR, MACADDR_ARRAY;
    Macaddr8 = "macaddr8", MACADDR8, MACADDR8_ARRAY;
    Oid = "oid", OID, OID_ARRAY;
    Json = "json", JSON, JSON_ARRAY;
    Jsonb = "jsonb", JSONB, JSONB_ARRAY;
}

not_json! {
    Bool Int2 Int4 Int8 Float4 Float8 Numeric Text Varchar Bpchar Name Bytea Uuid
    Timestamptz Timestamp Date Time Timetz Interval Inet Cidr Macaddr Macaddr8 Oid
}
