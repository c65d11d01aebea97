//! Runs a scenario and prints its figures.
#![allow(clippy::expect_used, reason = "a run may stop at once when its set-up fails")]

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use pgmutate_relay::sink::Lines;
use pgmutate_relay::{Connector, Consumer, Format, Relay, Start};
use soak::atomicity::{self, Death};
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
    },
    /// Mutations while the server dies: what was acknowledged is there, with its events and nothing else.
    Atomicity {
        /// How often it dies in each way.
        #[arg(long, default_value_t = 200)]
        times: usize,
        /// Only in this way.
        #[arg(long, value_name = "DEATH", ignore_case = true)]
        only: Option<Death>,
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
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    // What the relays have to say of the faults.
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).with_target(false).init();
    match Cli::parse().scenario {
        Scenario::Delivery { seconds } => {
            let reading = soak::reading::reading(Load::of_sixteen(Duration::from_secs(seconds))).await;
            println!("{reading}");
            verdict(reading.ours.is_whole() && reading.ours.duplicates == 0)
        }
        Scenario::Faults { seconds, times, only } => {
            let program = std::env::current_exe().expect("this program has a path");
            let mut whole = true;
            for fault in only.map_or(Fault::ALL.to_vec(), |only| vec![only]) {
                let times = if fault == Fault::Killed { times } else { times.div_ceil(10) };
                let outcome = deliver_under(fault, times, Duration::from_secs(seconds), &program).await;
                println!("{outcome}");
                whole &= outcome.verdict.is_whole();
            }
            verdict(whole)
        }
        Scenario::Atomicity { times, only } => {
            let mut whole = true;
            for death in only.map_or(vec![Death::Backend, Death::Restart], |only| vec![only]) {
                let outcome = atomicity::call_under(death, times, Duration::from_millis(500)).await;
                println!("{outcome}");
                whole &= outcome.mistakes.is_empty();
            }
            verdict(whole)
        }
        Scenario::Pooled { calls } => {
            let outcome = pooled::run(calls).await;
            println!("{outcome}");
            verdict((outcome.leaked, outcome.left) == (0, 0))
        }
        Scenario::Relay { url } => {
            let connector = Connector::new(url.parse().expect("a connection string"));
            let consumer = Consumer { start: Start::Beginning, ..Consumer::new("soak") };
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
