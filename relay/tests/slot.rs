//! The reader of a replication slot on a real server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use pgmutate_codegen::event_log::{Settings, script};
use pgmutate_relay::event::{Key, Operation};
use pgmutate_relay::sink::{Failure, Sink};
use pgmutate_relay::slot::{self, SlotFault};
use pgmutate_relay::{
    Connector, Consumer, Error, Filter, Limits, Log, Position, Reader, Relay, Retry, Session, SlotReader, Start,
    Status, TableReader, Timestamp,
};
use pgmutate_test_support::{Server, Shutdown};
use soak::recorder::Seen;
use soak::running::Running;
use soak::verdict::Verdict;
use soak::world::{Load, World, item, item_entity};
use tokio::sync::watch;
use tokio_postgres::config::SslMode;
use tokio_postgres::types::PgLsn;

/// A reader of a slot of its own, and what it needs.
struct Reading {
    session: Arc<Session>,
    log: Log,
    reader: SlotReader,
}

const SLOT: &str = "reading";

async fn reading(world: &World, start: Start, filter: Filter) -> Reading {
    let (session, log) = world.session().await;
    let session = Arc::new(session);
    let position = SlotReader::begin(&session, &log, SLOT, start).await.unwrap();
    let reader = open(world, &session, &log, position, filter).await.unwrap();
    Reading { session, log, reader }
}

async fn open(
    world: &World,
    session: &Arc<Session>,
    log: &Log,
    position: Position,
    filter: Filter,
) -> Result<SlotReader, Error> {
    SlotReader::open(&world.connector(), Arc::clone(session), log, SLOT, position, filter, Limits::default()).await
}

impl Reading {
    /// The numbers of the next events, so many of them.
    async fn next(&mut self, count: usize) -> Vec<i64> {
        let mut ids = Vec::new();
        while ids.len() < count {
            ids.extend(self.reader.next_batch().await.unwrap().events.iter().map(|event| event.id.event_id));
        }
        ids
    }
}

async fn touch(world: &World, items: &[usize]) {
    for number in items {
        world.client.batch_execute(&format!("SELECT core.touch('{}', 0)", item(*number))).await.unwrap();
    }
}

async fn text(world: &World, sql: &str) -> String {
    let row = world.client.query_one(&format!("SELECT ({sql})::text"), &[]).await.unwrap();
    row.get::<_, Option<String>>(0).unwrap_or_default()
}

