//! Points in time as PostgreSQL counts them: whole microseconds.

use std::error::Error;
use std::fmt;
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
    fn postgres_leaves_zeros_out() {
        let text = |micros| Timestamp { micros }.postgres_json().to_string();
        assert_eq!(text(1_795_330_959_674_010), "2026-11-22T07:02:39.67401+00:00");
        assert_eq!(text(1_795_330_959_000_000), "2026-11-22T07:02:39+00:00");
    }
}
