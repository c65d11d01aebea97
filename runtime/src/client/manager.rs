//! What makes a pool's connections.

use std::fmt;

use tokio_postgres::Config;

use super::connection::Encryption;
use super::{Connection, Statements};
use crate::error::Error;

/// Makes the [`Connection`]s of a pool: of `bb8` or of `deadpool`.
///
/// Taking a connection from the pool costs no round trip: whether it still stands is known from the socket, and a call that finds out the hard way says so.
#[derive(Clone)]
pub struct Manager<T> {
    config: Config,
    tls: T,
    statements: Statements,
}

impl<T: Encryption> Manager<T> {
    /// Connections to the server of `config`, encrypted by `tls` or not ([`NoTls`](tokio_postgres::NoTls)).
    pub fn new(config: Config, tls: T) -> Self {
        Self { config, tls, statements: Statements::default() }
    }

    /// Changes what its connections leave on the server between calls.
    #[must_use]
    pub fn statements(mut self, statements: Statements) -> Self {
        self.statements = statements;
        self
    }

    pub(super) async fn connect(&self) -> Result<Connection, Error> {
        Ok(Connection::connect(&self.config, self.tls.clone()).await?.with_statements(self.statements))
    }
}

/// Without the password, which the driver's own text leaves out too.
impl<T> fmt::Debug for Manager<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manager").field("config", &self.config).field("statements", &self.statements).finish()
    }
}
