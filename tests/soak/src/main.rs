//! Runs a scenario and prints its figures.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use pgmutate_relay::sink::Lines;
use pgmutate_relay::{Connector, Consumer, Format, Relay, Start};
use soak::faults::{Fault, deliver_under};
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
    match Cli::parse().scenario {
        Scenario::Delivery { seconds } => {
            let reading = soak::reading::reading(Load::of_sixteen(Duration::from_secs(seconds))).await;
            println!("{reading}");
            verdict(reading.ours.is_whole() && reading.ours.duplicates == 0)
        }
        Scenario::Faults { seconds, times } => {
            let program = std::env::current_exe().expect("this program has a path");
            let mut whole = true;
            for fault in Fault::ALL {
                let times = if fault == Fault::Killed { times } else { times.div_ceil(10) };
                let outcome = deliver_under(fault, times, Duration::from_secs(seconds), &program).await;
                println!("{outcome}");
                whole &= outcome.verdict.is_whole();
            }
            verdict(whole)
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
