//! The event log of a database, as the relay finds it.

use tokio_postgres::types::Type;
use uuid::Uuid;

use crate::{Error, Session};

/// The version of the event log that this relay reads.
pub const LOG_VERSION: i32 = 3;

/// An event log: where it is and which one it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Log {
    /// Its schema.
    schema: String,
    /// What tells it from every other log.
    identity: Uuid,
    /// Up to this event it was pruned.
    pruned_to: i64,
}

impl Log {
    /// Finds the log in a schema.
    ///
    /// # Errors
    /// When there is none or one of another version, and on a standby.
    pub async fn open(session: &Session, schema: &str) -> Result<Log, Error> {
        let what = "look at the event log";
        let log = Log { schema: schema.to_owned(), identity: Uuid::nil(), pruned_to: 0 };
        let found = "SELECT pg_is_in_recovery(), to_regclass($1) IS NOT NULL";
        let name = log.table("mutation_log");
        let row = session.answer(what, session.client().query_typed(found, &[(&name, Type::TEXT)])).await?;
        let (standby, there) = row.first().map_or((false, false), |row| (row.get(0), row.get(1)));
        if standby {
            return Err(Error::Standby);
        }
        if !there {
            return Err(Error::NoLog { schema: log.schema });
        }
        let version = format!("SELECT version FROM {name}");
        let row = session.answer(what, session.client().query_one(&version, &[])).await?;
        let installed = row.get(0);
        if installed != LOG_VERSION {
            return Err(Error::Version { schema: log.schema, installed });
        }
        let facts = format!("SELECT identity, pruned_to FROM {name}");
        let row = session.answer(what, session.client().query_one(&facts, &[])).await?;
        Ok(Log { identity: row.get(0), pruned_to: row.get(1), ..log })
    }

    /// The schema that holds it.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// What tells it from every other log.
    #[must_use]
    pub fn identity(&self) -> Uuid {
        self.identity
    }

    /// Up to this event it was pruned when it was opened.
    #[must_use]
    pub fn pruned_to(&self) -> i64 {
        self.pruned_to
    }

    /// The channel of its doorbell.
    pub(crate) fn channel(&self) -> String {
        format!("mutation_events_{}", self.identity.simple())
    }

    /// A table of the log as SQL.
    pub(crate) fn table(&self, name: &str) -> String {
        format!("\"{}\".{name}", self.schema.replace('"', "\"\""))
    }
}
