//! Decimal numbers without loss: the digits as they were written.

use std::fmt;
use std::str::FromStr;

use bytes::{BufMut, BytesMut};

/// A `numeric`: a decimal number of any precision, kept as its text, so that `12.50` stays `12.50`.
///
/// Two are equal when they are written alike: `1.0` is not `1.00`, which `numeric` keeps apart as well when it writes them.
///
/// ```
/// # fn main() -> Result<(), pgmutate::types::InvalidNumeric> {
/// use pgmutate::types::Numeric;
///
/// let price: Numeric = "123456789012345678901234567890.50".parse()?;
/// assert_eq!(price.as_str(), "123456789012345678901234567890.50");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Numeric(String);

/// A text that is not a number which `numeric` can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidNumeric {
    reason: &'static str,
}

/// The digits in front of the decimal point and behind it that `numeric` can hold.
const DIGITS_BEFORE: i64 = 131_072;
const DIGITS_BEHIND: i64 = 16_383;

/// The sign field of the binary format.
const POSITIVE: u16 = 0x0000;
const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const NEGATIVE_INFINITY: u16 = 0xF000;

impl Numeric {
    /// Takes a number as JSON writes it (`-12.50`, `1e6`), or `NaN`, `Infinity`, `-Infinity`.
    ///
    /// # Errors
    ///
    /// The text is something else, or has more digits than `numeric` can hold: 131072 before the decimal point, 16383 behind it.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidNumeric> {
        let text = text.into();
        if special(&text).is_none() {
            Decimal::read(&text)?;
        }
        Ok(Self(text))
    }

    /// The number, as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a number of digits: not `NaN` or infinite.
    pub fn is_finite(&self) -> bool {
        special(&self.0).is_none()
    }

    /// Appends PostgreSQL's binary format: number of digits to the base 10000, weight of the first, sign, decimals, digits.
    pub(crate) fn write_binary(&self, out: &mut BytesMut) -> Result<(), InvalidNumeric> {
        if let Some(sign) = special(&self.0) {
            out.extend_from_slice(&[0, 0, 0, 0]);
            out.put_u16(sign);
            out.put_u16(0);
            return Ok(());
        }
        Decimal::read(&self.0)?.write_binary(out);
        Ok(())
    }
}

fn special(text: &str) -> Option<u16> {
    match text {
        "NaN" => Some(NAN),
        "Infinity" => Some(INFINITY),
        "-Infinity" => Some(NEGATIVE_INFINITY),
        _ => None,
    }
}

/// A finite number in pieces.
struct Decimal<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

impl<'a> Decimal<'a> {
    /// Reads a number by JSON's grammar.
    fn read(text: &'a str) -> Result<Self, InvalidNumeric> {
        const GRAMMAR: InvalidNumeric = InvalidNumeric { reason: "is not a number such as `12.50`" };
        let text = text.as_bytes();
        let (negative, text) = text.strip_prefix(b"-").map_or((false, text), |rest| (true, rest));
        let (whole, rest) = digits(text);
        let (fraction, rest) = match rest.strip_prefix(b".") {
            Some(rest) => {
                let (fraction, rest) = digits(rest);
                if fraction.is_empty() {
                    return Err(GRAMMAR);
                }
                (fraction, rest)
            }
            None => (&rest[..0], rest),
        };
        let exponent = match rest {
            [] => Some(0),
            [b'e' | b'E', exponent @ ..] => read_exponent(exponent),
            _ => None,
        };
        let (Some(exponent), true) = (exponent, whole == b"0" || matches!(whole, [b'1'..=b'9', ..])) else {
            return Err(GRAMMAR);
        };
        let number = Self { negative, whole, fraction, exponent };
        if number.point() > DIGITS_BEFORE || number.decimals() > DIGITS_BEHIND {
            return Err(InvalidNumeric { reason: "has more digits than `numeric` can hold" });
        }
        Ok(number)
    }

    /// The digits without the zeros in front of the first and behind the last other one.
    fn significant(&self) -> impl Iterator<Item = u8> + Clone {
        let (skip, count) = (self.leading_zeros(), self.count());
        self.whole.iter().chain(self.fraction).skip(skip).take(count).map(|digit| digit - b'0')
    }

    fn leading_zeros(&self) -> usize {
        self.whole.iter().chain(self.fraction).take_while(|digit| **digit == b'0').count()
    }

    fn count(&self) -> usize {
        let trailing_zeros = self.whole.iter().chain(self.fraction).rev().take_while(|digit| **digit == b'0').count();
        (self.whole.len() + self.fraction.len()).saturating_sub(self.leading_zeros() + trailing_zeros)
    }

