//! A server that gives out databases.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio_postgres::Config;

use crate::clerk::Clerk;
use crate::download::download;
use crate::environment::Environment;
use crate::given::{DROP_ABANDONED, GivenServer};
use crate::installation::Installation;
use crate::private::PrivateServer;
use crate::source::{Need, OLDEST_MAJOR, Source};
use crate::{Database, Error, random};

/// A PostgreSQL server that gives out [databases](Database).
///
/// It lives as long as this handle or one of its databases does. When the last of them is dropped, a private server is
/// stopped and removed before the drop returns.
pub struct Server {
    shared: Arc<Shared>,
}

/// What a server's handle and its databases share. The fields are dropped in this order.
pub(crate) struct Shared {
    pub(crate) clerk: Clerk,
    pub(crate) kind: Kind,
    version: u32,
    /// What the names of this run's databases begin with.
    run: String,
    databases: AtomicU64,
}

pub(crate) enum Kind {
    Private(PrivateServer),
    Given(Box<GivenServer>),
}

/// How a private server is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// In order: transactions are rolled back, and the next start finds everything in its place.
    Fast,
    /// As in a crash: the next start has to recover. What was committed must still be there.
    Immediate,
}

/// A private server to be: of some major version, with some settings.
#[derive(Clone, Debug, Default)]
#[must_use = "nothing runs until `start`"]
pub struct Private {
    major: Option<u32>,
    settings: Vec<(String, String)>,
}

impl Private {
    /// Asks for this major version, installed or downloaded.
    pub fn major(mut self, major: u32) -> Private {
        self.major = Some(major);
        self
    }

    /// Sets a parameter of the server, as a line of `postgresql.conf` would.
    pub fn setting(mut self, name: &str, value: &str) -> Private {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes to the disk as a server in production does. Without this a private server saves itself the trouble, which
    /// the death of its processes cannot tell but a measurement can.
    pub fn durable(self) -> Private {
        self.setting("fsync", "on").setting("full_page_writes", "on")
    }

    /// Starts it.
    ///
    /// # Errors
    ///
    /// As [`Server::start`].
    pub async fn start(self) -> Result<Server, Error> {
        off_thread(move || Server::open(Need::Private(self.major), &self.settings)).await
    }
}

impl Server {
    /// Finds or starts a server, as the [crate](crate) describes.
    ///
    /// # Errors
    ///
    /// When there is none and none can be had, when it does not start, when it does not let us in, and when it is older
    /// than PostgreSQL 14.
    pub async fn start() -> Result<Server, Error> {
        off_thread(|| Server::open(Need::Any, &[])).await
    }

    /// A private server, whatever `DATABASE_URL` says: for a test that restarts it, sets its parameters or needs a
    /// certain major version.
    pub fn private() -> Private {
        Private::default()
    }

    fn open(need: Need, settings: &[(String, String)]) -> Result<Server, Error> {
        let environment = Environment::of_process()?;
        let run = format!("pgmutate_test_{}", random::hex::<8>()?);
        let (kind, mut config, first) = match Source::choose(need, &environment)? {
            Source::DatabaseUrl(url) => {
                let server = GivenServer::new(url, &run, &environment)?;
                let config = server.config();
                (Kind::Given(Box::new(server)), config, Some(DROP_ABANDONED.to_owned()))
            }
            Source::Installed(installation) => private(&installation, &environment, settings)?,
            Source::Download { major } => private(&download(major, &environment)?, &environment, settings)?,
        };
        config.application_name(&run);
        let (clerk, found) = Clerk::start(config, first)?;
        check(found.version)?;
        let databases = AtomicU64::new(0);
        Ok(Server { shared: Arc::new(Shared { clerk, kind, version: found.version, run, databases }) })
    }

    /// Creates a database that nobody else uses: empty, UTF-8, with the collation `C`.
    ///
    /// # Errors
    ///
    /// When the server refuses, which a server of the user's own does to a role without the right `CREATEDB`.
    pub async fn database(&self) -> Result<Database, Error> {
        let number = self.shared.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}_{number}", self.shared.run);
        // The handle comes first, so that a caller who goes away while waiting leaves nothing.
        let database = Database::new(Arc::clone(&self.shared), name);
        let create = format!("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'", database.name());
        self.shared.clerk.run("cannot create a database for a test", create).await?;
        Ok(database)
    }

