//! Kafka, through librdkafka.
//!
//! Nothing of an entity may be written behind an event of it that was not. So the producer is idempotent and never gives up a message:
//! what the brokers do not have in time stays with it, and the next call waits for it. And a message that a broker refuses ends the
//! producer (`enable.gapless.guarantee`): nothing that was behind it goes out, and another one takes over.

mod producer;
mod settings;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::pin::Pin;
use std::task::Poll;

use futures_util::FutureExt as _;
use futures_util::future::{MaybeDone, maybe_done, poll_fn};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{DeliveryFuture, FutureRecord, Producer as _};
use tokio::sync::watch;
use tokio::time::Instant;

pub use settings::KafkaSettings;

use super::{Delivery, Failure, NoSink, Outcome, Sink};
use crate::envelope::Message;
use crate::{Event, EventId, Format, Timestamp};
use producer::{FULL_PAUSE, Producer, TROUBLE_PAUSE};

/// Writes each event to a topic `<prefix>.<schema>.<table>`, with the entity's key as its key, so that all of an entity is in one
/// partition, in order. Its headers are `id` (which tells duplicates), `event_type`, `entity_type`, `operation` and `content-type`. A delete is
/// followed by a tombstone where the [format](Format) has them.
///
/// An event is delivered once every replica in sync has it. While the producer lives, a retry writes nothing twice.
///
/// With a [`transactional_id`](KafkaSettings::transactional_id) the events of a batch are one transaction: consumers that read what is
/// committed see all of them or none.
pub struct Kafka {
    format: Format,
    settings: KafkaSettings,
    /// How many bytes a batch may have. It shrinks where a topic takes less.
    batch_bytes: usize,
    producer: Option<Producer>,
    /// What the producer still has under way.
    pending: HashMap<EventId, Vec<Answer>>,
}

impl fmt::Debug for Kafka {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kafka").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// The answer to a message, once it has come.
type Answer = MaybeDone<DeliveryFuture>;

/// Why a message is not written.
enum Refusal {
    /// There is no such topic.
    NoTopic,
    /// It, or its batch, is more than the broker takes, or nothing that it takes.
    Size(&'static str),
    /// The producer was given up before it was sent.
    Unsent,
    /// The broker has another reason.
    Other(Failure),
}

/// What came of the messages that were given to a producer.
struct Round {
    outcomes: Vec<Outcome>,
    /// Whether something is not written, or not yet, that the producer was given.
    incomplete: bool,
    /// Whether a topic is missing, which the producer would believe for minutes.
    no_topic: bool,
    /// How many bytes were refused that may only have been too much for one batch.
    batch_refused: usize,
}

impl Kafka {
    /// Writes as `settings` say.
    ///
    /// # Errors
    /// Names the setting that cannot be, or the property that librdkafka does not know.
    pub fn new(format: Format, settings: KafkaSettings) -> Result<Kafka, NoSink> {
        let batch_bytes = settings.batch_bytes();
        let producer = Producer::new(&settings, batch_bytes)?;
        Ok(Kafka { format, settings, batch_bytes, producer: Some(producer), pending: HashMap::new() })
    }

    /// A producer, the one that there was or a new one.
    fn take_producer(&mut self) -> Result<Producer, Failure> {
        if let Some(producer) = self.producer.take().filter(|producer| producer.fatal().is_none()) {
            return Ok(producer);
        }
        self.pending.clear();
        Producer::new(&self.settings, self.batch_bytes).map_err(|error| Failure::broken(error.to_string()))
    }

