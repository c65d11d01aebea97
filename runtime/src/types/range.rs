//! Ranges and multiranges of any type that has a text.

use std::fmt;
use std::ops::Bound;
use std::str::FromStr;

use super::InvalidText;

/// A range: `int4range`, `tstzrange` and their like, and ranges of one's own.
///
/// It travels as its text. PostgreSQL writes ranges of whole numbers and of dates with the lower bound inside and the upper one outside.
///
/// ```
/// use std::ops::Bound;
/// use pgmutate::types::Range;
///
/// let range: Range<i32> = "[1,5)".parse()?;
/// assert_eq!(range, Range::from(1..5));
/// assert_eq!("(,7]".parse::<Range<i32>>()?, Range::Between(Bound::Unbounded, Bound::Included(7)));
/// # Ok::<(), pgmutate::types::InvalidText>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Range<T> {
    /// Nothing is in it.
    Empty,
    /// What is between the two.
    Between(Bound<T>, Bound<T>),
}

/// A multirange: ranges in order, with gaps between them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Multirange<T>(pub Vec<Range<T>>);

impl<T> From<std::ops::Range<T>> for Range<T> {
    fn from(range: std::ops::Range<T>) -> Self {
        Self::Between(Bound::Included(range.start), Bound::Excluded(range.end))
    }
}

impl<T: fmt::Display> fmt::Display for Range<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Between(lower, upper) = self else { return f.write_str("empty") };
        let value = |bound: &Bound<T>| match bound {
            Bound::Included(value) | Bound::Excluded(value) => quoted(&value.to_string()),
            Bound::Unbounded => String::new(),
        };
        let open = if matches!(lower, Bound::Included(_)) { '[' } else { '(' };
        let close = if matches!(upper, Bound::Included(_)) { ']' } else { ')' };
        write!(f, "{open}{},{}{close}", value(lower), value(upper))
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl<T: FromStr> FromStr for Range<T> {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let mut scanner = Scanner { rest: text };
        scanner.range().filter(|_| scanner.rest.is_empty()).ok_or(InvalidText::new("a range, such as `[1,5)`"))
    }
}

impl<T: fmt::Display> fmt::Display for Multirange<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (index, range) in self.0.iter().enumerate() {
            write!(f, "{}{range}", if index > 0 { "," } else { "" })?;
        }
        f.write_str("}")
    }
}

impl<T: FromStr> FromStr for Multirange<T> {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let mut scanner = Scanner { rest: text };
        let mut read = || {
            scanner.take('{')?;
            let mut ranges = Vec::new();
            if scanner.take('}').is_none() {
                loop {
                    ranges.push(scanner.range()?);
                    if scanner.take(',').is_none() {
                        scanner.take('}')?;
                        break;
                    }
                }
            }
            scanner.rest.is_empty().then_some(Self(ranges))
        };
        read().ok_or(InvalidText::new("a multirange, such as `{[1,5),[7,9)}`"))
    }
}

struct Scanner<'a> {
    rest: &'a str,
}

impl Scanner<'_> {
    fn take(&mut self, wanted: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(wanted)?;
        Some(())
    }

    fn range<T: FromStr>(&mut self) -> Option<Range<T>> {
        if let Some(rest) = self.rest.strip_prefix("empty") {
            self.rest = rest;
            return Some(Range::Empty);
        }
        let lower_inside = self.take('[').is_some();
        if !lower_inside {
            self.take('(')?;
        }
        let lower = self.value()?;
        self.take(',')?;
        let upper = self.value()?;
        let upper_inside = self.take(']').is_some();
        if !upper_inside {
            self.take(')')?;
        }
        Some(Range::Between(bound(lower, lower_inside)?, bound(upper, upper_inside)?))
    }

    /// A bound's text, in quotes or up to what ends it; nothing in it is no bound.
    fn value(&mut self) -> Option<Option<String>> {
        let mut text = String::new();
        let (mut in_quotes, mut was_quoted) = (false, false);
        let mut chars = self.rest.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => text.push(chars.next()?.1),
                '"' if in_quotes && self.rest.get(at + 1..)?.starts_with('"') => {
                    chars.next();
                    text.push('"');
                }
                '"' => {
                    in_quotes = !in_quotes;
                    was_quoted = true;
                }
                ',' | ')' | ']' if !in_quotes => {
                    self.rest = self.rest.get(at..)?;
                    return Some((was_quoted || !text.is_empty()).then_some(text));
                }
                c => text.push(c),
            }
        }
        None
    }
}

fn bound<T: FromStr>(text: Option<String>, inside: bool) -> Option<Bound<T>> {
    let Some(text) = text else { return Some(Bound::Unbounded) };
    let value = text.parse().ok()?;
    Some(if inside { Bound::Included(value) } else { Bound::Excluded(value) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::types::Timestamptz;

    #[test]
    fn texts_of_postgresql_are_read() {
        assert_eq!("empty".parse::<Range<i32>>().unwrap(), Range::Empty);
        assert_eq!("[1,5)".parse::<Range<i64>>().unwrap(), (1..5).into());
        assert_eq!("(,)".parse::<Range<i32>>().unwrap(), Range::Between(Bound::Unbounded, Bound::Unbounded));
        let range = r#"["2026-01-01 00:00:00+00",infinity]"#.parse::<Range<Timestamptz>>().unwrap();
        assert!(matches!(range, Range::Between(_, Bound::Included(Timestamptz::INFINITY))));
        let texts = r#"["a\"b""c\\",""]"#.parse::<Range<String>>().unwrap();
        assert_eq!(texts, Range::Between(Bound::Included("a\"b\"c\\".to_owned()), Bound::Included(String::new())));
        assert_eq!("{}".parse::<Multirange<i32>>().unwrap(), Multirange(vec![]));
        assert_eq!("{[1,2),[3,)}".parse::<Multirange<i32>>().unwrap().0.len(), 2);
        for text in ["", "[1,5", "1,5)", "[1;5)", "[x,5)", "[1,5)x", "{[1,5)", "[1,2,3)", "\\"] {
            assert!(text.parse::<Range<i32>>().is_err() && text.parse::<Multirange<i32>>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(lower in any::<Option<String>>(), upper in any::<String>(), inside: bool) {
            let lower = lower.map_or(Bound::Unbounded, Bound::Included);
            let upper = if inside { Bound::Included(upper) } else { Bound::Excluded(upper) };
            let range = Multirange(vec![Range::Between(lower, upper), Range::Empty]);
            prop_assert_eq!(range.to_string().parse::<Multirange<String>>().unwrap(), range);
        }
    }
}