    /// How many of the significant digits stand before the decimal point; negative where zeros stand between it and the first. Zero for zero.
    fn point(&self) -> i64 {
        if self.count() == 0 { 0 } else { self.whole.len() as i64 - self.leading_zeros() as i64 + self.exponent }
    }

    /// The digits behind the decimal point that are shown, zeros included.
    fn decimals(&self) -> i64 {
        (self.fraction.len() as i64 - self.exponent).max(0)
    }

    fn write_binary(&self, out: &mut BytesMut) {
        let count = self.count();
        let weight = if count == 0 { 0 } else { (self.point() - 1).div_euclid(4) };
        // The first group of four may begin with zeros: the groups are counted from the decimal point.
        let padding = if count == 0 { 0 } else { (4 * (weight + 1) - self.point()) as usize };
        let groups = (padding + count).div_ceil(4);
        out.put_u16(groups as u16);
        out.put_i16(weight as i16);
        out.put_u16(if self.negative && count > 0 { NEGATIVE } else { POSITIVE });
        out.put_u16(self.decimals() as u16);
        let mut digits = std::iter::repeat_n(0, padding).chain(self.significant());
        for _ in 0..groups {
            let group = (0..4).fold(0, |group, _| group * 10 + u16::from(digits.next().unwrap_or(0)));
            out.put_u16(group);
        }
    }
}

fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

fn read_exponent(text: &[u8]) -> Option<i64> {
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (digits, rest) = digits(text);
    if digits.is_empty() || !rest.is_empty() {
        return None;
    }
    // Far beyond what `numeric` can hold is as good as exact: the limits refuse it.
    let size = digits.iter().fold(0_i64, |size, digit| (size * 10 + i64::from(digit - b'0')).min(1 << 40));
    Some(if negative { -size } else { size })
}

impl FromStr for Numeric {
    type Err = InvalidNumeric;

    fn from_str(text: &str) -> Result<Self, InvalidNumeric> {
        Self::new(text)
    }
}

macro_rules! from_whole_numbers {
    ($($type:ty)*) => {$(
        impl From<$type> for Numeric {
            fn from(number: $type) -> Self {
                Self(number.to_string())
            }
        }
    )*};
}

from_whole_numbers!(i8 i16 i32 i64 i128 u8 u16 u32 u64 u128);

impl fmt::Display for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for InvalidNumeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

impl std::error::Error for InvalidNumeric {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_numbers_as_json_writes_them() {
        for text in [
            "0",
            "-0",
            "12.50",
            "1e6",
            "1E+6",
            "1.5e-3",
            "NaN",
            "Infinity",
            "-Infinity",
            "123456789012345678901234567890",
        ] {
            assert_eq!(text.parse::<Numeric>().unwrap().as_str(), text);
        }
        for text in
            ["", "-", "01", "+1", ".5", "5.", "1e", "1e+", "1 ", " 1", "0x1", "nan", "1.5.5", "--1", "1e5.0", "１"]
        {
            assert!(text.parse::<Numeric>().is_err(), "{text}");
        }
    }

    #[test]
    fn refuses_more_digits_than_numeric_holds() {
        assert!("1e131071".parse::<Numeric>().is_ok());
        assert!("1e131072".parse::<Numeric>().is_err());
        assert!("1e-16383".parse::<Numeric>().is_ok());
        assert!("1e-16384".parse::<Numeric>().is_err());
        assert!("1e99999999999999999999".parse::<Numeric>().is_err());
        assert!("1e-99999999999999999999".parse::<Numeric>().is_err());
    }

    #[test]
    fn writes_the_binary_format() {
        let binary = |text: &str| {
            let mut out = BytesMut::new();
            text.parse::<Numeric>().unwrap().write_binary(&mut out).unwrap();
            out.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect::<Vec<_>>()
        };
        assert_eq!(binary("0"), [0, 0, 0, 0]);
        assert_eq!(binary("-0.00"), [0, 0, 0, 2]);
        assert_eq!(binary("12.50"), [2, 0, 0, 2, 12, 5000]);
        assert_eq!(binary("-10000"), [1, 1, 0x4000, 0, 1]);
        assert_eq!(binary("0.00001"), [1, 0xFFFE, 0, 5, 1000]);
        assert_eq!(binary("1.5e3"), [1, 0, 0, 0, 1500]);
        assert_eq!(binary("NaN"), [0, 0, 0xC000, 0]);
    }
}
