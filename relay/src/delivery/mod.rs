//! Delivers for a consumer: every event at least once, in order per entity, from where the last relay stopped.
//!
//! ```text
//!  reader ──(one batch ahead)──> deliver, try again, park ──> keep the position ──> let the slot go on, where there is one
//!     └───────────── one session, which holds the lock ───────────┘
//! ```
//! The reader is a task of its own that may be one batch ahead; so at most three batches are in memory.

mod latency;
mod lead;
mod parking;
mod retry;
mod run;
mod source;
mod status;
mod watch;
mod watermark;

use std::fmt;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch::Receiver;

pub use retry::Retry;
pub use source::Reader;
pub use status::Status;
pub(crate) use status::uptime;

use crate::sink::Sink;
use crate::{Connector, Error, Filter, Limits, Log, Start, TableReader};
use lead::Lead;
use parking::Parking;
use run::Run;
use source::Source;
use watermark::Watermark;

/// How often a relay that does not lead asks whether it may.
const STANDBY_PAUSE: Duration = Duration::from_secs(1);
/// Who gets events, and how.
#[derive(Clone, Debug)]
pub struct Consumer {
    /// Its name: of several relays with a consumer of one name, one delivers.
    pub name: String,
    /// The schema of the log.
    pub schema: String,
    /// Where it begins the first time. Afterwards it goes on where it stopped.
    pub start: Start,
    /// How it reads the log. It may be changed: what is known of its position holds for both.
    pub reader: Reader,
    /// What it wants.
    pub filter: Filter,
    /// How much it takes at a time.
    pub limits: Limits,
    /// How a failed delivery is tried again.
    pub retry: Retry,
    /// How long the position may lag behind what is delivered. A crash delivers again what lies between.
    pub keep_every: Duration,
    /// How long a delivery that is under way may go on when the relay is asked to stop.
    pub grace: Duration,
}

impl Consumer {
    /// A consumer of all events of the log in `app`, from now on.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Consumer {
        Consumer {
            name: name.into(),
            schema: "app".to_owned(),
            start: Start::Now,
            reader: Reader::default(),
            filter: Filter::default(),
            limits: Limits::default(),
            retry: Retry::default(),
            keep_every: Duration::from_millis(100),
            grace: Duration::from_secs(5),
        }
    }
}

/// Why a consumer no longer gets events.
#[derive(Debug)]
pub enum Stopped {
    /// The log cannot be read.
    Log(Error),
    /// The sink takes nothing any more.
    Sink(String),
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stopped::Log(error) => error.fmt(f),
            Stopped::Sink(reason) => write!(f, "the sink takes nothing any more: {reason}"),
        }
    }
}

impl std::error::Error for Stopped {}

impl From<Error> for Stopped {
    fn from(error: Error) -> Stopped {
        Stopped::Log(error)
    }
}

/// Delivers for one consumer.
#[derive(Debug)]
pub struct Relay<S> {
    consumer: Consumer,
    connector: Connector,
    sink: S,
    status: Arc<Status>,
}

impl<S: Sink> Relay<S> {
    /// A relay from the log that `connector` leads to into `sink`.
    pub fn new(connector: Connector, consumer: Consumer, sink: S) -> Relay<S> {
        Relay { consumer, connector, sink, status: Arc::default() }
    }

    /// What it is doing, for whoever watches.
    #[must_use]
    pub fn status(&self) -> Arc<Status> {
        Arc::clone(&self.status)
    }

    /// Delivers until `stop` holds true, or its sender is gone. What the database refuses for a while is tried again.
    ///
    /// # Errors
    /// What only a person can help: no log or one of another version, missing rights, a gap in the log, a sink that is gone.
    pub async fn run(mut self, mut stop: Receiver<bool>) -> Result<(), Stopped> {
        let name = self.consumer.name.clone();
        let retry = Retry { longest: Duration::from_secs(5), ..Retry::default() };
        let (mut failures, mut silences) = (0, 0_u32);
        loop {
            let before = self.status.delivered();
            // What takes too long on a machine that has too much to do would never be done if every try were given up as soon.
            let connector = self.connector.clone().more_patient(silences);
            let ended = self.lead(&connector, &mut stop).await;
            self.status.leads.store(false, Relaxed);
            self.sink.forget();
            match ended {
                Ok(()) => return Ok(()),
                Err(Stopped::Log(error)) if error.is_transient() => {
                    let went_on = self.status.delivered() > before;
                    failures = if went_on { 1 } else { failures + 1 };
                    match error {
                        _ if went_on => silences = silences.saturating_sub(1),
                        Error::Silent { .. } => silences += 1,
                        _ => {}
                    }
                    let pause = retry.pause(failures);
                    tracing::warn!(consumer = name, %error, ?pause, "the log cannot be read, trying again");
                    self.status.fails(error.to_string());
                    if stopped_within(&mut stop, pause).await {
                        return Ok(());
                    }
                }
                Err(stopped) => {
                    tracing::error!(consumer = name, error = %stopped, "no more events are delivered");
                    self.status.fails(stopped.to_string());
                    return Err(stopped);
                }
            }
        }
    }

    /// Takes the lead as soon as it can, and delivers until something fails or the relay is asked to stop.
    async fn lead(&mut self, connector: &Connector, stop: &mut Receiver<bool>) -> Result<(), Stopped> {
        let session = Arc::new(connector.connect().await?);
        let log = Log::open(&session, &self.consumer.schema).await?;
        let mut lead = loop {
            if let Some(lead) = Lead::take(&session, &log, &self.consumer).await? {
                break lead;
            }
            self.status.goes_on();
            if stopped_within(stop, STANDBY_PAUSE).await {
                return Ok(());
            }
        };
        let position = tokio::select! {
            position = lead.find_position(&self.consumer) => position?,
            () = asked(stop) => return Ok(()),
        };
        let mut parking = Parking::default();
        for kept in lead.parked(false).await? {
            parking.park(kept.entity, kept.parked);
        }
        let consumer = &self.consumer;
        let source = Source::open(connector, &session, &log, consumer, position).await?;
        let start = Start::After(position.event_id);
        let history = TableReader::open(Arc::clone(&session), &log, start, consumer.filter.clone(), consumer.limits);
        let history = history.await?;
        tracing::info!(consumer = consumer.name, %position, parked = parking.len(), "delivering");
        self.status.reads(source.held_up_since());
        self.status.leads.store(true, Relaxed);
        self.status.stands_at(position.event_id);
        self.status.parked.store(parking.len() as u64, Relaxed);
        self.status.goes_on();

        let watermark = Mutex::new(Watermark::new(position.event_id));
        let by_commits = position.slot.is_some();
        let mut run = Run::new(
            consumer,
            &mut self.sink,
            &self.status,
            lead,
            parking,
            history,
            position,
            source.acknowledge(),
            &watermark,
        );
        tokio::select! {
            ended = run.deliver_all(source, stop) => ended,
            error = session.lost() => Err(error.into()),
            error = watch::watch(&session, &log, &consumer.name, &self.status, by_commits.then_some(&watermark)) => {
                Err(error.into())
            }
        }
    }
}

/// Returns when the relay is asked to stop.
async fn asked(stop: &mut Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Whether the relay is asked to stop within this time.
async fn stopped_within(stop: &mut Receiver<bool>, time: Duration) -> bool {
    tokio::time::timeout(time, asked(stop)).await.is_ok()
}
