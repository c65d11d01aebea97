//! One lead at work: batches into the sink, again and again, until each event is taken or its entity is parked.

use std::collections::HashMap;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::latency::Latencies;
use super::lead::Lead;
use super::parking::{EntityRef, Parked, Parking, Refused, Release, entity_of};
use super::source::{Acknowledge, Source};
use super::watermark::Watermark;
use super::{Consumer, Status, Stopped, asked, stopped_within};
use crate::sink::{FailureKind, Outcome, Sink};
use crate::{Batch, Error, Event, Position, SlotPosition, TableReader, Timestamp};

/// How often it is looked whether somebody has released a parked entity or moved the position.
const LOOK_PAUSE: Duration = Duration::from_secs(1);

/// How often it is kept how long events were on their way.
const LATENCY_PAUSE: Duration = Duration::from_secs(1);

/// How many times longer than usual it may take to keep a position that only the write-ahead log has moved: keeping it writes to that log.
const IDLE_TIMES: u32 = 50;

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
    Look,
    Keep,
    Stop,
}

/// One lead, from taking it to losing it.
pub(super) struct Run<'r, S> {
    consumer: &'r Consumer,
    sink: &'r mut S,
    status: &'r Status,
    lead: Lead,
    parking: Parking,
    /// Reads what parked entities have missed.
    history: TableReader,
    /// Up to here everything is dealt with, kept or not.
    reached: Position,
    /// Events that were delivered since the position was kept.
    unkept: u64,
    kept_at: Instant,
    latencies: Latencies,
    latencies_kept_at: Instant,
    acknowledge: Option<Acknowledge>,
    /// Up to which event everything is dealt with, where the reader goes by commits.
    watermark: &'r Mutex<Watermark>,
}

