//! Points in time as PostgreSQL has them: whole microseconds, infinities, and years before the first and far behind 9999.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::InvalidText;
use super::calendar::{DAY, Scanner, civil, write_date, write_time, write_zone};

/// A `timestamptz`: a moment, in microseconds.
///
/// It is written in UTC; any offset is read. Some 290,000 years fit in each direction, and `infinity`.
///
/// ```
/// use pgmutate::types::Timestamptz;
///
/// let moment: Timestamptz = "2026-01-31 10:00:00.5+02".parse()?;
/// assert_eq!(moment.to_string(), "2026-01-31T08:00:00.5+00:00");
/// # Ok::<(), pgmutate::types::InvalidText>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamptz(i64);

/// A `timestamp`: a date and a time of day, of no zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A `date`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

/// A `time`: a time of day, `24:00:00` included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

/// A `timetz`: a time of day with the offset of its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timetz {
    time: Time,
    east: i32,
}

macro_rules! instants {
    ($($name:ident, $number:ty, $unit:literal;)*) => {$(
        impl $name {
            /// Later than every other.
            pub const INFINITY: Self = Self(<$number>::MAX);
            /// Earlier than every other.
            pub const NEGATIVE_INFINITY: Self = Self(<$number>::MIN);

            #[doc = concat!("So many ", $unit, " after 2000-01-01, from which PostgreSQL counts.")]
            pub const fn from_postgres(count: $number) -> Self {
                Self(count)
            }

            #[doc = concat!("How many ", $unit, " after 2000-01-01 it is.")]
            pub const fn to_postgres(self) -> $number {
                self.0
            }

            /// Whether it is neither of the infinities.
            pub const fn is_finite(self) -> bool {
                self.0 != <$number>::MAX && self.0 != <$number>::MIN
            }
        }
    )*};
}

instants! {
    Timestamptz, i64, "microseconds";
    Timestamp, i64, "microseconds";
    Date, i32, "days";
}

fn infinity(text: &str) -> Option<bool> {
    match text {
        "infinity" => Some(true),
        "-infinity" => Some(false),
        _ => None,
    }
}

fn write_infinity(f: &mut fmt::Formatter<'_>, positive: bool) -> fmt::Result {
    f.write_str(if positive { "infinity" } else { "-infinity" })
}

/// `2026-01-31T08:00:00`, with what stands behind the time.
fn write_instant(f: &mut fmt::Formatter<'_>, microseconds: i64, zone: &str) -> fmt::Result {
    let era = write_date(f, microseconds.div_euclid(DAY))?;
    f.write_str("T")?;
    write_time(f, microseconds.rem_euclid(DAY))?;
    write!(f, "{zone}{era}")
}

/// A date and a time, with a zone where there has to be one.
fn read_instant(text: &str, zoned: bool) -> Option<i64> {
    let mut scanner = Scanner(text.as_bytes());
    let date = scanner.date()?;
    if !scanner.next_is(b"T ") {
        return None;
    }
    scanner.0 = scanner.0.get(1..)?;
    let time = scanner.time(2)?;
    let east = if zoned { scanner.zone()? } else { 0 };
    let day = scanner.era(date)?;
    day.checked_mul(DAY)?.checked_add(time)?.checked_sub(i64::from(east) * 1_000_000)
}

impl fmt::Display for Timestamptz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_finite() { write_instant(f, self.0, "+00:00") } else { write_infinity(f, self.0 > 0) }
    }
}

impl FromStr for Timestamptz {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let infinite = infinity(text).map(|positive| if positive { Self::INFINITY } else { Self::NEGATIVE_INFINITY });
        infinite
            .or_else(|| read_instant(text, true).map(Self))
            .ok_or(InvalidText::new("a date and a time with the offset of its zone, such as `2026-01-31T08:00:00Z`"))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_finite() { write_instant(f, self.0, "") } else { write_infinity(f, self.0 > 0) }
    }
}