    /// Gives events to the producer and waits for what comes of them.
    async fn round(
        &self,
        producer: &Producer,
        pending: &mut HashMap<EventId, Vec<Answer>>,
        events: &[&Event],
    ) -> Round {
        let mut round = Round {
            outcomes: vec![Outcome::Skipped; events.len()],
            incomplete: false,
            no_topic: false,
            batch_refused: 0,
        };
        let deadline = Instant::now() + self.settings.timeout;
        let mut trouble = producer.trouble();
        let mut refused = HashSet::new();
        let mut known = std::mem::take(pending);
        let now = Timestamp::now();
        let mut sent: Vec<(usize, Vec<Answer>)> = Vec::with_capacity(events.len());
        let mut bytes = Vec::with_capacity(events.len());
        for (at, event) in events.iter().enumerate() {
            bytes.push(0);
            if refused.contains(&(&event.entity.name, &event.key)) {
                continue;
            }
            if let Some(under_way) = known.remove(&event.id) {
                sent.push((at, under_way));
                continue;
            }
            let messages = self.format.messages(event, &self.settings.prefix, now);
            bytes[at] = messages.iter().map(length).max().unwrap_or(0);
            match self.enqueue(producer, event, &messages, deadline).await {
                Ok(under_way) => sent.push((at, under_way)),
                Err(refusal) => {
                    round.no_topic |= matches!(refusal, Refusal::NoTopic);
                    let failure = match refusal {
                        Refusal::Other(failure) => failure,
                        Refusal::NoTopic => self.no_topic(&self.topic(event)),
                        Refusal::Size(_) | Refusal::Unsent => self.failed("the producer has ended"),
                    };
                    // What is too long is no part of a transaction; what cannot be written for now keeps all of it back.
                    round.incomplete |= failure.is_transient();
                    refused.insert((&event.entity.name, &event.key));
                    round.outcomes[at] = Outcome::Failed(failure);
                }
            }
        }
        let waited = self.settings.timeout.as_secs_f32();
        let late = |why: Option<String>| {
            let why = why.unwrap_or_else(|| format!("no answer for {waited} s"));
            Outcome::Failed(self.failed(&why))
        };
        // Once it is no longer waited, only what has come already counts, and the first that has not is told why.
        let (mut waiting, mut told) = (true, None);
        if self.settings.transactional_id.is_some() {
            // Behind a refusal nothing more of the transaction is sent, so that there will be no answers either.
            let settled = std::pin::pin!(all_written_or_one_refused(&mut sent));
            match answer_or_trouble(settled, &mut trouble, deadline).await {
                Ok(Settled::Written) => {}
                Ok(Settled::Refused) => waiting = false,
                Err(why) => (waiting, told) = (false, Some(late(why))),
            }
        }
        for (at, mut under_way) in sent {
            let event = events[at];
            let mut outcome = Outcome::Delivered;
            while let Some(next) = under_way.first_mut() {
                if !waiting {
                    let _ = (&mut *next).now_or_never();
                } else if let Err(why) = answer_or_trouble(&mut *next, &mut trouble, deadline).await {
                    (waiting, told) = (false, Some(late(why)));
                }
                let answer = Pin::new(next).take_output();
                let Some(answer) = answer else {
                    outcome = told.take().unwrap_or(Outcome::Skipped);
                    break;
                };
                under_way.remove(0);
                let refusal = match answer {
                    Ok(Ok(_)) => continue,
                    Ok(Err((error, message))) => self.refusal(&error, rdkafka::Message::topic(&message)),
                    Err(_) => Refusal::Unsent,
                };
                outcome = match refusal {
                    Refusal::Unsent => Outcome::Skipped,
                    Refusal::Other(failure) => Outcome::Failed(failure),
                    Refusal::NoTopic => {
                        round.no_topic = true;
                        Outcome::Failed(self.no_topic(&self.topic(event)))
                    }
                    // A message of that length is never in a batch with others, so it is the message that is refused.
                    Refusal::Size(why) if bytes[at] >= self.batch_bytes || self.batch_bytes == 1 => {
                        let topic = self.topic(event);
                        let (length, brokers) = (bytes[at], &self.settings.brokers);
                        Outcome::Failed(Failure::rejected(format!(
                            "its message of {length} bytes is refused by the topic `{topic}` of Kafka at {brokers}: {why}"
                        )))
                    }
                    Refusal::Size(_) => {
                        round.batch_refused += bytes[at];
                        Outcome::Skipped
                    }
                };
                // What else was under way for it goes with the producer.
                under_way.clear();
            }
            if !under_way.is_empty() {
                pending.insert(event.id, under_way);
            }
            round.incomplete |= outcome != Outcome::Delivered;
            round.outcomes[at] = outcome;
        }
        round
    }

