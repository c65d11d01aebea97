//! `pgmutate infer`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use pgmutate_codegen::output;

use crate::project::SqlArgs;
use crate::report::{self, Failure};

/// Draft a manifest from the SQL, with a comment at what is not known.
#[derive(Args)]
pub(crate) struct Infer {
    #[command(flatten)]
    sql: SqlArgs,
    /// The schema of the event log.
    #[arg(long, value_name = "SCHEMA", default_value = "app")]
    log_schema: String,
    /// The file to write, which must not be there yet; standard output unless it is named.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Infer {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let project = self.sql.project();
        let draft = match project.infer(&self.log_schema) {
            Ok(draft) => draft,
            Err(unread) => {
                report::print(&unread.diagnostics, &unread.sources);
                return Err("nothing was drafted: mend the mistakes above first".into());
            }
        };
        match &self.out {
            Some(out) if out.exists() => return Err(format!("`{}` is there already", out.display()).into()),
            Some(out) => output::replace(out, &draft.text)?,
            None => std::io::stdout().write_all(draft.text.as_bytes())?,
        }
        let (unknown, fields) = (draft.unknown.len(), draft.fields);
        eprintln!("{fields} fields, {unknown} of them not known: look for `unknown:` and then run `pgmutate check`");
        Ok(ExitCode::SUCCESS)
    }
}
