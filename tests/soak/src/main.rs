//! Runs a scenario and prints its figures.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use soak::world::Load;

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
}

#[tokio::main]
async fn main() -> ExitCode {
    let Scenario::Delivery { seconds } = Cli::parse().scenario;
    let reading = soak::reading::reading(Load::of_sixteen(Duration::from_secs(seconds))).await;
    println!("{reading}");
    if reading.ours.is_whole() && reading.ours.duplicates == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
