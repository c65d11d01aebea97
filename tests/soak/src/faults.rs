//! Delivery while something breaks, again and again: what is lost, inverted, and delivered twice.

use std::fmt;
use std::future::Future;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use pgmutate_relay::{Connector, Consumer, Relay, Start, Status, Stopped};
use pgmutate_test_support::{Server, Shutdown};
use pgmutate_tests::proxy::{Condition, Proxy};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::recorder::Seen;
use crate::verdict::{Verdict, of_row};
use crate::world::{Load, World};

/// What breaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
    /// The sink takes events, and its answer is lost.
    AnswerLost,
}

impl Fault {
    /// All there are.
    pub const ALL: [Fault; 8] = [
        Fault::Killed,
        Fault::RestartedFast,
        Fault::RestartedImmediate,
        Fault::Cut,
        Fault::Frozen,
        Fault::LeaderDies,
        Fault::SinkDown,
        Fault::AnswerLost,
    ];
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// What broke.
    pub fault: Fault,
    /// How often.
    pub times: usize,
    /// What arrived.
    pub verdict: Verdict,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {} times: {}", self.fault, self.times, self.verdict)
    }
}

/// Lets writers write for `duration` while `fault` happens `times`, then waits until everything has arrived.
///
/// `program` is this package's own binary: the relay that can be killed.
pub async fn deliver_under(fault: Fault, times: usize, duration: Duration, program: &Path) -> Outcome {
    let server = Server::private().start().await.expect("a server");
    let world = World::open_on(&server).await;
    let seen = Seen::default();
    let pause = duration / u32::try_from(times + 1).expect("a number of times");
    let load = Load { writers: 8, duration, seed: 7 };
    let writing = world.write(load);
    let breaking = async {
        match fault {
            Fault::Killed => kill(&world, &seen, program, times, pause).await,
            Fault::RestartedFast => restart(&server, &world, &seen, Shutdown::Fast, times, pause).await,
            Fault::RestartedImmediate => restart(&server, &world, &seen, Shutdown::Immediate, times, pause).await,
            Fault::Cut => disturb(&world, &seen, Condition::Cut, times, pause).await,
            Fault::Frozen => disturb(&world, &seen, Condition::Frozen, times, pause).await,
            Fault::LeaderDies => depose(&world, &seen, times, pause).await,
            Fault::SinkDown => fail(&world, &seen, times, pause, false).await,
            Fault::AnswerLost => fail(&world, &seen, times, pause, true).await,
        }
    };
    let (_, relay) = tokio::join!(writing, breaking);
    let committed = world.committed().await;
    let last = committed.last().map_or(0, |change| change.event_id);
    // Not the last that came, but that it came: behind it there may be what is delivered again.
    seen.wait_for(|ids| ids.contains(&last)).await;
    relay.stop().await;
    Outcome { fault, times, verdict: Verdict::of(&committed, &seen.changes()) }
}

/// A relay at work, in this process or another.
enum Working {
    Here(watch::Sender<bool>, JoinHandle<Result<(), Stopped>>, Arc<Status>),
    There(Child, JoinHandle<()>),
}

impl Working {
    fn here(connector: Connector, sink: impl pgmutate_relay::sink::Sink + 'static) -> Working {
        let relay = Relay::new(connector.patience(Duration::from_secs(1)), consumer(), sink);
        let status = relay.status();
        let (stop, stopping) = watch::channel(false);
        Working::Here(stop, tokio::spawn(relay.run(stopping)), status)
    }

    async fn stop(self) {
        match self {
            Working::Here(stop, task, _) => {
                stop.send_replace(true);
                task.await.expect("the relay does not panic").expect("the relay goes on until it is stopped");
            }
            Working::There(mut child, reading) => {
                child.kill().await.expect("the relay can be killed");
                reading.await.expect("what it said is read");
            }
        }
    }

    fn leads(&self) -> bool {
        matches!(self, Working::Here(_, _, status) if status.leads())
    }

    /// Ends it where it stands.
    fn die(&self) {
        if let Working::Here(_, task, _) = self {
            task.abort();
        }
    }
}

fn consumer() -> Consumer {
    Consumer { start: Start::Beginning, ..Consumer::new("soak") }
}

/// Breaks something so often, with a pause before each time that is now shorter, now longer.
async fn repeat<F: Future<Output = ()>>(times: usize, pause: Duration, mut fault: impl FnMut() -> F) {
    let mut random = fastrand::Rng::with_seed(11);
    for _ in 0..times {
        tokio::time::sleep(pause.mul_f64(random.f64() * 1.5 + 0.25)).await;
        fault().await;
    }
}

async fn kill(world: &World, seen: &Seen, program: &Path, times: usize, pause: Duration) -> Working {
    let start = || {
        let mut child = Command::new(program)
            .args(["relay", "--url", &world.database.url()])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the relay starts");
        let output = child.stdout.take().expect("a pipe");
        let seen = seen.clone();
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
    for _ in 0..times {
        tokio::time::sleep(pause.mul_f64(random.f64() * 1.5 + 0.25)).await;
        if let Some(killed) = relay.take() {
            killed.stop().await;
        }
        relay = Some(start());
    }
    relay.expect("one is left")
}

async fn restart(
    server: &Server,
    world: &World,
    seen: &Seen,
    shutdown: Shutdown,
    times: usize,
    pause: Duration,
) -> Working {
    let relay = Working::here(world.connector(), seen.recorder());
    repeat(times, pause, || async { server.restart(shutdown).await.expect("the server starts again") }).await;
    relay
}

async fn disturb(world: &World, seen: &Seen, condition: Condition, times: usize, pause: Duration) -> Working {
    let config = world.database.tcp_config().expect("TCP");
    let proxy = Proxy::start(&config).await.expect("a proxy");
    let relay = Working::here(Connector::new(proxy.config(&config)), seen.recorder());
    repeat(times, pause, || async {
        proxy.set(condition);
        // Longer than the relay waits for an answer.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        proxy.set(Condition::Open);
    })
    .await;
    // The proxy has to outlive the relay.
    std::mem::forget(proxy);
    relay
}

async fn depose(world: &World, seen: &Seen, times: usize, pause: Duration) -> Working {
    let start = || Working::here(world.connector(), seen.recorder());
    let (mut first, mut second) = (start(), start());
    for _ in 0..times {
        tokio::time::sleep(pause).await;
        while !first.leads() {
            std::mem::swap(&mut first, &mut second);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        first.die();
        first = start();
    }
    // One of them is enough for the rest.
    second.die();
    first
}

async fn fail(world: &World, seen: &Seen, times: usize, pause: Duration, taken: bool) -> Working {
    let (break_down, down) = watch::channel(false);
    let relay = Working::here(world.connector(), seen.recorder().fails_while(down, taken));
    repeat(times, pause, || async {
        break_down.send_replace(true);
        tokio::time::sleep(Duration::from_millis(200)).await;
        break_down.send_replace(false);
    })
    .await;
    relay
}
