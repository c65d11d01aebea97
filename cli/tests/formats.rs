//! What `check` and `infer` write for programs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const CASE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/errors/all_at_once");
const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/shop");

fn pgmutate(folder: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgmutate"));
    command.args(arguments).current_dir(folder).env_remove("NO_COLOR").output().expect("pgmutate starts")
}

fn checked(format: &str) -> Value {
    let output = pgmutate(CASE, &["check", "--sql", "schema.sql", "--format", format]);
    assert_eq!(output.status.code(), Some(1));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn json_has_every_mistake_with_its_place() {
    let told = checked("json");
    let told = told.as_array().unwrap();
    assert_eq!(told.len(), 3);
    for mistake in told {
        assert!(mistake["code"].as_str().unwrap().starts_with("PGM"));
        assert!(["deny", "warn"].contains(&mistake["level"].as_str().unwrap()));
        assert!(Path::new(CASE).join(mistake["file"].as_str().unwrap()).is_file());
        assert!(mistake["line"].as_u64().unwrap() > 0 && mistake["column"].as_u64().unwrap() > 0);
    }
    let output = pgmutate(SHOP, &["check", "--sql", "sql", "--format", "json"]);
    assert_eq!((output.status.code(), String::from_utf8(output.stdout).unwrap().as_str()), (Some(0), "[]\n"));
}

/// What the schema of SARIF 2.1.0 asks for of the parts that are written.
#[test]
fn sarif_keeps_the_rules_of_its_form() {
    let log = checked("sarif");
    assert_eq!(log["version"], "2.1.0");
    let [run] = log["runs"].as_array().unwrap().as_slice() else { panic!("one run") };
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "pgmutate");
    let rules = driver["rules"].as_array().unwrap();
    let mut ids = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect::<Vec<_>>();
    ids.dedup();
    assert_eq!(ids.len(), rules.len());
    for rule in rules {
        assert!(!rule["shortDescription"]["text"].as_str().unwrap().is_empty());
        assert!(
            ["error", "warning", "note", "none"].contains(&rule["defaultConfiguration"]["level"].as_str().unwrap())
        );
        let description = rule["fullDescription"]["text"].as_str().unwrap();
        let help = rule["help"]["text"].as_str().unwrap();
        assert!(description.ends_with('.') && help.starts_with(description), "{help}");
        let page = help.rsplit(' ').next().unwrap();
        assert!(Path::new(SHOP).join("../..").join(page).is_file(), "{page}");
    }
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(["error", "warning"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let related = result.get("relatedLocations").and_then(Value::as_array).cloned().unwrap_or_default();
        for location in result["locations"].as_array().unwrap().iter().chain(&related) {
            let place = &location["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().unwrap();
            assert!(!uri.contains([' ', '\\']) && Path::new(CASE).join(uri).is_file(), "{uri}");
            let number = |key: &str| place["region"][key].as_u64().unwrap();
            let (start, end) = ((number("startLine"), number("startColumn")), (number("endLine"), number("endColumn")));
            assert!(start.0 >= 1 && start.1 >= 1 && start <= end, "{place}");
        }
    }
}

#[test]
fn colour_is_as_asked_for() {
    let told = |colour: &str| {
        let output = pgmutate(CASE, &["check", "--sql", "schema.sql", "--color", colour]);
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(told("always").contains("\u{1b}["));
    assert!(!told("never").contains('\u{1b}'));
    // Standard error is no terminal here.
    assert!(!told("auto").contains('\u{1b}'));
}

#[test]
fn a_wrong_use_exits_with_2() {
    for arguments in [&["check"][..], &["check", "--sql", "sql", "--format", "xml"], &["infer"]] {
        assert_eq!(pgmutate(SHOP, arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn infer_writes_a_file_that_check_accepts_and_none_over_another() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mutations.json").display().to_string();
    let infer = || pgmutate(SHOP, &["infer", "--sql", "sql", "--out", &file]);
    assert!(infer().status.success());
    let output = pgmutate(SHOP, &["check", "--sql", "sql", "--manifest", &file]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(infer().status.code(), Some(1));
}
