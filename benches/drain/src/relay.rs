//! The relay, in this process.

use std::time::{Duration, Instant};

use async_nats::jetstream;
use pgmutate_relay::envelope::Debezium;
use pgmutate_relay::sink::{Kafka as KafkaSink, KafkaSettings, Lines, Nats as NatsSink, Sink};
use pgmutate_relay::{Consumer, Format, Reader, Relay, Start, Status};
use pgmutate_test_services::{Kafka, Nats};
use soak::running::Running;
use soak::world::World;

/// Where events go.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    Nowhere,
    Kafka,
    Nats,
}

impl Target {
    pub const ALL: [Target; 3] = [Target::Nowhere, Target::Kafka, Target::Nats];
}

/// The stream that takes what is published.
pub async fn furnish(nats: &Nats) {
    let client = async_nats::connect(nats.url()).await.expect("a connection");
    let stream = jetstream::stream::Config {
        name: "DRAIN".to_owned(),
        subjects: vec!["drain.>".to_owned(), "slot.>".to_owned()],
        ..Default::default()
    };
    jetstream::new(client).create_stream(stream).await.expect("a stream");
}

async fn start(world: &World, reader: Reader, target: Target, kafka: &Kafka, nats: &Nats, start: Start) -> Running {
    let name = format!("{reader:?}_{target:?}").to_lowercase();
    // A topic of each consumer's own.
    let format = Format::Debezium(Debezium::new("drain"));
    let consumer = Consumer { start, reader, ..Consumer::new(name.clone()) };
    match target {
        Target::Nowhere => {
            let nowhere = tokio::fs::OpenOptions::new().write(true).open("/dev/null").await.expect("it opens");
            with(world, consumer, Lines::new(format, nowhere))
        }
        Target::Kafka => {
            let settings = KafkaSettings::new(kafka.brokers(), name);
            with(world, consumer, KafkaSink::new(format, settings).expect("a sink"))
        }
        Target::Nats => {
            let prefix = if reader == Reader::Slot { "slot" } else { "drain" };
            with(world, consumer, NatsSink::new(format, &nats.url(), prefix).expect("a sink"))
        }
    }
}

fn with(world: &World, consumer: Consumer, sink: impl Sink + 'static) -> Running {
    Running::start(Relay::new(world.connector(), consumer, sink))
}

/// A consumer with a slot that begins here.
pub async fn makes_slot(world: &World, target: Target, kafka: &Kafka, nats: &Nats) {
    let relay = start(world, Reader::Slot, target, kafka, nats, Start::Now).await;
    relay.wait_for(Status::leads).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    relay.stop().await.expect("the relay goes on until it is stopped");
}

/// From the start of the relay until its target has taken everything.
pub async fn drain(world: &World, reader: Reader, target: Target, events: u64, kafka: &Kafka, nats: &Nats) -> Duration {
    let begin = Instant::now();
    let relay = start(world, reader, target, kafka, nats, Start::Beginning).await;
    while relay.status.delivered() < events {
        assert!(begin.elapsed() < Duration::from_secs(600), "{:?}", relay.status.failure());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let time = begin.elapsed();
    assert_eq!(relay.status.retries(), 0, "{:?}", relay.status.failure());
    relay.stop().await.expect("the relay goes on until it is stopped");
    time
}
