//! How soon an event is with its sink, what a relay costs the writers, and what PostgreSQL's own client drains a slot with.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pgmutate_relay::sink::{Delivery, Outcome, Sink};
use pgmutate_relay::{Consumer, Event, Reader, Relay, Start, Status};
use pgmutate_test_support::{Database, Server};
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio_postgres::NoTls;

use crate::running::Running;
use crate::world::{World, item};

/// A server that writes to the disk as one in production does, with a log in it.
async fn durable() -> (Server, World) {
    let server = Server::private().durable().setting("wal_level", "logical").start().await.expect("a server");
    let world = World::open_on(&server).await;
    (server, world)
}

/// How long events were on their way.
#[derive(Debug)]
pub struct Latency {
    /// How the log was read.
    pub reader: Reader,
    /// Events asked for in a second, and events that came in one.
    pub rate: (u64, f64),
    /// From the answer to the commit to the sink, sorted; nothing where the sink was first.
    pub from_commit: Vec<Duration>,
    /// From before the statement was sent, so with the commit itself, sorted.
    pub from_statement: Vec<Duration>,
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |times: &[Duration], share: f64| {
            let at = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
            times.get(at).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
        };
        let Latency { reader, rate: (asked, came), from_commit, from_statement } = self;
        write!(
            f,
            "{reader:?} at {asked} events/s ({came:.0} came): commit to sink p50 {:.2} ms, p99 {:.2} ms; statement to sink p50 {:.2} ms, p99 {:.2} ms",
            millis(from_commit, 0.5),
            millis(from_commit, 0.99),
            millis(from_statement, 0.5),
            millis(from_statement, 0.99)
        )
    }
}

/// When each event came.
#[derive(Clone, Default)]
struct Arrivals(Arc<Mutex<HashMap<i64, Instant>>>);

impl Sink for Arrivals {
    fn deliver<'a>(&'a mut self, events: &'a [Event]) -> Delivery<'a> {
        let now = Instant::now();
        let mut arrivals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        arrivals.extend(events.iter().map(|event| (event.id.event_id, now)));
        let outcomes = vec![Outcome::Delivered; events.len()];
        Box::pin(async move { outcomes })
    }
}

/// Lets writers leave so many events a second, at even pace, and tells how long each was on its way.
pub async fn latency(reader: Reader, rate: u64, duration: Duration) -> Latency {
    const WRITERS: u64 = 16;
    let (_server, world) = durable().await;
    let arrivals = Arrivals::default();
    let consumer = Consumer { start: Start::Beginning, reader, ..Consumer::new("speed") };
    let relay = Running::start(Relay::new(world.connector(), consumer, arrivals.clone()));
    relay.wait_for(Status::leads).await;
    let begin = Instant::now() + Duration::from_millis(200);
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let config = world.database.config();
        writers.spawn(async move {
            let (client, connection) = config.connect(NoTls).await.expect("a connection");
            tokio::spawn(connection);
            let number = usize::try_from(writer % 8).unwrap_or_default();
            let statement = format!(
                "SELECT app.log_cdc_event('ITEM_TOUCHED', 'item', '{}', 'UPDATE', jsonb_build_object('note', repeat('x', 600)),
                     jsonb_build_object('note', repeat('y', 600)), NULL)",
                item(number)
            );
            let statement = client.prepare(&statement).await.expect("a statement");
            let mut written = Vec::new();
            for turn in 0.. {
                let at = begin + Duration::from_secs_f64((turn * WRITERS + writer) as f64 / rate as f64);
                if at > begin + duration {
                    break;
                }
                tokio::time::sleep_until(at.into()).await;
                let sent = Instant::now();
                let row = client.query_one(&statement, &[]).await.expect("an event");
                written.push((row.get::<_, i64>(0), sent, Instant::now()));
            }
            written
        });
    }
    let mut written = Vec::new();
    while let Some(more) = writers.join_next().await {
        written.extend(more.expect("a writer ends"));
    }
    let took = begin.elapsed();
    let patience = Instant::now() + Duration::from_secs(60);
    while arrivals.0.lock().unwrap_or_else(PoisonError::into_inner).len() < written.len() {
        assert!(Instant::now() < patience, "not everything has come within a minute");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    relay.stop().await.expect("the relay is stopped");
    let arrivals = arrivals.0.lock().unwrap_or_else(PoisonError::into_inner);
    let mut from_commit = Vec::new();
    let mut from_statement = Vec::new();
    for (event_id, sent, committed) in &written {
        let came = arrivals.get(event_id).expect("it has come");
        from_commit.push(came.saturating_duration_since(*committed));
        from_statement.push(came.saturating_duration_since(*sent));
    }
    from_commit.sort_unstable();
    from_statement.sort_unstable();
    Latency { reader, rate: (rate, written.len() as f64 / took.as_secs_f64()), from_commit, from_statement }
}

