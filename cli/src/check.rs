//! `pgmutate check`.

use std::process::ExitCode;

use clap::Args;
use pgmutate_codegen::diagnostic::Level;

use crate::project::ProjectArgs;
use crate::report::{self, Failure, counted};

/// Check the SQL against the manifest; exit 1 where they disagree.
#[derive(Args)]
pub(crate) struct Check {
    #[command(flatten)]
    project: ProjectArgs,
}

impl Check {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let generated = self.project.project()?.check();
        report::print(&generated.diagnostics, &generated.sources);
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