    /// Gives the messages of an event to the producer.
    async fn enqueue(
        &self,
        producer: &Producer,
        event: &Event,
        messages: &[Message],
        deadline: Instant,
    ) -> Result<Vec<Answer>, Refusal> {
        let mut under_way = Vec::with_capacity(messages.len());
        for message in messages {
            let topic = self.settings.topic.as_deref().unwrap_or(&message.topic);
            under_way.push(loop {
                let mut record = FutureRecord::to(topic).key(&message.key[..]).headers(headers(event, self.format.content_type()));
                if let Some(value) = &message.value {
                    record = record.payload(&value[..]);
                }
                let error = match producer.inner.send_result(record) {
                    Ok(delivery) => break maybe_done(delivery),
                    Err((error, _)) => error,
                };
                match error.rdkafka_error_code() {
                    Some(RDKafkaErrorCode::QueueFull) if Instant::now() < deadline => tokio::time::sleep(FULL_PAUSE).await,
                    Some(RDKafkaErrorCode::MessageSizeTooLarge) => {
                        return Err(Refusal::Other(Failure::rejected(format!(
                            "its message for the topic `{topic}` has {} bytes, more than `message.max.bytes`: raise that under \
                             `properties`, and `max.message.bytes` of the topic with it",
                            length(message)
                        ))));
                    }
                    _ => return Err(self.refusal(&error, topic)),
                }
            });
        }
        Ok(under_way)
    }

    fn no_topic(&self, topic: &str) -> Failure {
        let next = "create it, or let the brokers do so (`auto.create.topics.enable`)";
        self.failed(&format!("there is no topic `{topic}`: {next}"))
    }

    fn failed(&self, why: &str) -> Failure {
        Failure::transient(format!("Kafka at {}: {why}", self.settings.brokers))
    }

    fn topic(&self, event: &Event) -> String {
        self.settings.topic.clone().unwrap_or_else(|| crate::envelope::topic(&self.settings.prefix, event))
    }

    fn refusal(&self, error: &KafkaError, topic: &str) -> Refusal {
        let failed = |what: &str| Refusal::Other(self.failed(what));
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::MessageSizeTooLarge) => {
                Refusal::Size("raise `max.message.bytes` of the topic, or leave such events out")
            }
            Some(RDKafkaErrorCode::InvalidRecord | RDKafkaErrorCode::InvalidMessage) => {
                Refusal::Size("the broker holds the record for invalid")
            }
            Some(
                RDKafkaErrorCode::PurgeQueue
                | RDKafkaErrorCode::PurgeInflight
                | RDKafkaErrorCode::Fatal
                | RDKafkaErrorCode::GaplessGuarantee,
            ) => Refusal::Unsent,
            Some(RDKafkaErrorCode::UnknownTopic | RDKafkaErrorCode::UnknownTopicOrPartition) => Refusal::NoTopic,
            Some(RDKafkaErrorCode::TopicAuthorizationFailed) => {
                failed(&format!("the relay's user may not write to the topic `{topic}`: grant it that"))
            }
            Some(
                RDKafkaErrorCode::Fenced | RDKafkaErrorCode::ProducerFenced | RDKafkaErrorCode::InvalidProducerEpoch,
            ) => failed("another producer has taken this `transactional_id`: give each consumer one of its own"),
            _ => failed(&format!("the topic `{topic}`: {error}")),
        }
    }

    /// One transaction with all that can be written of these events: without those that are too long, and what is behind them.
    async fn transact(&self, producer: &mut Producer, events: &[&Event]) -> Round {
        let failed = |what: &str, why: &str| {
            let mut outcomes = vec![Outcome::Skipped; events.len()];
            outcomes[0] = Outcome::Failed(self.failed(&format!("cannot {what}: {why}")));
            Round { outcomes, incomplete: true, no_topic: false, batch_refused: 0 }
        };
        let timeout = self.settings.timeout;
        if !producer.began {
            let mut trouble = producer.trouble();
            let taken = {
                let taking = std::pin::pin!(producer.blocking(move |inner| inner.init_transactions(timeout)));
                answer_or_trouble(taking, &mut trouble, Instant::now() + timeout + TROUBLE_PAUSE).await
            };
            let taken = taken.unwrap_or_else(|why| Err(why.unwrap_or_else(|| "no answer".to_owned())));
            if let Err(why) = taken {
                return failed("take the transactional id", &why);
            }
            producer.began = true;
        }
        if let Err(error) = producer.inner.begin_transaction() {
            return failed("begin a transaction", &error.to_string());
        }
        let mut round = self.round(producer, &mut HashMap::new(), events).await;
        if round.incomplete {
            // Whoever takes the id next undoes it.
            for outcome in round.outcomes.iter_mut().filter(|outcome| **outcome == Outcome::Delivered) {
                *outcome = Outcome::Skipped;
            }
            return round;
        }
        match producer.blocking(move |inner| inner.commit_transaction(timeout)).await {
            Ok(()) => round,
            Err(why) => failed("commit the transaction", &why),
        }
    }
}

