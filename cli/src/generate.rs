//! `pgmutate generate`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use pgmutate_codegen::emit::{SCHEMA, Times};
use pgmutate_codegen::output;

use crate::project::ProjectArgs;
use crate::report::{self, Failure};

/// Write the generated code into a file that is checked in, and the GraphQL schema of the mutations, or compare them with such files.
#[derive(Args)]
pub(crate) struct Generate {
    #[command(flatten)]
    project: ProjectArgs,
    /// The file of the generated code.
    #[arg(long, value_name = "FILE", required_unless_present = "sdl")]
    out: Option<PathBuf>,
    /// The file of the GraphQL schema: mutations with their inputs, their answers and everything in these.
    #[arg(long, value_name = "FILE")]
    sdl: Option<PathBuf>,
    /// Write nothing; exit 1 where a file is not what would be written.
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
        project.settings.schema = self.sdl.is_some();
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
        let mut is_current = true;
        for (path, name) in [(self.out, "mutations.rs"), (self.sdl, SCHEMA)] {
            let Some(path) = path else { continue };
            let Some(text) = generated.files.get(name) else { return Err("nothing was generated".into()) };
            match self.check {
                true => is_current &= compare(&path, text)?,
                false => output::replace(&path, text)?,
            }
        }
        Ok(if is_current { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Whether the file holds the text; where it does not, that is told.
fn compare(path: &Path, text: &str) -> Result<bool, Failure> {
    let name = path.display();
    let present = std::fs::read_to_string(path).map_err(|error| format!("cannot read `{name}`: {error}"))?;
    if present == *text {
        return Ok(true);
    }
    let line = present.lines().zip(text.lines()).take_while(|(present, text)| present == text).count() + 1;
    eprintln!(
        "error: `{name}` is out of date, from line {line} on\nhelp: run `pgmutate generate` without --check and commit the file"
    );
    Ok(false)
}