impl FromStr for Timestamp {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let infinite = infinity(text).map(|positive| if positive { Self::INFINITY } else { Self::NEGATIVE_INFINITY });
        infinite
            .or_else(|| read_instant(text, false).map(Self))
            .ok_or(InvalidText::new("a date and a time, such as `2026-01-31T08:00:00`"))
    }
}

impl Date {
    /// A date of the Gregorian calendar; year 0 is 1 BC. Nothing where there is no such day.
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        let (year, month, of_month) = (i64::from(year), i64::from(month), i64::from(day));
        if !(1..=12).contains(&month) || !(1..=31).contains(&of_month) {
            return None;
        }
        let day = super::calendar::day(year, month, of_month);
        let date = i32::try_from(day).ok().map(Self).filter(|date| date.is_finite())?;
        (civil(day) == (year, month, of_month)).then_some(date)
    }

    /// Year, month and day; year 0 is 1 BC. Nothing for an infinity.
    pub fn to_calendar(self) -> Option<(i32, u8, u8)> {
        let (year, month, day) = civil(i64::from(self.0));
        let date = (i32::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?);
        self.is_finite().then_some(date)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_finite() {
            return write_infinity(f, self.0 > 0);
        }
        let era = write_date(f, i64::from(self.0))?;
        write!(f, "{era}")
    }
}

impl FromStr for Date {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let infinite = infinity(text).map(|positive| if positive { Self::INFINITY } else { Self::NEGATIVE_INFINITY });
        let finite = || {
            let mut scanner = Scanner(text.as_bytes());
            let date = scanner.date()?;
            i32::try_from(scanner.era(date)?).ok().map(Self)
        };
        infinite.or_else(finite).ok_or(InvalidText::new("a date, such as `2026-01-31`"))
    }
}

impl Time {
    /// So many microseconds after midnight; nothing beyond `24:00:00`.
    pub fn from_microseconds(count: i64) -> Option<Self> {
        (0..=DAY).contains(&count).then_some(Self(count))
    }

    /// How many microseconds after midnight it is.
    pub const fn to_microseconds(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_time(f, self.0)
    }
}

impl FromStr for Time {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let mut scanner = Scanner(text.as_bytes());
        let time = scanner.time(2).and_then(Self::from_microseconds).filter(|_| scanner.0.is_empty());
        time.ok_or(InvalidText::new("a time of day, such as `08:00:00`"))
    }
}

impl Timetz {
    /// The time of day in a zone that is so many seconds east of Greenwich; nothing where that is 16 hours or more.
    pub fn new(time: Time, east: i32) -> Option<Self> {
        (east.unsigned_abs() < 16 * 3600).then_some(Self { time, east })
    }

    /// The time of day.
    pub const fn time(self) -> Time {
        self.time
    }

    /// The seconds that its zone is east of Greenwich.
    pub const fn east(self) -> i32 {
        self.east
    }
}

impl fmt::Display for Timetz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_time(f, self.time.0)?;
        write_zone(f, self.east)
    }
}

impl FromStr for Timetz {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let mut scanner = Scanner(text.as_bytes());
        let mut read = || {
            let time = scanner.time(2).and_then(Time::from_microseconds)?;
            let east = scanner.zone()?;
            Timetz::new(time, east).filter(|_| scanner.0.is_empty())
        };
        read().ok_or(InvalidText::new("a time of day with the offset of its zone, such as `08:00:00+01:00`"))
    }
}

/// 2000-01-01.
fn epoch() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(946_684_800)
}

/// In whole microseconds; what is far beyond PostgreSQL's years is an error.
impl TryFrom<SystemTime> for Timestamptz {
    type Error = InvalidText;

    fn try_from(time: SystemTime) -> Result<Self, InvalidText> {
        let microseconds = match time.duration_since(epoch()) {
            Ok(after) => i64::try_from(after.as_micros()),
            Err(before) => i64::try_from(before.duration().as_micros()).map(|microseconds| -microseconds),
        };
        microseconds.map(Self).map_err(|_| InvalidText::new("a moment that `timestamptz` can hold"))
    }
}