    /// The server's version in PostgreSQL's own numbering: 150018 is 15.18.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.shared.version
    }

    /// The server's major version.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.shared.version / 10_000
    }

    /// Whether the server is ours alone, and not that of `DATABASE_URL`.
    #[must_use]
    pub fn is_private(&self) -> bool {
        matches!(self.shared.kind, Kind::Private(_))
    }

    /// Stops the server and starts it again, on the same port with the same databases. Every connection is lost.
    ///
    /// # Errors
    ///
    /// When it does not start again, and always for a server that is not [private](Server::private).
    pub async fn restart(&self, shutdown: Shutdown) -> Result<(), Error> {
        self.own()?;
        let shared = Arc::clone(&self.shared);
        off_thread(move || match &shared.kind {
            Kind::Private(server) => server.restart(shutdown),
            Kind::Given(_) => Ok(()),
        })
        .await
    }

    /// Lets the server speak TLS over TCP, with this certificate and its key, both as PEM. It is restarted: every connection is lost.
    ///
    /// # Errors
    ///
    /// When the files cannot be written or it does not start again, and always for a server that is not [private](Server::private).
    pub async fn encrypt(&self, certificate: &str, key: &str) -> Result<(), Error> {
        let data = self.folder()?.join("data");
        let write = || {
            let owner = fs::metadata(&data)?;
            for (name, text) in [("server.crt", certificate), ("server.key", key)] {
                let file = data.join(name);
                fs::write(&file, text)?;
                fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
                chown(&file, Some(owner.uid()), Some(owner.gid()))?;
            }
            Ok(())
        };
        write().map_err(|error: io::Error| Error::new(format!("cannot write the server's certificate: {error}")))?;
        self.shared.clerk.run("cannot set `ssl`", "ALTER SYSTEM SET ssl = on".to_owned()).await?;
        self.restart(Shutdown::Fast).await
    }

    /// The process id of the server's first process.
    ///
    /// # Errors
    ///
    /// When it does not run, and always for a server that is not [private](Server::private).
    pub fn pid(&self) -> Result<u32, Error> {
        self.own()?.pid()
    }

    /// The folder of the server: `data`, `log` and the socket. It is gone when the server is.
    ///
    /// # Errors
    ///
    /// Always for a server that is not [private](Server::private).
    pub fn folder(&self) -> Result<&Path, Error> {
        Ok(self.own()?.folder())
    }

    fn own(&self) -> Result<&PrivateServer, Error> {
        match &self.shared.kind {
            Kind::Private(server) => Ok(server),
            Kind::Given(_) => {
                Err(Error::new("the server of `DATABASE_URL` is not ours to stop or look into: use `Server::private`"))
            }
        }
    }
}

impl Kind {
    /// How to reach the server in the quickest way.
    pub(crate) fn config(&self) -> Config {
        match self {
            Kind::Private(server) => server.socket_config(),
            Kind::Given(server) => server.config(),
        }
    }
}

/// Refuses a server that pgmutate does not work with. Only a given one can be that old.
fn check(version: u32) -> Result<(), Error> {
    let major = version / 10_000;
    if major >= OLDEST_MAJOR {
        return Ok(());
    }
    Err(Error::new(format!(
        "the server of `DATABASE_URL` is PostgreSQL {major}, pgmutate needs {OLDEST_MAJOR} or newer: name such a \
         server, or unset `DATABASE_URL`"
    )))
}

/// A private server, how to reach it, and nothing to begin with.
fn private(
    installation: &Installation,
    environment: &Environment,
    settings: &[(String, String)],
) -> Result<(Kind, Config, Option<String>), Error> {
    let server = PrivateServer::start(installation, &environment.account, settings)?;
    let config = server.socket_config();
    Ok((Kind::Private(server), config, None))
}

/// Runs what waits for processes where it does not hold up a runtime.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(Error::new(error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_server_is_refused() {
        check(140_000).unwrap();
        let refusal = check(130_022).unwrap_err().to_string();
        assert!(refusal.starts_with("the server of `DATABASE_URL` is PostgreSQL 13, pgmutate needs 14"), "{refusal}");
    }
}
