//! The options that say where a project's SQL and manifest are.

use std::path::PathBuf;

use clap::Args;
use pgmutate_codegen::project::Project;
use pgmutate_codegen::sql::input::{Inputs, MigrationFolder};

/// Where the SQL is.
#[derive(Args)]
pub(crate) struct SqlArgs {
    /// Schema files: files, folders or patterns.
    #[arg(long, value_name = "PATH", num_args = 1.., required_unless_present = "migrations")]
    sql: Vec<PathBuf>,
    /// Folders of migrations.
    #[arg(long, value_name = "DIR", num_args = 1..)]
    migrations: Vec<PathBuf>,
    /// Stubs: declarations of what other schemas and extensions bring.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    external: Vec<PathBuf>,
}

/// Where the SQL and the manifest are.
#[derive(Args)]
pub(crate) struct ProjectArgs {
    #[command(flatten)]
    sql: SqlArgs,
    /// The manifest.
    #[arg(long, value_name = "FILE", default_value = "mutations.json")]
    manifest: PathBuf,
    /// GraphQL schemas whose types the mutations use, beside those that the manifest names.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    schema: Vec<PathBuf>,
}

impl SqlArgs {
    pub(crate) fn project(self) -> Project {
        let migrations = self.migrations.into_iter().map(|path| MigrationFolder { path, tool: None }).collect();
        let inputs = Inputs { schema: self.sql, migrations, external: self.external };
        Project { inputs, ..Project::default() }
    }
}

impl ProjectArgs {
    pub(crate) fn project(self) -> Project {
        Project { manifest: self.manifest, schemas: self.schema, ..self.sql.project() }
    }
}
