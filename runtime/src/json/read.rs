//! How Rust's own types are read from JSON.

use std::str::FromStr;

use super::{ReadJson, Reader, Stands};
use crate::transform::Error;
use crate::types::{
    Bytes, Cidr, Date, Inet, Interval, MacAddr, MacAddr8, Multirange, Numeric, Range, RawJson, Time, Timestamp,
    Timestamptz, Timetz,
};

impl ReadJson for bool {
    fn read_json(from: Reader<'_>) -> Result<Self, Error> {
        from.boolean()
    }
}

/// A number that the type holds exactly; it may stand in a string, where JSON has no word for it (`"NaN"`).
macro_rules! numbers {
    ($($type:ty, $expected:literal;)*) => {$(
        impl ReadJson for $type {
            fn read_json(from: Reader<'_>) -> Result<Self, Error> {
                let number = if from.is_string() { from.string()? } else { from.number()?.into() };
                number.parse().map_err(|_| from.unreadable($expected))
            }
        }
    )*};
}

numbers! {
    i8, "a whole number of 8 bits";
    i16, "a whole number of 16 bits";
    i32, "a whole number of 32 bits";
    i64, "a whole number of 64 bits";
    i128, "a whole number of 128 bits";
    u8, "a whole number of 8 bits without a sign";
    u16, "a whole number of 16 bits without a sign";
    u32, "a whole number of 32 bits without a sign";
    u64, "a whole number of 64 bits without a sign";
    u128, "a whole number of 128 bits without a sign";
    f32, "a number";
    f64, "a number";
    Numeric, "a number";
}

/// A string; or a number, digit by digit: an `ID` may be either.
impl ReadJson for String {
    fn read_json(from: Reader<'_>) -> Result<Self, Error> {
        match from.number() {
            Ok(number) => Ok(number.to_owned()),
            Err(_) => from.string().map(|text| text.into_owned()),
        }
    }
}

#[cfg(feature = "uuid")]
impl ReadJson for uuid::Uuid {
    fn read_json(from: Reader<'_>) -> Result<Self, Error> {
        from.parse("a uuid")
    }
}

/// A string, as PostgreSQL writes the type in JSON.
macro_rules! texts {
    ($($type:ident, $expected:literal;)*) => {$(
        impl ReadJson for $type {
            fn read_json(from: Reader<'_>) -> Result<Self, Error> {
                from.parse($expected)
            }
        }
    )*};
}

texts! {
    Timestamptz, "a date and a time with the offset of its zone";
    Timestamp, "a date and a time without a zone";
    Date, "a date";
    Time, "a time of day";
    Timetz, "a time of day with the offset of its zone";
    Interval, "an interval in the style `postgres`";
    Inet, "an address";
    Cidr, "a network";
    MacAddr, "an address of six bytes";
    MacAddr8, "an address of eight bytes";
}

impl<T: FromStr> ReadJson for Range<T> {
    fn read_json(from: Reader<'_>) -> Result<Self, Error> {
        from.parse("a range")
    }
}

impl<T: FromStr> ReadJson for Multirange<T> {
    fn read_json(from: Reader<'_>) -> Result<Self, Error> {
        from.parse("a multirange")
    }
}

impl ReadJson for std::net::IpAddr {
    fn read_json(from: Reader<'_>) -> Result<Self, Error> {
        from.parse("an address without a prefix")
    }
}

impl ReadJson for std::time::SystemTime {
    fn read_json(from: Reader<'_>) -> Result<Self, Error> {
        Timestamptz::read_json(from)?
            .try_into()
            .map_err(|_| from.unreadable("a moment that the system's clock can show"))
    }
}

/// A `bytea` as PostgreSQL writes it, in the format `hex` or `escape`.
impl ReadJson for Bytes {
    fn read_json(from: Reader<'_>) -> Result<Self, Error> {
        let text = from.string()?;
        let bytes = match text.strip_prefix("\\x") {
            Some(digits) => hex(digits.as_bytes()),
            None => escaped(text.as_bytes()),
        };
        bytes.map(Self::from).ok_or_else(|| from.unreadable("a bytea"))
    }
}

fn hex(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_chunks::<2>();
    let digit = |digit: u8| Some(char::from(digit).to_digit(16)? as u8);
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    bytes.collect::<Option<_>>().filter(|_| rest.is_empty())
}

