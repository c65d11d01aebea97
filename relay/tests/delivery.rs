//! Delivery on a real server: positions, retries, parked entities, and who leads.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pgmutate_codegen::event_log::{Settings, script};
use pgmutate_relay::sink::{Delivery, Failure, Sink};
use pgmutate_relay::{Connector, Consumer, Error, Event, Relay, Retry, Start, Status, Stopped};
use pgmutate_tests::proxy::{Condition, Proxy};
use soak::recorder::Seen;
use soak::running::Running;
use soak::verdict::Verdict;
use soak::world::{Load, World, item};
use tokio::sync::watch;
use tokio_postgres::error::SqlState;

fn consumer(name: &str) -> Consumer {
    let mut consumer = Consumer::new(name);
    consumer.start = Start::Beginning;
    consumer.retry = Retry { first: Duration::from_millis(10), ..Retry::default() };
    consumer
}

fn run(connector: Connector, consumer: Consumer, sink: impl Sink + 'static) -> Running {
    Running::start(Relay::new(connector, consumer, sink))
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_arrives_once_and_in_order() {
    let world = World::open().await;
    let seen = Seen::default();
    let relay = run(world.connector(), consumer("all"), seen.recorder());
    world.write(Load::of_sixteen(Duration::from_secs(2))).await;
    let committed = world.committed().await;
    let last = committed.last().unwrap().event_id;
    seen.wait_for(|ids| ids.last() == Some(&last)).await;
    relay.stop().await.unwrap();
    let verdict = Verdict::of(&committed, &seen.changes());
    assert!(verdict.is_whole() && verdict.duplicates == 0, "{verdict}");
    let kept = "SELECT position || ' ' || delivered FROM app.mutation_consumers";
    assert_eq!(text(&world, kept).await, format!("{last} {}", committed.len()));
}

#[tokio::test]
async fn it_goes_on_where_it_stopped() {
    let world = World::open().await;
    let seen = Seen::default();
    touch(&world, &[1, 2]).await;
    let relay = run(world.connector(), consumer("a"), seen.recorder());
    seen.wait_for(|ids| ids == [1, 2]).await;
    relay.stop().await.unwrap();
    touch(&world, &[1, 2]).await;
    let relay = run(world.connector(), Consumer { start: Start::Now, ..consumer("a") }, seen.recorder());
    seen.wait_for(|ids| ids == [1, 2, 3, 4]).await;
    relay.stop().await.unwrap();
    // Another consumer has a position of its own.
    let other = Seen::default();
    let relay = run(world.connector(), consumer("b"), other.recorder());
    other.wait_for(|ids| ids == [1, 2, 3, 4]).await;
    relay.stop().await.unwrap();
}

#[tokio::test]
async fn what_fails_is_tried_again_in_its_order() {
    let world = World::open().await;
    touch(&world, &[1, 2, 1, 2]).await;
    let seen = Seen::default();
    let mut tries = 0;
    let flaky = seen.recorder().with_plan(move |change| {
        tries += 1;
        (change.event_id >= 2 && tries < 20 && tries % 3 > 0).then(|| Failure::transient("the broker sleeps"))
    });
    let relay = run(world.connector(), consumer("a"), flaky);
    seen.wait_for(|ids| ids.len() == 4).await;
    assert_eq!(seen.ids(), [1, 2, 3, 4]);
    assert!(relay.status.retries() >= 2);
    relay.wait_for(|status| status.failure().is_none() && status.position() == 4).await;
    relay.stop().await.unwrap();
}

/// A sink that answers for no event has tried none.
#[tokio::test]
async fn a_sink_that_says_nothing_is_asked_again_after_a_pause() {
    struct Mute(Arc<AtomicUsize>);

    impl Sink for Mute {
        fn deliver<'a>(&'a mut self, _: &'a [Event]) -> Delivery<'a> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Box::pin(async { Vec::new() })
        }
    }

    let world = World::open().await;
    touch(&world, &[1]).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let relay = run(world.connector(), consumer("a"), Mute(Arc::clone(&asked)));
    relay.wait_for(Status::leads).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    relay.stop().await.unwrap();
    let asked = asked.load(Ordering::Relaxed);
    assert!((2..20).contains(&asked), "{asked}");
    assert_eq!(text(&world, "SELECT position FROM app.mutation_consumers").await, "0");
}

