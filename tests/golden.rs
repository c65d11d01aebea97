//! The generated code of the shop is checked in, next to what it was made from.
#![allow(clippy::expect_used, reason = "a test may stop at once when its set-up fails")]

use std::fs;
use std::path::Path;

use pgmutate_codegen::project::Project;
use pgmutate_codegen::sql::input::Inputs;

const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/shop");

/// The generated code, and the GraphQL schema.
fn generate() -> [(&'static str, String); 2] {
    let shop = Path::new(SHOP).canonicalize().expect("the shop");
    let inputs = Inputs { schema: vec![shop.join("sql")], ..Inputs::default() };
    let root = shop.parent().and_then(Path::parent).map(Path::to_path_buf);
    let mut project = Project { inputs, manifest: shop.join("mutations.json"), root, ..Project::default() };
    project.settings.schema = true;
    let generated = project.generate();
    assert_eq!(generated.diagnostics, [], "the shop has no mistakes");
    ["mutations.rs", "schema.graphql"]
        .map(|name| (name, generated.files.get(name).expect("the generated file").clone()))
}

/// `UPDATE_GOLDEN=1 cargo test -p pgmutate-tests --test golden` writes the files; their diff is the review.
#[test]
fn the_shops_generated_code_is_up_to_date() {
    for (name, text) in generate() {
        let path = Path::new(SHOP).join(name);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, &text).expect("a golden file");
        }
        let golden = fs::read_to_string(&path).expect("a golden file");
        let differs = golden.lines().zip(text.lines()).position(|(golden, text)| golden != text);
        let line = differs.map(|line| line + 1);
        assert!(golden == text, "fixtures/shop/{name} is out of date from line {line:?} on");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert!(generate() == generate());
}