impl Sink for Kafka {
    fn deliver<'a>(&'a mut self, events: &'a [Event]) -> Delivery<'a> {
        Box::pin(async move {
            let mut outcomes = vec![Outcome::Skipped; events.len()];
            loop {
                let left: Vec<usize> = (0..events.len()).filter(|at| outcomes[*at] != Outcome::Delivered).collect();
                let given: Vec<&Event> = left.iter().map(|at| &events[*at]).collect();
                // Who gives up this call drops the producer with it.
                let mut producer = match self.take_producer() {
                    Ok(producer) => producer,
                    Err(failure) => {
                        outcomes[left[0]] = Outcome::Failed(failure);
                        return outcomes;
                    }
                };
                let mut pending = std::mem::take(&mut self.pending);
                let round = if self.settings.transactional_id.is_some() {
                    self.transact(&mut producer, &given).await
                } else {
                    self.round(&producer, &mut pending, &given).await
                };
                for (at, outcome) in left.into_iter().zip(round.outcomes) {
                    outcomes[at] = outcome;
                }
                let fatal = producer.fatal();
                if round.batch_refused > 0 {
                    // Batches of half of what was refused, or of this producer's.
                    self.batch_bytes = (round.batch_refused.min(self.batch_bytes) / 2).max(1);
                    tracing::warn!(
                        batch_bytes = self.batch_bytes,
                        "Kafka refuses a batch for its size: smaller ones from now on"
                    );
                } else if !(round.no_topic && pending.is_empty())
                    && fatal.is_none()
                    && !(round.incomplete && self.settings.transactional_id.is_some())
                {
                    self.producer = Some(producer);
                    self.pending = pending;
                }
                // What ended the producer is told, unless an event has told it.
                let first = outcomes.iter().position(|outcome| *outcome == Outcome::Skipped);
                if let (Some(first), Some(why), 0) = (first, fatal, round.batch_refused)
                    && !outcomes.iter().any(|outcome| matches!(outcome, Outcome::Failed(_)))
                {
                    outcomes[first] = Outcome::Failed(self.failed(&why));
                }
                if round.batch_refused == 0 || outcomes.iter().any(|outcome| matches!(outcome, Outcome::Failed(_))) {
                    return outcomes;
                }
            }
        })
    }

    fn forget(&mut self) {
        if !self.pending.is_empty() {
            self.pending.clear();
            self.producer = None;
        }
    }
}

/// What became of the messages of a transaction.
enum Settled {
    Written,
    Refused,
}

async fn all_written_or_one_refused(sent: &mut [(usize, Vec<Answer>)]) -> Settled {
    poll_fn(|context| {
        let mut all = true;
        for answer in sent.iter_mut().flat_map(|(_, answers)| answers) {
            if answer.poll_unpin(context).is_pending() {
                all = false;
            } else if !matches!(Pin::new(answer).output_mut(), Some(Ok(Ok(_)))) {
                return Poll::Ready(Settled::Refused);
            }
        }
        if all { Poll::Ready(Settled::Written) } else { Poll::Pending }
    })
    .await
}

/// Waits for an answer, until something keeps the producer from its brokers (which is told) or it takes too long.
async fn answer_or_trouble<F: Future + Unpin>(
    mut next: F,
    trouble: &mut watch::Receiver<Option<String>>,
    deadline: Instant,
) -> Result<F::Output, Option<String>> {
    tokio::select! {
        biased;
        answer = &mut next => return Ok(answer),
        _ = trouble.changed() => {}
        () = tokio::time::sleep_until(deadline) => return Err(None),
    }
    match tokio::time::timeout(TROUBLE_PAUSE, next).await {
        Ok(answer) => Ok(answer),
        Err(_) => Err(trouble.borrow_and_update().clone()),
    }
}

fn headers(event: &Event, content_type: &str) -> OwnedHeaders {
    let id = event.id.to_string();
    let headers = [
        ("id", id.as_str()),
        ("event_type", &event.event_type),
        ("entity_type", &event.entity.name),
        ("operation", event.operation.as_str()),
        ("content-type", content_type),
    ];
    let empty = OwnedHeaders::new_with_capacity(headers.len());
    headers.into_iter().fold(empty, |all, (key, value)| all.insert(Header { key, value: Some(value) }))
}

/// What a broker counts of a message, but for its headers.
fn length(message: &Message) -> usize {
    message.key.len() + message.value.as_ref().map_or(0, |value| value.len())
}
