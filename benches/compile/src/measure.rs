//! Times of one compilation: on the clock, and on all processors together.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// What is done after what.
#[derive(Clone, Copy, PartialEq, Eq)]
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

/// One measurement of a subject.
pub struct Sample {
    pub subject: usize,
    pub kind: Kind,
    /// With all functions.
    pub full: Cost,
    /// With none.
    pub empty: Cost,
}

/// Measures one compilation of the crate in `folder`.
pub fn measure(folder: &Path, target: &Path, kind: Kind, round: usize, environment: &[(String, String)]) -> Cost {
    let command = if matches!(kind, Kind::Check | Kind::CheckAgain) { "check" } else { "build" };
    let incremental = matches!(kind, Kind::CheckAgain | Kind::BuildAgain);
    if incremental {
        cargo(folder, target, &[command], true, environment);
    }
    // Without anything kept every compilation is a whole one; with it only what depends on the constant is compiled again.
    let edit = format!(
        "/// Changes with every round.\npub const EDIT: usize = {round};\n\n/// Uses it.\npub fn edit() -> usize {{\n    EDIT + {round}\n}}\n"
    );
    let file = folder.join("src/edit.rs");
    std::fs::write(&file, format!("{edit}// {command} {incremental}\n")).expect("the edit is written");
    let before = cpu();
    let start = Instant::now();
    cargo(folder, target, &[command], incremental, environment);
    Cost { wall: start.elapsed(), cpu: cpu().saturating_sub(before) }
}

/// Runs cargo, which must succeed.
pub fn cargo(folder: &Path, target: &Path, arguments: &[&str], incremental: bool, environment: &[(String, String)]) {
    let status = Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--quiet", "--lib"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_INCREMENTAL", if incremental { "1" } else { "0" })
        .envs(environment.iter().map(|(name, value)| (name, value)))
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
