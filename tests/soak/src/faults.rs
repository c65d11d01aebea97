//! Delivery while something breaks, again and again: what is lost, inverted, and delivered twice.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::future::Future;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use pgmutate_relay::sink::Failure;
use pgmutate_relay::{Connector, Consumer, Reader, Relay, Start};
use pgmutate_test_support::{Server, Shutdown};
use pgmutate_tests::proxy::{Condition, Proxy};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::recorder::Seen;
use crate::running::Running;
use crate::verdict::{Verdict, of_row};
use crate::world::{Change, Load, World};

/// What breaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Fault {
    /// The relay's process is killed (`SIGKILL`) and started again.
    Killed,
    /// PostgreSQL is restarted in order.
    RestartedFast,
    /// PostgreSQL is restarted as after a crash.
    RestartedImmediate,
    /// The relay's connections are cut.
    Cut,
    /// What the server says no longer arrives, while the connections stay open.
    Frozen,
    /// Of two relays the one that leads dies, and another comes.
    LeaderDies,
    /// The sink fails for a while, after it has taken some events of a batch.
    SinkDown,
    /// The sink fails for half of the time.
    SinkDownLong,
    /// The sink takes events, and its answer is lost.
    AnswerLost,
    /// Two relays work all the time.
    TwoRelays,
    /// Another consumer's sink takes its time.
    SlowBeside,
    /// The sink refuses events now and then; at the end they are replayed.
    Poison,
    /// The server's clock is set back by an hour, again and again.
    ClockSetBack,
}

impl Fault {
    /// All there are.
    pub const ALL: [Fault; 13] = [
        Fault::Killed,
        Fault::RestartedFast,
        Fault::RestartedImmediate,
        Fault::Cut,
        Fault::Frozen,
        Fault::LeaderDies,
        Fault::SinkDown,
        Fault::SinkDownLong,
        Fault::AnswerLost,
        Fault::TwoRelays,
        Fault::SlowBeside,
        Fault::Poison,
        Fault::ClockSetBack,
    ];
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// What broke.
    pub fault: Fault,
    /// How the log was read.
    pub reader: Reader,
    /// How often.
    pub times: usize,
    /// What arrived.
    pub verdict: Verdict,
    /// What had failed, as the relays in this process said.
    pub failures: BTreeSet<String>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {:?}, {} times: {}", self.fault, self.reader, self.times, self.verdict)?;
        self.failures.iter().try_for_each(|failure| write!(f, "; {failure}"))
    }
}

/// Lets writers write for `duration` while `fault` happens `times`, then waits until everything has arrived.
///
/// `program` is this package's own binary: the relay that can be killed.
pub async fn deliver_under(fault: Fault, reader: Reader, times: usize, duration: Duration, program: &Path) -> Outcome {
    let (server, world) = World::with_slots().await;
    let seen = Seen::default();
    let pause = duration / u32::try_from(times + 1).expect("a number of times");
    let load = Load { writers: 8, duration, seed: 7 };
    let scene = Scene { world: &world, seen: &seen, reader, times, pause };
    let writing = world.write(load);
    let breaking = async {
        match fault {
            Fault::Killed => scene.kill(program).await,
            Fault::RestartedFast => scene.restart(&server, Shutdown::Fast).await,
            Fault::RestartedImmediate => scene.restart(&server, Shutdown::Immediate).await,
            Fault::Cut => scene.disturb(Condition::Cut).await,
            Fault::Frozen => scene.disturb(Condition::Frozen).await,
            Fault::LeaderDies => scene.depose().await,
            Fault::SinkDown => scene.fail(Duration::from_millis(200), false).await,
            Fault::SinkDownLong => Scene { times: 1, pause: duration / 4, ..scene }.fail(duration / 2, false).await,
            Fault::AnswerLost => scene.fail(Duration::from_millis(200), true).await,
            Fault::TwoRelays => scene.twice().await,
            Fault::SlowBeside => scene.beside().await,
            Fault::Poison => scene.poison().await,
            Fault::ClockSetBack => scene.set_back().await,
        }
    };
    let (_, relays) = tokio::join!(writing, breaking);
    let committed = world.committed().await;
    let last = committed.last().map_or(0, |change| change.event_id);
    if fault == Fault::Poison {
        scene.replay().await;
    }
    // By commits the last number need not be the last to come.
    let all: HashSet<i64> = committed.iter().map(|change| change.event_id).collect();
    let whole = |ids: &[i64]| ids.contains(&last) && all.is_subset(&ids.iter().copied().collect());
    seen.wait_for(whole).await;
    let failures = relays.iter().flat_map(Working::failures).collect();
    for relay in relays {
        relay.stop().await;
    }
    Outcome { fault, reader, times, verdict: Verdict::of(&committed, &seen.changes()), failures }
}

