//! Times and intervals, in the binary format.

use bytes::{BufMut, BytesMut};

use super::{Encoded, Parameter};
use crate::error::BindError;
use crate::sql;
use crate::types::{Date, Interval, InvalidText, Time, Timestamp, Timestamptz, Timetz};

impl Parameter<sql::Timestamptz> for Timestamptz {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        out.put_i64(self.to_postgres());
        Ok(Encoded::Value)
    }
}

impl Parameter<sql::Timestamp> for Timestamp {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        out.put_i64(self.to_postgres());
        Ok(Encoded::Value)
    }
}

impl Parameter<sql::Date> for Date {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        out.put_i32(self.to_postgres());
        Ok(Encoded::Value)
    }
}

impl Parameter<sql::Time> for Time {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        out.put_i64(self.to_microseconds());
        Ok(Encoded::Value)
    }
}

/// The offset counts to the west.
impl Parameter<sql::Timetz> for Timetz {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        out.put_i64(self.time().to_microseconds());
        out.put_i32(-self.east());
        Ok(Encoded::Value)
    }
}

impl Parameter<sql::Interval> for Interval {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        out.put_i64(self.microseconds);
        out.put_i32(self.days);
        out.put_i32(self.months);
        Ok(Encoded::Value)
    }
}

/// In whole microseconds, as PostgreSQL keeps it.
impl Parameter<sql::Timestamptz> for std::time::SystemTime {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, BindError> {
        Timestamptz::try_from(*self).map_err(BindError::from)?.encode(out)
    }
}

impl From<InvalidText> for BindError {
    fn from(error: InvalidText) -> Self {
        Self::new(format!("is not {}", error.expected()))
    }
}
