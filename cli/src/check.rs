//! `pgmutate check`.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use pgmutate_codegen::diagnostic::{self, Level};

use crate::project::ProjectArgs;
use crate::report::{self, Colour, Failure, counted};

/// Check the SQL against the manifest; exit 1 where they disagree.
#[derive(Args)]
pub(crate) struct Check {
    #[command(flatten)]
    project: ProjectArgs,
    /// For people, on standard error; or for programs, on standard output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Whether text is in colour.
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    color: Colour,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
    Sarif,
}

impl Check {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let generated = self.project.project().check();
        let (diagnostics, sources) = (&generated.diagnostics, &generated.sources);
        match self.format {
            Format::Text => report::print_in(diagnostics, sources, self.color),
            Format::Json => std::io::stdout().write_all(diagnostic::json(diagnostics, sources).as_bytes())?,
            Format::Sarif => std::io::stdout().write_all(diagnostic::sarif(diagnostics, sources).as_bytes())?,
        }
        let errors = generated.diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Deny).count();
        let warnings = generated.diagnostics.len() - errors;
        let mutations = generated.manifest.as_ref().map_or(0, |manifest| manifest.mutations.len());
        // The event log's own definitions are read as well, and are not the user's.
        let files = generated.sources.files().count().saturating_sub(1);
        let (mutations, files) = (counted(mutations, "mutation"), counted(files, "file"));
        eprintln!("{mutations} in {files}: {}, {}", counted(errors, "error"), counted(warnings, "warning"));
        Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
