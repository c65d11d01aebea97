//! The one row that a mutation's statement answers: `response`, `success`, `event_id`; and `replayed`
//! where it is the answer to an earlier call.

use std::error::Error as StdError;

use postgres_types::{FromSql, Type};
use tokio_postgres::Row;

use crate::contract::Contract;
use crate::error::Error;
use crate::parameter::JSONB_VERSION;

/// The row, borrowed: the response is not copied.
pub(crate) struct ResultRow<'a> {
    /// JSON text.
    pub(crate) response: &'a [u8],
    pub(crate) success: bool,
    pub(crate) event_id: Option<i64>,
    /// Whether it is the answer to an earlier call with the same idempotency key.
    pub(crate) replayed: bool,
}

impl<'a> ResultRow<'a> {
    pub(crate) fn read(row: &'a Row, contract: &'static Contract) -> Result<Self, Error> {
        let replayed = row.len() == 4 && row.try_get(3).unwrap_or(false);
        if row.len() != 3 && !replayed {
            return Err(Error::contract(contract, format!("it answered {} columns, not 3", row.len())));
        }
        let response = column::<JsonText<'_>>(row, 0, contract)?.0;
        Ok(Self { response, success: column(row, 1, contract)?, event_id: column(row, 2, contract)?, replayed })
    }
}

fn column<'a, T: FromSql<'a>>(row: &'a Row, index: usize, contract: &'static Contract) -> Result<T, Error> {
    row.try_get(index).map_err(|error| {
        let (name, sql_type) =
            row.columns().get(index).map_or(("?", "?"), |column| (column.name(), column.type_().name()));
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        Error::contract(contract, format!("its column `{name} {sql_type}` cannot be read{cause}"))
    })
}

/// The text of a `jsonb` or `json` value as it came over the wire.
struct JsonText<'a>(&'a [u8]);

impl<'a> FromSql<'a> for JsonText<'a> {
    fn from_sql(sql_type: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        if *sql_type == Type::JSON {
            return Ok(Self(raw));
        }
        match raw.split_first() {
            Some((&JSONB_VERSION, text)) => Ok(Self(text)),
            _ => Err("an unknown version of jsonb's format".into()),
        }
    }

    fn accepts(sql_type: &Type) -> bool {
        matches!(*sql_type, Type::JSONB | Type::JSON)
    }
}
