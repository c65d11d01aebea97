//! A database for one test.

use std::io::{self, Write as _};
use std::sync::Arc;

use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls};

use crate::Error;
use crate::server::{Kind, Shared};

/// A database that nobody else uses. Dropping it drops the database, with whatever is connected to it.
pub struct Database {
    server: Arc<Shared>,
    name: String,
}

impl Database {
    /// The handle of a database that is about to be created.
    pub(crate) fn new(server: Arc<Shared>, name: String) -> Database {
        Database { server, name }
    }

    /// Its name, which needs no quotes in SQL.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How to connect to it in the quickest way: on a private server as superuser, through its Unix socket.
    ///
    /// A role that a test creates on a private server gets in by its name alone: `config.user("clerk")`.
    #[must_use]
    pub fn config(&self) -> Config {
        let mut config = self.server.kind.config();
        config.dbname(&self.name);
        config
    }

    /// How to connect to it through TCP, for a test that stands between client and server.
    ///
    /// # Errors
    ///
    /// When `DATABASE_URL` names a Unix socket.
    pub fn tcp_config(&self) -> Result<Config, Error> {
        let mut config = match &self.server.kind {
            Kind::Private(server) => server.tcp_config(),
            Kind::Given(server) => server.config(),
        };
        if config.get_hosts().iter().any(|host| matches!(host, Host::Unix(_))) {
            return Err(Error::new("`DATABASE_URL` names a Unix socket, and this test needs TCP"));
        }
        config.dbname(&self.name);
        Ok(config)
    }

    /// A connection string for another program, which finds a private server through TCP.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.server.kind {
            Kind::Private(server) => server.url(&self.name),
            Kind::Given(server) => server.url(&self.name),
        }
    }

    /// Connects, and drives the connection in a task of the current runtime.
    ///
    /// # Errors
    ///
    /// When the server refuses or does not run.
    pub async fn connect(&self) -> Result<Client, Error> {
        let what = "cannot connect to a test's database";
        let (client, connection) = self.config().connect(NoTls).await.map_err(|error| Error::postgres(what, &error))?;
        // How it ends is told to whoever uses the client.
        tokio::spawn(connection);
        Ok(client)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let dropped = self.server.clerk.run_blocking("it could not be dropped", sql);
        // Of a private server nothing remains. On another one the next run tries again, but its owner should know.
        if let (Err(error), Kind::Given(_)) = (dropped, &self.server.kind) {
            let _ = writeln!(io::stderr(), "the database `{}` of a test is left on the server: {error}", self.name);
        }
    }
}
