//! `pgmutate verify`.

use std::process::ExitCode;

use clap::Args;
use pgmutate_codegen::diagnostic::Level;
use pgmutate_codegen::verify::{self, Verified};

use crate::database::Database;
use crate::project::ProjectArgs;
use crate::report::{self, Failure};

/// Compare a database with the files: functions, tables, types, rights and the event log; exit 1 where they differ. Nothing is written to it.
#[derive(Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    project: ProjectArgs,
    /// A role that calls mutations, as given to `install`.
    #[arg(long = "writer-role", value_name = "ROLE")]
    writers: Vec<String>,
    /// A role that reads events, as given to `install`.
    #[arg(long = "reader-role", value_name = "ROLE")]
    readers: Vec<String>,
    /// A role that a relay runs as, as given to `install`.
    #[arg(long = "relay-role", value_name = "ROLE")]
    relays: Vec<String>,
    #[command(flatten)]
    database: Database,
}

impl Verify {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let generated = self.project.project().generate();
        if generated.is_broken() {
            report::print(&generated.diagnostics, &generated.sources);
            return Err("the files are not right themselves: mend the mistakes above first".into());
        }
        let settings = verify::Settings { writers: self.writers, readers: self.readers, relays: self.relays };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let Verified { diagnostics, objects, plpgsql_check } = runtime.block_on(async {
            let mut client = self.database.connect("say what to compare").await?;
            let verified = verify::verify(&mut client, &generated, &settings).await;
            verified.map_err(|error| report::database("read the database", &error))
        })?;
        report::print(&diagnostics, &generated.sources);
        let denied = diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Deny).count();
        let checked = if plpgsql_check { "" } else { "; plpgsql_check is not installed there" };
        let (objects, differences) =
            (report::counted(objects, "object"), report::counted(diagnostics.len(), "difference"));
        eprintln!("{objects} of the files and the event log: {differences}{checked}");
        Ok(if denied == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