/// A relay at work, in this process or another.
enum Working {
    Here { relay: Running, failures: watch::Receiver<BTreeSet<String>> },
    There(Child, JoinHandle<()>),
}

impl Working {
    fn here(connector: Connector, consumer: Consumer, sink: impl pgmutate_relay::sink::Sink + 'static) -> Working {
        let relay = Running::start(Relay::new(connector, consumer, sink));
        let (said, failures) = watch::channel(BTreeSet::new());
        let watched = Arc::clone(&relay.status);
        tokio::spawn(async move {
            // A relay pauses for longer than that after whatever fails.
            while tokio::time::timeout(Duration::from_millis(20), said.closed()).await.is_err() {
                said.send_if_modified(|said| watched.failure().is_some_and(|failure| said.insert(failure)));
            }
        });
        Working::Here { relay, failures }
    }

    async fn stop(self) {
        match self {
            Working::Here { relay, .. } => relay.stop().await.expect("the relay goes on until it is stopped"),
            Working::There(mut child, reading) => {
                child.kill().await.expect("the relay can be killed");
                reading.await.expect("what it said is read");
            }
        }
    }

    fn failures(&self) -> BTreeSet<String> {
        match self {
            Working::Here { failures, .. } => failures.borrow().clone(),
            Working::There(..) => BTreeSet::new(),
        }
    }

    fn leads(&self) -> bool {
        matches!(self, Working::Here { relay, .. } if relay.status.leads())
    }

    /// Ends it where it stands.
    fn die(&self) {
        if let Working::Here { relay, .. } = self {
            relay.task.abort();
        }
    }
}

fn consumer(name: &str, reader: Reader) -> Consumer {
    Consumer { start: Start::Beginning, reader, ..Consumer::new(name) }
}

/// Where something breaks, how often, and with what pause before each time.
#[derive(Clone, Copy)]
struct Scene<'w> {
    world: &'w World,
    seen: &'w Seen,
    reader: Reader,
    times: usize,
    pause: Duration,
}

