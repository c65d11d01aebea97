//! A real Kafka broker.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::collections::HashMap;
use std::time::Duration;

use pgmutate_relay::envelope::Debezium;
use pgmutate_relay::sink::{Failure, FailureKind, Kafka, KafkaSettings, Outcome, Sink};
use pgmutate_relay::{Event, Format};
use pgmutate_test_services::{Kafka as Broker, Line, PASSWORD, State, USER};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{BorrowedMessage, Headers as _};
use rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};
use soak::delivering::delivering;
use soak::recorder::Seen;
use soak::verdict::of_row;
use soak::world::{Load, World, item, touch};
use tokio::sync::OnceCell;

const PARTITIONS: i32 = 3;

/// The broker that most tests share. It makes no topic by itself.
async fn broker() -> &'static Broker {
    static BROKER: OnceCell<Broker> = OnceCell::const_new();
    BROKER
        .get_or_init(async || {
            let rcgen::CertifiedKey { cert, signing_key } =
                rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
            let settings = [("auto.create.topics.enable", "false")];
            Broker::start_with(&settings, Some((&signing_key.serialize_pem(), &cert.pem())), None).await.unwrap()
        })
        .await
}

fn client(brokers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("group.id", "tests").set("isolation.level", "read_committed");
    config
}

async fn make_topic(brokers: &str, name: &str, settings: &[(&str, &str)]) {
    let admin: AdminClient<DefaultClientContext> = client(brokers).create().unwrap();
    let topic = NewTopic::new(name, PARTITIONS, TopicReplication::Fixed(1));
    let topic = settings.iter().fold(topic, |topic, (name, value)| topic.set(name, value));
    let made = admin.create_topics([&topic], &AdminOptions::new()).await.unwrap();
    made[0].as_ref().unwrap();
}

/// A record as a consumer gets it.
#[derive(Clone, Debug)]
struct Record {
    partition: i32,
    key: String,
    value: Option<String>,
    headers: HashMap<String, String>,
}

impl Record {
    fn of(message: &BorrowedMessage<'_>) -> Record {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let headers = message.headers().unwrap().iter();
        Record {
            partition: message.partition(),
            key: text(message.key().unwrap()),
            value: message.payload().map(text),
            headers: headers.map(|header| (header.key.to_owned(), text(header.value.unwrap()))).collect(),
        }
    }
}

/// Reads a topic from its beginning, what is committed in it.
struct Reader(BaseConsumer);

impl Reader {
    fn new(brokers: &str, topic: &str) -> Reader {
        let consumer: BaseConsumer = client(brokers).create().unwrap();
        let mut partitions = TopicPartitionList::new();
        for partition in 0..PARTITIONS {
            partitions.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
        }
        consumer.assign(&partitions).unwrap();
        Reader(consumer)
    }

    /// What there is until nothing more comes for a moment.
    fn poll(&self, mut found: impl FnMut(Record)) {
        while let Some(message) = self.0.poll(Duration::from_millis(300)) {
            // A broker that is down is tried again.
            if let Ok(message) = message {
                found(Record::of(&message));
            }
        }
    }

    fn records(&self, count: usize) -> Vec<Record> {
        let mut records = Vec::new();
        for _ in 0..200 {
            self.poll(|record| records.push(record));
            if records.len() >= count {
                break;
            }
        }
        records
    }
}

fn settings(brokers: impl Into<String>, prefix: &str) -> KafkaSettings {
    KafkaSettings { timeout: Duration::from_secs(20), ..KafkaSettings::new(brokers, prefix) }
}

