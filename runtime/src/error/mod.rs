//! What can go wrong with a mutation: one small error with a kind, its cause and what to do.

mod bind;
mod classify;
mod display;
mod masked;

use std::borrow::Cow;
use std::fmt;

use tokio_postgres::error::DbError;

pub use bind::BindError;
pub use masked::WithoutValues;

use crate::contract::{Contract, DatabaseError};
use crate::transform;

/// A mutation failed: it left no answer, and no effect unless the connection was lost at commit or only the transform failed.
///
/// Its text names the function, the SQLSTATE, the message, DETAIL and HINT. Message and DETAIL quote data.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    contract: Option<&'static Contract>,
    /// What is wrong and what to do, where the cause does not say it.
    note: Option<Cow<'static, str>>,
    cause: Cause,
    /// How often the call was made again.
    retries: u32,
}

enum Cause {
    Driver(tokio_postgres::Error),
    Bind(BindError),
    Transform(transform::Error),
    Other(Box<dyn std::error::Error + Send + Sync>),
    /// The note says it all.
    Note,
}

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument has no representation in its SQL type; nothing was sent.
    Bind,
    /// The call's context cannot be had: a setting that the manifest does not declare, a change of role on a connection that others may use. Nothing
    /// was sent.
    Context,
    /// The connection could not be made, was lost or was ended by the server. If it was lost at commit, the effect is unknown.
    Connection,
    /// A timeout of the server ended it: `statement_timeout`, `lock_timeout`, `transaction_timeout`.
    Timeout,
    /// Someone cancelled it.
    Cancelled,
    /// The function, a constraint or the server raised an error.
    Database,
    /// The deployed function is not the one of the contract: it answers something else, or is not there.
    Contract,
    /// The idempotency key was used before with another input; nothing has happened.
    KeyReused,
    /// The event log is missing or older than the statement needs.
    EventLog,
    /// The server is older than PostgreSQL 14.
    ServerVersion,
    /// The answer could not be turned into the client's JSON, though the statement found it to keep its contract. The mutation itself took effect.
    Transform,
}

#[cfg(any(feature = "tracing", feature = "metrics"))]
impl ErrorKind {
    /// The kind in a word, for logs and metrics.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Bind => "bind",
            Self::Context => "context",
            Self::Connection => "connection",
            Self::Timeout => "timeout",
            Self::Cancelled => "cancelled",
            Self::Database => "database",
            Self::Contract => "contract",
            Self::KeyReused => "key_reused",
            Self::EventLog => "event_log",
            Self::ServerVersion => "server_version",
            Self::Transform => "transform",
        }
    }
}

impl Error {
    /// A connection could not be had, for a reason other than the driver's: a pool's timeout, for instance.
    pub fn connection(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(ErrorKind::Connection, None, None, Cause::Other(cause.into()))
    }

    pub(crate) fn context(problem: String) -> Self {
        Self::new(ErrorKind::Context, None, Some(problem.into()), Cause::Note)
    }

    pub(crate) fn contract(contract: &'static Contract, problem: String) -> Self {
        Self::new(ErrorKind::Contract, Some(contract), Some(problem.into()), Cause::Note)
    }

    pub(crate) fn transform(contract: &'static Contract, cause: transform::Error) -> Self {
        Self::new(ErrorKind::Transform, Some(contract), None, Cause::Transform(cause))
    }

    fn new(
        kind: ErrorKind,
        contract: Option<&'static Contract>,
        note: Option<Cow<'static, str>>,
        cause: Cause,
    ) -> Self {
        Self(Box::new(Inner { kind, contract, note, cause, retries: 0 }))
    }

    /// The same failure, now known to be of this contract's function: its names tell a missing event log from a mistake in the function.
    pub(crate) fn of(mut self, contract: &'static Contract) -> Self {
        self.0.contract = Some(contract);
        if let Some(database) = self.database() {
            let (kind, note) = classify::classify(database, Some(contract));
            self.0.kind = kind;
            self.0.note = note;
        }
        self
    }

    /// The same failure, of a call that was made again so often.
    pub(crate) fn after(mut self, retries: u32) -> Self {
        self.0.retries = retries;
        self
    }

    /// How often the call was made again before; see [`Retry`](crate::Retry).
    pub fn retries(&self) -> u32 {
        self.0.retries
    }

    /// Whether it may have failed the transaction that it was sent in: everything but what was found before.
    pub(crate) fn is_after_sending(&self) -> bool {
        !matches!(self.0.kind, ErrorKind::Bind | ErrorKind::Context)
    }

    /// Whether the transaction met another one, so that it may do better the next time: a serialization failure or a deadlock.
    pub fn is_transient(&self) -> bool {
        matches!(self.sqlstate(), Some("40001" | "40P01"))
    }

    /// What the manifest maps the error to.
    pub(crate) fn mapped(&self) -> Option<&'static DatabaseError> {
        let (sqlstate, constraint) = (self.sqlstate()?, self.constraint());
        let contract = self.0.contract.filter(|_| self.0.kind == ErrorKind::Database)?;
        contract
            .database_errors
            .iter()
            .find(|mapped| mapped.sqlstate == sqlstate && mapped.constraint.is_none_or(|name| constraint == Some(name)))
    }

    /// Whether the server refused a prepared statement before it ran: it does not have it any more, or it would now answer other types.
    pub(crate) fn is_lost_statement(&self) -> bool {
        self.database().is_some_and(classify::is_lost_statement)
    }

    /// Whether the transaction block that the statement was sent in had failed before.
    pub(crate) fn is_in_failed_transaction(&self) -> bool {
        self.sqlstate() == Some(classify::IN_FAILED_TRANSACTION)
    }

    /// Whether a server older than PostgreSQL 14 would explain it.
    pub(crate) fn may_be_an_old_server(&self) -> bool {
        self.0.kind == ErrorKind::EventLog || self.database().is_some_and(classify::is_syntax_error_in_statement)
    }

    /// The same failure, now known to come from the server's age.
    pub(crate) fn of_old_server(mut self, version: &str) -> Self {
        self.0.kind = ErrorKind::ServerVersion;
        self.0.note = Some(format!("the server is PostgreSQL {version}; 14 or newer is needed").into());
        self
    }

    /// What kind of failure it was.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The mutation's function, such as `app.create_order`, where one was called.
    pub fn function(&self) -> Option<&'static str> {
        self.0.contract.map(|contract| contract.function)
    }

    /// The server's error with all its fields, where the server raised one.
    pub fn database(&self) -> Option<&DbError> {
        match &self.0.cause {
            Cause::Driver(error) => error.as_db_error(),
            _ => None,
        }
    }

    /// The SQLSTATE, such as `23505`, where the server raised an error.
    pub fn sqlstate(&self) -> Option<&str> {
        self.database().map(|database| database.code().code())
    }

    /// The constraint that was violated, where one was.
    pub fn constraint(&self) -> Option<&str> {
        self.database().and_then(DbError::constraint)
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        let (kind, note) = match error.as_db_error() {
            Some(database) => classify::classify(database, None),
            None => (ErrorKind::Connection, None),
        };
        Self::new(kind, None, note, Cause::Driver(error))
    }
}

impl From<BindError> for Error {
    fn from(error: BindError) -> Self {
        Self::new(ErrorKind::Bind, None, None, Cause::Bind(error))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}: {self})", self.0.kind)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.cause {
            Cause::Driver(error) => Some(error),
            Cause::Bind(error) => Some(error),
            Cause::Transform(error) => Some(error),
            Cause::Other(error) => Some(&**error),
            Cause::Note => None,
        }
    }
}