/// Waits until a query says `true`.
async fn until(world: &World, sql: &str) {
    let waiting = async {
        while text(world, sql).await != "true" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.unwrap_or_else(|_| panic!("{sql}"));
}

fn consumer(start: Start) -> Consumer {
    let retry = Retry { first: Duration::from_millis(10), ..Retry::default() };
    let keep_every = Duration::from_millis(10);
    Consumer { start, retry, keep_every, reader: Reader::Slot, ..Consumer::new("a") }
}

fn run(world: &World, consumer: Consumer, sink: impl Sink + 'static) -> Running {
    Running::start(Relay::new(world.connector(), consumer, sink))
}

/// Why a relay ends.
async fn ends(world: &World) -> String {
    run(world, consumer(Start::Now), Seen::default().recorder()).task.await.unwrap().unwrap_err().to_string()
}

async fn slot_name(world: &World) -> String {
    slot::name(&world.session().await.1, "a")
}

/// Both readers give out the same events, byte for byte; the slot's know when and where they were committed.
#[tokio::test]
async fn an_event_is_what_the_table_holds() {
    let (_server, world) = World::with_slots().await;
    let Reading { session, log, reader } = reading(&world, Start::Now, Filter::default()).await;
    let made = "SELECT app.log_cdc_event('ITEM_MADE', 'item', NULL, 'CREATE', NULL, '{\"n\": 123456789012345678901234.120, \"é\\\\\": [null]}',
                                         '{\"by\": \"me\"}', '{\"id\": 7, \"part\": \"x\"}')";
    world.client.batch_execute(made).await.unwrap();
    touch(&world, &[1]).await;
    let mut through_slot: Vec<_> = reader.into_stream().take(2).map(Result::unwrap).collect().await;
    let table = TableReader::open(session, &log, Start::Beginning, Filter::default(), Limits::default()).await.unwrap();
    let from_table: Vec<_> = table.into_stream().take(2).map(Result::unwrap).collect().await;
    let commits: Vec<_> = through_slot.iter_mut().map(|event| event.committed.take().unwrap()).collect();
    assert_eq!(through_slot, from_table);
    assert_eq!(through_slot[0].key, Key::Json(r#"{"id": 7, "part": "x"}"#.into()));
    assert!(commits[0].lsn < commits[1].lsn);
    assert!((Timestamp::now().micros - commits[0].at.micros).abs() < 60_000_000);
}

#[tokio::test]
async fn transactions_come_in_the_order_of_their_commits() {
    let (_server, world) = World::with_slots().await;
    let mut reading = reading(&world, Start::Now, Filter::default()).await;
    let slow = world.database.connect().await.unwrap();
    slow.batch_execute(&format!("BEGIN; SELECT core.touch('{}', 0)", item(1))).await.unwrap();
    touch(&world, &[2]).await;
    // Nobody waits for the transaction that is open.
    assert_eq!(reading.next(1).await, [2]);
    slow.batch_execute(&format!("SELECT core.touch('{}', 0); COMMIT", item(1))).await.unwrap();
    assert_eq!(reading.next(2).await, [1, 3]);
    slow.batch_execute(&format!("BEGIN; SELECT core.touch('{}', 0); ROLLBACK", item(1))).await.unwrap();
    touch(&world, &[2]).await;
    assert_eq!(reading.next(1).await, [5]);
}

/// With every start, what is there comes from the table, and the rest through the slot: each once.
#[tokio::test]
async fn starts_where_it_is_told() {
    let (_server, world) = World::with_slots().await;
    touch(&world, &[0, 1, 2]).await;
    let second = "SELECT event_timestamp FROM app.mutation_events WHERE event_id = 2";
    let second: Timestamp = world.client.query_one(second, &[]).await.unwrap().get(0);
    let mut last = 3;
    for (start, from) in [(Start::Beginning, 1), (Start::After(2), 3), (Start::At(second), 2), (Start::Now, 0)] {
        let mut reading = reading(&world, start, Filter::default()).await;
        touch(&world, &[1]).await;
        let first = if from == 0 { last + 1 } else { from };
        last += 1;
        let expected: Vec<_> = (first..=last).collect();
        assert_eq!(reading.next(expected.len()).await, expected, "{start:?}");
    }
}

#[tokio::test]
async fn filters_and_moves_on() {
    let (_server, world) = World::with_slots().await;
    let list = |text: &str| vec![text.to_owned()];
    let filter = Filter { operations: vec![Operation::Create], event_types: list("ITEM_MADE"), entities: list("item") };
    let mut reading = reading(&world, Start::Now, filter).await;
    touch(&world, &[1]).await;
    let made = "SELECT app.log_cdc_event('ITEM_MADE', 'item', gen_random_uuid(), 'CREATE', NULL, '{}', NULL)";
    world.client.batch_execute(made).await.unwrap();
    assert_eq!(reading.next(1).await, [2]);
    let before = reading.reader.position().lsn();
    touch(&world, &[1]).await;
    let batch = reading.reader.next_batch().await.unwrap();
    assert!(batch.events.is_empty() && batch.position.lsn() > before);
}

/// A transaction that is larger than a batch comes in several, and counts as dealt with only behind the last.
#[tokio::test]
async fn a_large_transaction_is_cut_into_batches() {
    let (_server, world) = World::with_slots().await;
    let Reading { session, log, mut reader } = reading(&world, Start::Now, Filter::default()).await;
    let large = "SELECT core.touch(id, 0, repeat('x', 20000)) FROM core.item, generate_series(1, 100)";
    world.client.batch_execute(large).await.unwrap();
    let begins = reader.position();
    let (mut batches, mut ids, mut partial) = (0, Vec::new(), begins);
    while ids.len() < 800 {
        let batch = reader.next_batch().await.unwrap();
        let bytes: usize = batch.events.iter().map(|event| event.payload.document.len()).sum();
        assert!(bytes < 5 << 20, "{bytes}");
        ids.extend(batch.events.iter().map(|event| event.id.event_id));
        batches += 1;
        if batches == 1 {
            partial = batch.position;
        }
    }
    assert!(batches > 2 && ids == (1..=800).collect::<Vec<_>>(), "{batches}");
    drop(reader);
    // Cut off within it, it begins with its first event again.
    let again = open(&world, &session, &log, partial, Filter::default()).await.unwrap();
    let mut again = Reading { session, log, reader: again };
    assert_eq!(again.next(1).await[0], 1);
}

/// Each event tells which of its transaction's events it is; what a filter leaves out counts as well.
#[tokio::test]
async fn an_event_knows_its_place_in_its_transaction() {
    let (_server, world) = World::with_slots().await;
    let shelf = "INSERT INTO app.mutation_entities (entity_type, table_schema, table_name, key_columns)
                 VALUES ('shelf', 'core', 'shelf', '{id}')";
    world.client.batch_execute(shelf).await.unwrap();
    let filter = Filter { event_types: vec!["ITEM_TOUCHED".to_owned()], ..Filter::default() };
    let mut reading = reading(&world, Start::Now, filter).await;
    let filled = "SELECT app.log_cdc_event('SHELF_FILLED', 'shelf', gen_random_uuid(), 'CREATE', NULL, '{}', NULL);";
    let touched = |number| format!("SELECT core.touch('{}', 0);", item(number));
    let transaction = format!("BEGIN; {} {filled} {} COMMIT; {}", touched(0), touched(1), touched(0));
    world.client.batch_execute(&transaction).await.unwrap();
    let mut commits = Vec::new();
    while commits.len() < 3 {
        let batch = reading.reader.next_batch().await.unwrap();
        commits.extend(batch.events.iter().map(|event| event.committed.unwrap()));
    }
    let numbers: Vec<_> = commits.iter().map(|commit| (commit.number, commit.number_of_entity)).collect();
    assert_eq!(numbers, [(1, 1), (3, 2), (1, 1)]);
    assert_eq!((commits[0].lsn, commits[0].at), (commits[1].lsn, commits[1].at));
    assert!(commits[2].lsn > commits[1].lsn);
}

/// Who drops out of a call and asks again has missed nothing.
#[tokio::test]
async fn a_call_that_is_given_up_loses_nothing() {
    let (_server, world) = World::with_slots().await;
    let mut reading = reading(&world, Start::Now, Filter::default()).await;
    let mut ids = Vec::new();
    for number in 0..40 {
        touch(&world, &[number % 8]).await;
        let short = Duration::from_micros(200 * u64::try_from(number).unwrap());
        if let Ok(batch) = tokio::time::timeout(short, reading.reader.next_batch()).await {
            ids.extend(batch.unwrap().events.iter().map(|event| event.id.event_id));
        }
    }
    ids.extend(reading.next(40 - ids.len()).await);
    assert_eq!(ids, (1..=40).collect::<Vec<_>>());
}

/// What the server may forget follows what was delivered, and never goes ahead of it; without events keepalives move it on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_is_delivered_is_acknowledged() {
    let (_server, world) = World::with_slots().await;
    let (down, is_down) = watch::channel(true);
    let seen = Seen::default();
    let relay = run(&world, consumer(Start::Now), seen.recorder().fails_while(is_down, false));
    relay.wait_for(Status::leads).await;
    touch(&world, &[1, 2]).await;
    let place = text(&world, "SELECT pg_current_wal_lsn()").await;
    relay.wait_for(|status| status.failure().is_some()).await;
    let ahead = format!(
        "SELECT bool_or(slot.confirmed_flush_lsn >= '{place}' OR slot.confirmed_flush_lsn > consumer.lsn)
         FROM app.mutation_consumers AS consumer JOIN pg_replication_slots AS slot ON slot.slot_name = consumer.slot"
    );
    for _ in 0..20 {
        touch(&world, &[3]).await;
        assert_eq!(text(&world, &ahead).await, "false");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    down.send_replace(false);
    seen.wait_for(|ids| ids.len() == 22).await;
    let behind = format!("SELECT bool_and(confirmed_flush_lsn >= '{place}') FROM pg_replication_slots");
    until(&world, &behind).await;
    until(&world, "SELECT position = 22 FROM app.mutation_consumers").await;

    // Nothing for this consumer, and yet the slot goes on.
    world
        .client
        .batch_execute("CREATE TABLE core.other AS SELECT n FROM generate_series(1, 10000) AS n")
        .await
        .unwrap();
    let place = text(&world, "SELECT pg_current_wal_lsn()").await;
    until(&world, &format!("SELECT bool_and(confirmed_flush_lsn >= '{place}') FROM pg_replication_slots")).await;
    relay.wait_for(|status| status.retained_wal_bytes() > 0).await;
    assert!(!relay.status.slot_at_risk());
    relay.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_goes_on_where_it_stopped() {
    let (server, world) = World::with_slots().await;
    touch(&world, &[1, 2]).await;
    let seen = Seen::default();
    let relay = run(&world, consumer(Start::Beginning), seen.recorder());
    seen.wait_for(|ids| ids.len() == 2).await;
    relay.stop().await.unwrap();
    touch(&world, &[1]).await;
    let relay = run(&world, consumer(Start::Now), seen.recorder());
    seen.wait_for(|ids| ids.len() == 3).await;
    relay.stop().await.unwrap();
    server.restart(Shutdown::Immediate).await.unwrap();
    let world = World { client: world.database.connect().await.unwrap(), ..world };
    touch(&world, &[1]).await;
    let relay = run(&world, consumer(Start::Now), seen.recorder());
    seen.wait_for(|ids| ids.len() == 4).await;
    relay.stop().await.unwrap();
    // After a crash a sequence goes on some numbers later.
    let ids = seen.ids();
    assert!(ids.len() == 4 && ids.starts_with(&[1, 2, 3]) && ids[3] > 3, "{ids:?}");
}

/// What is parked stays in the log, and comes from there: what the stream has gone by, and nothing that it is still to bring.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parked_entity_is_replayed_once_and_in_order() {
    let (_server, world) = World::with_slots().await;
    let seen = Seen::default();
    let (heal, healed) = watch::channel(false);
    let plan = move |change: &soak::world::Change| {
        (change.event_id == 1 && !*healed.borrow()).then(|| Failure::rejected("poison"))
    };
    let relay = run(&world, consumer(Start::Now), seen.recorder().with_plan(plan.clone()));
    relay.wait_for(Status::leads).await;
    touch(&world, &[1, 2, 1, 2, 1]).await;
    seen.wait_for(|ids| ids.len() == 2).await;
    until(&world, "SELECT count(*) = 1 AND bool_and(event_id = 1 AND passed_to = 5) FROM app.mutation_parked").await;
    relay.stop().await.unwrap();
    // A relay that has not seen them go by knows as well.
    let relay = run(&world, consumer(Start::Now), seen.recorder().with_plan(plan));
    relay.wait_for(|status| status.parked() == 1).await;
    let prune = "UPDATE app.mutation_log SET partition_rows = 1; SELECT app.prune_mutation_events('0')";
    world.client.batch_execute(prune).await.unwrap();
    heal.send_replace(true);
    world.client.batch_execute("UPDATE app.mutation_parked SET release = 'replay'").await.unwrap();
    touch(&world, &[1]).await;
    seen.wait_for(|ids| ids.len() == 6).await;
    relay.wait_for(|status| status.parked() == 0).await;
    touch(&world, &[1]).await;
    seen.wait_for(|ids| ids.len() == 7).await;
    relay.stop().await.unwrap();
    let verdict = Verdict::of(&world.committed().await, &seen.changes());
    assert!(verdict.is_whole() && verdict.duplicates == 0, "{verdict}");
}

/// The server lets a slot go a moment after its reader.
const NOBODY_READS: &str = "SELECT NOT bool_or(active) FROM pg_replication_slots";

/// A slot that is gone, lost or moved is an error that names the gap, and the log still has what lies in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gap_is_named_and_can_be_closed() {
    let (_server, world) = World::with_slots().await;
    let slot = slot_name(&world).await;
    let seen = Seen::default();
    let relay = run(&world, consumer(Start::Now), seen.recorder());
    relay.wait_for(Status::leads).await;
    touch(&world, &[1]).await;
    seen.wait_for(|ids| ids == [1]).await;
    until(&world, "SELECT position = 1 FROM app.mutation_consumers").await;
    relay.stop().await.unwrap();
    touch(&world, &[1]).await;
    until(&world, NOBODY_READS).await;

    let at: PgLsn = world.client.query_one("SELECT lsn FROM app.mutation_consumers", &[]).await.unwrap().get(0);
    let advance = format!("SELECT pg_replication_slot_advance('{slot}', pg_current_wal_lsn())");
    world.client.batch_execute(&advance).await.unwrap();
    let ended = ends(&world).await;
    assert!(
        ended.starts_with(&format!("replication slot `{slot}`: somebody else has moved it on to "))
            && ended
                .contains(&format!("what committed behind {at} is missing; up to event 1 everything was delivered"))
            && ended.contains("`pgmutate events replay --consumer NAME --from 2`"),
        "{ended}"
    );

    until(&world, NOBODY_READS).await;
    world.client.batch_execute(&format!("SELECT pg_drop_replication_slot('{slot}')")).await.unwrap();
    let ended = ends(&world).await;
    assert!(ended.contains(&format!("`{slot}`: it is gone: what committed behind {at} is missing")), "{ended}");

    // What `events replay --from 2` does.
    let replay = "UPDATE app.mutation_consumers SET position = 1, lsn = NULL, table_to = NULL";
    world.client.batch_execute(replay).await.unwrap();
    let relay = run(&world, consumer(Start::Now), seen.recorder());
    seen.wait_for(|ids| ids == [1, 2]).await;
    touch(&world, &[1]).await;
    seen.wait_for(|ids| ids == [1, 2, 3]).await;
    relay.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_that_the_server_has_given_up_is_told() {
    let server = Server::private()
        .setting("wal_level", "logical")
        .setting("max_slot_wal_keep_size", "1MB")
        .setting("max_wal_size", "32MB")
        .start()
        .await
        .unwrap();
    let world = World::open_on(&server).await;
    let relay = run(&world, consumer(Start::Now), Seen::default().recorder());
    relay.wait_for(Status::leads).await;
    relay.stop().await.unwrap();
    let much = "CREATE TABLE core.much AS SELECT repeat('x', 1000) AS x FROM generate_series(1, 20000);
                SELECT pg_switch_wal(); CHECKPOINT;
                INSERT INTO core.much SELECT repeat('x', 1000) FROM generate_series(1, 20000);
                SELECT pg_switch_wal(); CHECKPOINT";
    for statement in much.split(';') {
        world.client.batch_execute(statement).await.unwrap();
    }
    until(&world, "SELECT bool_and(wal_status = 'lost') FROM pg_replication_slots").await;
    let ended = ends(&world).await;
    assert!(ended.contains("the server no longer keeps what it has not sent (lost): what committed behind"), "{ended}");
}

#[tokio::test]
async fn a_server_without_slots_is_told() {
    let world = World::open_on(&Server::private().setting("wal_level", "replica").start().await.unwrap()).await;
    let ended = ends(&world).await;
    assert!(ended.ends_with("the server's wal_level is `replica`, and a slot needs `logical`: set it and restart the server, or read the table"), "{ended}");
    let (_server, world) = World::with_slots().await;
    world.client.batch_execute("DROP PUBLICATION pgmutate_app").await.unwrap();
    let ended = ends(&world).await;
    assert!(ended.contains("no publication publishes the event log: run `pgmutate install`"), "{ended}");
    let slot = slot_name(&world).await;
    let foreign = format!("SELECT pg_create_logical_replication_slot('{slot}', 'test_decoding')");
    world.client.batch_execute(&script(&Settings::default(), &[item_entity()]).unwrap()).await.unwrap();
    world.client.batch_execute(&foreign).await.unwrap();
    let ended = ends(&world).await;
    assert!(ended.contains("another slot has this name, of the plugin `test_decoding`"), "{ended}");
}

/// A relay whose end the server has not noticed must not keep its successor from the slot.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_is_gone_is_cut_off() {
    let (_server, world) = World::with_slots().await;
    let Reading { session, log, reader } = reading(&world, Start::Now, Filter::default()).await;
    let position = reader.position();
    touch(&world, &[1]).await;
    let second = open(&world, &session, &log, position, Filter::default()).await.unwrap();
    let mut second = Reading { session, log, reader: second };
    assert_eq!(second.next(1).await, [1]);
    drop(reader);
}

/// From the table to a slot and back, nothing is missed and no slot is left behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_may_change_its_reader() {
    let (_server, world) = World::with_slots().await;
    let seen = Seen::default();
    let mut known = 0;
    for reader in [Reader::Table, Reader::Slot, Reader::Table, Reader::Slot] {
        touch(&world, &[1]).await;
        let relay = run(&world, Consumer { reader, ..consumer(Start::Beginning) }, seen.recorder());
        known += 2;
        touch(&world, &[2]).await;
        seen.wait_for(|ids| ids.contains(&known)).await;
        until(&world, &format!("SELECT position = {known} FROM app.mutation_consumers")).await;
        relay.stop().await.unwrap();
        let slots = text(&world, "SELECT count(*) FROM pg_replication_slots").await;
        assert_eq!(slots, if reader == Reader::Slot { "1" } else { "0" });
    }
    let verdict = Verdict::of(&world.committed().await, &seen.changes());
    assert!(verdict.is_whole() && verdict.duplicates == 0, "{verdict}");
}

