//! Spans of time.

use std::fmt;
use std::str::FromStr;

use super::InvalidText;
use super::calendar::{Scanner, write_time};

/// An `interval`: months, days and microseconds, which PostgreSQL keeps apart, for a month has no fixed number of days, nor a day of hours.
///
/// ```
/// use pgmutate::types::Interval;
///
/// let interval: Interval = "1 year 2 mons -3 days +04:05:06".parse()?;
/// assert_eq!(interval, Interval { months: 14, days: -3, microseconds: 14_706_000_000 });
/// assert_eq!(interval.to_string(), "14 mons -3 days 04:05:06");
/// # Ok::<(), pgmutate::types::InvalidText>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Interval {
    /// Whole months, twelve for a year.
    pub months: i32,
    /// Whole days.
    pub days: i32,
    /// Microseconds, of however many hours.
    pub microseconds: i64,
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.months != 0 {
            write!(f, "{} mons ", self.months)?;
        }
        if self.days != 0 {
            write!(f, "{} days ", self.days)?;
        }
        write_time(f, self.microseconds)
    }
}

/// As PostgreSQL writes it with the `IntervalStyle` that it comes with, `postgres`.
impl FromStr for Interval {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        read(text).ok_or(InvalidText::new("an interval in the style `postgres`, such as `1 mon -2 days 03:00:00`"))
    }
}

fn read(text: &str) -> Option<Interval> {
    match text {
        "infinity" => return Some(Interval { months: i32::MAX, days: i32::MAX, microseconds: i64::MAX }),
        "-infinity" => return Some(Interval { months: i32::MIN, days: i32::MIN, microseconds: i64::MIN }),
        "" => return None,
        _ => {}
    }
    let (mut months, mut days, mut microseconds) = (0_i64, 0_i64, 0);
    let mut words = text.split(' ');
    while let Some(word) = words.next() {
        if word.contains(':') {
            microseconds = read_time(word)?;
            if words.next().is_some() {
                return None;
            }
            break;
        }
        let number = word.parse::<i64>().ok().filter(|number| number.unsigned_abs() < 1 << 40)?;
        match words.next()? {
            "year" | "years" => months += number * 12,
            "mon" | "mons" => months += number,
            "day" | "days" => days += number,
            _ => return None,
        }
    }
    Some(Interval { months: months.try_into().ok()?, days: days.try_into().ok()?, microseconds })
}

fn read_time(word: &str) -> Option<i64> {
    let negative = word.starts_with('-');
    let mut scanner = Scanner(word.trim_start_matches(['-', '+']).as_bytes());
    // The most negative number has no positive twin.
    if negative && scanner.0 == b"2562047788:00:54.775808" {
        return Some(i64::MIN);
    }
    let size = scanner.time(10)?;
    scanner.0.is_empty().then_some(if negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_style_of_postgresql_is_read() {
        let interval = |months, days, microseconds| Interval { months, days, microseconds };
        for (text, expected) in [
            ("00:00:00", interval(0, 0, 0)),
            ("-00:00:00.5", interval(0, 0, -500_000)),
            ("1 day", interval(0, 1, 0)),
            ("-1 years -2 mons +3 days", interval(-14, 3, 0)),
            ("-178956970 years -8 mons", interval(i32::MIN, 0, 0)),
            ("2562047788:00:54.775807", interval(0, 0, i64::MAX)),
        ] {
            assert_eq!(text.parse::<Interval>().unwrap(), expected, "{text}");
        }
        for text in ["", "1", "1 week", "day", "1 day 2", "P1D", "00:00:00 1 day", "9999999999 days", "é"] {
            assert!(text.parse::<Interval>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(months: i32, days: i32, microseconds: i64) {
            let interval = Interval { months, days, microseconds };
            prop_assert_eq!(interval.to_string().parse::<Interval>().unwrap(), interval);
        }
    }
}
