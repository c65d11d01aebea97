//! Every argument, key, code, event field, called function and column of the shop is renamed, retyped or dropped, one at a time. What
//! an edit does to the calls of [`server`] on a real server is the truth; what [`check`] says of it is compared with that.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

pub mod edits;
pub mod report;
pub mod server;

use std::path::{Path, PathBuf};

use pgmutate_codegen::diagnostic::Level;
use pgmutate_codegen::project::Project;
use pgmutate_codegen::sql::input::Inputs;

/// A file of SQL.
#[derive(Clone, Debug)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// The folder of the shop.
#[must_use]
pub fn shop() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/shop").canonicalize().expect("the shop")
}

/// The shop's SQL, in the order in which it loads.
#[must_use]
pub fn files() -> Vec<File> {
    let entries = std::fs::read_dir(shop().join("sql")).expect("the shop's SQL").map(|entry| entry.unwrap().path());
    let mut files = entries
        .map(|path| File {
            name: path.file_name().unwrap().to_string_lossy().into_owned(),
            text: std::fs::read_to_string(&path).unwrap(),
        })
        .collect::<Vec<_>>();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

/// What `pgmutate check` says of these files: the errors, in one line each.
#[must_use]
pub fn check(files: &[File]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    for file in files {
        std::fs::write(folder.path().join(&file.name), &file.text).unwrap();
    }
    let inputs = Inputs { schema: vec![folder.path().to_owned()], ..Inputs::default() };
    let project = Project { inputs, manifest: shop().join("mutations.json"), ..Project::default() };
    let checked = project.check();
    let errors = checked.diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Deny);
    errors.map(|diagnostic| format!("[{}] {}", diagnostic.code, diagnostic.message)).collect()
}
