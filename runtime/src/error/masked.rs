//! What others may know of an error: clients, and logs that must not hold the data of customers.

use std::fmt;

use super::{Error, ErrorKind};

/// An error's text without any value: kind, function, SQLSTATE and constraint.
#[derive(Debug)]
pub struct WithoutValues<'a>(pub(super) &'a Error);

impl ErrorKind {
    /// What a client is told: a code that stays, and a text that tells nothing of what is behind it.
    fn for_client(self) -> (&'static str, &'static str) {
        match self {
            Self::Bind => ("BAD_INPUT", "the input cannot be stored"),
            Self::Connection => ("UNAVAILABLE", "the service is not available"),
            Self::Timeout => ("TIMEOUT", "it took too long"),
            Self::KeyReused => ("IDEMPOTENCY_KEY_REUSED", "the idempotency key was used with another input"),
            Self::Cancelled => ("CANCELLED", "it was cancelled"),
            _ => ("INTERNAL_ERROR", "something went wrong"),
        }
    }
}

impl Error {
    /// Code and message for a client.
    pub(crate) fn for_client(&self) -> (&'static str, &'static str) {
        self.kind().for_client()
    }

    /// The error as JSON for a client, masked: `{"code":"TIMEOUT","message":"it took too long"}`.
    ///
    /// Code and message depend on the [kind](Self::kind) alone: `BAD_INPUT`, `UNAVAILABLE`, `TIMEOUT`, `CANCELLED`,
    /// `IDEMPOTENCY_KEY_REUSED`, and `INTERNAL_ERROR` for all else.
    /// Neither tells of functions, constraints or values.
    pub fn client_json(&self) -> String {
        let (code, message) = self.for_client();
        format!(r#"{{"code":"{code}","message":"{message}"}}"#)
    }

    /// The error's text without any value of the call or the database, for logs: ``Database: `app.create_order`, SQLSTATE 23505, constraint `...` ``.
    ///
    /// The error's own text has the server's message and DETAIL as well, which quote data.
    pub fn without_values(&self) -> WithoutValues<'_> {
        WithoutValues(self)
    }
}

impl fmt::Display for WithoutValues<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = self.0;
        write!(f, "{:?}", error.kind())?;
        let mut separator = ": ";
        if let Some(function) = error.function() {
            write!(f, "{separator}`{function}`")?;
            separator = ", ";
        }
        if let Some(sqlstate) = error.sqlstate() {
            write!(f, "{separator}SQLSTATE {sqlstate}")?;
            separator = ", ";
        }
        if let Some(constraint) = error.constraint() {
            write!(f, "{separator}constraint `{constraint}`")?;
        }
        Ok(())
    }
}