/// What a relay that runs costs the writers.
#[derive(Debug)]
pub struct Cost {
    /// How the log was read.
    pub reader: Reader,
    /// Transactions in a second of each block without a relay, and of the block with one behind it.
    pub blocks: Vec<(f64, f64)>,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut ratios: Vec<f64> = self.blocks.iter().map(|(without, with)| with / without).collect();
        ratios.sort_by(f64::total_cmp);
        let median = ratios.get(ratios.len() / 2).copied().unwrap_or(f64::NAN);
        let (least, most) = (ratios.first().copied().unwrap_or(f64::NAN), ratios.last().copied().unwrap_or(f64::NAN));
        let without: f64 =
            self.blocks.iter().map(|(without, _)| without).sum::<f64>() / self.blocks.len().max(1) as f64;
        write!(
            f,
            "{:?}: writers at {median:.3} of {without:.0} transactions/s, {least:.3} to {most:.3} in {} pairs of blocks",
            self.reader,
            self.blocks.len()
        )
    }
}

/// Eight writers as fast as they can, in blocks with and without a relay that writes lines to nowhere.
pub async fn cost(reader: Reader, pairs: usize, block: Duration, program: &Path) -> Cost {
    let (_server, world) = durable().await;
    let mut blocks = Vec::new();
    for pair in 0..pairs {
        let mut rates = [0.0, 0.0];
        // Which of the two comes first changes, so that neither has the better part of a checkpoint's cycle.
        for turn in [pair % 2, 1 - pair % 2] {
            let relay = (turn == 1).then(|| {
                Command::new(program)
                    .args(["relay", "--url", &world.database.url()])
                    .args((reader == Reader::Slot).then_some("--slot"))
                    .stdout(Stdio::null())
                    .kill_on_drop(true)
                    .spawn()
                    .expect("the relay starts")
            });
            // The relay catches up first with what the block without it has left.
            if relay.is_some() {
                caught_up(&world.database).await;
            }
            rates[turn] = transactions(&world.database, block).await;
            if let Some(mut relay) = relay {
                relay.kill().await.expect("the relay can be killed");
            }
        }
        blocks.push((rates[0], rates[1]));
    }
    Cost { reader, blocks }
}

async fn caught_up(database: &Database) {
    let client = database.connect().await.expect("a connection");
    let behind = "SELECT COALESCE(bool_and(numbers_behind = 0), false) FROM app.mutation_consumer_lag";
    while !client.query_one(behind, &[]).await.expect("the lag").get::<_, bool>(0) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn transactions(database: &Database, duration: Duration) -> f64 {
    let mut writers = JoinSet::new();
    let begin = Instant::now();
    for writer in 0..8_usize {
        let config = database.config();
        writers.spawn(async move {
            let (client, connection) = config.connect(NoTls).await.expect("a connection");
            tokio::spawn(connection);
            let touch =
                client.prepare(&format!("SELECT core.touch('{}', 0)", item(writer))).await.expect("a statement");
            let mut count = 0_u64;
            while begin.elapsed() < duration {
                client.query_one(&touch, &[]).await.expect("a transaction");
                count += 1;
            }
            count
        });
    }
    let mut count = 0;
    while let Some(more) = writers.join_next().await {
        count += more.expect("a writer ends");
    }
    count as f64 / begin.elapsed().as_secs_f64()
}

/// Drains a slot that holds so many events with `pg_recvlogical`, and returns the events in a second.
///
/// # Panics
/// When there is no `pg_recvlogical`: it comes with the server.
pub async fn recvlogical(events: u64) -> f64 {
    let (_server, world) = World::with_slots().await;
    let peer = Peer::begin(&world).await;
    crate::backlog::fill(&world, events, 1, 10_000).await;
    events as f64 / peer.drain().await.as_secs_f64()
}

/// A slot for `pg_recvlogical`, which writes what it holds to nowhere.
pub struct Peer<'w>(&'w World);

impl Peer<'_> {
    /// Makes the slot: it holds what commits from now on.
    ///
    /// # Panics
    /// When the server keeps no more slots.
    pub async fn begin(world: &World) -> Peer<'_> {
        let make = "SELECT pg_create_logical_replication_slot('peer', 'pgoutput')";
        world.client.batch_execute(make).await.expect("a slot");
        Peer(world)
    }

    /// Drains it, and returns how long that took.
    ///
    /// # Panics
    /// When there is no `pg_recvlogical`: it comes with the server.
    pub async fn drain(self) -> Duration {
        let Peer(world) = self;
        let end = world.client.query_one("SELECT pg_current_wal_lsn()::text", &[]).await.expect("a place");
        let end: String = end.get(0);
        let folders = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let program = folders.map(|folder| folder.path().join("bin/pg_recvlogical")).find(|path| path.exists());
        let program = program.expect("pg_recvlogical is there");
        let began = Instant::now();
        let ended = Command::new(program)
            .args(["--dbname", &world.database.url(), "--slot", "peer", "--start", "--file", "/dev/null", "--no-loop"])
            .args(["--endpos", &end, "--option", "proto_version=1", "--option", "publication_names=pgmutate_app"])
            .status()
            .await
            .expect("it runs");
        assert!(ended.success(), "{ended}");
        began.elapsed()
    }
}
