//! Shapes of SQL, as golden files.

mod bounds;

use super::*;
use crate::catalog;
use crate::event_log;
use crate::source::SourceMap;
use crate::sql::input::Inputs;

fn fixtures() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

/// Every function of the SQL files at `path` that is in one of these schemas, rendered.
fn rendered(path: &std::path::Path, schemas: &[&str]) -> String {
    let mut sources = SourceMap::new();
    let inputs = Inputs { schema: vec![path.to_owned()], ..Inputs::default() };
    let (mut files, mistakes) = inputs.load(&mut sources);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    files.extend(event_log::source(&mut sources, "app"));
    let (catalog, mistakes) = catalog::read(&sources, &files);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let own = catalog.functions().filter(|(_, function)| {
        schemas.contains(&function.name.schema.as_str()) && function.origin == catalog::Origin::Source
    });
    let own = own.map(|(id, _)| id).collect::<Vec<_>>();
    let shapes = analyse(&crate::body::Bodies::new(&catalog, &sources), &Known::of_log("app"), own.iter().copied());
    let rendered = own.iter().map(|id| render(shapes.get(*id).unwrap(), catalog.function(*id), &catalog, &sources));
    rendered.collect::<Vec<_>>().join("\n")
}

/// Compares with the golden file, or writes it where `UPDATE_GOLDEN` is set.
fn assert_golden(golden: &std::path::Path, actual: &str) {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(golden, actual).unwrap();
    }
    let expected = std::fs::read_to_string(golden).unwrap_or_default();
    assert!(
        expected == actual,
        "{} differs: look at the change, then run again with UPDATE_GOLDEN=1\n{actual}",
        golden.display()
    );
}

#[test]
fn the_shop_has_its_shapes() {
    let folder = fixtures();
    assert_golden(&folder.join("shapes/shop.shapes"), &rendered(&folder.join("shop/sql"), &["app"]));
}

/// A construct arrives as a function in `fixtures/shapes`; the change of the golden file is what to look at.
#[test]
fn every_construct_has_its_shape() {
    let mut files = std::fs::read_dir(fixtures().join("shapes")).unwrap().map(|entry| entry.unwrap().path());
    let mut files = files.by_ref().filter(|path| path.extension().is_some_and(|e| e == "sql")).collect::<Vec<_>>();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        assert_golden(&file.with_extension("shapes"), &rendered(&file, &["app"]));
    }
}
