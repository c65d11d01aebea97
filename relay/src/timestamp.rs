//! Points in time as PostgreSQL counts them: whole microseconds.

use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, private::BytesMut};

/// Microseconds from 1970 to 2000, where PostgreSQL counts from.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

/// A point in time: microseconds since 1970-01-01 00:00 UTC. Written as `2026-11-22T07:02:39.674018Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Timestamp {
    /// Microseconds since 1970-01-01 00:00 UTC.
    pub micros: i64,
}

impl Timestamp {
    /// The time of this machine's clock.
    #[must_use]
    pub fn now() -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp { micros: i64::try_from(since.as_micros()).unwrap_or(i64::MAX) }
    }

    /// Year, month, day, and microseconds of the day.
    fn civil(self) -> (i64, i64, i64, i64) {
        const DAY: i64 = 86_400_000_000;
        // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": days of eras of 400 years that begin on a 1st of March.
        let days = self.micros.div_euclid(DAY) + 719_468;
        let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day, self.micros.rem_euclid(DAY))
    }

    /// As PostgreSQL writes a `timestamptz` in JSON where the time zone is UTC: `2026-11-22T07:02:39.6+00:00`.
    pub(crate) fn postgres_json(self) -> impl fmt::Display {
        let text = self.to_string();
        let (seconds, fraction) = text.trim_end_matches('Z').split_once('.').unwrap_or((&text, ""));
        match fraction.trim_end_matches('0') {
            "" => format!("{seconds}+00:00"),
            fraction => format!("{seconds}.{fraction}+00:00"),
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day, micros) = self.civil();
        let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
    }
}

/// A text that is no point in time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoTimestamp;

impl fmt::Display for NoTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no point in time: write it as 2026-11-22T07:02:39Z or 2026-11-22T07:02:39.5+01:00")
    }
}

impl Error for NoTimestamp {}

impl FromStr for Timestamp {
    type Err = NoTimestamp;

    /// Reads RFC 3339: `2026-11-22T07:02:39Z`, with up to six digits of a fraction, with `Z` or an offset.
    fn from_str(text: &str) -> Result<Timestamp, NoTimestamp> {
        read(text).ok_or(NoTimestamp)
    }
}

fn read(text: &str) -> Option<Timestamp> {
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i64>().ok())?
    };
    let stands = |at: usize, allowed: &str| text.get(at..=at).is_some_and(|c| allowed.contains(c));
    if !(stands(4, "-") && stands(7, "-") && stands(10, "Tt ") && stands(13, ":") && stands(16, ":")) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let rest = text.get(19..)?;
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?),
        None => ("0", rest),
    };
    let micros = format!("{fraction:0<6}").parse::<i64>().ok().filter(|_| (1..=6).contains(&fraction.len()))?;
    let offset = match zone.as_bytes() {
        b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), a, b, b':', c, d] if [a, b, c, d].iter().all(|digit| digit.is_ascii_digit()) => {
            let minutes =
                i64::from(a - b'0') * 600 + i64::from(b - b'0') * 60 + i64::from(c - b'0') * 10 + i64::from(d - b'0');
            if *sign == b'+' { minutes } else { -minutes }
        }
        _ => return None,
    };
    let valid = (1..=12).contains(&month) && day >= 1 && hour < 24 && minute < 60 && second < 60;
    // The inverse of `civil`.
    let (shifted_year, march_month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_era = shifted_year.rem_euclid(400) * 365 + shifted_year.rem_euclid(400) / 4
        - shifted_year.rem_euclid(400) / 100
        + (153 * march_month + 2) / 5
        + day
        - 1;
    let days = shifted_year.div_euclid(400) * 146_097 + day_of_era - 719_468;
    let seconds = days * 86_400 + hour * 3600 + (minute - offset) * 60 + second;
    let time = Timestamp { micros: seconds * 1_000_000 + micros };
    let (_, _, read_day, _) = Timestamp { micros: days * 86_400_000_000 }.civil();
    // The 31st of a month of 30 days is none.
    (valid && read_day == day).then_some(time)
}

impl FromSql<'_> for Timestamp {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Timestamp, Box<dyn Error + Sync + Send>> {
        let micros = i64::from_be_bytes(raw.try_into()?);
        // `infinity` stays as far away as it can.
        Ok(Timestamp { micros: micros.saturating_add(POSTGRES_EPOCH) })
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TIMESTAMPTZ
    }
}

impl ToSql for Timestamp {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(&self.micros.saturating_sub(POSTGRES_EPOCH).to_be_bytes());
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TIMESTAMPTZ
    }

    tokio_postgres::types::to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_debezium_does() {
        let text = |micros| Timestamp { micros }.to_string();
        assert_eq!(text(1_795_330_959_674_018), "2026-11-22T07:02:39.674018Z");
        assert_eq!(text(0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(text(-1), "1969-12-31T23:59:59.999999Z");
        assert_eq!(text(951_827_696_000_000), "2000-02-29T12:34:56.000000Z");
        assert_eq!(text(4_107_542_400_000_000), "2100-03-01T00:00:00.000000Z");
        // The ends of what can be said neither panic nor overflow.
        assert!(text(i64::MAX).starts_with("294247-01-10") && text(i64::MIN).starts_with("-290308-12-21"));
    }

    #[test]
    fn reads_what_it_writes() {
        for micros in [1_795_330_959_674_018, 0, -1, 951_827_696_000_000, 4_107_542_400_000_000] {
            let time = Timestamp { micros };
            assert_eq!(time.to_string().parse(), Ok(time));
        }
        let utc = "2026-11-22T07:02:39.5Z".parse::<Timestamp>().unwrap();
        assert_eq!("2026-11-22 08:32:39.500+01:30".parse(), Ok(utc));
        assert_eq!("2026-11-21T23:02:39.5-08:00".parse(), Ok(utc));
        for text in [
            "",
            "now",
            "2026-11-22",
            "2026-11-31T07:02:39Z",
            "2026-02-29T07:02:39Z",
            "2026-13-01T07:02:39Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T07:02:39",
            "2026-11-22T07:02:39.Z",
            "2026-11-22T07:02:39.1234567Z",
            "2026-11-22T07:02:39+1:00",
            "+026-11-22T07:02:39Z",
            "2026-11-22T07:02:39é",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(NoTimestamp), "{text}");
        }
    }

    #[test]
    fn postgres_leaves_zeros_out() {
        let text = |micros| Timestamp { micros }.postgres_json().to_string();
        assert_eq!(text(1_795_330_959_674_010), "2026-11-22T07:02:39.67401+00:00");
        assert_eq!(text(1_795_330_959_000_000), "2026-11-22T07:02:39+00:00");
    }
}