impl<'r, S: Sink> Run<'r, S> {
    #[expect(clippy::too_many_arguments, reason = "what a lead has found, put together once")]
    pub(super) fn new(
        consumer: &'r Consumer,
        sink: &'r mut S,
        status: &'r Status,
        lead: Lead,
        parking: Parking,
        history: TableReader,
        reached: Position,
        acknowledge: Option<Acknowledge>,
        watermark: &'r Mutex<Watermark>,
    ) -> Run<'r, S> {
        let now = Instant::now();
        Run {
            consumer,
            sink,
            status,
            lead,
            parking,
            history,
            reached,
            unkept: 0,
            kept_at: now,
            latencies: Latencies::default(),
            latencies_kept_at: now,
            acknowledge,
            watermark,
        }
    }

    pub(super) async fn deliver_all(
        &mut self,
        source: Source,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), Stopped> {
        let (sender, mut batches) = mpsc::channel(1);
        // Ends with this function, wherever it stands.
        let mut reading = JoinSet::new();
        reading.spawn(read_ahead(source, sender));
        let mut looks = tokio::time::interval(LOOK_PAUSE);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let keep_at = self.keep_at();
            let next = tokio::select! {
                batch = batches.recv() => batch.map_or(Next::Stop, Next::Batch),
                _ = looks.tick() => Next::Look,
                () = tokio::time::sleep_until(keep_at.unwrap_or(self.kept_at)), if keep_at.is_some() => Next::Keep,
                () = asked(stop) => Next::Stop,
            };
            let done = match next {
                Next::Batch(batch) => self.take(batch?, stop).await?,
                Next::Look => self.look(stop).await?,
                Next::Keep => self.keep(&[]).await.map(|()| Done::Whole)?,
                Next::Stop => Done::Stopping,
            };
            self.status.goes_on();
            if matches!(done, Done::Stopping) {
                self.keep(&[]).await?;
                return Ok(self.lead.keep_latencies(&mut self.latencies).await?);
            }
        }
    }

    /// Deals with a batch.
    async fn take(&mut self, batch: Batch, stop: &mut watch::Receiver<bool>) -> Result<Done, Stopped> {
        // What belongs to a parked entity stays in the log until that is released.
        let events: Vec<Event> = batch.events.into_iter().filter(|event| !self.parking.passes(event)).collect();
        let done = self.deliver(events, Some(batch.position), stop).await?;
        if matches!(done, Done::Whole) {
            self.reach(batch.position);
            if self.keep_at().is_some_and(|keep_at| keep_at <= Instant::now()) {
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
        position: Option<Position>,
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
            let now = Timestamp::now();
            for (event, outcome) in pending.into_iter().zip(outcomes) {
                match outcome {
                    Outcome::Delivered => {
                        delivered += 1;
                        self.latencies.delivered(&event, now);
                    }
                    _ if self.parking.passes(&event) => {}
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
                                let event_id = event.id.event_id;
                                self.parking.park(entity_of(&event), Parked::new(event_id, event_id));
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
                self.reach(pending.first().map_or(position, |next| before(next, position)));
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

    /// Everything up to there is dealt with.
    fn reach(&mut self, position: Position) {
        self.reached = self.reached.farther(position);
        if let Some(slot) = self.reached.slot
            && self.reached.event_id >= slot.table_to
        {
            let settled = self.watermark.lock().unwrap_or_else(PoisonError::into_inner).settled(slot.lsn);
            self.reached.event_id = self.reached.event_id.max(settled);
        }
        self.status.stands_at(self.reached.event_id);
    }

    /// Looks what somebody asks for: another position, or to go on with parked entities.
    async fn look(&mut self, stop: &mut watch::Receiver<bool>) -> Result<Done, Stopped> {
        self.lead.look().await?;
        // What was observed meanwhile counts without a new batch as well.
        self.reach(self.reached);
        if !self.latencies.is_empty() && self.latencies_kept_at.elapsed() >= LATENCY_PAUSE {
            self.latencies_kept_at = Instant::now();
            self.lead.keep_latencies(&mut self.latencies).await?;
        }
        for kept in self.lead.parked(true).await? {
            let skipped = kept.release == Some(Release::Skip);
            let from = if skipped { kept.parked.event_id + 1 } else { kept.parked.event_id };
            if let Done::Stopping = self.release(&kept.entity, from, stop).await? {
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
        // What the stream has gone by; what is newer is still to come through it.
        let passed_to = self.parking.get(entity).map_or(0, |parked| parked.passed_to);
        let to = passed_to.max(self.reached.event_id);
        loop {
            let missed = self.history.history(&entity.0, &entity.1, from, to).await?;
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
            if let Some(parked) = self.parking.get(entity) {
                // Refused again, and parked again with the event that was.
                self.parking.park(entity.clone(), Parked::new(parked.event_id, passed_to));
                return Ok(Done::Whole);
            }
            from = last + 1;
            self.parking.park(entity.clone(), Parked::new(from, passed_to));
            self.lead.release(entity, Some(from)).await?;
        }
    }

    /// When the position is to be kept, if it has moved.
    fn keep_at(&self) -> Option<Instant> {
        let kept = self.lead.position();
        let pause = self.consumer.keep_every;
        if kept.event_id < self.reached.event_id || self.unkept > 0 {
            Some(self.kept_at + pause)
        } else if kept.lsn() < self.reached.lsn() {
            Some(self.kept_at + pause * IDLE_TIMES)
        } else {
            None
        }
    }

    /// Keeps what has been reached, and then lets the server forget it.
    async fn keep(&mut self, refused: &[Refused]) -> Result<(), Error> {
        self.kept_at = Instant::now();
        if self.reached == self.lead.position() && self.unkept == 0 && refused.is_empty() {
            return Ok(());
        }
        let passed = self.parking.take_unkept();
        self.lead.advance(self.reached, self.unkept, refused, &passed).await?;
        self.unkept = 0;
        if let (Some(acknowledge), Some(lsn)) = (&self.acknowledge, self.reached.lsn()) {
            acknowledge(lsn);
        }
        Ok(())
    }
}

/// The farthest position before an event that is still to be delivered; `position` is the one behind its batch.
fn before(event: &Event, position: Position) -> Position {
    match (event.committed, position.slot) {
        // Its own transaction comes again as a whole, and what was observed of event_ids says nothing yet.
        (Some(commit), Some(slot)) => {
            Position { event_id: position.event_id, slot: Some(SlotPosition { lsn: commit.lsn, ..slot }) }
        }
        _ => Position { event_id: event.id.event_id - 1, ..position },
    }
}

/// Reads, one batch ahead of whoever takes them.
async fn read_ahead(mut source: Source, batches: mpsc::Sender<Result<Batch, Error>>) {
    loop {
        let batch = source.next_batch().await;
        let failed = batch.is_err();
        let room = loop {
            tokio::select! {
                room = batches.reserve() => break room,
                () = source.acknowledged() => {}
            }
        };
        match room {
            Ok(room) => room.send(batch),
            Err(_) => return,
        }
        if failed {
            return;
        }
    }
}
