//! Runs a scenario and prints its figures.
#![allow(clippy::expect_used, reason = "a run may stop at once when its set-up fails")]

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use pgmutate_relay::sink::Lines;
use pgmutate_relay::{Connector, Consumer, Format, Reader, Relay, Start};
use pgmutate_tests::images;
use soak::atomicity::{self, Death, Persistence};
use soak::faults::{Fault, deliver_under};
use soak::pooled;
use soak::world::Load;
use tokio::sync::watch;

/// Long evidence for the relay.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    scenario: Scenario,
}

#[derive(Subcommand)]
enum Scenario {
    /// Sixteen writers with rollbacks, long transactions and inverted commit orders.
    Delivery {
        /// How long they write.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
    /// Every fault in turn, with eight writers.
    Faults {
        /// How long they write for each fault.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// How often the relay's process is killed; the other faults happen a tenth as often.
        #[arg(long, default_value_t = 200)]
        times: usize,
        /// Only this fault, such as `frozen`.
        #[arg(long, value_name = "FAULT", ignore_case = true)]
        only: Option<Fault>,
        /// Only with this reader: `table` or `slot`.
        #[arg(long, value_name = "READER", value_parser = reader)]
        reader: Option<Reader>,
    },
    /// A log full of events that nobody has had: how fast it is drained, and with how much memory.
    Backlog {
        /// How many events.
        #[arg(long, default_value_t = 1_000_000)]
        events: u64,
    },
    /// How long events are on their way at a given rate.
    Latency {
        /// Events in a second.
        #[arg(long, default_values_t = [1000, 5000])]
        rate: Vec<u64>,
        /// For how long.
        #[arg(long, default_value_t = 20)]
        seconds: u64,
    },
    /// What a relay that runs costs the writers.
    Writers {
        /// How many pairs of blocks, one of them with a relay.
        #[arg(long, default_value_t = 6)]
        pairs: usize,
        /// How long each block is.
        #[arg(long, default_value_t = 10)]
        seconds: u64,
    },
    /// Mutations while the server dies: what was acknowledged is there, with its events and nothing else; with idempotency keys every call once.
    Atomicity {
        /// How often it dies in each way.
        #[arg(long, default_value_t = 200)]
        times: usize,
        /// Only in this way.
        #[arg(long, value_name = "DEATH", ignore_case = true)]
        only: Option<Death>,
    },
    /// Writers of every kind on the same few rows: whether the events' before and after images are chains, and whether there are deadlocks.
    Images {
        /// How long they write, directly and then behind PgBouncer.
        #[arg(long, default_value_t = 10)]
        seconds: u64,
    },
    /// Many calls through a pool: whether memory grows, and whether a connection is left behind.
    Pooled {
        /// How many.
        #[arg(long, default_value_t = 100_000)]
        calls: usize,
    },
    /// A relay to be killed: it writes every event of the log as a line.
    #[command(hide = true)]
    Relay {
        /// The database.
        #[arg(long)]
        url: String,
        /// Through a replication slot.
        #[arg(long)]
        slot: bool,
    },
}

fn reader(name: &str) -> Result<Reader, String> {
    match name {
        "table" => Ok(Reader::Table),
        "slot" => Ok(Reader::Slot),
        _ => Err("`table` or `slot`".to_owned()),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    // What the relays have to say of the faults.
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).with_target(false).init();
    match Cli::parse().scenario {
        Scenario::Delivery { seconds } => {
            let reading = soak::reading::reading(Load::of_sixteen(Duration::from_secs(seconds))).await;
            println!("{reading}");
            verdict([reading.table, reading.slot].iter().all(|it| it.is_whole() && it.duplicates == 0))
        }
        Scenario::Faults { seconds, times, only, reader } => {
            let program = std::env::current_exe().expect("this program has a path");
            let mut whole = true;
            for fault in only.map_or(Fault::ALL.to_vec(), |only| vec![only]) {
                let times = if fault == Fault::Killed { times } else { times.div_ceil(10) };
                for reader in reader.map_or(vec![Reader::Table, Reader::Slot], |reader| vec![reader]) {
                    let outcome = deliver_under(fault, reader, times, Duration::from_secs(seconds), &program).await;
                    println!("{outcome}");
                    whole &= outcome.verdict.is_whole();
                }
            }
            verdict(whole)
        }
        Scenario::Backlog { events } => {
            let program = std::env::current_exe().expect("this program has a path");
            for reader in [Reader::Table, Reader::Slot] {
                println!("{}", soak::backlog::drain(reader, events, &program).await);
            }
            println!("pg_recvlogical to /dev/null: {:.0} events/s", soak::speed::recvlogical(events).await);
            ExitCode::SUCCESS
        }
        Scenario::Latency { rate, seconds } => {
            for reader in [Reader::Table, Reader::Slot] {
                for rate in &rate {
                    println!("{}", soak::speed::latency(reader, *rate, Duration::from_secs(seconds)).await);
                }
            }
            ExitCode::SUCCESS
        }
        Scenario::Writers { pairs, seconds } => {
            let program = std::env::current_exe().expect("this program has a path");
            for reader in [Reader::Table, Reader::Slot] {
                println!("{}", soak::speed::cost(reader, pairs, Duration::from_secs(seconds), &program).await);
            }
            ExitCode::SUCCESS
        }
        Scenario::Atomicity { times, only } => {
            let mut whole = true;
            for death in only.map_or(vec![Death::Backend, Death::Restart], |only| vec![only]) {
                for persistence in [Persistence::GivesUp, Persistence::AsksAgain] {
                    let outcome = atomicity::call_under(death, persistence, times, Duration::from_millis(500)).await;
                    println!("{outcome}");
                    whole &= outcome.mistakes.is_empty();
                }
            }
            verdict(whole)
        }
        Scenario::Images { seconds } => {
            let load = images::Load { duration: Duration::from_secs(seconds), calls: 0 };
            let mut whole = true;
            for (pooled, through) in [(false, "directly"), (true, "behind PgBouncer")] {
                let outcome = images::run(pooled, load).await;
                println!("{through}: {outcome}");
                whole &= outcome.is_whole();
            }
            verdict(whole)
        }
        Scenario::Pooled { calls } => {
            let outcome = pooled::run(calls).await;
            println!("{outcome}");
            verdict((outcome.leaked, outcome.left) == (0, 0))
        }
        Scenario::Relay { url, slot } => {
            let connector = Connector::new(url.parse().expect("a connection string"));
            let reader = if slot { Reader::Slot } else { Reader::Table };
            let consumer = Consumer { start: Start::Beginning, reader, ..Consumer::new("soak") };
            let lines = Lines::new(Format::Row, tokio::io::stdout());
            let (_stop, stopping) = watch::channel(false);
            let stopped = Relay::new(connector, consumer, lines).run(stopping).await;
            eprintln!("{stopped:?}");
            ExitCode::FAILURE
        }
    }
}

fn verdict(whole: bool) -> ExitCode {
    if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