/// The poison event, and what waits behind it.
#[tokio::test]
async fn a_poison_event_parks_its_entity_and_not_the_stream() {
    let world = World::open().await;
    touch(&world, &[1, 2, 1, 3, 1]).await;
    let seen = Seen::default();
    let (heal, healed) = watch::channel(false);
    let plan = move |change: &soak::world::Change| {
        (change.event_id == 1 && !*healed.borrow()).then(|| Failure::rejected("it is \0 poison"))
    };
    let relay = run(world.connector(), consumer("a"), seen.recorder().with_plan(plan.clone()));
    seen.wait_for(|ids| ids == [2, 4]).await;
    touch(&world, &[1, 2]).await;
    seen.wait_for(|ids| ids == [2, 4, 7]).await;
    assert_eq!(relay.status.parked(), 1);
    relay.stop().await.unwrap();
    let parked = "SELECT concat_ws(' ', consumer, entity_type, entity = entity_id::text, entity, event_id, event_type, attempts, reason) FROM app.mutation_parked";
    assert_eq!(text(&world, parked).await, format!("a item t {} 1 ITEM_TOUCHED 1 it is \u{fffd} poison", item(1)));
    assert_eq!(text(&world, "SELECT position FROM app.mutation_consumers").await, "7");

    // It stays parked for the next relay, and for a replay that goes wrong again.
    let relay = run(world.connector(), consumer("a"), seen.recorder().with_plan(plan));
    touch(&world, &[1]).await;
    relay.wait_for(|status| status.position() == 8 && status.parked() == 1).await;
    let replay = "UPDATE app.mutation_parked SET release = 'replay', reason = ''";
    world.client.batch_execute(replay).await.unwrap();
    let refused = "SELECT count(*) FROM app.mutation_parked WHERE release IS NULL AND event_id = 1 AND reason <> ''";
    while text(&world, refused).await == "0" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(seen.ids(), [2, 4, 7]);

    heal.send_replace(true);
    world.client.batch_execute(replay).await.unwrap();
    relay.wait_for(|status| status.parked() == 0).await;
    assert_eq!(seen.ids(), [2, 4, 7, 1, 3, 5, 6, 8]);
    assert_eq!(text(&world, "SELECT count(*) FROM app.mutation_parked").await, "0");
    touch(&world, &[1]).await;
    seen.wait_for(|ids| ids.last() == Some(&9)).await;
    relay.stop().await.unwrap();
    let verdict = Verdict::of(&world.committed().await, &seen.changes());
    assert!(verdict.is_whole() && verdict.duplicates == 0, "{verdict}");
}

#[tokio::test]
async fn a_poison_event_can_be_skipped() {
    let world = World::open().await;
    touch(&world, &[1, 1, 2]).await;
    let seen = Seen::default();
    let poison = seen.recorder().with_plan(|change| (change.event_id == 1).then(|| Failure::rejected("poison")));
    let relay = run(world.connector(), consumer("a"), poison);
    seen.wait_for(|ids| ids == [3]).await;
    relay.wait_for(|status| status.parked() == 1).await;
    // Until the relay has kept that the entity is parked, there is nothing to skip.
    while text(&world, "SELECT count(*) FROM app.mutation_parked").await == "0" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    world.client.batch_execute("UPDATE app.mutation_parked SET release = 'skip'").await.unwrap();
    seen.wait_for(|ids| ids == [3, 2]).await;
    relay.wait_for(|status| status.parked() == 0).await;
    relay.stop().await.unwrap();
}

