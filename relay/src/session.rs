//! A connection to PostgreSQL that is known to be alive, or gone.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::{self, StreamExt as _};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{AsyncMessage, Client, Config, NoTls, Socket};

use crate::Error;

type Messages = Pin<Box<dyn Stream<Item = Result<AsyncMessage, tokio_postgres::Error>> + Send>>;
type Connecting = Pin<Box<dyn Future<Output = Result<(Client, Messages), tokio_postgres::Error>> + Send>>;

/// How to connect to the database of the log. It must be a connection of one's own: a pooler that hands out transactions will not do.
#[derive(Clone)]
pub struct Connector {
    connect: Arc<dyn Fn() -> Connecting + Send + Sync>,
    patience: Duration,
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

    /// Connects with this TLS.
    pub fn with_tls<T>(config: Config, tls: T) -> Connector
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + 'static,
        T::TlsConnect: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let connect = move || -> Connecting {
            let (config, tls) = (config.clone(), tls.clone());
            Box::pin(async move {
                let (client, mut connection) = config.connect(tls).await?;
                let messages: Messages = Box::pin(stream::poll_fn(move |context| connection.poll_message(context)));
                Ok((client, messages))
            })
        };
        Connector { connect: Arc::new(connect), patience: Duration::from_secs(10) }
    }

    /// How long an answer of the database is waited for before the connection counts as lost: 10 s unless told.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Connector {
        self.patience = patience;
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
        let session = Session { client, bell, ended, driver, patience: self.patience };
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
        match tokio::time::timeout(patience, answer).await {
            Ok(answer) => answer.map_err(Error::database(what)),
            Err(_) => Err(Error::Silent { what, waited: patience }),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // At once, so that the server releases what the session holds even where an answer is still awaited.
        self.driver.abort();
    }
}