fn with(mut settings: KafkaSettings, properties: &[(&str, &str)]) -> KafkaSettings {
    settings.properties.extend(properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    settings
}

fn sink(settings: KafkaSettings) -> Kafka {
    Kafka::new(Format::Row, settings).unwrap()
}

fn failure(outcomes: &[Outcome]) -> &Failure {
    match outcomes.iter().find(|outcome| matches!(outcome, Outcome::Failed(_))) {
        Some(Outcome::Failed(failure)) => failure,
        _ => panic!("no failure: {outcomes:?}"),
    }
}

fn long(number: usize, bytes: usize) -> String {
    // Of letters that no compression of the row's makes shorter on the way.
    format!("SELECT core.touch('{}', 0, repeat('x', {bytes}));", item(number))
}

#[tokio::test]
async fn a_record_holds_the_event_byte_for_byte() {
    let broker = broker().await;
    make_topic(&broker.brokers(), "bytes.core.item", &[]).await;
    let gone = format!(
        "SELECT app.log_cdc_event('ITEM_GONE', 'item', '{}', 'DELETE', '{{\"n\": 123456789012345678901234.120}}', NULL, NULL);",
        item(1)
    );
    let (_world, events) = World::with(&[touch(1), touch(2), gone].concat()).await;
    let mut sink = Kafka::new(Format::Debezium(Debezium::new("bytes")), settings(broker.brokers(), "bytes")).unwrap();
    assert_eq!(sink.deliver(&events).await, [Outcome::Delivered, Outcome::Delivered, Outcome::Delivered]);
    let records = Reader::new(&broker.brokers(), "bytes.core.item").records(4);
    assert_eq!(records.len(), 4);
    let key = format!(r#"{{"id":"{}"}}"#, item(1));
    let of_one: Vec<&Record> = records.iter().filter(|record| record.key == key).collect();
    assert!(of_one.iter().all(|record| record.partition == of_one[0].partition));
    assert_eq!(of_one.len(), 3);
    let after = std::str::from_utf8(events[0].payload.after.as_ref().unwrap()).unwrap();
    assert!(of_one[0].value.as_ref().unwrap().contains(&format!("\"after\":{after},")));
    assert_eq!(of_one[0].headers["id"], events[0].id.to_string());
    assert_eq!(of_one[0].headers["event_type"], "ITEM_TOUCHED");
    assert_eq!(
        (of_one[0].headers["entity_type"].as_str(), of_one[0].headers["operation"].as_str()),
        ("item", "UPDATE")
    );
    assert!(
        of_one[1].value.as_ref().unwrap().starts_with(r#"{"before":{"n": 123456789012345678901234.120},"after":null,"#)
    );
    assert_eq!(of_one[2].value, None);
}

#[tokio::test]
async fn brokers_that_cannot_be_used_are_told() {
    let broker = broker().await;
    let (_world, events) = World::with(&touch(1)).await;

    let outcomes = sink(settings("127.0.0.1:1", "nobody")).deliver(&events).await;
    assert_eq!(failure(&outcomes).kind, FailureKind::Transient(None));
    let reason = &failure(&outcomes).reason;
    assert!(
        reason.starts_with("Kafka at 127.0.0.1:1: no broker can be reached: ") && reason.contains("refused"),
        "{reason}"
    );

    let users = [("security.protocol", "SASL_PLAINTEXT"), ("sasl.mechanism", "PLAIN"), ("sasl.username", USER)];
    let wrong = with(settings(broker.authenticated(), "users"), &[&users[..], &[("sasl.password", "wrong")]].concat());
    let outcomes = sink(wrong).deliver(&events).await;
    let reason = &failure(&outcomes).reason;
    assert!(reason.contains("Invalid username or password") && reason.contains("check `sasl.mechanism`"), "{reason}");

    let right = with(settings(broker.authenticated(), "users"), &[&users[..], &[("sasl.password", PASSWORD)]].concat());
    let mut right = sink(right);
    let outcomes = right.deliver(&events).await;
    assert_eq!(failure(&outcomes).kind, FailureKind::Transient(None));
    assert!(failure(&outcomes).reason.contains("there is no topic `users.core.item`: create it"), "{outcomes:?}");
    make_topic(&broker.brokers(), "users.core.item", &[]).await;
    // The producer learns of it a moment later.
    deliver_in_the_end(&mut right, &events).await;
}

/// More than the topic takes: the event is refused, and nothing of its entity is written behind it; the batch it was in is.
#[tokio::test]
async fn an_event_that_is_too_large_is_refused_alone() {
    let broker = broker().await;
    make_topic(&broker.brokers(), "large.core.item", &[("max.message.bytes", "20000")]).await;
    // A batch of all of these is too large as well.
    let touched: String = (0..80).map(|number| touch(3 + number % 3)).collect();
    let (_world, events) = World::with(&[touched, long(1, 30_000), touch(1), touch(2)].concat()).await;
    let mut sink = sink(settings(broker.brokers(), "large"));
    let outcomes = deliver_until_refused(&mut sink, &events).await;
    assert_eq!(outcomes[80].0, events[80].id.event_id);
    assert_eq!(failure(&[outcomes[80].1.clone()]).kind, FailureKind::Rejected);
    let reason = &failure(&[outcomes[80].1.clone()]).reason.clone();
    assert!(
        reason.contains("is refused by the topic `large.core.item`") && reason.contains("raise `max.message.bytes`"),
        "{reason}"
    );

    let left: Vec<Event> = outcomes
        .iter()
        .zip(&events)
        .filter(|((_, outcome), event)| *outcome != Outcome::Delivered && event.key != events[80].key)
        .map(|(_, event)| event.clone())
        .collect();
    let rest = sink.deliver(&left).await;
    assert!(rest.iter().all(|outcome| *outcome == Outcome::Delivered), "{rest:?}");
    let records = Reader::new(&broker.brokers(), "large.core.item").records(81);
    let mut ids: Vec<i64> =
        records.iter().map(|record| of_row(record.value.as_ref().unwrap().as_bytes()).event_id).collect();
    ids.sort_unstable();
    let expected: Vec<i64> = (1..=80).chain([83]).collect();
    assert_eq!(ids, expected);

    // More than the producer itself takes.
    let small = with(settings(broker.brokers(), "large"), &[("message.max.bytes", "2000")]);
    let mut small = Kafka::new(Format::Row, small).unwrap();
    let outcomes = small.deliver(&events[80..]).await;
    assert_eq!(outcomes[1..], [Outcome::Skipped, Outcome::Delivered]);
    assert_eq!(failure(&outcomes).kind, FailureKind::Rejected);
    assert!(failure(&outcomes).reason.contains("more than `message.max.bytes`"), "{outcomes:?}");
}

/// Delivers as a relay does, until an event is refused.
async fn deliver_until_refused(sink: &mut Kafka, events: &[Event]) -> Vec<(i64, Outcome)> {
    let mut outcomes: Vec<(i64, Outcome)> = events.iter().map(|event| (event.id.event_id, Outcome::Skipped)).collect();
    for _ in 0..10 {
        let left: Vec<usize> = (0..events.len()).filter(|at| outcomes[*at].1 == Outcome::Skipped).collect();
        let given: Vec<Event> = left.iter().map(|at| events[*at].clone()).collect();
        for (at, outcome) in left.into_iter().zip(sink.deliver(&given).await) {
            outcomes[at].1 = outcome;
        }
        if outcomes.iter().any(|(_, outcome)| matches!(outcome, Outcome::Failed(_))) {
            return outcomes;
        }
    }
    panic!("nothing is refused: {outcomes:?}");
}

/// Delivers under sixteen writers while `disturb` does what it does.
async fn under_writers(
    broker: &Broker,
    settings: KafkaSettings,
    disturb: impl AsyncFnOnce(Duration),
) -> soak::verdict::Verdict {
    let world = World::open().await;
    let topic = format!("{}.core.item", settings.prefix);
    make_topic(&broker.brokers(), &topic, &[]).await;
    let reader = Reader::new(&broker.brokers(), &topic);
    let seen = Seen::default();
    let load = Load::of_this_run();
    let arrived = || {
        tokio::task::block_in_place(|| {
            reader.poll(|record| seen.add(of_row(record.value.unwrap().as_bytes())));
        });
        std::future::ready(seen.changes())
    };
    delivering(&world, sink(settings), load, disturb(load.duration / 4), arrived).await
}

/// While the broker is killed and started again. What a relay still has under way when it loses the lead does not go out later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_down_gets_everything_once() {
    let broker = Broker::start(&[]).await.unwrap();
    let settings = KafkaSettings { timeout: Duration::from_secs(2), ..settings(broker.brokers(), "down") };
    let verdict = under_writers(&broker, settings, async |pause| {
        tokio::time::sleep(pause).await;
        broker.service().kill();
        tokio::time::sleep(pause).await;
        broker.service().start_again();
        broker.wait().await.unwrap();
    })
    .await;
    assert!(verdict.is_whole() && verdict.duplicates == 0, "{verdict}");
    assert!(verdict.committed > 100, "{verdict}");

    make_topic(&broker.brokers(), "lead.core.item", &[]).await;
    let (_world, events) = World::with(&[touch(1), touch(1)].concat()).await;
    let mut sink =
        sink(KafkaSettings { timeout: Duration::from_millis(300), ..self::settings(broker.brokers(), "lead") });
    deliver_in_the_end(&mut sink, &events[..1]).await;
    broker.service().kill();
    assert!(failure(&sink.deliver(&events[1..]).await).is_transient());
    sink.forget();
    broker.service().start_again();
    broker.wait().await.unwrap();
    let reader = Reader::new(&broker.brokers(), "lead.core.item");
    assert_eq!(reader.records(1).len(), 1);
    deliver_in_the_end(&mut sink, &events[1..]).await;
    assert_eq!(reader.records(1).len(), 1);
}

/// Tries as a relay does, until the events are delivered.
async fn deliver_in_the_end(sink: &mut Kafka, events: &[Event]) {
    let mut outcomes = Vec::new();
    for _ in 0..200 {
        outcomes = sink.deliver(events).await;
        if outcomes.iter().all(|outcome| *outcome == Outcome::Delivered) {
            return;
        }
    }
    panic!("not delivered: {outcomes:?}");
}

/// While the broker's answers are lost, and while it does not answer at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_are_lost_or_late_lose_and_double_nothing() {
    let (line, to) = Line::new().await.unwrap();
    let broker = Broker::start_with(&[], None, Some(line.port())).await.unwrap();
    to.send_replace(broker.port());
    let through = format!("127.0.0.1:{}", line.port());
    let settings = KafkaSettings { timeout: Duration::from_millis(500), ..settings(through, "answers") };
    let verdict = under_writers(&broker, settings, async |pause| {
        tokio::time::sleep(pause).await;
        line.set(State::AnswersLost);
        tokio::time::sleep(pause).await;
        line.set(State::Open);
        tokio::time::sleep(pause).await;
        broker.service().freeze();
        tokio::time::sleep(pause.max(Duration::from_secs(1))).await;
        broker.service().thaw();
    })
    .await;
    assert!(verdict.is_whole() && verdict.duplicates == 0, "{verdict}");
    assert!(verdict.committed > 100, "{verdict}");
}

/// A batch is one transaction: who reads what is committed sees all of it or nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_one_transaction() {
    let broker = broker().await;
    make_topic(&broker.brokers(), "whole.core.item", &[("max.message.bytes", "20000")]).await;
    let (_world, events) = World::with(&[touch(1), touch(2), long(3, 30_000), touch(4)].concat()).await;
    let transactional =
        |id: &str| KafkaSettings { transactional_id: Some(id.to_owned()), ..settings(broker.brokers(), "whole") };
    let mut first = sink(transactional("shop"));
    assert_eq!(first.deliver(&events[..2]).await, [Outcome::Delivered, Outcome::Delivered]);
    let outcomes = deliver_until_refused(&mut first, &events).await;
    assert!(
        matches!(&outcomes[2].1, Outcome::Failed(failure) if failure.kind == FailureKind::Rejected),
        "{outcomes:?}"
    );
    assert!(outcomes.iter().all(|(_, outcome)| *outcome != Outcome::Delivered), "{outcomes:?}");
    let reader = Reader::new(&broker.brokers(), "whole.core.item");
    assert_eq!(reader.records(2).len(), 2);

    // Whoever takes the id next keeps the first from writing.
    assert_eq!(first.deliver(&events[3..]).await, [Outcome::Delivered]);
    let mut second = sink(transactional("shop"));
    assert_eq!(second.deliver(&events[3..]).await, [Outcome::Delivered]);
    let outcomes = first.deliver(&events[3..]).await;
    assert_eq!(failure(&outcomes).kind, FailureKind::Transient(None));
    assert_eq!(reader.records(2).len(), 2);

    let writers =
        KafkaSettings { transactional_id: Some("writers".to_owned()), ..settings(broker.brokers(), "writers") };
    let verdict = under_writers(broker, writers, async |_| {}).await;
    assert!(verdict.is_whole() && verdict.duplicates == 0, "{verdict}");
}

/// Over TLS, by the name and the certificate of the broker.
#[cfg(feature = "kafka-tls")]
#[tokio::test]
async fn a_broker_has_to_prove_who_it_is() {
    let broker = broker().await;
    let certificate = broker.certificate().display().to_string();
    make_topic(&broker.brokers(), "tls.core.item", &[]).await;
    let (_world, events) = World::with(&touch(1)).await;
    let encrypted = || settings(broker.encrypted().unwrap(), "tls");
    let trusting = with(encrypted(), &[("security.protocol", "SSL"), ("ssl.ca.location", &certificate)]);
    assert_eq!(sink(trusting).deliver(&events).await, [Outcome::Delivered]);
    let outcomes = sink(with(encrypted(), &[("security.protocol", "SSL")])).deliver(&events).await;
    assert!(failure(&outcomes).reason.contains("check `security.protocol` and `ssl.ca.location`"), "{outcomes:?}");
}