impl Scene<'_> {
    /// Breaks something so often, with a pause before each time that is now shorter, now longer.
    async fn repeat<F: Future<Output = ()>>(self, mut fault: impl FnMut() -> F) {
        let mut random = fastrand::Rng::with_seed(11);
        for _ in 0..self.times {
            tokio::time::sleep(self.pause.mul_f64(random.f64() * 1.5 + 0.25)).await;
            fault().await;
        }
    }

    fn consumer(self) -> Consumer {
        consumer("soak", self.reader)
    }

    fn start(self) -> Working {
        Working::here(self.world.connector(), self.consumer(), self.seen.recorder())
    }

    async fn kill(self, program: &Path) -> Vec<Working> {
        let start = || {
            let mut child = Command::new(program)
                .args(["relay", "--url", &self.world.database.url()])
                .args((self.reader == Reader::Slot).then_some("--slot"))
                .stdout(Stdio::piped())
                .kill_on_drop(true)
                .spawn()
                .expect("the relay starts");
            let output = child.stdout.take().expect("a pipe");
            let seen = self.seen.clone();
            let reading = tokio::spawn(async move {
                let mut lines = BufReader::new(output);
                let mut line = String::new();
                // A line without an end was cut off by the kill: nobody has it.
                while lines.read_line(&mut line).await.expect("the pipe can be read") > 0 && line.ends_with('\n') {
                    seen.add(of_row(line.as_bytes()));
                    line.clear();
                }
            });
            Working::There(child, reading)
        };
        let mut relay = Some(start());
        let mut random = fastrand::Rng::with_seed(11);
        for _ in 0..self.times {
            tokio::time::sleep(self.pause.mul_f64(random.f64() * 1.5 + 0.25)).await;
            if let Some(killed) = relay.take() {
                killed.stop().await;
            }
            relay = Some(start());
        }
        relay.into_iter().collect()
    }

    async fn restart(self, server: &Server, shutdown: Shutdown) -> Vec<Working> {
        let relay = self.start();
        self.repeat(|| async { server.restart(shutdown).await.expect("the server starts again") }).await;
        vec![relay]
    }

    async fn disturb(self, condition: Condition) -> Vec<Working> {
        let config = self.world.database.tcp_config().expect("TCP");
        let proxy = Proxy::start(&config).await.expect("a proxy");
        // Only here: a machine with too much to do leaves every connection without an answer for a second now and then.
        let connector = Connector::new(proxy.config(&config)).patience(Duration::from_secs(1));
        let relay = Working::here(connector, self.consumer(), self.seen.recorder());
        self.repeat(|| async {
            proxy.set(condition);
            // Longer than the relay waits for an answer.
            tokio::time::sleep(Duration::from_millis(1500)).await;
            proxy.set(Condition::Open);
        })
        .await;
        // The proxy has to outlive the relay.
        std::mem::forget(proxy);
        vec![relay]
    }

    async fn depose(self) -> Vec<Working> {
        let (mut first, mut second) = (self.start(), self.start());
        for _ in 0..self.times {
            tokio::time::sleep(self.pause).await;
            while !first.leads() {
                std::mem::swap(&mut first, &mut second);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            first.die();
            first = self.start();
        }
        // One of them is enough for the rest.
        second.die();
        vec![first]
    }

    async fn fail(self, time: Duration, taken: bool) -> Vec<Working> {
        let (break_down, down) = watch::channel(false);
        let sink = self.seen.recorder().fails_while(down, taken);
        let mut consumer = self.consumer();
        consumer.retry.longest = Duration::from_secs(2);
        let relay = Working::here(self.world.connector(), consumer, sink);
        self.repeat(|| async {
            break_down.send_replace(true);
            tokio::time::sleep(time).await;
            break_down.send_replace(false);
        })
        .await;
        vec![relay]
    }

    async fn twice(self) -> Vec<Working> {
        let relays = vec![self.start(), self.start()];
        self.repeat(|| async {}).await;
        relays
    }

    /// Only the sink that is not slow counts: it must not wait for the other, which may take as long as it likes.
    async fn beside(self) -> Vec<Working> {
        let slow = Seen::default().recorder().slow(Duration::from_millis(50));
        let slow = Working::here(self.world.connector(), consumer("slow", self.reader), slow);
        let relay = self.start();
        self.repeat(|| async {}).await;
        vec![relay, slow]
    }

    async fn poison(self) -> Vec<Working> {
        // About so many numbers are drawn in a pause.
        let mut random = fastrand::Rng::with_seed(13);
        let plan = move |_: &Change| (random.u16(..500) == 0).then(|| Failure::rejected("poison"));
        let sink = self.seen.recorder().with_plan(plan);
        let relay = Working::here(self.world.connector(), self.consumer(), sink);
        self.repeat(|| async {}).await;
        vec![relay]
    }

    /// Replays what is parked until nothing is.
    async fn replay(self) {
        let client = self.world.database.connect().await.expect("a connection");
        let patience = Instant::now() + Duration::from_secs(60);
        let mut quiet = 0;
        // What the relay has read may yet be refused: twice nothing in a row, with a second between.
        while quiet < 2 {
            assert!(Instant::now() < patience, "what was parked is not delivered");
            let replay = "UPDATE app.mutation_parked SET release = 'replay'";
            quiet = if client.execute(replay, &[]).await.expect("it can be asked for") == 0 { quiet + 1 } else { 0 };
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    async fn set_back(self) -> Vec<Working> {
        let clock = "CREATE SEQUENCE app.hours;
            CREATE FUNCTION app.set_back() RETURNS interval LANGUAGE sql SET search_path = pg_catalog AS $$
                SELECT COALESCE(pg_sequence_last_value('app.hours'::regclass), 0) * interval '1 hour' $$;
            ALTER TABLE app.mutation_events ALTER COLUMN event_timestamp SET DEFAULT clock_timestamp() - app.set_back()";
        let client = self.world.database.connect().await.expect("a connection");
        client.batch_execute(clock).await.expect("a clock that can be set");
        let relay = self.start();
        self.repeat(|| async {
            client.batch_execute("SELECT nextval('app.hours')").await.expect("the clock is set back");
        })
        .await;
        vec![relay]
    }
}