/// Who releases two entities in one transaction may lock them in the order in which the relay does not.
#[tokio::test]
async fn a_deadlock_with_whoever_releases_entities_delivers_nothing_twice() {
    let world = World::open().await;
    touch(&world, &[1, 2]).await;
    let seen = Seen::default();
    let poison = seen.recorder().with_plan(|change| (change.event_id <= 2).then(|| Failure::rejected("poison")));
    let relay = run(world.connector(), consumer("a"), poison);
    relay.wait_for(|status| status.parked() == 2).await;
    while text(&world, "SELECT count(*) FROM app.mutation_parked").await != "2" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // One of the two orders is the one that the relay does not take. PostgreSQL ends one of two
    // transactions that wait for each other: where that is the operator's, it is tried again, until
    // it was the relay's.
    let (mut rounds, mut refused) = (0, 0);
    for order in [[1, 2], [2, 1]] {
        loop {
            rounds += 1;
            let released = release_during_a_round(&world, order).await;
            relay.wait_for(|status| status.position() == 2 + 3 * rounds).await;
            match released {
                Ok(()) => break,
                Err(error) if error.code() == Some(&SqlState::T_R_DEADLOCK_DETECTED) => refused += 1,
                Err(error) => panic!("{error}"),
            }
        }
    }
    let delivered: Vec<i64> = (1..=rounds).map(|round| 2 + 3 * round).collect();
    seen.wait_for(|ids| ids == delivered).await;
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    while text(&world, deadlocks).await.parse::<i64>().unwrap() <= refused {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(relay.status.failure(), None);
    relay.stop().await.unwrap();
    assert_eq!(seen.ids(), delivered);
}

/// Locks the first parked entity, has the relay wait for it with a round of new events, and locks the other.
async fn release_during_a_round(world: &World, order: [i64; 2]) -> Result<(), tokio_postgres::Error> {
    let release =
        |event_id: i64| format!("UPDATE app.mutation_parked SET reason = 'looked at' WHERE event_id = {event_id}");
    let mut operator = world.database.connect().await.unwrap();
    let transaction = operator.transaction().await?;
    transaction.batch_execute(&release(order[0])).await?;
    touch(world, &[1, 2, 3]).await;
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while text(world, waits).await == "0" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    transaction.batch_execute(&release(order[1])).await?;
    transaction.commit().await
}

#[tokio::test]
async fn after_its_last_try_an_event_is_parked() {
    let world = World::open().await;
    touch(&world, &[1, 2]).await;
    let seen = Seen::default();
    let down = seen.recorder().with_plan(|change| (change.event_id == 1).then(|| Failure::transient("no answer")));
    let mut three = consumer("a");
    three.retry.attempts = Some(3);
    let relay = run(world.connector(), three, down);
    seen.wait_for(|ids| ids == [2]).await;
    relay.stop().await.unwrap();
    assert_eq!(text(&world, "SELECT attempts || reason FROM app.mutation_parked").await, "3no answer");
}

/// What somebody else has written into the log is not delivered as something that it is not.
#[tokio::test]
async fn an_event_that_cannot_be_read_is_parked() {
    let world = World::open().await;
    touch(&world, &[1]).await;
    let broken = format!(
        "INSERT INTO app.mutation_events (event_type, entity_type, entity_id, operation, payload, source)
         VALUES ('T', 'item', '{}', 'CREATE', '7', '{{}}')",
        item(2)
    );
    world.client.batch_execute(&broken).await.unwrap();
    touch(&world, &[2, 3]).await;
    let seen = Seen::default();
    let relay = run(world.connector(), consumer("a"), seen.recorder());
    seen.wait_for(|ids| ids == [1, 4]).await;
    relay.stop().await.unwrap();
    let reason = text(&world, "SELECT event_id || reason FROM app.mutation_parked").await;
    assert!(reason.starts_with("2its payload is not as the event log writes it: "), "{reason}");
}

#[tokio::test]
async fn of_two_relays_one_leads_and_the_other_takes_over() {
    let world = World::open().await;
    let (first, second) = (Seen::default(), Seen::default());
    let leader = run(world.connector(), consumer("a"), first.recorder());
    leader.wait_for(Status::leads).await;
    let standby = run(world.connector(), consumer("a"), second.recorder());
    touch(&world, &[1, 2]).await;
    first.wait_for(|ids| ids == [1, 2]).await;
    leader.wait_for(|status| status.position() == 2).await;
    while text(&world, "SELECT position FROM app.mutation_consumers").await != "2" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(!standby.status.leads() && second.ids().is_empty());

    // As if the process had died: nothing is said good-bye to.
    leader.task.abort();
    let died = Instant::now();
    touch(&world, &[3]).await;
    second.wait_for(|ids| ids == [3]).await;
    assert!(died.elapsed() < Duration::from_secs(10), "{:?}", died.elapsed());
    assert!(standby.status.leads());
    standby.stop().await.unwrap();
}

#[tokio::test]
async fn a_position_that_is_set_from_outside_counts() {
    let world = World::open().await;
    touch(&world, &[1, 2, 3]).await;
    let seen = Seen::default();
    let relay = run(world.connector(), consumer("a"), seen.recorder());
    seen.wait_for(|ids| ids == [1, 2, 3]).await;
    while text(&world, "SELECT position FROM app.mutation_consumers").await != "3" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    world.client.batch_execute("UPDATE app.mutation_consumers SET position = 1").await.unwrap();
    touch(&world, &[4]).await;
    // It learns of that when it keeps its own position or next looks, and begins again from the one that was set.
    seen.wait_for(|ids| ids.len() > 5 && ids.starts_with(&[1, 2, 3]) && ids.ends_with(&[2, 3, 4])).await;
    relay.stop().await.unwrap();
}

#[tokio::test]
async fn a_gap_that_retention_has_left_is_an_error() {
    let world = World::open().await;
    touch(&world, &[1]).await;
    let sql = "UPDATE app.mutation_log SET pruned_to = 7; INSERT INTO app.mutation_consumers VALUES ('a', 3)";
    world.client.batch_execute(sql).await.unwrap();
    let stopped = run(world.connector(), consumer("a"), Seen::default().recorder()).task.await.unwrap().unwrap_err();
    assert!(matches!(stopped, Stopped::Log(Error::Pruned { position: 3, pruned_to: 7, .. })), "{stopped}");
    let relay = run(world.connector(), consumer("b"), Seen::default().recorder());
    relay.wait_for(|status| status.leads() && status.position() == 7).await;
    relay.stop().await.unwrap();
}

#[tokio::test]
async fn what_only_a_person_can_mend_ends_it() {
    let world = World::open().await;
    touch(&world, &[1]).await;
    touch(&world, &[1, 2]).await;
    let seen = Seen::default();
    let broken = |change: &soak::world::Change| (change.event_id == 3).then(|| Failure::broken("the disk is gone"));
    let stopped = run(world.connector(), consumer("a"), seen.recorder().with_plan(broken)).task.await.unwrap();
    assert_eq!(stopped.unwrap_err().to_string(), "the sink takes nothing any more: the disk is gone");
    // What it had taken before does not come again.
    let relay = run(world.connector(), consumer("a"), seen.recorder());
    seen.wait_for(|ids| ids == [1, 2, 3]).await;
    relay.stop().await.unwrap();

    let elsewhere = Consumer { schema: "nowhere".to_owned(), ..consumer("a") };
    let stopped = run(world.connector(), elsewhere, Seen::default().recorder()).task.await.unwrap().unwrap_err();
    assert!(stopped.to_string().starts_with("there is no event log in schema `nowhere`"), "{stopped}");

    let role = format!("{}_nobody", world.database.name());
    world
        .client
        .batch_execute(&format!("CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA app TO {role}"))
        .await
        .unwrap();
    let mut config = world.database.config();
    let stopped =
        run(Connector::new(config.user(&role).clone()), consumer("a"), Seen::default().recorder()).task.await.unwrap();
    world.client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
    let stopped = stopped.unwrap_err().to_string();
    assert_eq!(stopped, "cannot look at the event log: permission denied for table mutation_log (SQLSTATE 42501)");
}

/// With the rights that install gives to a relay and no others, it does all it has to.
#[tokio::test]
async fn a_role_for_relays_is_enough() {
    let world = World::open().await;
    touch(&world, &[1, 2, 1]).await;
    let role = format!("{}_relay", world.database.name());
    let settings = Settings { relays: vec![role.clone()], ..Settings::default() };
    let create = format!("CREATE ROLE {role} LOGIN; {}", script(&settings, &[soak::world::item_entity()]).unwrap());
    world.client.batch_execute(&create).await.unwrap();
    let mut config = world.database.config();
    let connector = Connector::new(config.user(&role).clone());
    let seen = Seen::default();
    let poison = seen.recorder().with_plan(|change| (change.event_id == 1).then(|| Failure::rejected("poison")));
    let relay = run(connector, consumer("a"), poison);
    seen.wait_for(|ids| ids == [2]).await;
    relay.wait_for(|status| status.parked() == 1 && status.position() == 3).await;
    world.client.batch_execute("UPDATE app.mutation_parked SET release = 'skip'").await.unwrap();
    seen.wait_for(|ids| ids == [2, 3]).await;
    relay.stop().await.unwrap();
    world.client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
}

#[tokio::test]
async fn a_slow_sink_holds_up_nobody_else() {
    let world = World::open().await;
    touch(&world, &[1; 40]).await;
    let (slow, fast) = (Seen::default(), Seen::default());
    let slow_relay = run(world.connector(), consumer("slow"), slow.recorder().slow(Duration::from_millis(200)));
    slow.wait_for(|ids| !ids.is_empty()).await;
    let fast_relay = run(world.connector(), consumer("fast"), fast.recorder());
    fast.wait_for(|ids| ids.len() == 40).await;
    assert!(slow.ids().len() < 40);
    assert!(slow_relay.status.lag_micros() > 0);
    fast_relay.stop().await.unwrap();
    // Asked to stop, it ends the call that is under way if that does not take too long.
    let began = Instant::now();
    slow_relay.stop().await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

/// A line on which every answer takes longer than the relay waits for one at first: it waits longer then, and everything arrives.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_line_is_not_a_dead_one() {
    let world = World::open().await;
    world
        .client
        .batch_execute("SELECT core.touch(id, 0, repeat('x', 1000)) FROM core.item, generate_series(1, 30)")
        .await
        .unwrap();
    let config = world.database.tcp_config().unwrap();
    let proxy = Proxy::start(&config).await.unwrap();
    proxy.set(Condition::Slow);
    let seen = Seen::default();
    let connector = Connector::new(proxy.config(&config)).patience(Duration::from_millis(60));
    let relay = run(connector, consumer("a"), seen.recorder());
    seen.wait_for(|ids| ids.contains(&240)).await;
    relay.stop().await.unwrap();
    assert!(Verdict::of(&world.committed().await, &seen.changes()).is_whole());
}