/// Every byte stands for itself, but for `\\` and for three octal digits behind a backslash.
fn escaped(mut text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    while let Some((&byte, rest)) = text.split_first() {
        text = match (byte, rest) {
            (b'\\', [b'\\', rest @ ..]) => {
                bytes.push(b'\\');
                rest
            }
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', rest @ ..]) => {
                bytes.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                rest
            }
            (b'\\', _) => return None,
            (byte, rest) => {
                bytes.push(byte);
                rest
            }
        };
    }
    Some(bytes)
}

/// Any JSON, checked to its depths.
impl ReadJson for RawJson {
    fn read_json(from: Reader<'_>) -> Result<Self, Error> {
        Self::try_from(from.raw()?.to_vec()).map_err(|_| from.unreadable("JSON"))
    }
}

/// Null or missing is `None`.
impl<T: ReadJson> ReadJson for Option<T> {
    const STANDS: Stands = T::STANDS.or_null();

    fn read_json(from: Reader<'_>) -> Result<Self, Error> {
        if from.is_null() { Ok(None) } else { T::read_json(from).map(Some) }
    }

    fn read_missing() -> Option<Self> {
        Some(None)
    }
}

impl<T: ReadJson> ReadJson for Vec<T> {
    const STANDS: Stands = T::STANDS.listed();

    fn read_json(from: Reader<'_>) -> Result<Self, Error> {
        from.list()
    }
}

impl<T: ReadJson> ReadJson for Box<T> {
    const STANDS: Stands = T::STANDS;

    fn read_json(from: Reader<'_>) -> Result<Self, Error> {
        T::read_json(from).map(Self::new)
    }

    fn read_missing() -> Option<Self> {
        T::read_missing().map(Self::new)
    }
}

impl<T: ReadJson> ReadJson for std::sync::Arc<T> {
    const STANDS: Stands = T::STANDS;

    fn read_json(from: Reader<'_>) -> Result<Self, Error> {
        T::read_json(from).map(Self::new)
    }

