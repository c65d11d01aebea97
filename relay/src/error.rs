//! Why the log cannot be read, or a position not be kept.

use std::fmt;
use std::time::Duration;

use tokio_postgres::error::SqlState;

/// What went wrong between the relay and the event log.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The database refused, or the connection is lost. Worth another try on a new connection.
    Database {
        /// What was to be done, such as `read events`.
        what: &'static str,
        /// What PostgreSQL or the driver says.
        error: tokio_postgres::Error,
    },
    /// The database has not answered for so long that the connection counts as lost. Worth another try on a new one.
    Silent {
        /// What was to be done.
        what: &'static str,
        /// How long the answer was waited for.
        waited: Duration,
    },
    /// The server is a standby, on which nobody can see which transactions of the primary are still open.
    Standby,
    /// There is no event log of pgmutate in the schema.
    NoLog {
        /// The schema.
        schema: String,
    },
    /// The log is of a version that this relay does not read.
    Version {
        /// The schema of the log.
        schema: String,
        /// The version that is installed.
        installed: i32,
    },
    /// Events behind the start are no longer in the log.
    Pruned {
        /// Who misses them.
        consumer: String,
        /// Its position: the last event that it has had.
        position: i64,
        /// Up to this event the log was pruned.
        pruned_to: i64,
    },
    /// A row of the log is not what this version of the log holds.
    Row {
        /// The event.
        event_id: i64,
        /// What is wrong with it.
        why: String,
    },
    /// A replication slot is not as its reader needs it.
    #[cfg(feature = "slot")]
    Slot {
        /// The slot.
        slot: String,
        /// What is wrong with it.
        fault: crate::slot::SlotFault,
    },
    /// The connection that sends a replication slot failed.
    #[cfg(feature = "slot")]
    Replication {
        /// What was to be done.
        what: &'static str,
        /// What the server or the network says.
        error: crate::slot::ReplicationError,
    },
    /// What a replication slot sends cannot be read.
    Stream {
        /// What is wrong with it.
        why: String,
    },
    /// Another relay has taken the lead, or the position of a consumer was removed.
    Superseded {
        /// The consumer.
        consumer: String,
    },
}

impl Error {
    pub(crate) fn database(what: &'static str) -> impl Fn(tokio_postgres::Error) -> Error + Copy {
        move |error| Error::Database { what, error }
    }

    pub(crate) fn is_deadlock(&self) -> bool {
        matches!(self, Error::Database { error, .. } if error.code() == Some(&SqlState::T_R_DEADLOCK_DETECTED))
    }

    /// Whether a new connection may help. If not, a person has to do something first.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            // A standby may become the primary.
            Error::Silent { .. } | Error::Superseded { .. } | Error::Standby => true,
            // A server that says what is wrong with the statement says so the next time as well; one that goes down does not.
            Error::Database { error, .. } => error.as_db_error().is_none_or(|refusal| may_pass(refusal.code().code())),
            #[cfg(feature = "slot")]
            Error::Slot { fault, .. } => matches!(fault, crate::slot::SlotFault::Busy(_)),
            #[cfg(feature = "slot")]
            Error::Replication { error, .. } => error.is_transient(),
            Error::NoLog { .. }
            | Error::Version { .. }
            | Error::Pruned { .. }
            | Error::Row { .. }
            | Error::Stream { .. } => false,
        }
    }
}

/// Whether a refusal of this SQLSTATE may be none the next time.
pub(crate) fn may_pass(sql_state: &str) -> bool {
    sql_state.get(..2).is_some_and(|class| ["08", "25", "40", "53", "55", "57", "58", "XX"].contains(&class))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Database { what, error } => {
                write!(f, "cannot {what}: ")?;
                match error.as_db_error() {
                    Some(refusal) => {
                        write!(f, "{} (SQLSTATE {})", refusal.message(), refusal.code().code())?;
                        refusal.detail().map_or(Ok(()), |detail| write!(f, "; {detail}"))?;
                        refusal.hint().map_or(Ok(()), |hint| write!(f, "; {hint}"))
                    }
                    None => match std::error::Error::source(error) {
                        Some(cause) => write!(f, "{error}: {cause}"),
                        None => write!(f, "{error}"),
                    },
                }
            }
            Error::Silent { what, waited } => {
                write!(f, "cannot {what}: the database has not answered for {} s", waited.as_secs_f32())
            }
            Error::Standby => f.write_str(
                "the server is a standby, where the open transactions of the primary cannot be seen: read from the primary",
            ),
            Error::NoLog { schema } => {
                write!(f, "there is no event log in schema `{schema}`: run `pgmutate install`, or name its schema")
            }
            Error::Version { schema, installed } if *installed < crate::LOG_VERSION => write!(
                f,
                "the event log in schema `{schema}` has version {installed}, this relay needs {}: run `pgmutate install`",
                crate::LOG_VERSION
            ),
            Error::Version { schema, installed } => write!(
                f,
                "the event log in schema `{schema}` has version {installed}, this relay knows up to {}: use a newer relay",
                crate::LOG_VERSION
            ),
            Error::Pruned { consumer, position, pruned_to } => write!(
                f,
                "consumer `{consumer}` has had the events up to {position}, and those up to {pruned_to} are no longer in the log: \
                 what lies between is lost to it; set its position to {pruned_to} to go on behind the gap"
            ),
            Error::Row { event_id, why } => {
                write!(f, "event {event_id} is not as the event log writes events: {why}")
            }
            #[cfg(feature = "slot")]
            Error::Slot { slot, fault } => write!(f, "replication slot `{slot}`: {fault}"),
            #[cfg(feature = "slot")]
            Error::Replication { what, error } => write!(f, "cannot {what}: {error}"),
            Error::Stream { why } => write!(f, "cannot read what the replication slot sends: {why}"),
            Error::Superseded { consumer } => {
                write!(f, "the position of consumer `{consumer}` is not ours to move any more")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Database { error, .. } => Some(error),
            #[cfg(feature = "slot")]
            Error::Replication { error, .. } => Some(error),
            _ => None,
        }
    }
}
