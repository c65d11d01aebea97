//! Days and times of day as PostgreSQL counts them, and their text in ISO 8601.

use std::fmt;

/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400_000_000;
const SECOND: i64 = 1_000_000;

/// Days from 1970-01-01 to 2000-01-01, from which PostgreSQL counts.
const EPOCH: i64 = 10_957;

/// The day of the Gregorian calendar, counted from 2000-01-01. Year 0 is 1 BC.
pub(super) fn day(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the leap day is a year's last.
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468 - EPOCH
}

/// Year, month and day of a day that [`day`] counts.
pub(super) fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468 + EPOCH;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// Writes `2026-01-31`; before the year 1 with ` BC` behind everything.
pub(super) fn write_date(f: &mut fmt::Formatter<'_>, day: i64) -> Result<Era, fmt::Error> {
    let (year, month, day) = civil(day);
    let (year, era) = if year > 0 { (year, Era(false)) } else { (1 - year, Era(true)) };
    write!(f, "{year:04}-{month:02}-{day:02}")?;
    Ok(era)
}

/// What stands behind everything else of a date.
pub(super) struct Era(bool);

impl fmt::Display for Era {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { " BC" } else { "" })
    }
}

/// Writes `08:00:00.5`.
pub(super) fn write_time(f: &mut fmt::Formatter<'_>, microseconds: i64) -> fmt::Result {
    let size = microseconds.unsigned_abs();
    let sign = if microseconds < 0 { "-" } else { "" };
    let (seconds, fraction) = (size / 1_000_000, size % 1_000_000);
    write!(f, "{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
    if fraction > 0 {
        let digits = format!("{fraction:06}");
        write!(f, ".{}", digits.trim_end_matches('0'))?;
    }
    Ok(())
}

/// Writes `+02:00`, and seconds where there are some.
pub(super) fn write_zone(f: &mut fmt::Formatter<'_>, east: i32) -> fmt::Result {
    let (sign, size) = (if east < 0 { '-' } else { '+' }, east.unsigned_abs());
    write!(f, "{sign}{:02}:{:02}", size / 3600, size / 60 % 60)?;
    if size % 60 > 0 { write!(f, ":{:02}", size % 60) } else { Ok(()) }
}

/// A text that is read from left to right.
pub(super) struct Scanner<'a>(pub(super) &'a [u8]);

impl Scanner<'_> {
    pub(super) fn take(&mut self, byte: u8) -> Option<()> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        (*first == byte).then_some(())
    }

    pub(super) fn next_is(&self, bytes: &[u8]) -> bool {
        self.0.first().is_some_and(|first| bytes.contains(first))
    }

    /// A number of so many digits at least, and at most.
    pub(super) fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        let count = self.0.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        (count >= least).then(|| digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
    }

    /// A date without its era: year, month, day.
    pub(super) fn date(&mut self) -> Option<(i64, i64, i64)> {
        let year = self.number(4, 7)?;
        self.take(b'-')?;
        let month = self.number(2, 2).filter(|month| (1..=12).contains(month))?;
        self.take(b'-')?;
        let day = self.number(2, 2).filter(|day| (1..=31).contains(day))?;
        Some((year, month, day))
    }

    /// A time of day in microseconds, its sign aside; hours have up to `hours` digits.
    pub(super) fn time(&mut self, hours: usize) -> Option<i64> {
        let hour = self.number(2, hours)?;
        self.take(b':')?;
        let minute = self.number(2, 2).filter(|minute| *minute < 60)?;
        self.take(b':')?;
        let second = self.number(2, 2).filter(|second| *second <= 60)?;
        let mut microseconds = hour.checked_mul(3600)?.checked_add(minute * 60 + second)?.checked_mul(SECOND)?;
        if self.next_is(b".") {
            self.take(b'.')?;
            let before = self.0.len();
            let fraction = self.number(1, 6)?;
            let digits = before - self.0.len();
            let scale = [1, 100_000, 10_000, 1_000, 100, 10, 1];
            microseconds = microseconds.checked_add(fraction * scale.get(digits)?)?;
        }
        Some(microseconds)
    }

    /// `Z`, `+02`, `+02:00`, `+02:00:30`: seconds east of Greenwich.
    pub(super) fn zone(&mut self) -> Option<i32> {
        if self.next_is(b"Zz") {
            self.0 = self.0.get(1..)?;
            return Some(0);
        }
        let sign = if self.next_is(b"-") { -1 } else { 1 };
        self.take(if sign < 0 { b'-' } else { b'+' })?;
        let mut seconds = self.number(2, 2)? * 3600;
        for unit in [60, 1] {
            if self.next_is(b":") {
                self.take(b':')?;
            }
            match self.number(2, 2) {
                Some(number) => seconds += number * unit,
                None => break,
            }
        }
        i32::try_from(seconds).ok().map(|seconds| seconds * sign)
    }

    /// The day that was read, now that its era is known; nothing may follow.
    pub(super) fn era(&mut self, (year, month, of_month): (i64, i64, i64)) -> Option<i64> {
        let year = match self.0 {
            b"" if year > 0 => year,
            b" BC" => 1 - year,
            _ => return None,
        };
        let day = day(year, month, of_month);
        // The 31st of a month that has 30 days is none.
        (civil(day) == (year, month, of_month)).then_some(day)
    }
}
