//! The `pgmutate` command: checks SQL against a manifest, generates Rust, installs the event log, compares databases and
//! delivers events.

mod catalog;
mod check;
mod database;
mod debezium;
mod events;
mod generate;
mod infer;
mod install;
mod project;
mod relay;
mod report;
mod transform;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Typed Rust mutations from SQL.
#[derive(Parser)]
#[command(name = "pgmutate", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check the SQL against the manifest; exit 1 where they disagree.
    Check(check::Check),
    /// Draft a manifest from the SQL, with a comment at what is not known.
    Infer(infer::Infer),
    /// Print what the SQL defines: every function with its signature, properties and place.
    Catalog(catalog::Catalog),
    /// Write the generated code and the GraphQL schema into files that are checked in, or compare them with such files.
    Generate(generate::Generate),
    /// Turn a document into what the client gets, or client variables into what the function reads; from stdin to stdout.
    Transform(transform::Transform),
    /// Print the SQL of the event log, or apply it to a database.
    Install(install::Install),
    /// Compare a database with the files: functions, tables, types, rights and the event log; exit 1 where they differ.
    Verify(verify::Verify),
    /// Deliver events, as a configuration says.
    Relay(relay::RelayCommand),
    /// Look at events, and at what becomes of them.
    Events(events::Events),
    /// Print the configuration with which Kafka Connect and Debezium's own connector read the event log.
    DebeziumConfig(debezium::DebeziumConfig),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Check(check) => check.run(),
        Command::Infer(infer) => infer.run(),
        Command::Catalog(catalog) => catalog.run(),
        Command::Generate(generate) => generate.run(),
        Command::Transform(transform) => transform.run(),
        Command::Install(install) => install.run(),
        Command::Verify(verify) => verify.run(),
        Command::Relay(relay) => relay.run(),
        Command::Events(events) => events.run(),
        Command::DebeziumConfig(config) => config.run(),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}
