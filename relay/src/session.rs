//! A connection to PostgreSQL that is known to be alive, or gone.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::{self, StreamExt as _};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{AsyncMessage, Client, Config, NoTls, Socket};

use crate::Error;
use crate::delivery::uptime;

type Messages = Pin<Box<dyn Stream<Item = Result<AsyncMessage, tokio_postgres::Error>> + Send>>;
type Connecting = Pin<Box<dyn Future<Output = Result<(Client, Messages), tokio_postgres::Error>> + Send>>;

/// How to connect to the database of the log. It must be a connection of one's own: a pooler that hands out transactions will not do.
#[derive(Clone)]
pub struct Connector {
    connect: Arc<dyn Fn() -> Connecting + Send + Sync>,
    patience: Duration,
    #[cfg(feature = "slot")]
    replication: Replication,
}

/// What a connection that sends a slot needs: it is made by another client.
#[cfg(feature = "slot")]
#[derive(Clone)]
struct Replication {
    config: Config,
    /// Who vouches for an encrypted server: certificates in PEM.
    authority: Option<std::path::PathBuf>,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").field("patience", &self.patience).finish_non_exhaustive()
    }
}

impl Connector {
    /// Connects without TLS.
    #[must_use]
    pub fn new(config: Config) -> Connector {
        Connector::with_tls(config, NoTls)
    }

    /// Connects with this TLS. A reader of a slot needs to be told [whom to trust](Self::slot_authority) besides.
    pub fn with_tls<T>(config: Config, tls: T) -> Connector
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + 'static,
        T::TlsConnect: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        #[cfg(feature = "slot")]
        let replication = Replication { config: config.clone(), authority: None };
        let connect = move || -> Connecting {
            let (config, tls) = (config.clone(), tls.clone());
            Box::pin(async move {
                let (client, mut connection) = config.connect(tls).await?;
                let messages: Messages = Box::pin(stream::poll_fn(move |context| connection.poll_message(context)));
                Ok((client, messages))
            })
        };
        Connector {
            connect: Arc::new(connect),
            patience: Duration::from_secs(10),
            #[cfg(feature = "slot")]
            replication,
        }
    }

    /// Connects with TLS where the connection string says `sslmode=require`: to a server of this name, which one of the certificates in
    /// the file vouches for. The file holds PEM.
    ///
    /// # Errors
    /// The file cannot be read, or holds no certificate.
    #[cfg(feature = "tls")]
    pub fn trusting(config: Config, authority: &std::path::Path) -> Result<Connector, std::io::Error> {
        use rustls::pki_types::{CertificateDer, pem::PemObject as _};
        let wrong = |error: String| std::io::Error::other(format!("`{}`: {error}", authority.display()));
        let mut roots = rustls::RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(authority).map_err(|error| wrong(error.to_string()))? {
            let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
            roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
        }
        if roots.is_empty() {
            return Err(wrong("there is no certificate in it".to_owned()));
        }
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = Connector::with_tls(config, tokio_postgres_rustls::MakeRustlsConnect::new(tls));
        #[cfg(feature = "slot")]
        let connector = connector.slot_authority(authority);
        Ok(connector)
    }

    /// Encrypts connections that send a slot as well, where the others are: one of the certificates in this file vouches for the server.
    #[cfg(feature = "slot")]
    #[must_use]
    pub fn slot_authority(mut self, authority: impl Into<std::path::PathBuf>) -> Connector {
        self.replication.authority = Some(authority.into());
        self
    }

    /// How long a connection that sends a slot may be silent: the server asks after half of it, and has the patience of an answer then.
    #[cfg(feature = "slot")]
    pub(crate) fn longest_silence(&self) -> Duration {
        self.patience * 2
    }

    /// How to connect for a slot: to each server that the connection string names, in turn.
    #[cfg(feature = "slot")]
    pub(crate) fn replication_configs(
        &self,
        slot: &str,
        publication: &str,
        user: &str,
        database: &str,
        silence: Duration,
        encrypted: bool,
    ) -> Result<Vec<pgwire_replication::ReplicationConfig>, Error> {
        use pgwire_replication::{ReplicationConfig, TlsConfig};
        use tokio_postgres::config::Host;

        let config = &self.replication.config;
        let tls = match (&self.replication.authority, encrypted) {
            (_, false) => TlsConfig::disabled(),
            (Some(authority), true) => TlsConfig::verify_full(Some(authority.clone())),
            (None, true) => {
                return Err(Error::Stream {
                    why: "the other connections are encrypted, and nobody said whom to trust: name the certificate's \
                          authority"
                        .to_owned(),
                });
            }
        };
        let password = String::from_utf8_lossy(config.get_password().unwrap_or_default()).into_owned();
        // A server drops a connection whose client is gone, and with it the hold on the slot.
        let millis = silence.as_millis();
        let options = format!(
            "{} -c wal_sender_timeout={millis} -c tcp_user_timeout={millis} -c tcp_keepalives_idle=5 \
             -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c statement_timeout=0 -c idle_session_timeout=0",
            config.get_options().unwrap_or_default()
        );
        let (hosts, addresses, ports) = (config.get_hosts(), config.get_hostaddrs(), config.get_ports());
        let servers = hosts.len().max(addresses.len());
        let configs = (0..servers).map(|at| {
            let port = ports.get(at).or(ports.first()).copied().unwrap_or(5432);
            let name = match hosts.get(at) {
                Some(Host::Tcp(name)) => Some(name.clone()),
                #[cfg(unix)]
                Some(Host::Unix(folder)) => Some(folder.to_string_lossy().into_owned()),
                None => None,
            };
            let address = addresses.get(at).map(ToString::to_string);
            let place = address.or(name.clone()).unwrap_or_default();
            let mut tls = tls.clone();
            tls.sni_hostname = name;
            ReplicationConfig::new(place, user, password.clone(), database, slot, publication)
                .with_port(port)
                .with_options(options.trim())
                .with_tls(tls)
        });
        Ok(configs.collect())
    }

    /// How long an answer of the database is waited for before the connection counts as lost: 10 s unless told.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Connector {
        self.patience = patience;
        self
    }

    /// With twice the patience for each time that it was not enough, up to a minute.
    pub(crate) fn more_patient(mut self, silences: u32) -> Connector {
        let most = self.patience.max(Duration::from_secs(60));
        self.patience = self.patience.saturating_mul(1 << silences.min(10)).min(most);
        self
    }

    /// Connects.
    ///
    /// # Errors
    /// When the server cannot be reached, does not answer, or does not let us in.
    pub async fn connect(&self) -> Result<Session, Error> {
        let what = "connect to the database";
        let (client, mut messages) = tokio::time::timeout(self.patience, (self.connect)())
            .await
            .map_err(|_| Error::Silent { what, waited: self.patience })?
            .map_err(Error::database(what))?;
        let bell = Arc::new(Notify::new());
        let ring = Arc::clone(&bell);
        let (end, ended) = watch::channel(false);
        let driver = tokio::spawn(async move {
            while let Some(message) = messages.next().await {
                match message {
                    Ok(AsyncMessage::Notification(_)) => ring.notify_one(),
                    Ok(_) => {}
                    // Whoever uses the client is told.
                    Err(_) => break,
                }
            }
            ring.notify_one();
            end.send_replace(true);
        });
        let session = Session { client, bell, ended, driver, patience: self.patience, heard_at: AtomicI64::new(0) };
        session.run("set up the connection", SETTINGS).await?;
        Ok(session)
    }
}

