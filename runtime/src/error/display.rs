//! The error's text: what is wrong, where, and what to do, in one line for logs.

use std::fmt;

use tokio_postgres::error::DbError;

use super::{Cause, Error, ErrorKind, Inner};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, contract, note, cause, .. } = &*self.0;
        // A bind error names function and argument itself.
        if let (Some(contract), false) = (contract, *kind == ErrorKind::Bind) {
            write!(f, "`{}` ", contract.function)?;
        }
        f.write_str(match (kind, contract) {
            (ErrorKind::Bind, _) => "",
            (ErrorKind::Context, _) => "cannot run in this context: ",
            (ErrorKind::Connection, Some(_)) => "lost its connection: ",
            (ErrorKind::Connection, None) => "no connection: ",
            (ErrorKind::Timeout, _) => "timed out: ",
            (ErrorKind::Cancelled, _) => "was cancelled: ",
            (ErrorKind::KeyReused, _) => "was not called: ",
            (ErrorKind::Contract, _) => "does not keep its contract: ",
            (ErrorKind::EventLog | ErrorKind::ServerVersion, _) => "cannot run: ",
            (ErrorKind::Transform, _) => "took effect, but its answer cannot be transformed: ",
            (ErrorKind::Database, _) => "failed: ",
        })?;
        let separator = match note {
            Some(note) => {
                f.write_str(note)?;
                "; "
            }
            None => "",
        };
        match cause {
            Cause::Driver(error) => {
                f.write_str(separator)?;
                match error.as_db_error() {
                    Some(database) => write_database(database, f),
                    None => write_chain(error, f),
                }
            }
            Cause::Bind(error) => error.fmt(f),
            Cause::Transform(error) => error.fmt(f),
            Cause::Other(error) => write_chain(&**error, f),
            Cause::Note => Ok(()),
        }
    }
}

/// As psql words it, so that it can be searched for.
fn write_database(error: &DbError, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{} {}: {}", error.severity(), error.code().code(), error.message())?;
    if let Some(detail) = error.detail() {
        write!(f, "; DETAIL: {detail}")?;
    }
    if let Some(hint) = error.hint() {
        write!(f, "; HINT: {hint}")?;
    }
    Ok(())
}

/// An error with its causes: the driver's own text does not say why.
fn write_chain(error: &(dyn std::error::Error + 'static), f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{error}")?;
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(f, ": {error}")?;
        cause = error.source();
    }
    Ok(())
}
