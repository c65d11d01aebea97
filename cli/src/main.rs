//! The `pgmutate` command: checks SQL against a manifest, generates Rust, and installs the event log.

mod catalog;
mod check;
mod generate;
mod infer;
mod install;
mod project;
mod report;

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
    /// Write the generated code into a file that is checked in, or compare it with one.
    Generate(generate::Generate),
    /// Print the SQL of the event log, or apply it to a database.
    Install(install::Install),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Check(check) => check.run(),
        Command::Infer(infer) => infer.run(),
        Command::Catalog(catalog) => catalog.run(),
        Command::Generate(generate) => generate.run(),
        Command::Install(install) => install.run(),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}
