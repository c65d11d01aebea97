//! `pgmutate install`.

use std::process::ExitCode;

use clap::Args;
use pgmutate_codegen::event_log;

use crate::database::Database;
use crate::project::ProjectArgs;
use crate::report::{self, Failure};

/// Print the SQL of the event log, or apply it to a database.
#[derive(Args)]
pub(crate) struct Install {
    #[command(flatten)]
    project: ProjectArgs,
    /// A role that calls mutations: it may run the log's functions, and write no table.
    #[arg(long = "writer-role", value_name = "ROLE")]
    writers: Vec<String>,
    /// A role that reads events.
    #[arg(long = "reader-role", value_name = "ROLE")]
    readers: Vec<String>,
    /// A role that a relay runs as: a reader that keeps positions.
    #[arg(long = "relay-role", value_name = "ROLE")]
    relays: Vec<String>,
    /// Apply the SQL instead of printing it, in one transaction.
    #[arg(long)]
    apply: bool,
    #[command(flatten)]
    database: Database,
}

impl Install {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let generated = self.project.project().generate();
        let Some(manifest) = &generated.manifest else {
            report::print(&generated.diagnostics, &generated.sources);
            return Err("the entities are not known: mend the manifest first".into());
        };
        if generated.files.is_empty() {
            report::print(&generated.diagnostics, &generated.sources);
            return Err("the keys of the entities are not known: mend the mistakes above first".into());
        }
        let settings = event_log::Settings {
            schema: manifest.log_schema.clone(),
            writers: self.writers,
            readers: self.readers,
            relays: self.relays,
        };
        let script = event_log::script(&settings, &event_log::entities(manifest, &generated.catalog)?)?
            + &event_log::procedures(manifest, &generated.catalog);
        if !self.apply {
            print!("{script}");
            return Ok(ExitCode::SUCCESS);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(apply(&self.database, &script))?;
        eprintln!("event log version {} is installed in schema `{}`", event_log::VERSION, manifest.log_schema);
        Ok(ExitCode::SUCCESS)
    }
}

async fn apply(database: &Database, script: &str) -> Result<(), Failure> {
    let mut client = database.connect("say where to apply it").await?;
    let failed = |error: tokio_postgres::Error| report::database("install the event log", &error);
    let transaction = client.transaction().await.map_err(failed)?;
    transaction.batch_execute(script).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)
}
