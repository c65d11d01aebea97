//! The one session that creates and drops databases.
//!
//! Every `#[tokio::test]` has a runtime of its own, and a connection dies with the runtime that drives it. So this one
//! lives in a thread of its own and serves them all, and a destructor can wait for it.

use std::sync::mpsc as blocking;
use std::thread::{self, JoinHandle};

use tokio::sync::mpsc;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use crate::Error;

/// Called with what a request came to.
type Done = Box<dyn FnOnce(Result<(), tokio_postgres::Error>) + Send>;

struct Request {
    sql: String,
    done: Done,
}

/// The handle of the session's thread.
pub(crate) struct Clerk {
    requests: Option<mpsc::UnboundedSender<Request>>,
    thread: Option<JoinHandle<()>>,
}

/// What the session found when it began.
pub(crate) struct Found {
    /// `server_version_num`: 150018 is 15.18.
    pub(crate) version: u32,
}

impl Clerk {
    /// Connects. `first` is run in the session to begin with: a query whose answers are statements, which are then run
    /// one by one; those that fail are passed over.
    pub(crate) fn start(config: Config, first: Option<String>) -> Result<(Clerk, Found), Error> {
        let (requests, incoming) = mpsc::unbounded_channel();
        let (ready, readiness) = blocking::channel();
        let thread = thread::Builder::new()
            .name("pgmutate-clerk".to_owned())
            .spawn(move || work(config, first, incoming, &ready))
            .map_err(|error| Error::new(format!("cannot start a thread: {error}")))?;
        let clerk = Clerk { requests: Some(requests), thread: Some(thread) };
        let found = readiness.recv().map_err(|_| Error::new("the thread that creates databases has ended"))??;
        Ok((clerk, found))
    }

    /// Runs a statement and calls `done` from the session's thread.
    fn send(&self, sql: String, done: Done) -> Result<(), Error> {
        let ended = || Error::new("the thread that creates databases has ended");
        self.requests.as_ref().ok_or_else(ended)?.send(Request { sql, done }).map_err(|_| ended())
    }

    /// Runs a statement.
    pub(crate) async fn run(&self, what: &str, sql: String) -> Result<(), Error> {
        let (done, answer) = tokio::sync::oneshot::channel();
        self.send(sql, Box::new(|result| drop(done.send(result))))?;
        let result = answer.await.map_err(|_| Error::new("the thread that creates databases has ended"))?;
        result.map_err(|error| Error::postgres(what, &error))
    }

    /// Runs a statement and waits for it without a runtime, as a destructor has to.
    pub(crate) fn run_blocking(&self, what: &str, sql: String) -> Result<(), Error> {
        let (done, answer) = blocking::channel();
        self.send(sql, Box::new(move |result| drop(done.send(result))))?;
        let result = answer.recv().map_err(|_| Error::new("the thread that creates databases has ended"))?;
        result.map_err(|error| Error::postgres(what, &error))
    }
}

impl Drop for Clerk {
    /// Lets the session finish what it was asked, and ends it.
    fn drop(&mut self) {
        drop(self.requests.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The thread.
fn work(
    config: Config,
    first: Option<String>,
    mut requests: mpsc::UnboundedReceiver<Request>,
    ready: &blocking::Sender<Result<Found, Error>>,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = ready.send(Err(Error::new(format!("cannot start a runtime: {error}"))));
            return;
        }
    };
    runtime.block_on(async {
        let mut client = match open(&config, first).await {
            Ok((client, found)) => {
                let _ = ready.send(Ok(found));
                client
            }
            Err(error) => {
                let _ = ready.send(Err(error));
                return;
            }
        };
        while let Some(Request { sql, done }) = requests.recv().await {
            let mut result = client.batch_execute(&sql).await;
            // After a restart of the server the first use of the old connection fails, and may be all that tells.
            if result.is_err() && client.is_closed() {
                result = match connect(&config).await {
                    Ok(reconnected) => {
                        client = reconnected;
                        client.batch_execute(&sql).await
                    }
                    Err(error) => Err(error),
                };
            }
            done(result);
        }
    });
}

async fn open(config: &Config, first: Option<String>) -> Result<(Client, Found), Error> {
    let client = connect(config)
        .await
        .map_err(|error| Error::postgres(&format!("cannot connect to PostgreSQL at {}", place(config)), &error))?;
    let failed = |error| Error::postgres("cannot query PostgreSQL", &error);
    let version = answers(&client, "SHOW server_version_num").await.map_err(failed)?;
    let version = version.first().and_then(|version| version.parse().ok());
    let version = version.ok_or_else(|| Error::new("the server does not tell its version"))?;
    if let Some(query) = first {
        for statement in answers(&client, &query).await.map_err(failed)? {
            let _ = client.batch_execute(&statement).await;
        }
    }
    Ok((client, Found { version }))
}

async fn connect(config: &Config) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// The first column of a query's answer.
async fn answers(client: &Client, query: &str) -> Result<Vec<String>, tokio_postgres::Error> {
    let messages = client.simple_query(query).await?;
    Ok(messages
        .into_iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        })
        .collect())
}

/// Host and port, for messages; never a password.
fn place(config: &Config) -> String {
    let hosts = config.get_hosts().iter().map(|host| match host {
        tokio_postgres::config::Host::Tcp(name) => name.clone(),
        tokio_postgres::config::Host::Unix(folder) => folder.display().to_string(),
    });
    let hosts = hosts.collect::<Vec<_>>().join(", ");
    let ports = config.get_ports().iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
    format!("{hosts} port {}", if ports.is_empty() { "5432" } else { &ports })
}