/// The position of a reader by commits stays behind what is still to come, so retention does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_position_waits_for_what_commits_late() {
    let (_server, world) = World::with_slots().await;
    let seen = Seen::default();
    let relay = run(&world, consumer(Start::Now), seen.recorder());
    relay.wait_for(Status::leads).await;
    let slow = world.database.connect().await.unwrap();
    slow.batch_execute(&format!("BEGIN; SELECT core.touch('{}', 0)", item(1))).await.unwrap();
    touch(&world, &[2, 3]).await;
    seen.wait_for(|ids| ids == [2, 3]).await;
    // Long enough for several looks at the horizon.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(text(&world, "SELECT position FROM app.mutation_consumers").await, "0");
    slow.batch_execute("COMMIT").await.unwrap();
    seen.wait_for(|ids| ids == [2, 3, 1]).await;
    until(&world, "SELECT position = 3 FROM app.mutation_consumers").await;
    relay.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_woken_by_the_commit() {
    let (_server, world) = World::with_slots().await;
    let seen = Seen::default();
    let relay = run(&world, consumer(Start::Now), seen.recorder());
    relay.wait_for(Status::leads).await;
    let mut quickest = Duration::MAX;
    for number in 1..20 {
        let began = Instant::now();
        touch(&world, &[1]).await;
        while seen.ids().len() < number {
            tokio::task::yield_now().await;
        }
        quickest = quickest.min(began.elapsed());
    }
    // Nothing polls: a look every 100 ms would take longer on average, and no one of twenty so short.
    assert!(quickest < Duration::from_millis(50), "{quickest:?}");
    relay.stop().await.unwrap();
    world.write(Load { writers: 1, duration: Duration::ZERO, seed: 1 }).await;
}

