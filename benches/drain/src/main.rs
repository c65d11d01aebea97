//! How fast a backlog goes out: by the relay, from the table and from a slot, to nowhere, to Kafka and to NATS; beside it Debezium's own connector in a
//! Kafka Connect worker, to the same broker, and `pg_recvlogical`, which writes what the slot holds to nowhere.
//!
//! `cargo run --release --manifest-path benches/drain/Cargo.toml --target-dir target/benches-drain -- [EVENTS]` leaves one log of events (200,000, of
//! about 1.5 kB, of 1,000 entities, 100 in a transaction) and lets everybody drain it, one after the other.

mod connect;
mod relay;

use std::time::Duration;

use pgmutate_relay::Reader;
use pgmutate_test_services::{Kafka, Nats};
use pgmutate_test_support::Server;
use soak::backlog::fill;
use soak::speed::Peer;
use soak::world::World;

use relay::{Target, drain, makes_slot};

/// One way to drain the log.
struct Drained {
    way: String,
    events: u64,
    time: Duration,
}

#[tokio::main]
async fn main() {
    let events = std::env::args().nth(1).map_or(200_000, |events| events.parse().expect("EVENTS is a number"));
    let server = Server::private()
        .durable()
        .setting("wal_level", "logical")
        .setting("max_wal_size", "8GB")
        .start()
        .await
        .expect("a server");
    println!("PostgreSQL {}, {events} events", server.major());
    let world = World::open_on(&server).await;
    let kafka = Kafka::start(&[]).await.expect("a broker");
    let nats = Nats::start("").await.expect("a server");
    relay::furnish(&nats).await;

    // Slots begin where they are made, so everybody's is made before there is anything to drain.
    for target in Target::ALL {
        makes_slot(&world, target, &kafka, &nats).await;
    }
    let peer = Peer::begin(&world).await;
    let debezium = connect::Worker::start(&world, &kafka).await;
    // The disk is waited for once, not for each transaction.
    world.client.batch_execute("SET synchronous_commit = off").await.expect("a setting");
    fill(&world, events, 1000, 100).await;
    world.client.batch_execute("CHECKPOINT").await.expect("a checkpoint");

    let mut results = Vec::new();
    for target in Target::ALL {
        for reader in [Reader::Table, Reader::Slot] {
            let time = drain(&world, reader, target, events, &kafka, &nats).await;
            results.push(Drained { way: format!("{reader:?} to {target:?}"), events, time });
        }
    }
    let (first, rest) = debezium.drain(&kafka, events).await;
    results.push(Drained { way: "Debezium to Kafka, from its first event".to_owned(), events: rest.0, time: rest.1 });
    results.push(Drained { way: "Debezium to Kafka, from its start".to_owned(), events, time: first + rest.1 });
    let time = peer.drain().await;
    results.push(Drained { way: "pg_recvlogical to nowhere".to_owned(), events, time });

    println!("| | events | s | events/s |\n|---|--:|--:|--:|");
    for Drained { way, events, time } in results {
        let seconds = time.as_secs_f64();
        println!("| {way} | {events} | {seconds:.1} | {:.0} |", events as f64 / seconds);
    }
}
