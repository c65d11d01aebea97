//! The table reader on a real server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use pgmutate_relay::event::{Key, Operation};
use pgmutate_relay::{
    Connector, Doorbell, Error, Event, Filter, LOG_VERSION, Limits, Log, Start, TableReader, Timestamp,
};
use pgmutate_test_support::{Server, Shutdown};
use soak::world::{Load, World, item};

async fn reader(world: &World, start: Start, filter: Filter) -> TableReader {
    let (session, log) = world.session().await;
    TableReader::open(Arc::new(session), &log, start, filter, Limits::default()).await.unwrap()
}

/// Events until the reader has come to `position`.
async fn up_to(reader: &mut TableReader, position: i64) -> Vec<i64> {
    let mut ids = Vec::new();
    while reader.position() < position {
        ids.extend(reader.next_batch().await.unwrap().events.iter().map(|event| event.id.event_id));
    }
    ids
}

/// Whether the reader gives nothing out for a while.
async fn waits(reader: &mut TableReader) -> bool {
    tokio::time::timeout(Duration::from_millis(150), reader.next_batch()).await.is_err()
}

fn touch(number: usize) -> String {
    format!("SELECT core.touch('{}', 0)", item(number))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_lose_nothing_under_concurrency() {
    let reading = soak::reading::reading(Load::of_sixteen(Duration::from_secs(3))).await;
    for verdict in [reading.table, reading.slot] {
        assert!(verdict.is_whole() && verdict.duplicates == 0, "{reading}");
    }
    assert!(reading.table.committed > 300 && reading.written.rolled_back > 10, "{reading}");
    // So the test can fail.
    assert!(reading.naive.lost > 0, "{reading}");
}

#[tokio::test]
async fn an_event_is_what_the_log_holds() {
    let world = World::open().await;
    let log = "SELECT app.log_cdc_event('ITEM_MADE', 'item', NULL, 'CREATE', NULL, '{\"n\": 123456789012345678901234.120, \"é\\\\\": [null]}',
                                        '{\"by\": \"me\"}', '{\"id\": 7, \"part\": \"x\"}')";
    world.client.batch_execute(log).await.unwrap();
    world.client.batch_execute(&touch(1)).await.unwrap();
    let (session, log) = world.session().await;
    let reader = TableReader::open(Arc::new(session), &log, Start::Beginning, Filter::default(), Limits::default());
    let events: Vec<Event> = reader.await.unwrap().into_stream().take(2).map(Result::unwrap).collect().await;

    let made = &events[0];
    assert_eq!(
        (made.event_type.as_str(), made.entity.name.as_str(), made.operation),
        ("ITEM_MADE", "item", Operation::Create)
    );
    assert_eq!(made.key, Key::Json(r#"{"id": 7, "part": "x"}"#.into()));
    assert_eq!(made.payload.before, None);
    assert_eq!(made.payload.after.as_deref(), Some(r#"{"n": 123456789012345678901234.120, "é\\": [null]}"#.as_bytes()));
    assert_eq!(made.payload.metadata.as_deref(), Some(&br#"{"by": "me"}"#[..]));
    assert_eq!((made.source.schema.as_str(), made.source.table.as_str()), ("core", "item"));
    assert_eq!(made.source.database, world.database.name());
    assert!((Timestamp::now().micros - made.written_at.micros).abs() < 60_000_000);
    assert_eq!((made.id.log, made.id.event_id), (log.identity(), 1));
    assert_eq!(events[1].key.to_string(), item(1));
    assert_eq!(events[1].entity.key_columns, ["id"]);
    assert!(events[1].id.transaction_id > made.id.transaction_id);
}

#[tokio::test]
async fn a_gap_is_waited_for_but_only_as_long_as_it_may_be_filled() {
    let world = World::open().await;
    let mut reader = reader(&world, Start::Beginning, Filter::default()).await;
    let slow = world.database.connect().await.unwrap();
    // A transaction that has nothing to do with the log stops nobody.
    let idle = world.database.connect().await.unwrap();
    idle.batch_execute("BEGIN; CREATE TABLE core.other (x int)").await.unwrap();
    slow.batch_execute(&format!("BEGIN; {}", touch(1))).await.unwrap();
    world.client.batch_execute(&touch(2)).await.unwrap();
    assert!(waits(&mut reader).await, "1 may still come");
    slow.batch_execute("COMMIT").await.unwrap();
    assert_eq!(up_to(&mut reader, 2).await, [1, 2]);

    slow.batch_execute(&format!("BEGIN; {}", touch(1))).await.unwrap();
    world.client.batch_execute(&touch(2)).await.unwrap();
    assert!(waits(&mut reader).await, "3 may still come");
    slow.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(up_to(&mut reader, 4).await, [4]);

    // Numbers that were never committed at the very end are passed as soon as something stands behind them.
    world.client.batch_execute(&format!("BEGIN; {}; ROLLBACK; {}", touch(1), touch(2))).await.unwrap();
    assert_eq!(up_to(&mut reader, 6).await, [6]);
}

/// `INSERT` into a partition by its own name does not lock the table.
#[tokio::test]
async fn who_writes_to_a_partition_is_waited_for() {
    let world = World::open().await;
    let mut reader = reader(&world, Start::Beginning, Filter::default()).await;
    let slow = world.database.connect().await.unwrap();
    let direct = "BEGIN; INSERT INTO app.mutation_events_from_1 (event_id, event_type, entity_type, entity_id, operation, payload, source)
                  OVERRIDING SYSTEM VALUE
                  VALUES (nextval('app.mutation_events_event_id_seq'), 'T', 'item', gen_random_uuid(), 'CREATE', '{}', '{}')";
    slow.batch_execute(direct).await.unwrap();
    world.client.batch_execute(&touch(2)).await.unwrap();
    assert!(waits(&mut reader).await);
    slow.batch_execute("COMMIT").await.unwrap();
    assert_eq!(up_to(&mut reader, 2).await, [1, 2]);
}

/// A prepared transaction goes on without the backend that began it, under another name.
#[tokio::test]
async fn a_prepared_transaction_is_waited_for() {
    let server = Server::private().setting("max_prepared_transactions", "4").start().await.unwrap();
    let world = World::open_on(&server).await;
    let mut reader = reader(&world, Start::Beginning, Filter::default()).await;
    let slow = world.database.connect().await.unwrap();
    slow.batch_execute(&format!("BEGIN; {}", touch(1))).await.unwrap();
    world.client.batch_execute(&touch(2)).await.unwrap();
    assert!(waits(&mut reader).await);
    slow.batch_execute("PREPARE TRANSACTION 'slow'").await.unwrap();
    assert!(waits(&mut reader).await);
    world.client.batch_execute("COMMIT PREPARED 'slow'").await.unwrap();
    assert_eq!(up_to(&mut reader, 2).await, [1, 2]);
}

#[tokio::test]
async fn starts_where_it_is_told() {
    let world = World::open().await;
    for number in 0..3 {
        world.client.batch_execute(&touch(number)).await.unwrap();
    }
    let second = "SELECT event_timestamp FROM app.mutation_events WHERE event_id = 2";
    let second: Timestamp = world.client.query_one(second, &[]).await.unwrap().get(0);
    let beginnings = [(Start::Beginning, 0), (Start::After(2), 2), (Start::At(second), 1), (Start::Now, 3)];
    for (start, position) in beginnings {
        assert_eq!(reader(&world, start, Filter::default()).await.position(), position, "{start:?}");
    }
    let later = Timestamp { micros: Timestamp::now().micros + 3_600_000_000 };
    assert_eq!(reader(&world, Start::At(later), Filter::default()).await.position(), 3);

    // A transaction that has drawn a number already is waited for: what commits after `open` has returned is not missed.
    let slow = world.database.connect().await.unwrap();
    slow.batch_execute(&format!("BEGIN; {}", touch(4))).await.unwrap();
    let commits = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        slow.batch_execute("COMMIT").await.unwrap();
        Instant::now()
    };
    let opens = async { (reader(&world, Start::Now, Filter::default()).await.position(), Instant::now()) };
    let (committed, (position, opened)) = tokio::join!(commits, opens);
    // What commits while it is opened may still be given out, or be passed over.
    assert!([3, 4].contains(&position), "{position}");
    assert!(opened > committed);
}

#[tokio::test]
async fn filters_on_the_server_and_moves_on() {
    let world = World::open().await;
    let made = "SELECT app.log_cdc_event('ITEM_MADE', 'item', gen_random_uuid(), 'CREATE', NULL, '{}', NULL)";
    world.client.batch_execute(&format!("{}; {made}; {}", touch(1), touch(2))).await.unwrap();
    let list = |text: &str| vec![text.to_owned()];
    for (filter, expected) in [
        (Filter { event_types: list("ITEM_MADE"), ..Filter::default() }, vec![2]),
        (Filter { operations: vec![Operation::Update], entities: list("item"), ..Filter::default() }, vec![1, 3]),
        (Filter { operations: vec![Operation::Update], event_types: list("ITEM_MADE"), ..Filter::default() }, vec![]),
        (Filter { entities: list("it'em"), ..Filter::default() }, vec![]),
    ] {
        assert_eq!(up_to(&mut reader(&world, Start::Beginning, filter.clone()).await, 3).await, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn batches_are_bounded() {
    let world = World::open().await;
    world
        .client
        .batch_execute("SELECT core.touch(id, 0, repeat('x', 2000)) FROM core.item, generate_series(1, 5)")
        .await
        .unwrap();
    let (session, log) = world.session().await;
    let session = Arc::new(session);
    for (limits, most) in [
        (Limits { events: 7, ..Limits::default() }, 7),
        // A batch ends with the event that fills it.
        (Limits { bytes: 5000, ..Limits::default() }, 3),
        (Limits { events: 0, bytes: 0, ..Limits::default() }, 1),
    ] {
        let mut reader =
            TableReader::open(Arc::clone(&session), &log, Start::Beginning, Filter::default(), limits).await.unwrap();
        let mut ids = Vec::new();
        while reader.position() < 40 {
            let batch = reader.next_batch().await.unwrap();
            assert!(batch.events.len() <= most, "{limits:?}: {}", batch.events.len());
            ids.extend(batch.events.iter().map(|event| event.id.event_id));
        }
        assert_eq!(ids, (1..=40).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn the_doorbell_wakes_a_reader_that_sleeps() {
    let world = World::open().await;
    let (session, log) = world.session().await;
    let lazy = Limits { poll: Duration::from_secs(60), ..Limits::default() };
    let mut reader = TableReader::open(Arc::new(session), &log, Start::Now, Filter::default(), lazy).await.unwrap();
    let bell = Doorbell::connect(world.connector(), "app").await.unwrap();
    let began = Instant::now();
    let reading = tokio::spawn(async move { reader.next_batch().await.unwrap().events.len() });
    // By now it would sleep for a second and longer.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    world.client.batch_execute(&touch(1)).await.unwrap();
    bell.ring();
    assert_eq!(reading.await.unwrap(), 1);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_standby_is_refused() {
    let server = Server::private().start().await.unwrap();
    let world = World::open_on(&server).await;
    std::fs::write(server.folder().unwrap().join("data/standby.signal"), "").unwrap();
    server.restart(Shutdown::Fast).await.unwrap();
    let session = world.connector().connect().await.unwrap();
    let refusal = Log::open(&session, "app").await.unwrap_err();
    assert!(matches!(refusal, Error::Standby), "{refusal}");
    assert!(refusal.to_string().contains("read from the primary"), "{refusal}");
}

#[tokio::test]
async fn a_log_that_is_not_ours_is_refused() {
    let world = World::open().await;
    let (session, _) = world.session().await;
    let refusal = |error: Error| (error.is_transient(), error.to_string());
    let (transient, message) = refusal(Log::open(&session, "my \"log\"").await.unwrap_err());
    assert_eq!(message, "there is no event log in schema `my \"log\"`: run `pgmutate install`, or name its schema");
    assert!(!transient);
    for (version, next_step) in [(LOG_VERSION - 1, "run `pgmutate install`"), (LOG_VERSION + 1, "use a newer relay")] {
        world.client.batch_execute(&format!("UPDATE app.mutation_log SET version = {version}")).await.unwrap();
        let (_, message) = refusal(Log::open(&session, "app").await.unwrap_err());
        assert!(message.contains(&format!("has version {version}")) && message.ends_with(next_step), "{message}");
    }
    assert_eq!(LOG_VERSION.unsigned_abs(), pgmutate_codegen::event_log::VERSION);
}

/// A row that somebody has written by hand says what is wrong with it; a column of another type is an error, and no panic.
#[tokio::test]
async fn a_log_that_somebody_has_changed_is_told() {
    let world = World::open().await;
    let broken = "INSERT INTO app.mutation_events (event_type, entity_type, entity_id, operation, payload, source)
                  VALUES ('T', 'stranger', gen_random_uuid(), 'CREATE', '[1]', '{}')";
    world.client.batch_execute(broken).await.unwrap();
    let batch = reader(&world, Start::Beginning, Filter::default()).await.next_batch().await.unwrap();
    let defect = batch.events[0].defect.as_deref().unwrap();
    assert!(defect.starts_with("its payload is not as the event log writes it: "), "{defect}");

    let keyless = "INSERT INTO app.mutation_events (event_type, entity_type, operation, payload, source)
                   VALUES ('T', 'stranger', 'CREATE', '{}', '{}')";
    world.client.batch_execute(keyless).await.unwrap();
    let error = reader(&world, Start::After(1), Filter::default()).await.next_batch().await.unwrap_err();
    assert!(!error.is_transient());
    assert_eq!(error.to_string(), "event 2 is not as the event log writes events: it has no key");

    let alter = "DROP VIEW app.mutation_history, app.mutation_recent; ALTER TABLE app.mutation_events ALTER COLUMN payload TYPE text";
    world.client.batch_execute(alter).await.unwrap();
    let error = reader(&world, Start::Beginning, Filter::default()).await.next_batch().await.unwrap_err();
    assert!(error.to_string().starts_with("cannot read events: "), "{error}");
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_an_error() {
    let mut config = tokio_postgres::Config::new();
    config.host("127.0.0.1").port(1).user("nobody");
    let error = Connector::new(config).connect().await.unwrap_err();
    assert!(error.is_transient());
    assert!(error.to_string().starts_with("cannot connect to the database: "), "{error}");
}
