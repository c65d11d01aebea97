//! For the tests of the examples: the tasks' database, deployed as their documentation says.

use std::error::Error;
use std::path::Path;

use pgmutate_codegen::event_log::{self, Settings};
use pgmutate_codegen::project::Project;
use pgmutate_test_support::Database;

/// A fresh database with the tables, the functions and the event log.
pub(crate) async fn deployed() -> Result<Database, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = [folder.join("database"), folder.join("workspace/database")].into_iter().find(|it| it.is_dir());
    let folder = folder.ok_or("the examples' database is missing")?;
    let mut project = Project { manifest: folder.join("mutations.json"), ..Project::default() };
    project.inputs.schema.push(folder.join("sql"));
    let checked = project.check();
    let manifest = checked.manifest.as_ref().ok_or("the manifest is broken")?;
    let script = event_log::script(&Settings::default(), &event_log::entities(manifest, &checked.catalog)?)?;

    let database = pgmutate_test_support::database().await?;
    let client = database.connect().await?;
    client.batch_execute(&std::fs::read_to_string(folder.join("sql/tasks.sql"))?).await?;
    client.batch_execute(&script).await?;
    Ok(database)
}
