//! Times of other crates: each goes through the type of this one, which is exact.

use bytes::BytesMut;

use super::{Date, Time, Timestamp, Timestamptz};
use crate::error::BindError;
use crate::json::{ReadError, ReadJson, Reader, WriteJson, Writer};
use crate::parameter::{Encoded, Parameter};
use crate::sql;

/// Binds, writes and reads `$foreign` as the SQL type of `$own`; `$to` makes one of the other, `$from` the other way round.
macro_rules! stands_for {
    ($($foreign:ty, $own:ident, $to:expr, $from:expr, $expected:literal;)*) => {$(
        impl Parameter<sql::$own> for $foreign {
            fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
                let to: fn(&$foreign) -> Option<$own> = $to;
                to(self).ok_or(BindError::new("is outside of the years that PostgreSQL has"))?.encode(out)
            }
        }

        impl WriteJson for $foreign {
            fn write_json(&self, out: &mut Writer<'_>) -> Result<(), BindError> {
                let to: fn(&$foreign) -> Option<$own> = $to;
                to(self).ok_or(BindError::new("is outside of the years that PostgreSQL has"))?.write_json(out)
            }
        }

        impl ReadJson for $foreign {
            fn read_json(from: Reader<'_>) -> Result<Self, ReadError> {
                let back: fn($own) -> Option<$foreign> = $from;
                back($own::read_json(from)?).ok_or_else(|| from.unreadable($expected))
            }
        }
    )*};
}

/// Microseconds from the Unix epoch to PostgreSQL's.
const EPOCH: i64 = 946_684_800_000_000;

fn from_unix(microseconds: i64) -> Option<i64> {
    microseconds.checked_sub(EPOCH).filter(|count| *count != i64::MIN && *count != i64::MAX)
}

fn to_unix(count: i64) -> Option<i64> {
    (count != i64::MIN && count != i64::MAX).then_some(count)?.checked_add(EPOCH)
}

#[cfg(feature = "chrono")]
stands_for! {
    chrono::DateTime<chrono::Utc>, Timestamptz,
        |time| from_unix(time.timestamp_micros()).map(Timestamptz::from_postgres),
        |time| chrono::DateTime::from_timestamp_micros(to_unix(time.to_postgres())?), "a moment that `chrono::DateTime` can hold";
    chrono::NaiveDateTime, Timestamp,
        |time| from_unix(time.and_utc().timestamp_micros()).map(Timestamp::from_postgres),
        |time| Some(chrono::DateTime::from_timestamp_micros(to_unix(time.to_postgres())?)?.naive_utc()), "a time that `chrono::NaiveDateTime` can hold";
    chrono::NaiveDate, Date,
        |date| Date::new(chrono::Datelike::year(date), chrono::Datelike::month(date) as u8, chrono::Datelike::day(date) as u8),
        |date| {
            let (year, month, day) = date.to_calendar()?;
            chrono::NaiveDate::from_ymd_opt(year, month.into(), day.into())
        }, "a date that `chrono::NaiveDate` can hold";
    chrono::NaiveTime, Time,
        |time| {
            let (seconds, nanoseconds) = (chrono::Timelike::num_seconds_from_midnight(time), chrono::Timelike::nanosecond(time));
            Time::from_microseconds(i64::from(seconds) * 1_000_000 + i64::from(nanoseconds / 1000))
        },
        |time| {
            let (seconds, microseconds) = (time.to_microseconds() / 1_000_000, time.to_microseconds() % 1_000_000);
            chrono::NaiveTime::from_num_seconds_from_midnight_opt(seconds as u32, microseconds as u32 * 1000)
        }, "a time before `24:00:00`";
}

#[cfg(feature = "time")]
stands_for! {
    time::OffsetDateTime, Timestamptz,
        |time| from_unix(i64::try_from(time.unix_timestamp_nanos().div_euclid(1000)).ok()?).map(Timestamptz::from_postgres),
        |moment| time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(to_unix(moment.to_postgres())?) * 1000).ok(),
        "a moment that `time::OffsetDateTime` can hold";
    time::PrimitiveDateTime, Timestamp,
        |local| from_unix(i64::try_from(local.assume_utc().unix_timestamp_nanos().div_euclid(1000)).ok()?).map(Timestamp::from_postgres),
        |local| {
            let utc = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(to_unix(local.to_postgres())?) * 1000).ok()?;
            Some(time::PrimitiveDateTime::new(utc.date(), utc.time()))
        }, "a time that `time::PrimitiveDateTime` can hold";
    time::Date, Date,
        |date| Date::new(date.year(), u8::from(date.month()), date.day()),
        |date| {
            let (year, month, day) = date.to_calendar()?;
            time::Date::from_calendar_date(year, time::Month::try_from(month).ok()?, day).ok()
        }, "a date that `time::Date` can hold";
    time::Time, Time,
        |time| {
            let (hour, minute, second, microsecond) = time.as_hms_micro();
            let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
            Time::from_microseconds(seconds * 1_000_000 + i64::from(microsecond))
        },
        |own| {
            let (seconds, microseconds) = (own.to_microseconds() / 1_000_000, own.to_microseconds() % 1_000_000);
            let part = |count: i64| u8::try_from(count).ok();
            time::Time::from_hms_micro(part(seconds / 3600)?, part(seconds / 60 % 60)?, part(seconds % 60)?, microseconds as u32).ok()
        }, "a time before `24:00:00`";
}

#[cfg(feature = "jiff")]
stands_for! {
    jiff::Timestamp, Timestamptz,
        |time| from_unix(time.as_microsecond()).map(Timestamptz::from_postgres),
        |time| jiff::Timestamp::from_microsecond(to_unix(time.to_postgres())?).ok(), "a moment that `jiff::Timestamp` can hold";
    jiff::civil::DateTime, Timestamp,
        |time| {
            let zoned = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
            from_unix(zoned.timestamp().as_microsecond()).map(Timestamp::from_postgres)
        },
        |time| {
            let moment = jiff::Timestamp::from_microsecond(to_unix(time.to_postgres())?).ok()?;
            Some(moment.to_zoned(jiff::tz::TimeZone::UTC).datetime())
        }, "a time that `jiff::civil::DateTime` can hold";
    jiff::civil::Date, Date,
        |date| Date::new(i32::from(date.year()), date.month().try_into().ok()?, date.day().try_into().ok()?),
        |date| {
            let (year, month, day) = date.to_calendar()?;
            jiff::civil::Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
        }, "a date that `jiff::civil::Date` can hold";
    jiff::civil::Time, Time,
        |time| {
            let seconds = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
            Time::from_microseconds(seconds * 1_000_000 + i64::from(time.subsec_nanosecond() / 1000))
        },
        |time| {
            let (seconds, microseconds) = (time.to_microseconds() / 1_000_000, time.to_microseconds() % 1_000_000);
            let part = |count: i64| i8::try_from(count).ok();
            jiff::civil::Time::new(part(seconds / 3600)?, part(seconds / 60 % 60)?, part(seconds % 60)?, microseconds as i32 * 1000).ok()
        }, "a time before `24:00:00`";
}
