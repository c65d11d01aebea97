//! Redis streams of a real server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::collections::HashMap;
use std::time::Duration;

use pgmutate_relay::envelope::Debezium;
use pgmutate_relay::sink::{EntryIds, Failure, FailureKind, Outcome, RedisStreams, Sink};
use pgmutate_relay::{Event, Format};
use pgmutate_test_services::{Line, Redis, State};
use soak::delivering::delivering;
use soak::verdict::of_row;
use soak::world::{Change, Load, World, item, touch};

type Entry = (String, HashMap<String, String>);

async fn entries(redis: &Redis, stream: &str) -> Vec<Entry> {
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    redis::cmd("XRANGE").arg(stream).arg("-").arg("+").query_async(&mut connection).await.unwrap()
}

async fn changes(redis: &Redis) -> Vec<Change> {
    entries(redis, "shop.core.item").await.iter().map(|(_, fields)| of_row(fields["value"].as_bytes())).collect()
}

fn streams(url: &str) -> RedisStreams {
    RedisStreams::new(Format::Row, url, "shop").unwrap().timeout(Duration::from_secs(2))
}

fn failure(outcomes: &[Outcome]) -> &Failure {
    match outcomes.iter().find(|outcome| matches!(outcome, Outcome::Failed(_))) {
        Some(Outcome::Failed(failure)) => failure,
        _ => panic!("no failure: {outcomes:?}"),
    }
}

#[tokio::test]
async fn an_entry_holds_the_event_byte_for_byte() {
    let redis = Redis::start("").await.unwrap();
    let (_world, events) = World::with(&[touch(1), touch(2)].concat()).await;
    let format = Format::Debezium(Debezium::new("shop"));
    let mut sink = RedisStreams::new(format.clone(), &redis.url(), "shop").unwrap();
    assert_eq!(sink.deliver(&events).await, [Outcome::Delivered, Outcome::Delivered]);
    let entries = entries(&redis, "shop.core.item").await;
    assert_eq!(entries.len(), 2);
    let fields = &entries[0].1;
    assert_eq!(fields["id"], events[0].id.to_string());
    assert_eq!(fields["event_type"], "ITEM_TOUCHED");
    assert_eq!((fields["entity_type"].as_str(), fields["operation"].as_str()), ("item", "UPDATE"));
    assert_eq!(fields["key"], format!(r#"{{"id":"{}"}}"#, item(1)));
    let after = std::str::from_utf8(events[0].payload.after.as_ref().unwrap()).unwrap();
    assert!(fields["value"].contains(&format!("\"after\":{after},")), "{fields:?}");
}

#[tokio::test]
async fn an_event_that_comes_again_is_not_added_again() {
    let redis = Redis::start("").await.unwrap();
    let (_world, events) = World::with(&[touch(1), touch(2), touch(1)].concat()).await;
    let mut sink = streams(&redis.url()).ids(EntryIds::Event);
    let all = [Outcome::Delivered, Outcome::Delivered, Outcome::Delivered];
    assert_eq!(sink.deliver(&events[..2]).await, all[..2]);
    assert_eq!(sink.deliver(&events).await, all);
    let ids: Vec<String> = entries(&redis, "shop.core.item").await.into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["1-1", "2-1", "3-1"]);

    // What was parked comes behind later events, and another one after a failover under a number that is taken.
    let mut late = events[0].clone();
    late.id.transaction_id += 1;
    assert_eq!(sink.deliver(&[late]).await, all[..1]);
    let ids: Vec<String> = entries(&redis, "shop.core.item").await.into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["1-1", "2-1", "3-1", "3-2"]);
}

#[tokio::test]
async fn a_stream_keeps_as_much_as_it_is_told() {
    let redis = Redis::start("stream-node-max-entries 10").await.unwrap();
    let touched: String = (0..200).map(|number| touch(number % 8)).collect();
    let (_world, events) = World::with(&touched).await;
    assert!(streams(&redis.url()).keep(50).deliver(&events).await.iter().all(|outcome| *outcome == Outcome::Delivered));
    let kept = changes(&redis).await;
    assert!(kept.len() >= 50 && kept.len() < 70, "{}", kept.len());
    assert_eq!(kept.last().unwrap().event_id, 200);
}

