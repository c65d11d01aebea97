//! GraphQL schemas that nobody would write: each is read or told, all mistakes at once, each at its place in the text.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once")]

use std::path::Path;

use pgmutate_codegen::diagnostic::{Diagnostic, render_plain};
use pgmutate_codegen::graphql::{self, Schema};
use pgmutate_codegen::source::SourceMap;
use proptest::prelude::*;

/// Reads a schema; whatever is told has a place in it, and can be shown.
fn read(text: &str) -> Result<Schema, Vec<String>> {
    let mut sources = SourceMap::new();
    let file = sources.add("schema.graphql", text).unwrap();
    let told = |mistake: &Diagnostic| {
        let labels = mistake.primary.iter().chain(&mistake.secondary).collect::<Vec<_>>();
        assert!(!labels.is_empty(), "{mistake:?}");
        assert!(labels.iter().all(|label| text.get(label.span.range()).is_some()), "{mistake:?}");
        render_plain(mistake, &sources)
    };
    let read = graphql::read(&sources, file);
    read.map_err(|mistakes| {
        assert!(!mistakes.is_empty(), "a schema that is refused is refused for a reason");
        mistakes.iter().map(told).collect()
    })
}

#[test]
fn mistakes_are_told_all_at_once_each_at_its_line() {
    let text = "type A { id: ID! id: String }
enum E { ONE TWO ONE }
input I { a: Int @pgmutate(kei: \"b\") }
extend type B { c: Int }
scalar S @pgmutate(sql: 1)";
    let told = read(text).unwrap_err();
    for (place, what) in [
        ("schema.graphql:1:", "`id`"),
        ("schema.graphql:2:", "`ONE`"),
        ("schema.graphql:3:", "did you mean `key`?"),
        ("schema.graphql:4:", "`B`"),
        ("schema.graphql:5:", "`sql` of `@pgmutate` must be a string"),
    ] {
        assert!(
            told.iter().any(|mistake| mistake.contains(place) && mistake.contains(what)),
            "{place} {what}\n{told:#?}"
        );
    }
    assert_eq!(told.len(), 5, "{told:#?}");
}

/// What fuzzing found worth keeping.
#[test]
fn kept_inputs_are_read() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/schema");
    let texts = std::fs::read_dir(corpus).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    let understood = texts.filter_map(|text| String::from_utf8(text).ok()).filter(|text| read(text).is_ok()).count();
    assert!(understood > 0);
}

/// What schemas are made of, and what they are not.
const WORDS: &[&str] = &[
    "type",
    "input",
    "enum",
    "union",
    "interface",
    "scalar",
    "extend",
    "schema",
    "directive",
    "implements",
    "A",
    "B",
    "Int",
    "__typename",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "!",
    "=",
    "|",
    "&",
    "@pgmutate",
    "@deprecated",
    "key",
    "sql",
    "value",
    "discriminator",
    "skip",
    "reason",
    "true",
    "null",
    "\"\"\"",
    "\"k\"",
    "\"\\u{1F600}\"",
    "1.5e3",
    "$a",
    "...",
    "#",
    "\n",
    "\u{feff}",
    "é",
];

/// Whole definitions.
const DEFINITIONS: &[&str] = &["type A { a: Int! }", "enum E { X @deprecated }", "input I { a: [[A!]] }"];

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(WORDS).prop_map(str::to_owned),
        2 => prop::sample::select(DEFINITIONS).prop_map(str::to_owned),
        1 => "\\PC{0,3}",
    ]
}

proptest! {
    #[test]
    fn any_pieces_are_read_or_told(pieces in prop::collection::vec(piece(), 0..40), separator in prop::sample::select(vec!["", " "])) {
        let _ = read(&pieces.join(separator));
    }
}