/// With a role that may replicate and has the rights of a relay; TLS as for the other connections.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_for_relays_reads_a_slot_over_tls() {
    let (server, world) = World::with_slots().await;
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let authority = tempfile::NamedTempFile::new().unwrap();
    fs::write(authority.path(), cert.pem()).unwrap();
    let role = format!("{}_relay", world.database.name());
    let settings = Settings { relays: vec![role.clone()], ..Settings::default() };
    let create = format!(
        "CREATE ROLE {role} LOGIN REPLICATION PASSWORD 'secret'; {}",
        script(&settings, &[item_entity()]).unwrap()
    );
    world.client.batch_execute(&create).await.unwrap();
    server.encrypt(&cert.pem(), &signing_key.serialize_pem()).await.unwrap();
    let world = World { client: world.database.connect().await.unwrap(), ..world };

    let mut config = world.database.tcp_config().unwrap();
    config.user(&role).password("secret").ssl_mode(SslMode::Require);
    let connector = Connector::trusting(config, authority.path()).unwrap();
    let seen = Seen::default();
    let relay = Relay::new(connector, consumer(Start::Beginning), seen.recorder());
    let relay = Running::start(relay);
    relay.wait_for(Status::leads).await;
    touch(&world, &[1, 2]).await;
    seen.wait_for(|ids| ids.len() == 2).await;
    let encrypted = format!(
        "SELECT count(*) >= 2 AND bool_and(tls.ssl) FROM pg_stat_ssl AS tls JOIN pg_stat_activity AS it USING (pid) WHERE it.usename = '{role}'"
    );
    until(&world, &encrypted).await;
    relay.stop().await.unwrap();
}

#[test]
fn what_is_wrong_with_a_slot_is_no_reason_to_try_again() {
    let slot = |fault| Error::Slot { slot: "s".to_owned(), fault };
    assert!(!slot(SlotFault::NoPublication).is_transient());
    assert!(slot(SlotFault::Busy(7)).is_transient());
}
