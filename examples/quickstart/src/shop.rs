//! The shop on a server: the event log, the SQL files in their order, and a few rows.

use std::error::Error;
use std::path::{Path, PathBuf};

use pgmutate::types::Uuid;
use pgmutate_codegen::event_log;
use pgmutate_codegen::project::Project;
use pgmutate_codegen::sql::input::Inputs;
use tokio_postgres::Client;

/// Ids of `seed.sql`.
pub(crate) const ADA: Uuid = Uuid::from_u128(0xc0000000_0000_4000_8000_000000000001);
pub(crate) const ZOE: Uuid = Uuid::from_u128(0xc0000000_0000_4000_8000_000000000003);
pub(crate) const TEA: Uuid = Uuid::from_u128(0xb0000000_0000_4000_8000_000000000001);
pub(crate) const POT: Uuid = Uuid::from_u128(0xb0000000_0000_4000_8000_000000000003);
/// An id that nobody has.
pub(crate) const NOBODY: Uuid = Uuid::from_u128(0xffffffff_ffff_4fff_8fff_ffffffffffff);

/// The folder of the shop.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/shop")
}

/// The shop's SQL and manifest, in a folder like [`folder`].
pub(crate) fn project(folder: &Path) -> Project {
    let inputs = Inputs { schema: vec![folder.join("sql")], ..Inputs::default() };
    Project { inputs, manifest: folder.join("mutations.json"), root: Some(folder.to_path_buf()), ..Project::default() }
}

/// Installs everything; the event log first, as `pgmutate install --apply` does.
pub(crate) async fn install(client: &Client) -> Result<(), Box<dyn Error>> {
    let folder = folder();
    let generated = project(&folder).generate();
    let manifest = generated.manifest.as_ref().ok_or("the shop's manifest cannot be read")?;
    let settings = event_log::Settings { schema: manifest.log_schema.clone(), ..event_log::Settings::default() };
    let script = event_log::script(&settings, &event_log::entities(manifest, &generated.catalog)?)?;
    client.batch_execute(&script).await?;

    let mut files = std::fs::read_dir(folder.join("sql"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.sort();
    files.push(folder.join("seed.sql"));
    for file in files {
        client.batch_execute(&std::fs::read_to_string(file)?).await?;
    }
    Ok(())
}
