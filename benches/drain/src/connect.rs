//! Debezium's connector for PostgreSQL with its Outbox Event Router, in a Kafka Connect worker, with the configuration that we write.

use std::time::{Duration, Instant};

use pgmutate_debezium::worker::{Speed, connector, streams, worker};
use pgmutate_relay::connect::Keys;
use pgmutate_test_services::{Kafka, Service};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use soak::world::World;

const TOPIC: &str = "peer.item.events";

pub struct Worker(Service);

impl Worker {
    /// Makes the connector's slot, and stops where it stands.
    pub async fn start(world: &World, kafka: &Kafka) -> Worker {
        let connectors = [connector(&world.database, "peer", Keys::Uuid, false)];
        let service = worker(kafka, &world.database, &connectors, Speed::Full);
        streams(&service, &world.client, 1).await;
        // Until the worker has kept its offset.
        tokio::time::sleep(Duration::from_secs(5)).await;
        service.kill();
        Worker(service)
    }

    /// How long it takes until its first events are there, and how many come after them in which time.
    pub async fn drain(self, kafka: &Kafka, events: u64) -> (Duration, (u64, Duration)) {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", kafka.brokers());
        let consumer: BaseConsumer = config.create().expect("a consumer");
        let came = || {
            let of =
                |partition| consumer.fetch_watermarks(TOPIC, partition, Duration::from_secs(5)).unwrap_or_default().1;
            u64::try_from((0..3).map(of).sum::<i64>()).unwrap_or_default()
        };
        let begin = Instant::now();
        self.0.start_again();
        let mut first = None;
        loop {
            let count = tokio::task::block_in_place(came);
            if count > 0 && first.is_none() {
                first = Some((count, begin.elapsed()));
            }
            if let (Some((early, at)), true) = (first, count >= events) {
                return (at, (events - early, begin.elapsed() - at));
            }
            assert!(begin.elapsed() < Duration::from_secs(900), "{count} of {events}: {}", self.0.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
