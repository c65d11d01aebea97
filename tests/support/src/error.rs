//! What stands between a test and its database, in one line.

use std::error::Error as _;
use std::fmt;

/// Why there is no server or no database: one line that says what to do about it.
#[derive(Clone)]
pub struct Error {
    message: String,
}

impl Error {
    /// An error that says this, in one line.
    pub fn new(message: impl Into<String>) -> Error {
        let message: String = message.into();
        Error { message: message.split('\n').map(str::trim).collect::<Vec<_>>().join(" ") }
    }

    /// `what` failed in PostgreSQL or on the way to it.
    pub(crate) fn postgres(what: &str, error: &tokio_postgres::Error) -> Error {
        Error::new(format!("{what}: {}", describe(error)))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// As [`Display`](fmt::Display): `main` and `unwrap` print errors by `Debug`, and the line is what their reader needs.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}

/// What PostgreSQL said, where it said something; the chain of causes otherwise.
fn describe(error: &tokio_postgres::Error) -> String {
    if let Some(db) = error.as_db_error() {
        let mut text = format!("{} (SQLSTATE {})", db.message(), db.code().code());
        for addition in [db.detail(), db.hint()].into_iter().flatten() {
            text.push_str("; ");
            text.push_str(addition);
        }
        return text;
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
