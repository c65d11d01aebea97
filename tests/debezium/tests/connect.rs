//! Debezium's own connector and its Outbox Event Router, in a real Kafka Connect worker, with the configuration that we write.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use pgmutate_debezium::run_the_shop;
use pgmutate_debezium::worker::{Speed, connector, streams, worker};
use pgmutate_relay::connect::Keys;
use pgmutate_test_services::Kafka;
use pgmutate_test_support::Server;
use pgmutate_tests::shop::Shop;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Headers as _;
use rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};

/// An event as it lies in the log, and as it has to arrive.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Routed {
    key: String,
    value: String,
    event_type: String,
    operation: String,
}

/// Reads the topic of an entity type until so many have come.
fn routed(kafka: &Kafka, entity: &str, count: usize) -> Vec<(i32, Routed)> {
    let topic = format!("shop.{entity}.events");
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", kafka.brokers()).set("group.id", "tests");
    let consumer: BaseConsumer = config.create().unwrap();
    let mut partitions = TopicPartitionList::new();
    for partition in 0..3 {
        partitions.add_partition_offset(&topic, partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&partitions).unwrap();
    let mut found = Vec::new();
    // Until nothing has come for a while that should have, or what should have, and nothing more for a moment.
    for _ in 0..90 {
        let Some(message) = consumer.poll(Duration::from_secs(1)) else {
            if found.len() >= count {
                break;
            }
            continue;
        };
        let Ok(message) = message else { continue };
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let headers: BTreeMap<String, String> = message
            .headers()
            .unwrap()
            .iter()
            .filter_map(|header| Some((header.key.to_owned(), text(header.value?))))
            .collect();
        let routed = Routed {
            key: text(message.key().unwrap_or_else(|| panic!("no key: {headers:?}"))),
            value: text(message.payload().unwrap()),
            event_type: headers["event_type"].clone(),
            operation: headers["operation"].clone(),
        };
        found.push((message.partition(), routed));
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_routed_byte_for_byte_by_its_entity() {
    let server = Server::private().setting("wal_level", "logical").start().await.unwrap();
    let database = server.database().await.unwrap();
    let shop = Shop::open_in(database).await;
    // An entity whose key is no uuid, beside the shop's.
    let shelf = "INSERT INTO app.mutation_entities (entity_type, table_schema, table_name, key_columns)
                 VALUES ('shelf', 'core', 'shelf', '{room,number}')";
    shop.client.batch_execute(shelf).await.unwrap();

    let major = server.major();
    assert!(major >= 15, "a publication with a part of the rows needs PostgreSQL 15, this is {major}");
    let connectors = [Keys::UuidOnly, Keys::Other].map(|keys| connector(&shop.database, "shop", keys, true));
    for connector in &connectors {
        shop.client.batch_execute(&connector.publication_sql().unwrap()).await.unwrap();
    }
    // Some events lie in the log before the connector comes.
    shop.client
        .batch_execute("SELECT app.log_cdc_event('PRODUCT_SEEN', 'product', gen_random_uuid(), 'CREATE', NULL, '{\"n\": 12.50}', NULL)")
        .await
        .unwrap();

    let kafka = Kafka::start(&[]).await.unwrap();
    let worker = worker(&kafka, &shop.database, &connectors, Speed::Short);
    streams(&worker, &shop.client, 2).await;
    run_the_shop(&shop).await;
    shop.client
        .batch_execute(
            r#"SELECT app.log_cdc_event('SHELF_FILLED', 'shelf', NULL, 'UPDATE', '{"n": 1.0, "deep": [null, {"a": null}, 1, "x"]}',
                   '{"n": 123456789012345678901234.120, "deep": [], "text": "\u00e9 \"q\" \\ \n"}', NULL,
                   entity_key => jsonb_build_object('room', n % 3, 'number', 12345678901234)) FROM generate_series(1, 30) AS n;"#,
        )
        .await
        .unwrap();

    for entity in ["customer", "product", "order", "shelf"] {
        let sql = "SELECT COALESCE(entity_id::text, entity_key::text), payload::text, event_type, operation::text
                   FROM app.mutation_events WHERE entity_type = $1 ORDER BY event_id";
        let rows = shop.client.query(sql, &[&entity]).await.unwrap();
        let expected: Vec<Routed> = rows
            .iter()
            .map(|row| Routed { key: row.get(0), value: row.get(1), event_type: row.get(2), operation: row.get(3) })
            .collect();
        let found = tokio::task::block_in_place(|| routed(&kafka, entity, expected.len()));
        assert_eq!(found.len(), expected.len(), "{entity}: {}", worker.log());
        // In order within each key, and each key in one partition.
        let mut ours: BTreeMap<&str, Vec<&Routed>> = BTreeMap::new();
        for event in &expected {
            ours.entry(&event.key).or_default().push(event);
        }
        let mut theirs: BTreeMap<&str, Vec<&Routed>> = BTreeMap::new();
        let mut partitions: BTreeMap<&str, i32> = BTreeMap::new();
        for (partition, event) in &found {
            theirs.entry(&event.key).or_default().push(event);
            assert_eq!(partitions.entry(&event.key).or_insert(*partition), partition, "{}", event.key);
        }
        assert_eq!(theirs, ours, "{entity}");
    }
}
