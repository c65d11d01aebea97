//! `pgmutate generate`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use pgmutate_codegen::emit::Times;
use pgmutate_codegen::output;

use crate::project::ProjectArgs;
use crate::report::{self, Failure};

/// Write the generated code into a file that is checked in, or compare it with one.
#[derive(Args)]
pub(crate) struct Generate {
    #[command(flatten)]
    project: ProjectArgs,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write nothing; exit 1 where the file is not what would be written.
    #[arg(long)]
    check: bool,
    /// What the runtime crate is called where Cargo.toml renames it.
    #[arg(long, value_name = "PATH", default_value = "::pgmutate")]
    runtime: String,
    /// The crate whose types stand for dates and times.
    #[arg(long, value_name = "CRATE", value_parser = ["chrono", "time", "jiff"])]
    times: Option<String>,
    /// Give types serde's derives.
    #[arg(long)]
    serde: bool,
    /// The Rust type of a scalar, as `NAME=PATH`; may be given several times.
    #[arg(long, value_name = "NAME=PATH", value_parser = scalar)]
    scalar: Vec<(String, String)>,
}

fn scalar(text: &str) -> Result<(String, String), String> {
    let (name, rust) =
        text.split_once('=').ok_or("a scalar and its Rust type are expected: `DateTime=crate::Moment`")?;
    Ok((name.to_owned(), rust.to_owned()))
}

impl Generate {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let mut project = self.project.project();
        project.settings.runtime = self.runtime;
        project.settings.times = match self.times.as_deref() {
            Some("chrono") => Some(Times::Chrono),
            Some("time") => Some(Times::Time),
            Some("jiff") => Some(Times::Jiff),
            _ => None,
        };
        project.settings.serde = self.serde;
        project.scalars.extend(self.scalar);
        let generated = project.generate();
        report::print(&generated.diagnostics, &generated.sources);
        if generated.is_broken() {
            return Err("nothing was written: mend the mistakes above first".into());
        }
        let Some(text) = generated.files.get("mutations.rs") else { return Err("nothing was generated".into()) };
        if !self.check {
            output::replace(&self.out, text)?;
            return Ok(ExitCode::SUCCESS);
        }
        let present = std::fs::read_to_string(&self.out)
            .map_err(|error| format!("cannot read `{}`: {error}", self.out.display()))?;
        if present == *text {
            return Ok(ExitCode::SUCCESS);
        }
        let line = present.lines().zip(text.lines()).take_while(|(present, text)| present == text).count() + 1;
        let name = self.out.display();
        eprintln!(
            "error: `{name}` is out of date, from line {line} on\nhelp: run `pgmutate generate` without --check and commit the file"
        );
        Ok(ExitCode::FAILURE)
    }
}