/// How often a session shows the server that its client lives, and learns that the server does.
const HEARTBEAT: Duration = Duration::from_secs(3);

/// What does not depend on the role or the database: nothing from there may change what our statements mean.
const SETTINGS: &str = "
    SET search_path = pg_catalog, pg_temp;
    SET TimeZone = 'UTC';
    SET statement_timeout = 0;
    SET lock_timeout = 0;
    SET default_transaction_isolation = 'read committed';
    SET default_transaction_read_only = off;
    SET row_security = off";

/// A connection. It is closed when it is dropped.
pub struct Session {
    client: Client,
    bell: Arc<Notify>,
    ended: watch::Receiver<bool>,
    driver: JoinHandle<()>,
    patience: Duration,
    /// When the server last answered anything, by [`uptime`].
    heard_at: AtomicI64,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("closed", &self.client.is_closed()).finish_non_exhaustive()
    }
}

impl Session {
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Rings when a notification comes, and when the connection ends.
    pub(crate) fn bell(&self) -> &Notify {
        &self.bell
    }

    /// Returns when the connection is lost: at once where either side has closed it, after a while where nobody answers.
    pub(crate) async fn lost(&self) -> Error {
        let what = "keep the connection to the database";
        let mut ended = self.ended.clone();
        loop {
            let closed = tokio::time::timeout(HEARTBEAT, ended.wait_for(|ended| *ended)).await.is_ok();
            match self.run(what, "").await {
                Err(error) => return error,
                Ok(()) if closed => return Error::Silent { what, waited: Duration::ZERO },
                Ok(()) => {}
            }
        }
    }

    /// Runs statements without parameters and rows.
    pub(crate) async fn run(&self, what: &'static str, sql: &str) -> Result<(), Error> {
        self.answer(what, self.client.batch_execute(sql)).await
    }

    /// Waits for an answer, but not for ever: a connection that is frozen half open would never say so.
    ///
    /// Answers come one after the other, so one that has to wait for a long one says nothing of the connection: what counts is how long
    /// the server has said nothing at all.
    pub(crate) async fn answer<T>(
        &self,
        what: &'static str,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Error> {
        self.answer_within(self.patience, what, answer).await
    }

    /// The same for what may take its time, because it reads much.
    pub(crate) async fn answer_within<T>(
        &self,
        patience: Duration,
        what: &'static str,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Error> {
        let mut answer = pin!(answer);
        let mut left = patience;
        loop {
            if let Ok(answer) = tokio::time::timeout(left, &mut answer).await {
                self.heard_at.store(uptime(), Relaxed);
                return answer.map_err(Error::database(what));
            }
            let silent = uptime() - self.heard_at.load(Relaxed);
            let silent = Duration::from_micros(u64::try_from(silent).unwrap_or_default());
            left = patience.saturating_sub(silent);
            if left.is_zero() {
                return Err(Error::Silent { what, waited: patience });
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // At once, so that the server releases what the session holds even where an answer is still awaited.
        self.driver.abort();
    }
}
