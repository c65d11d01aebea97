//! The manifest that is drafted from the SQL, against those that people wrote.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pgmutate_codegen::diagnostic::{Level, render_plain};
use pgmutate_codegen::infer::Draft;
use pgmutate_codegen::manifest::{Field, Manifest, Object};
use pgmutate_codegen::project::{Generated, Project};
use pgmutate_codegen::sql::input::Inputs;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

fn project(sql: PathBuf, manifest: PathBuf) -> Project {
    Project { inputs: Inputs { schema: vec![sql], ..Inputs::default() }, manifest, ..Project::default() }
}

/// The draft for this SQL, and what `check` says of it.
fn drafted(sql: PathBuf) -> (Draft, Generated) {
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("mutations.json");
    let project = project(sql, manifest.clone());
    let draft = project.infer("app").unwrap();
    std::fs::write(manifest, &draft.text).unwrap();
    (draft, project.check())
}

fn told(generated: &Generated) -> String {
    let told = generated.diagnostics.iter().map(|diagnostic| render_plain(diagnostic, &generated.sources));
    told.collect::<Vec<_>>().join("\n\n")
}

fn names(names: &[pgmutate_codegen::manifest::Name]) -> String {
    names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(", ")
}

/// Everything that a manifest declares but descriptions, by its way.
fn leaves(manifest: &Manifest) -> BTreeMap<String, String> {
    let mut leaves = BTreeMap::from([("event_log.schema".to_owned(), manifest.log_schema.clone())]);
    let mut put = |way: String, value: &str| assert!(leaves.insert(way, value.to_owned()).is_none());
    for entity in &manifest.entities {
        let way = format!("entities.{}", entity.name.text);
        put(format!("{way}.table"), &entity.table.text);
        put(format!("{way}.key"), &names(&entity.key));
        if let Some(image) = &entity.image {
            put(format!("{way}.image.key"), &names(&image.key));
            for (key, name) in [("table", &image.table), ("column", &image.column), ("type", &image.type_name)] {
                put(format!("{way}.image.{key}"), &name.text);
            }
        }
    }
    for scalar in &manifest.scalars {
        put(format!("scalars.{}", scalar.name.text), &scalar.sql.text);
    }
    for definition in &manifest.enums {
        let values = definition.values.iter().map(|value| value.name.text.as_str()).collect::<Vec<_>>();
        put(format!("enums.{}", definition.name.text), &values.join(" "));
    }
    let mut fields = |way: &str, fields: &[Field]| {
        for field in fields {
            put(format!("{way}.{}", field.key.text), &field.type_ref.to_string());
        }
    };
    let mut objects = |section: &str, objects: &[Object]| {
        for object in objects {
            fields(&format!("{section}.{}", object.name.text), &object.fields);
        }
    };
    objects("types", &manifest.types);
    objects("inputs", &manifest.inputs);
    for mutation in &manifest.mutations {
        let way = format!("mutations.{}", mutation.name.text);
        fields(&format!("{way}.arguments"), &mutation.arguments);
        fields(&format!("{way}.success"), &mutation.success);
    }
    for mutation in &manifest.mutations {
        let way = format!("mutations.{}", mutation.name.text);
        put(format!("{way}.function"), &mutation.function.text);
        let codes = |codes: &[pgmutate_codegen::manifest::Name]| {
            codes.iter().map(|code| code.text.clone()).collect::<Vec<_>>().join(" ")
        };
        put(format!("{way}.success_codes"), &codes(&mutation.success_codes));
        put(format!("{way}.errors"), &codes(&mutation.error_codes));
        for event in &mutation.events {
            put(format!("{way}.event.type"), &event.event_type.text);
            put(format!("{way}.event.entity"), &event.entity.text);
            put(format!("{way}.event.operation"), event.operation.as_str());
            let id = event.id.iter().map(|path| path.written.text.as_str()).collect::<Vec<_>>();
            put(format!("{way}.event.id"), &id.join(", "));
            put(format!("{way}.event.after"), event.after.as_ref().map_or("", |after| &after.written.text));
            put(format!("{way}.event.logged_by"), &format!("{:?}", event.logged_by));
            for (key, path) in &event.metadata {
                put(format!("{way}.event.metadata.{}", key.text), &path.written.text);
            }
        }
    }
    leaves
}

#[test]
fn the_draft_for_the_shop_is_what_was_written_by_hand() {
    let shop = fixtures().join("shop");
    let (draft, checked) = drafted(shop.join("sql"));
    assert!(checked.diagnostics.is_empty(), "{}\n{}", told(&checked), draft.text);

    let written = project(shop.join("sql"), shop.join("mutations.json")).check();
    let (written, drafted) = (leaves(&written.manifest.unwrap()), leaves(&checked.manifest.unwrap()));
    let is_marked = |way: &str| draft.unknown.iter().any(|unknown| way.starts_with(unknown.as_str()));
    let ways = written.keys().chain(drafted.keys());
    let other = ways.filter(|way| written.get(*way) != drafted.get(*way) && !is_marked(way));
    let other = other.map(|way| format!("{way}: {:?} by hand, {:?} drafted", written.get(way), drafted.get(way)));
    let other = other.collect::<Vec<_>>();
    assert!(other.is_empty(), "{}\n{}", other.join("\n"), draft.text);

    let marks = draft.text.matches("// unknown:").count();
    assert_eq!(marks, draft.unknown.len(), "{:?}", draft.unknown);
    assert!(draft.unknown.len() * 10 <= draft.fields, "{} of {}", draft.unknown.len(), draft.fields);
}

#[test]
fn a_draft_for_other_styles_is_accepted() {
    let (draft, checked) = drafted(fixtures().join("quiet/sql"));
    let denied = checked.diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Deny);
    assert!(!denied, "{}\n{}", told(&checked), draft.text);
    assert_eq!(checked.manifest.unwrap().mutations.len(), 13, "{}", draft.text);
}

/// Cases whose SQL does not tell what a manifest needs.
const UNDRAFTABLE: &[&str] = &[];

/// `check` accepts the draft, whatever the result convention is.
#[test]
fn every_case_has_a_draft() {
    let cases = std::fs::read_dir(fixtures().join("cases")).unwrap().map(|entry| entry.unwrap().path());
    let mut refused = String::new();
    for case in cases.filter(|case| case.is_dir()) {
        let (draft, checked) = drafted(case.clone());
        let name = case.file_name().unwrap().to_str().unwrap();
        assert!(checked.manifest.is_some(), "{name}: {}\n{}", told(&checked), draft.text);
        if checked.is_broken() && !UNDRAFTABLE.contains(&name) {
            refused.push_str(&format!("{name}: {}\n{}\n", told(&checked), draft.text));
        }
    }
    assert!(refused.is_empty(), "{refused}");
}
