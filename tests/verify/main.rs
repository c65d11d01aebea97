//! A database against the files that it was deployed from: nothing is found where nothing was changed, and every change is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

mod drift;
mod rights;
mod start_up;
mod undisturbed;

use std::path::{Path, PathBuf};

use pgmutate_codegen::diagnostic::{Code, render_plain};
use pgmutate_codegen::project::{Generated, Project};
use pgmutate_codegen::verify::{Settings, Verified, verify};
use pgmutate_test_support::Database;

/// A folder of the repository.
fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path).canonicalize().unwrap()
}

/// The database against the files, on a connection of its own.
async fn verified(database: &Database, generated: &Generated, settings: &Settings) -> Verified {
    let mut client = database.connect().await.unwrap();
    verify(&mut client, generated, settings).await.unwrap_or_else(|error| panic!("{error:?}"))
}

fn rendered(generated: &Generated, verified: &Verified) -> String {
    verified.diagnostics.iter().map(|it| format!("{}\n\n", render_plain(it, &generated.sources))).collect()
}

fn codes(verified: &Verified) -> Vec<Code> {
    verified.diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

/// The shop with its manifest.
fn shop() -> Generated {
    let mut project = Project { manifest: folder("fixtures/shop/mutations.json"), ..Project::default() };
    project.root = Some(folder("fixtures/shop"));
    project.inputs.schema.push(folder("fixtures/shop/sql"));
    let generated = project.generate();
    assert!(!generated.is_broken());
    generated
}
