//! What goes wrong with slots, and with the connections that send them.

use std::fmt;

use pgwire_replication::PgWireError;
use tokio_postgres::types::PgLsn;

/// What is wrong with a slot.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SlotFault {
    /// The server's `wal_level` is another than `logical`.
    WalLevel(String),
    /// No publication publishes the log.
    NoPublication,
    /// It is not there, although the consumer has read from it.
    Missing(Gap),
    /// The server has dropped what it kept for the slot, as its settings tell it to.
    Lost(Gap, String),
    /// It has been moved on by somebody else, up to this place.
    Ahead(Gap, PgLsn),
    /// A slot of this name is there, and no reader of this log made it: what it is instead.
    Foreign(String),
    /// Somebody else reads it: the process of the server.
    Busy(i32),
}

/// From where on a consumer has missed something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gap {
    /// Up to this event it has had everything.
    pub event_id: i64,
    /// What committed before this place of the write-ahead log it has had.
    pub lsn: Option<PgLsn>,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Gap { event_id, lsn } = self;
        let lsn = lsn.map_or_else(|| "an unknown place".to_owned(), |lsn| lsn.to_string());
        write!(f, "what committed behind {lsn} is missing; up to event {event_id} everything was delivered")
    }
}

impl fmt::Display for SlotFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = |gap: &Gap| {
            format!(
                "the log still has the events: `pgmutate events replay --consumer NAME --from {}` reads them there and makes the slot anew",
                gap.event_id + 1
            )
        };
        match self {
            SlotFault::WalLevel(level) => write!(
                f,
                "the server's wal_level is `{level}`, and a slot needs `logical`: set it and restart the server, or read the table"
            ),
            SlotFault::NoPublication => f.write_str(
                "no publication publishes the event log: run `pgmutate install` as a role that may CREATE in the database",
            ),
            SlotFault::Missing(gap) => write!(f, "it is gone: {gap}; {}", from(gap)),
            SlotFault::Lost(gap, why) => {
                write!(f, "the server no longer keeps what it has not sent ({why}): {gap}; {}", from(gap))
            }
            SlotFault::Ahead(gap, at) => {
                write!(f, "somebody else has moved it on to {at}: {gap}, up to {at}; {}", from(gap))
            }
            SlotFault::Foreign(what) => {
                write!(f, "another slot has this name, {what}: drop or rename it, or give the consumer another name")
            }
            SlotFault::Busy(process) => {
                write!(f, "process {process} of the server sends it to somebody who is not this consumer's relay")
            }
        }
    }
}

/// Why the connection that sends a slot failed.
#[derive(Clone, Debug)]
pub struct ReplicationError(PgWireError);

impl ReplicationError {
    pub(crate) fn is_transient(&self) -> bool {
        match &self.0 {
            PgWireError::Server(message) => sql_state(message).is_none_or(crate::error::may_pass),
            PgWireError::Auth(_) | PgWireError::Tls(_) => false,
            _ => true,
        }
    }
}

impl From<PgWireError> for ReplicationError {
    fn from(error: PgWireError) -> ReplicationError {
        ReplicationError(error)
    }
}

impl fmt::Display for ReplicationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for ReplicationError {}

/// The code in a message such as `ERROR: no such slot (SQLSTATE 42704)`.
fn sql_state(message: &str) -> Option<&str> {
    message.rsplit_once("SQLSTATE ")?.1.get(..5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_says_for_good_is_no_reason_to_try_again() {
        let server = |text: &str| ReplicationError(PgWireError::Server(text.to_owned()));
        assert!(!server("ERROR: replication slot does not exist (SQLSTATE 42704)").is_transient());
        assert!(server("ERROR: replication slot is active for PID 7 (SQLSTATE 55006)").is_transient());
        assert!(server("FATAL: the database system is shutting down (SQLSTATE 57P03)").is_transient());
        assert!(!ReplicationError(PgWireError::Auth("no".to_owned())).is_transient());
        assert!(ReplicationError(std::io::Error::other("gone").into()).is_transient());
    }
}
