//! `pgmutate catalog`.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use pgmutate_codegen::body::Bodies;
use pgmutate_codegen::catalog::{self, render};
use pgmutate_codegen::resolve::{self, Majors};
use pgmutate_codegen::source::SourceMap;

use crate::project::ProjectArgs;
use crate::report::{self, Failure};

/// Print what the SQL defines: every function with its signature, properties and place.
#[derive(Args)]
pub(crate) struct Catalog {
    #[command(flatten)]
    project: ProjectArgs,
    /// For people or for programs.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Json,
}

impl Catalog {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let project = self.project.project();
        let mut sources = SourceMap::relative_to(project.root);
        let (files, mut diagnostics) = project.inputs.load(&mut sources);
        let (catalog, mistakes) = catalog::read(&sources, &files);
        diagnostics.extend(mistakes);
        report::print(&diagnostics, &sources);
        let bodies = resolve::check(&Bodies::new(&catalog, &sources), Majors::ALL);
        let text = match self.format {
            Format::Table => render::table(&catalog, &bodies, &sources),
            Format::Json => render::json(&catalog, &bodies, &sources),
        };
        std::io::stdout().write_all(text.as_bytes())?;
        Ok(if diagnostics.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
