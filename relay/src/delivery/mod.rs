//! Delivers for a consumer: every event at least once, in order per entity, from where the last relay stopped.
//!
//! ```text
//!  reader ──(one batch ahead)──> deliver, try again, park ──> keep the position
//!     └───────────── one session, which holds the lock ───────────┘
//! ```
//! The reader is a task of its own that may be one batch ahead; so at most three batches are in memory.

mod lead;
mod parking;
mod retry;
mod status;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

pub use retry::Retry;
pub use status::Status;

use crate::sink::{FailureKind, Outcome, Sink};
use crate::{Batch, Connector, Error, Event, Filter, Limits, Log, Session, Start, TableReader};
use lead::Lead;
use parking::{EntityRef, Parking, Refused, Release, entity_of};

/// How often a relay that does not lead asks whether it may.
const STANDBY_PAUSE: Duration = Duration::from_secs(1);
/// How often it is looked whether somebody has released a parked entity.
const RELEASE_PAUSE: Duration = Duration::from_secs(1);

/// How often it is looked how far the log has come.
const NEWEST_PAUSE: Duration = Duration::from_secs(1);

/// Who gets events, and how.
#[derive(Clone, Debug)]
pub struct Consumer {
    /// Its name: of several relays with a consumer of one name, one delivers.
    pub name: String,
    /// The schema of the log.
    pub schema: String,
    /// Where it begins the first time. Afterwards it goes on where it stopped.
    pub start: Start,
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
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) -> Result<(), Stopped> {
        let name = self.consumer.name.clone();
        let retry = Retry { longest: Duration::from_secs(5), ..Retry::default() };
        let mut failures = 0;
        loop {
            let before = self.status.delivered();
            let ended = self.lead(&mut stop).await;
            self.status.leads.store(false, Relaxed);
            self.sink.forget();
            match ended {
                Ok(()) => return Ok(()),
                Err(Stopped::Log(error)) if error.is_transient() => {
                    failures = if self.status.delivered() > before { 1 } else { failures + 1 };
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
    async fn lead(&mut self, stop: &mut watch::Receiver<bool>) -> Result<(), Stopped> {
        let session = Arc::new(self.connector.connect().await?);
        let log = Log::open(&session, &self.consumer.schema).await?;
        let mut lead = loop {
            if let Some(lead) = Lead::take(&session, &log, &self.consumer.name).await? {
                break lead;
            }
            self.status.goes_on();
            if stopped_within(stop, STANDBY_PAUSE).await {
                return Ok(());
            }
        };
        let position = tokio::select! {
            position = lead.find_position(self.consumer.start) => position?,
            () = asked(stop) => return Ok(()),
        };
        let mut parking = Parking::default();
        for (entity, event_id, _) in lead.parked(false).await? {
            parking.park(entity, event_id);
        }
        let (consumer, start) = (&self.consumer, Start::After(position));
        let open = || TableReader::open(Arc::clone(&session), &log, start, consumer.filter.clone(), consumer.limits);
        let (reader, history) = (open().await?, open().await?);
        tracing::info!(consumer = consumer.name, position, parked = parking.len(), "delivering");
        self.status.reads(reader.held_up_since());
        self.status.leads.store(true, Relaxed);
        self.status.position.store(position, Relaxed);
        self.status.parked.store(parking.len() as u64, Relaxed);
        self.status.goes_on();

        let mut run = Run {
            consumer: &self.consumer,
            sink: &mut self.sink,
            status: &self.status,
            lead,
            parking,
            history,
            reached: position,
            unkept: 0,
            kept_at: Instant::now(),
        };
        tokio::select! {
            ended = run.deliver_all(reader, stop) => ended,
            error = session.lost() => Err(error.into()),
            error = watch_newest(&session, &log, &self.status) => Err(error.into()),
        }
    }
}

/// Returns when the relay is asked to stop.
async fn asked(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Whether the relay is asked to stop within this time.
async fn stopped_within(stop: &mut watch::Receiver<bool>, time: Duration) -> bool {
    tokio::time::timeout(time, asked(stop)).await.is_ok()
}

/// What became of a batch.
enum Done {
    /// All of it is delivered or parked.
    Whole,
    /// The relay is to stop.
    Stopping,
}

/// What a run has to do next.
enum Next {
    Batch(Result<Batch, Error>),
    Releases,
    Keep,
    Stop,
}

/// One lead, from taking it to losing it.
struct Run<'r, S> {
    consumer: &'r Consumer,
    sink: &'r mut S,
    status: &'r Status,
    lead: Lead,
    parking: Parking,
    /// Reads what parked entities have missed.
    history: TableReader,
    /// Up to this event everything is dealt with, kept or not.
    reached: i64,
    /// Events that were delivered since the position was kept.
    unkept: u64,
    kept_at: Instant,
}

impl<S: Sink> Run<'_, S> {
    async fn deliver_all(&mut self, reader: TableReader, stop: &mut watch::Receiver<bool>) -> Result<(), Stopped> {
        let (sender, mut batches) = mpsc::channel(1);
        // Ends with this function, wherever it stands.
        let mut reading = JoinSet::new();
        reading.spawn(read_ahead(reader, sender));
        let mut releases = tokio::time::interval(RELEASE_PAUSE);
        releases.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let keep_at = self.kept_at + self.consumer.keep_every;
            let next = tokio::select! {
                batch = batches.recv() => batch.map_or(Next::Stop, Next::Batch),
                _ = releases.tick() => Next::Releases,
                () = tokio::time::sleep_until(keep_at), if self.lead.position() < self.reached => Next::Keep,
                () = asked(stop) => Next::Stop,
            };
            let done = match next {
                Next::Batch(batch) => self.take(batch?, stop).await?,
                Next::Releases => self.release_all(stop).await?,
                Next::Keep => self.keep(&[]).await.map(|()| Done::Whole)?,
                Next::Stop => Done::Stopping,
            };
            self.status.goes_on();
            if matches!(done, Done::Stopping) {
                return Ok(self.keep(&[]).await?);
            }
        }
    }

    /// Deals with a batch.
    async fn take(&mut self, batch: Batch, stop: &mut watch::Receiver<bool>) -> Result<Done, Stopped> {
        // What belongs to a parked entity stays in the log until that is released.
        let events: Vec<Event> = batch.events.into_iter().filter(|event| !self.parking.holds(event)).collect();
        let done = self.deliver(events, Some(batch.position), stop).await?;
        if matches!(done, Done::Whole) {
            self.reached = batch.position;
            self.status.position.store(self.reached, Relaxed);
            if self.kept_at.elapsed() >= self.consumer.keep_every {
                self.keep(&[]).await?;
            }
        }
        Ok(done)
    }

    /// Delivers events, again and again, until each is taken or its entity is parked.
    ///
    /// `position` is where the log stands behind them, `None` where they are older than what has been reached.
    async fn deliver(
        &mut self,
        events: Vec<Event>,
        position: Option<i64>,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<Done, Stopped> {
        let mut pending = events;
        let mut failures = 0;
        let mut attempts: HashMap<i64, u32> = HashMap::new();
        while let Some(first) = pending.first() {
            self.status.waiting_since.store(first.written_at.micros, Relaxed);
            let mut outcomes = vec![Outcome::Skipped; pending.len()];
            if let Some(defect) = pending.iter().position(|event| event.defect.is_some()) {
                // Everything before it goes its way first.
                self.attempt(&pending[..defect], &mut outcomes, stop).await;
                if outcomes[..defect].iter().all(|outcome| *outcome == Outcome::Delivered) {
                    let defect_reason = pending[defect].defect.clone().unwrap_or_default();
                    outcomes[defect] = Outcome::Failed(crate::sink::Failure::rejected(defect_reason));
                }
            } else {
                self.attempt(&pending, &mut outcomes, stop).await;
            }

            let mut left = Vec::new();
            let mut refused: Vec<Refused> = Vec::new();
            let (mut delivered, mut pause, mut broken) = (0, None, None);
            for (event, outcome) in pending.into_iter().zip(outcomes) {
                match outcome {
                    Outcome::Delivered => delivered += 1,
                    _ if self.parking.holds(&event) => {}
                    Outcome::Skipped => left.push(event),
                    Outcome::Failed(failure) => {
                        let attempts = attempts.entry(event.id.event_id).or_default();
                        *attempts += 1;
                        let worn_out = self.consumer.retry.attempts.is_some_and(|most| *attempts >= most);
                        match failure.kind {
                            FailureKind::Broken => {
                                broken = Some(failure.reason);
                                left.push(event);
                            }
                            FailureKind::Transient(after) if !worn_out => {
                                self.status.retries.fetch_add(1, Relaxed);
                                self.status.fails(failure.reason.clone());
                                tracing::warn!(
                                    consumer = self.consumer.name,
                                    event = %event.id,
                                    attempts,
                                    reason = failure.reason,
                                    "an event was not delivered, trying again"
                                );
                                pause = pause.max(Some(after.unwrap_or_default()));
                                left.push(event);
                            }
                            FailureKind::Transient(_) | FailureKind::Rejected => {
                                tracing::error!(
                                    consumer = self.consumer.name,
                                    event = %event.id,
                                    entity = event.entity.name,
                                    key = %event.key,
                                    reason = failure.reason,
                                    "an event is refused, its entity is parked"
                                );
                                self.parking.park(entity_of(&event), event.id.event_id);
                                refused.push(Refused { event, reason: failure.reason, attempts: *attempts });
                            }
                        }
                    }
                }
            }
            self.unkept += delivered;
            self.status.delivered.fetch_add(delivered, Relaxed);
            pending = left;
            if let Some(position) = position {
                // Up to the first that is still to come.
                self.reached = pending.first().map_or(position, |next| next.id.event_id - 1).max(self.reached);
            }
            if !refused.is_empty() {
                self.status.parked.store(self.parking.len() as u64, Relaxed);
                self.keep(&refused).await?;
            }
            if let Some(reason) = broken {
                self.keep(&[]).await?;
                return Err(Stopped::Sink(reason));
            }
            failures = if delivered > 0 || !refused.is_empty() { 0 } else { failures + 1 };
            if failures > 0 {
                // A sink that says nothing at all is no reason to ask it without end.
                pause = pause.or(Some(Duration::ZERO));
            }
            let stopping = *stop.borrow();
            if stopping && !pending.is_empty() {
                return Ok(Done::Stopping);
            }
            if let Some(after) = pause {
                self.keep(&[]).await?;
                if stopped_within(stop, self.consumer.retry.pause(failures.max(1)).max(after)).await {
                    return Ok(Done::Stopping);
                }
            }
        }
        self.status.waiting_since.store(0, Relaxed);
        Ok(Done::Whole)
    }

    /// Gives events to the sink. Once the relay is asked to stop, it has only so much time left.
    async fn attempt(&mut self, events: &[Event], outcomes: &mut [Outcome], stop: &mut watch::Receiver<bool>) {
        if events.is_empty() {
            return;
        }
        let grace = self.consumer.grace;
        let given_up = async {
            asked(stop).await;
            tokio::time::sleep(grace).await;
        };
        tokio::select! {
            answers = self.sink.deliver(events) => {
                for (outcome, answer) in outcomes.iter_mut().zip(answers) {
                    *outcome = answer;
                }
            }
            () = given_up => {}
        }
    }

    /// Goes on with the parked entities that somebody has released.
    async fn release_all(&mut self, stop: &mut watch::Receiver<bool>) -> Result<Done, Stopped> {
        for (entity, event_id, release) in self.lead.parked(true).await? {
            let from = if release == Some(Release::Skip) { event_id + 1 } else { event_id };
            if let Done::Stopping = self.release(&entity, from, stop).await? {
                return Ok(Done::Stopping);
            }
        }
        Ok(Done::Whole)
    }

    /// Delivers what an entity has missed. It stays parked until all of it is delivered, so that nothing later overtakes it.
    async fn release(
        &mut self,
        entity: &EntityRef,
        mut from: i64,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<Done, Stopped> {
        tracing::info!(consumer = self.consumer.name, entity = entity.0, key = %entity.1, from, "releasing an entity");
        loop {
            let missed = self.history.history(&entity.0, &entity.1, from, self.reached).await?;
            let Some(last) = missed.last().map(|event| event.id.event_id) else {
                self.lead.release(entity, None).await?;
                self.parking.free(entity);
                self.status.parked.store(self.parking.len() as u64, Relaxed);
                return Ok(Done::Whole);
            };
            self.parking.free(entity);
            if let Done::Stopping = self.deliver(missed, None, stop).await? {
                return Ok(Done::Stopping);
            }
            if self.parking.has(entity) {
                // Refused again, and parked again with the event that was.
                return Ok(Done::Whole);
            }
            from = last + 1;
            self.parking.park(entity.clone(), from);
            self.lead.release(entity, Some(from)).await?;
        }
    }

    /// Keeps what has been reached.
    async fn keep(&mut self, refused: &[Refused]) -> Result<(), Error> {
        self.kept_at = Instant::now();
        if self.reached == self.lead.position() && self.unkept == 0 && refused.is_empty() {
            return Ok(());
        }
        self.lead.advance(self.reached, self.unkept, refused).await?;
        self.unkept = 0;
        Ok(())
    }
}

/// Looks how far the log has come, for whoever watches.
async fn watch_newest(session: &Session, log: &Log, status: &Status) -> Error {
    let newest = format!("SELECT COALESCE(max(event_id), 0) FROM {}", log.table("mutation_events"));
    loop {
        match session.answer("look for the newest event", session.client().query_one(&newest, &[])).await {
            Ok(row) => status.newest.store(row.get(0), Relaxed),
            Err(error) => return error,
        }
        tokio::time::sleep(NEWEST_PAUSE).await;
    }
}

/// Reads, one batch ahead of whoever takes them.
async fn read_ahead(mut reader: TableReader, batches: mpsc::Sender<Result<Batch, Error>>) {
    loop {
        let batch = reader.next_batch().await;
        let failed = batch.is_err();
        if batches.send(batch).await.is_err() || failed {
            return;
        }
    }
}
