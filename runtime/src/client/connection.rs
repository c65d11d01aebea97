//! A connection that keeps its statements prepared and can be cancelled.

use std::fmt;
use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future;
use tokio::time::timeout;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::types::Type;
use tokio_postgres::{Config, Row, Socket, Statement};

use super::cancel::{self, Cancel, Line};
use super::driver::{in_block, read, unnamed, wait_until_ready};
use super::flight::Departure;
use super::prepared::{Found, Prepared, Statements};
use super::request::Key;
use super::{Client, Request};
use crate::error::Error;

/// How long the server may take to end what was cancelled before it is cancelled again; twice as long each time.
const FIRST_PATIENCE: Duration = Duration::from_millis(20);
const LAST_PATIENCE: Duration = Duration::from_secs(5);

/// A connection to PostgreSQL that runs each mutation in one round trip, the first as well, and keeps its statement prepared for the next call.
///
/// It is a [`tokio_postgres::Client`] in everything else.
///
/// ```no_run
/// # async fn example() -> Result<(), pgmutate::Error> {
/// let config = "host=localhost user=shop dbname=shop".parse()?;
/// let connection = pgmutate::Connection::connect(&config, tokio_postgres::NoTls).await?;
/// # Ok(())
/// # }
/// ```
pub struct Connection {
    client: tokio_postgres::Client,
    prepared: Prepared,
    departure: Departure,
    cancel: Option<Cancel>,
    /// Whether a cancellation may still be under way.
    haunted: AtomicBool,
}

/// What makes a connection encrypted, or not: `Tls` (feature `rustls`), [`NoTls`](tokio_postgres::NoTls), the connectors of other crates for `tokio-postgres`.
///
/// Once for the connection itself, once for the one that cancels what runs on it.
pub trait Encryption: EncryptionOf<Socket> + EncryptionOf<Line> + Clone + Send + Sync + 'static {}

impl<T: EncryptionOf<Socket> + EncryptionOf<Line> + Clone + Send + Sync + 'static> Encryption for T {}

/// [`MakeTlsConnect`] for tasks that move between threads.
#[doc(hidden)]
pub trait EncryptionOf<S>: MakeTlsConnect<S, Stream: Send, TlsConnect: Send + TlsConnect<S, Future: Send>> {}

impl<S, T: MakeTlsConnect<S, Stream: Send, TlsConnect: Send + TlsConnect<S, Future: Send>>> EncryptionOf<S> for T {}

impl Connection {
    /// Connects, and drives the connection in a task of the current Tokio runtime.
    ///
    /// # Errors
    ///
    /// The server cannot be reached or does not let us in.
    pub async fn connect(config: &Config, tls: impl Encryption) -> Result<Self, Error> {
        let (client, connection) = config.connect(tls.clone()).await?;
        // How it ends is told to whoever uses the client.
        tokio::spawn(connection);
        let cancel = cancel::by(client.cancel_token(), config.clone(), tls);
        Ok(Self { cancel: Some(cancel), ..Self::from(client) })
    }

    /// Changes what stays on the server between calls.
    #[must_use]
    pub fn with_statements(mut self, statements: Statements) -> Self {
        self.prepared = Prepared::new(statements);
        self
    }

    /// Whether a pool has to make another one: it is closed, or a cancellation that may still be under way would hit the next call.
    #[cfg(any(feature = "bb8", feature = "deadpool"))]
    pub(super) fn is_spent(&self) -> bool {
        self.client.is_closed() || self.haunted.load(Ordering::Relaxed)
    }

    /// How many statements it has prepared.
    pub fn prepared_statements(&self) -> usize {
        self.prepared.len()
    }

    /// Sends the request with the unnamed statement.
    async fn run_unnamed(
        &self,
        request: &Request<'_>,
        rows: &mut (dyn FnMut(&Row) + Send),
    ) -> Result<(), tokio_postgres::Error> {
        let earlier = self.departure.of(self.in_block(request, unnamed(&self.client, request, rows))).await?;
        earlier.iter().for_each(rows);
        Ok(())
    }

