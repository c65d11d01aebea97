//! Times of one compilation: on the clock, and on all processors together.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// What is done after what.
#[derive(Clone, Copy)]
pub enum Kind {
    /// `cargo check` of the whole crate.
    Check,
    /// `cargo build` of the whole crate.
    Build,
    /// `cargo check` after the edit of one function, with what the compiler kept.
    CheckAgain,
    /// `cargo build` after the edit of one function, with what the compiler kept.
    BuildAgain,
}

impl Kind {
    pub const ALL: [Kind; 4] = [Kind::Check, Kind::Build, Kind::CheckAgain, Kind::BuildAgain];

    /// Cargo's command.
    pub fn command(self) -> &'static str {
        if matches!(self, Kind::Check | Kind::CheckAgain) { "check" } else { "build" }
    }

    /// The word for it on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Check => "check",
            Kind::Build => "build",
            Kind::CheckAgain => "check-again",
            Kind::BuildAgain => "build-again",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Kind::Check => "`cargo check`",
            Kind::Build => "clean `cargo build`",
            Kind::CheckAgain => "`cargo check` after an edit",
            Kind::BuildAgain => "`cargo build` after an edit",
        }
    }
}

/// How long a compilation took.
#[derive(Clone, Copy)]
pub struct Cost {
    /// On the clock.
    pub wall: Duration,
    /// On all processors together, user and system.
    pub cpu: Duration,
}

/// Measures one compilation of the crate in `folder`; `round` is another number each time.
pub fn measure(folder: &Path, kind: Kind, round: usize, environment: &[(&str, &str)]) -> Cost {
    let command = kind.command();
    let incremental = matches!(kind, Kind::CheckAgain | Kind::BuildAgain);
    if incremental {
        cargo(folder, &[command], true, environment);
    }
    // Without anything kept every compilation is a whole one; with it only what depends on the constant is compiled again.
    let edit = format!(
        "/// Changes with every round.\npub const EDIT: usize = {round};\n\n/// Uses it.\npub fn edit() -> usize {{\n    EDIT + {round}\n}}\n"
    );
    let file = folder.join("src/edit.rs");
    std::fs::write(&file, format!("{edit}// {command} {incremental}\n")).expect("the edit is written");
    let before = cpu();
    let start = Instant::now();
    cargo(folder, &[command], incremental, environment);
    Cost { wall: start.elapsed(), cpu: cpu().saturating_sub(before) }
}

/// Runs cargo in one of the crates, which have one target folder; it must succeed.
pub fn cargo(folder: &Path, arguments: &[&str], incremental: bool, environment: &[(&str, &str)]) {
    let status = Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--quiet", "--lib"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", "../target")
        .env("CARGO_INCREMENTAL", if incremental { "1" } else { "0" })
        .envs(environment.iter().copied())
        .stdout(Stdio::null())
        .status()
        .expect("cargo starts");
    assert!(status.success(), "cargo {arguments:?} failed in {}", folder.display());
}

/// What children that have ended have used.
fn cpu() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system accounts for processes");
    let microseconds = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Duration::from_micros(microseconds.try_into().unwrap_or_default())
}