/// An infinity is an error.
impl TryFrom<Timestamptz> for SystemTime {
    type Error = InvalidText;

    fn try_from(time: Timestamptz) -> Result<Self, InvalidText> {
        let distance = Duration::from_micros(time.0.unsigned_abs());
        let found = if time.0 < 0 { epoch().checked_sub(distance) } else { epoch().checked_add(distance) };
        found.filter(|_| time.is_finite()).ok_or(InvalidText::new("a moment that the system's clock can show"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_of_postgresql_are_read() {
        let moment = |text: &str| text.parse::<Timestamptz>().unwrap().to_postgres();
        assert_eq!(moment("2000-01-01T00:00:00+00:00"), 0);
        assert_eq!(moment("2000-01-01 02:00:00.000001+02"), 1);
        assert_eq!(moment("1999-12-31T18:29:59.5-05:30"), -500_000);
        assert_eq!(moment("4714-11-24T00:00:00+00:00 BC"), -211_813_488_000_000_000);
        assert_eq!(moment("294276-12-31T23:59:59.999999+00:00"), 9_223_371_331_199_999_999);
        assert_eq!(moment("infinity"), i64::MAX);
        assert_eq!("2000-02-29".parse::<Date>().unwrap().to_postgres(), 59);
        assert_eq!("5874897-12-31".parse::<Date>().unwrap().to_postgres(), 2_145_031_948);
        assert_eq!("4714-11-24 BC".parse::<Date>().unwrap().to_postgres(), -2_451_545);
        assert_eq!("24:00:00".parse::<Time>().unwrap().to_microseconds(), DAY);
        assert_eq!("12:00:00-15:59:59".parse::<Timetz>().unwrap().east(), -57_599);
        assert_eq!(Date::new(2026, 2, 28).unwrap().to_calendar(), Some((2026, 2, 28)));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2026",
            "2026-02-30T00:00:00Z",
            "2026-01-01T00:00:00",
            "2026-13-01T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "2026-01-01T00:00:00Z x",
            "2026-01-01T00:00:00+é",
        ] {
            assert!(text.parse::<Timestamptz>().is_err(), "{text}");
        }
        for text in ["2026-1-1", "2026-01-01 ", "-2026-01-01", "Infinity", "99999999-01-01"] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
        assert!("24:00:01".parse::<Time>().is_err() && "8:00:00".parse::<Time>().is_err());
        assert!("08:00:00".parse::<Timetz>().is_err() && "08:00:00+16".parse::<Timetz>().is_err());
        assert_eq!(Date::new(2026, 2, 29), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(moment in -211_813_488_000_000_000..9_223_371_331_200_000_000_i64, day in -2_451_545..2_145_031_949_i32, time in 0..=DAY, east in -57_599..57_600) {
            let moment = Timestamptz(moment);
            prop_assert_eq!(moment.to_string().parse::<Timestamptz>().unwrap(), moment);
            let local = Timestamp(moment.0);
            prop_assert_eq!(local.to_string().parse::<Timestamp>().unwrap(), local);
            prop_assert_eq!(Date(day).to_string().parse::<Date>().unwrap(), Date(day));
            let time = Timetz::new(Time(time), east).unwrap();
            prop_assert_eq!(time.to_string().parse::<Timetz>().unwrap(), time);
            if let Ok(clock) = SystemTime::try_from(moment) {
                prop_assert_eq!(Timestamptz::try_from(clock).unwrap(), moment);
            }
        }

        #[test]
        fn no_text_panics(text in "[0-9TZ:+. BCé-]{0,24}") {
            let _ = (text.parse::<Timestamptz>(), text.parse::<Timestamp>(), text.parse::<Date>(), text.parse::<Timetz>());
        }
    }
}
