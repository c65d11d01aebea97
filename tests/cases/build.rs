//! Generates every case as a user's build script would, a module for each, and the list of their mutations.
#![allow(clippy::unwrap_used, reason = "a build may stop at once")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use pgmutate_codegen::naming::{pascal_case, rust_identifier, words_to_pascal_case};

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/cases").canonicalize().unwrap();
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap());
    println!("cargo::rerun-if-changed={}", folder.display());
    let (mut modules, mut known) = (String::new(), String::new());
    let (mut answers, mut events) = (String::new(), std::collections::BTreeSet::new());
    let mut cases = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    cases.retain(|case| case.is_dir());
    cases.sort();
    for case in cases {
        let name = case.file_name().unwrap().to_str().unwrap();
        let (schema, manifest) = (case.join("schema.sql"), case.join("mutations.json"));
        let generated = out.join(name);
        pgmutate_codegen::configure().sql(&schema).manifest(&manifest).out_dir(&generated).compile();
        let file = generated.join("mutations.rs");
        writeln!(modules, "/// `fixtures/cases/{name}`.\npub mod {name} {{ include!({file:?}); }}").unwrap();
        let manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(manifest).unwrap()).unwrap();
        for (mutation, declared) in manifest["mutations"].as_object().unwrap() {
            let (module, _) = declared["function"].as_str().unwrap().split_once('.').unwrap();
            let structure = rust_identifier(&pascal_case(mutation));
            let path = format!("{name}::{module}::{structure}");
            writeln!(answers, "(\"{name}\", \"{mutation}\", crate::read_answer::<{path}>),").unwrap();
            let several = declared["events"].as_array().into_iter().flatten();
            for event in several.chain(declared.get("event")) {
                let event = event["type"].as_str().unwrap();
                let structure = words_to_pascal_case(event).unwrap();
                events
                    .insert(format!("(\"{name}\", \"{event}\", crate::read_event::<{name}::events::{structure}>),\n"));
            }
            writeln!(known, "(\"{name}\", \"{mutation}\", <{path} as ::pgmutate::Mutation>::CONTRACT),").unwrap();
        }
    }
    std::fs::write(out.join("cases.rs"), modules).unwrap();
    std::fs::write(out.join("contracts.rs"), format!("&[\n{known}]")).unwrap();
    std::fs::write(out.join("answers.rs"), format!("&[\n{answers}]")).unwrap();
    std::fs::write(out.join("events.rs"), format!("&[\n{}]", events.into_iter().collect::<String>())).unwrap();
}