    fn read_missing() -> Option<Self> {
        T::read_missing().map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::transform::DEPTH_LIMIT;

    #[derive(Debug, PartialEq)]
    struct Tree {
        id: i32,
        left: Option<Box<Tree>>,
    }

    impl ReadJson for Tree {
        fn read_json(from: Reader<'_>) -> Result<Self, Error> {
            let members = from.object("Tree", &["id", "left"])?;
            Ok(Self { id: members.read("id")?, left: members.read("left")? })
        }
    }

    fn error<T: ReadJson + std::fmt::Debug>(document: &str) -> String {
        read::<T>(document.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn values_are_read_without_loss() {
        assert_eq!(read::<i64>(b" -9223372036854775808 ").unwrap(), i64::MIN);
        assert_eq!(read::<u8>(b"255").unwrap(), 255);
        assert_eq!(read::<f64>(b"2.2250738585072014e-308").unwrap(), f64::MIN_POSITIVE);
        assert!(read::<f64>(b"\"NaN\"").unwrap().is_nan());
        assert_eq!(read::<f32>(b"\"-Infinity\"").unwrap(), f32::NEG_INFINITY);
        let digits = "123456789012345678901234567890.50";
        assert_eq!(read::<Numeric>(digits.as_bytes()).unwrap().as_str(), digits);
        assert_eq!(read::<Numeric>(b"\"NaN\"").unwrap().as_str(), "NaN");
        assert_eq!(read::<String>(br#""\u00e9\ud83d\ude00 \"""#).unwrap(), "é😀 \"");
        assert_eq!(read::<String>(digits.as_bytes()).unwrap(), digits);
        assert_eq!(read::<Bytes>(br#""\\x00fF""#).unwrap(), &[0, 255][..]);
        assert_eq!(read::<Bytes>(br#""a\\\\\\377""#).unwrap(), &b"a\\\xff"[..]);
        assert_eq!(read::<RawJson>(b"[1, {\"a\" : 1.50}]").unwrap().as_str(), "[1, {\"a\" : 1.50}]");
        assert_eq!(read::<Vec<Option<bool>>>(b"[true, null , false]").unwrap(), [Some(true), None, Some(false)]);
        assert!(read::<Vec<i32>>(b"[]").unwrap().is_empty());
    }

    #[test]
    fn objects_are_read_by_their_tables() {
        let tree = read::<Tree>(br#"{"id": 1, "left": {"left": null, "id": 2, "other": [{"id": "}"}]}}"#).unwrap();
        let left = Tree { id: 2, left: None };
        assert_eq!(tree, Tree { id: 1, left: Some(Box::new(left)) });
        assert_eq!(read::<Tree>(br#"{"id": 1}"#).unwrap(), Tree { id: 1, left: None });
        assert_eq!(read::<Tree>(br#"{"\u0069d": 1}"#).unwrap(), Tree { id: 1, left: None });
    }

    #[test]
    fn errors_know_path_and_expectation() {
        for (document, message) in [
            ("[]", "expected an object, found a list (byte 0)"),
            ("null", "must not be null (byte 0)"),
            ("{}", "field `id` of `Tree` is missing (byte 1)"),
            (r#"{"id": null}"#, "must not be null, at `id` (byte 7)"),
            (r#"{"id": "x"}"#, "expected a whole number of 32 bits, found `\\\"x\\\"`, at `id` (byte 7)"),
            (
                r#"{"id": 1, "left": {"id": 2147483648}}"#,
                "expected a whole number of 32 bits, found `2147483648`, at `left.id` (byte 25)",
            ),
            (r#"{"id": 1, "left": {}}"#, "field `id` of `Tree` is missing, at `left` (byte 19)"),
            (r#"{"id": 1, "id": 1}"#, "field `id` is there twice, at `id` (byte 16)"),
            (r#"{"id": 1} x"#, "the document goes on behind its end (byte 10)"),
            (r#"{"id": 1"#, "expected `,` and a key, or `}`, found the end of the document (byte 8)"),
            (r#"{"id": tru}"#, "expected a value, found `t`, at `id` (byte 7)"),
            ("", "expected an object, found the end of the document (byte 0)"),
        ] {
            assert_eq!(error::<Tree>(document), message, "{document}");
        }
        assert_eq!(
            error::<Vec<Vec<u8>>>("[[1], [2, 256]]"),
            "expected a whole number of 8 bits without a sign, found `256`, at `[1][1]` (byte 10)"
        );
        assert_eq!(error::<RawJson>("[01]"), "invalid number (byte 1)");
        assert_eq!(error::<RawJson>("[1 2]"), "expected JSON, found `[1 2]` (byte 0)");
    }

    #[test]
    fn members_and_values_are_told_by_their_strings() {
        let member = |document: &'static str| Reader::new(document.as_bytes()).discriminated("kind", &[("tree", 7)]);
        assert_eq!(member(r#"{"id": 1, "kind": "tree"}"#).unwrap(), 7);
        for (document, message) in [
            (r#"{"id": 1}"#, "the type cannot be told: `kind` is missing or not a string (byte 8)"),
            (r#"{"kind": 1}"#, "the type cannot be told: `kind` is missing or not a string (byte 9)"),
            (r#"{"kind": "bush"}"#, "the type cannot be told: no member for `kind` = `bush` (byte 9)"),
        ] {
            assert_eq!(member(document).unwrap_err().with_path().to_string().replace(", at `kind`", ""), message);
        }
        let one_of = |document: &'static str| Reader::new(document.as_bytes()).one_of(&[("a", 1), ("b", 2)]);
        assert_eq!(one_of("\"b\"").unwrap(), 2);
        assert_eq!(one_of("\"c\"").unwrap_err().to_string(), "expected one of `a`, `b`, found `\\\"c\\\"` (byte 0)");
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| {
            let mut text = String::from(r#"{"id": 0}"#);
            for id in 1..depth {
                text = format!(r#"{{"id": {id}, "left": {text}}}"#);
            }
            text
        };
        assert!(read::<Tree>(nested(DEPTH_LIMIT).as_bytes()).is_ok());
        assert!(error::<Tree>(&nested(DEPTH_LIMIT + 1)).contains("nested deeper than 128 levels"));
        assert!(read::<Tree>(format!(r#"{{"id": 1, "x": {}"#, "[".repeat(1_000_000)).as_bytes()).is_err());
    }

    proptest::proptest! {
        /// Whatever comes, there is an answer; what serde_json reads is read alike.
        #[test]
        fn agrees_with_serde_json(text in r#"[\[\]{}:,"0-9eE.\-+ \\intfrualsé]{0,14}"#) {
            let _ = read::<Tree>(text.as_bytes());
            let _ = read::<RawJson>(text.as_bytes());
            if let Ok(list) = serde_json::from_str::<Vec<Option<i32>>>(&text) {
                proptest::prop_assert_eq!(read::<Vec<Option<i32>>>(text.as_bytes()).unwrap(), list);
            }
            if let Ok(float) = serde_json::from_str::<f64>(&text) {
                // serde_json is out by one unit in the last place now and then.
                let ours = read::<f64>(text.as_bytes()).unwrap();
                proptest::prop_assert!((ours - float).abs() <= float.abs() * 1e-15, "{} {}", ours, float);
            }
        }
    }
}
