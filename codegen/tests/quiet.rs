//! Correct projects, in many styles: nothing is reported of them. A false alarm arrives as a function in `fixtures/quiet`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::path::Path;

use pgmutate_codegen::diagnostic::render_plain;
use pgmutate_codegen::project::Project;
use pgmutate_codegen::sql::input::Inputs;

#[test]
fn nothing_is_reported_of_what_is_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/quiet");
    let inputs = Inputs { schema: vec![folder.join("sql")], ..Inputs::default() };
    let project = Project { inputs, manifest: folder.join("mutations.json"), ..Project::default() };
    let checked = project.check();
    let reported = checked.diagnostics.iter().map(|diagnostic| render_plain(diagnostic, &checked.sources));
    assert!(checked.diagnostics.is_empty(), "{}", reported.collect::<Vec<_>>().join("\n\n"));
    assert!(checked.manifest.unwrap().mutations.len() > 12);
}
