//! The database that a command is about, and how it connects.

use std::path::{Path, PathBuf};

use clap::Args;
use pgmutate::Tls;
use pgmutate_relay::Connector;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, NoTls};

use crate::report::{self, Failure};

/// Where a command is told who vouches for the server.
const SETTING: &str = "`--ca root.pem`";

#[derive(Args)]
pub(crate) struct Database {
    /// The database.
    #[arg(long = "database-url", value_name = "URL", env = "DATABASE_URL", hide_env_values = true, global = true)]
    url: Option<String>,
    /// Who vouches for the server, for a URL with `sslmode=require`: certificates in PEM.
    #[arg(long, value_name = "FILE", global = true)]
    ca: Option<PathBuf>,
}

impl Database {
    /// Connects as a command does that asks a few things. `ask` is what to say where no database is named: `say where the log is`.
    ///
    /// # Errors
    /// No database is named, nobody vouches for the server, or it cannot be reached.
    pub(crate) async fn connect(&self, ask: &str) -> Result<Client, Failure> {
        let config = self.config(ask)?;
        vouched(&config, self.ca.as_deref(), SETTING)?;
        let failed = |error: tokio_postgres::Error| report::database("connect", &error);
        let client = match &self.ca {
            Some(ca) => {
                let no = |error: &dyn std::fmt::Display| format!("cannot trust what `{}` holds: {error}", ca.display());
                let certificates = std::fs::read(ca).map_err(|error| no(&error))?;
                let tls = Tls::trusting(&certificates).map_err(|error| no(&error))?;
                let (client, connection) = config.connect(tls).await.map_err(failed)?;
                tokio::spawn(connection);
                client
            }
            None => {
                let (client, connection) = config.connect(NoTls).await.map_err(failed)?;
                tokio::spawn(connection);
                client
            }
        };
        Ok(client)
    }

    /// How a reader of the log connects.
    ///
    /// # Errors
    /// No database is named, or nobody vouches for the server.
    pub(crate) fn connector(&self, ask: &str) -> Result<Connector, Failure> {
        connector(self.config(ask)?, self.ca.as_deref(), SETTING)
    }

    fn config(&self, ask: &str) -> Result<Config, Failure> {
        match &self.url {
            Some(url) => read(url),
            None => Err(format!("{ask}: --database-url URL, or DATABASE_URL").into()),
        }
    }
}

/// A database's URL, or its connection string.
pub(crate) fn read(url: &str) -> Result<Config, Failure> {
    url.parse().map_err(|error| report::database("read the database's URL", &error))
}

/// How a relay connects; `setting` is where it is said who vouches for the server.
pub(crate) fn connector(config: Config, ca: Option<&Path>, setting: &str) -> Result<Connector, Failure> {
    vouched(&config, ca, setting)?;
    let Some(ca) = ca else { return Ok(Connector::new(config)) };
    let trusting = Connector::trusting(config, ca);
    Ok(trusting.map_err(|error| format!("cannot trust what {setting} names: {error}"))?)
}

/// An encrypted connection to nobody knows whom protects nothing.
fn vouched(config: &Config, ca: Option<&Path>, setting: &str) -> Result<(), Failure> {
    if ca.is_none() && config.get_ssl_mode() == SslMode::Require {
        return Err(format!("the URL says `sslmode=require`: name who vouches for the server, {setting}").into());
    }
    Ok(())
}