#[tokio::test]
async fn what_redis_does_not_take_is_told() {
    let redis = Redis::start("proto-max-bulk-len 1mb\nrequirepass secret").await.unwrap();
    let long = format!("SELECT core.touch('{}', 0, repeat('x', 1100000));", item(2));
    let (_world, events) = World::with(&[touch(1), long, touch(2)].concat()).await;

    let outcomes = streams(&redis.url()).deliver(&events).await;
    assert_eq!(failure(&outcomes).kind, FailureKind::Transient(None));
    assert!(failure(&outcomes).reason.contains("check the user, the password"), "{outcomes:?}");
    let wrong = redis.url().replace("redis://", "redis://:wrong@");
    let outcomes = streams(&wrong).deliver(&events).await;
    assert!(failure(&outcomes).reason.contains("check the user, the password"), "{outcomes:?}");
    assert!(!failure(&outcomes).reason.contains("wrong@"), "{outcomes:?}");

    let right = redis.url().replace("redis://", "redis://:secret@");
    let mut sink = streams(&right);
    let outcomes = sink.deliver(&events).await;
    assert_eq!((&outcomes[0], &outcomes[2]), (&Outcome::Delivered, &Outcome::Skipped));
    assert_eq!(failure(&outcomes).kind, FailureKind::Rejected);
    assert!(failure(&outcomes).reason.contains("raise its `proto-max-bulk-len`"), "{outcomes:?}");

    // A key that is no stream.
    let client = redis::Client::open(right).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let () = redis::cmd("SET").arg("shop.core.item").arg("x").query_async(&mut connection).await.unwrap();
    let outcomes = sink.deliver(&events[..1]).await;
    assert_eq!(failure(&outcomes).kind, FailureKind::Transient(None));
    assert!(
        failure(&outcomes).reason.contains("does not add to the stream `shop.core.item`: WRONGTYPE"),
        "{outcomes:?}"
    );

    let outcomes = streams("redis://127.0.0.1:1").deliver(&events[..1]).await;
    assert!(failure(&outcomes).reason.starts_with("cannot connect to Redis at 127.0.0.1:1: "), "{outcomes:?}");
}

/// Under sixteen writers, while the server is killed and started again, and while its answers are lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_arrives_once_in_order_per_entity() {
    let redis = Redis::start("").await.unwrap();
    let line = Line::to(redis.port()).await.unwrap();
    let world = World::open().await;
    let sink = streams(&format!("redis://127.0.0.1:{}", line.port())).ids(EntryIds::Event);
    let load = Load::of_this_run();
    let disturbed = async {
        let pause = load.duration / 5;
        tokio::time::sleep(pause).await;
        line.set(State::AnswersLost);
        tokio::time::sleep(pause).await;
        line.set(State::Open);
        tokio::time::sleep(pause).await;
        redis.service().kill();
        tokio::time::sleep(pause).await;
        redis.service().start_again();
        redis.service().wait_for_port(redis.port()).await.unwrap();
    };
    let verdict = delivering(&world, sink, load, disturbed, || changes(&redis)).await;
    assert!(verdict.is_whole() && verdict.duplicates == 0, "{verdict}");
    assert!(verdict.committed > 100, "{verdict}");
}

/// Numbered by the clock, a lost answer brings events twice: in order, and with the id to drop them by.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_lost_loses_nothing() {
    let redis = Redis::start("").await.unwrap();
    let line = Line::to(redis.port()).await.unwrap();
    let (_world, events): (World, Vec<Event>) = World::with(&[touch(1), touch(1)].concat()).await;
    let mut sink = streams(&format!("redis://127.0.0.1:{}", line.port()));
    assert_eq!(sink.deliver(&events[..1]).await, [Outcome::Delivered]);
    line.set(State::AnswersLost);
    assert!(failure(&sink.deliver(&events[1..]).await).is_transient());
    line.set(State::Open);
    assert_eq!(sink.deliver(&events[1..]).await, [Outcome::Delivered]);
    let entries = entries(&redis, "shop.core.item").await;
    let ids: Vec<&str> = entries.iter().map(|(_, fields)| fields["id"].as_str()).collect();
    let (first, second) = (events[0].id.to_string(), events[1].id.to_string());
    assert_eq!(ids, [&first, &second, &second]);
}