    /// The same, and behind it what prepares the statement for the next call: in one flight, because nothing in the second waits for an answer to the
    /// first.
    async fn run_and_prepare(
        &self,
        key: Key,
        request: &Request<'_>,
        rows: &mut (dyn FnMut(&Row) + Send),
    ) -> Result<(), tokio_postgres::Error> {
        let types = request.arguments().values().map(|(_, sql_type)| sql_type).collect::<Vec<Type>>();
        // In a box, as whatever only few calls take: every future around this one is as large, and as deep for the compiler, as the largest in it.
        let both = Box::pin(async {
            let prepare = self.client.prepare_typed(request.statement(), &types);
            let (answered, prepared) = future::join(unnamed(&self.client, request, rows), prepare).await;
            match prepared {
                Ok(statement) => self.prepared.keep(key, statement),
                Err(error) => {
                    self.prepared.forget(key);
                    // In a block it has failed the statement, too.
                    if request.ahead().is_some() {
                        return answered.and(Err(error));
                    }
                }
            }
            answered
        });
        let earlier = self.departure.of(self.in_block(request, both)).await?;
        earlier.iter().for_each(rows);
        Ok(())
    }

    async fn run_prepared(
        &self,
        statement: &Statement,
        request: &Request<'_>,
        rows: &mut (dyn FnMut(&Row) + Send),
    ) -> Result<(), tokio_postgres::Error> {
        let values = request.arguments().values().map(|(value, _)| value);
        let run = async { read(self.client.query_raw(statement, values).await?, rows).await };
        let earlier = self.departure.of(self.in_block(request, run)).await?;
        earlier.iter().for_each(rows);
        Ok(())
    }

    /// Puts a transaction block around the statement, where something has to go ahead of it or it is to be rolled back; in one flight.
    async fn in_block(
        &self,
        request: &Request<'_>,
        statement: impl Future<Output = Result<(), tokio_postgres::Error>>,
    ) -> Result<Option<Row>, tokio_postgres::Error> {
        if request.ahead().is_none() {
            return statement.await.map(|()| None);
        }
        let end = if request.is_dry_run() { "ROLLBACK" } else { "COMMIT" };
        Box::pin(in_block(&self.client, request, Some("BEGIN"), statement, Some(end))).await
    }
}

impl Client for Connection {
    async fn run(&self, request: &Request<'_>, rows: &mut (dyn FnMut(&Row) + Send)) -> Result<(), Error> {
        let (key, statement) = match self.prepared.find(request.key()) {
            Found::Ready(key, statement) => (key, statement),
            Found::New(key) => return Ok(self.run_and_prepare(key, request, rows).await?),
            Found::Unnamed => return Ok(self.run_unnamed(request, rows).await?),
        };
        let error = match self.run_prepared(&statement, request, rows).await {
            Ok(()) => return Ok(()),
            Err(error) => Error::from(error),
        };
        if !error.is_lost_statement() {
            return Err(error);
        }
        // Refused before anything ran, and outside of a transaction block of the caller's nothing of it is left: so it may be sent once more.
        self.prepared.forget(key);
        match self.run_unnamed(request, rows).await.map_err(Error::from) {
            Err(again) if again.is_in_failed_transaction() => Err(error),
            done => done,
        }
    }

    async fn settle(&self) {
        let Some(cancel) = &self.cancel else { return wait_until_ready(&self.client).await };
        let mut patience = FIRST_PATIENCE;
        while cancel().await {
            // One that overtook the request has found nothing to end.
            if timeout(patience, wait_until_ready(&self.client)).await.is_ok() {
                return;
            }
            patience = LAST_PATIENCE.min(patience * 2);
        }
        self.haunted.store(true, Ordering::Relaxed);
        wait_until_ready(&self.client).await;
    }
}

/// A connection that somebody else has made and drives. It cannot be cancelled.
impl From<tokio_postgres::Client> for Connection {
    fn from(client: tokio_postgres::Client) -> Self {
        let prepared = Prepared::new(Statements::default());
        Self { client, prepared, departure: Departure::default(), cancel: None, haunted: AtomicBool::new(false) }
    }
}

impl Deref for Connection {
    type Target = tokio_postgres::Client;

    fn deref(&self) -> &tokio_postgres::Client {
        &self.client
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut tokio_postgres::Client {
        &mut self.client
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("client", &self.client).field("prepared", &self.prepared.len()).finish()
    }
}
