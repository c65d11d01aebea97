//! Manifests that nobody would write: whatever they hold, they end in a contract or in diagnostics.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at once")]

use std::fmt::Write as _;
use std::path::Path;

use pgmutate_codegen::catalog::{self, Catalog};
use pgmutate_codegen::diagnostic::{Code, Diagnostic, render_plain};
use pgmutate_codegen::source::SourceMap;
use pgmutate_codegen::sql::input::{Source, SourceKind};
use pgmutate_codegen::{contract, emit, manifest};
use proptest::prelude::*;

const SQL: &str = "
CREATE TABLE app.note (id uuid PRIMARY KEY, data jsonb);
CREATE FUNCTION app.add_note(note_id uuid, input jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RETURN jsonb_build_object('success', true, 'code', 'SUCCESS', 'message', NULL);
END;
$$;
";

/// Everything that a run does with a manifest, and what it says in the end.
fn run(text: &str) -> Vec<Diagnostic> {
    let mut sources = SourceMap::new();
    let sql = sources.add("schema.sql", SQL).unwrap();
    let sql = Source::whole(&sources, sql, SourceKind::Schema);
    let (catalog, _): (Catalog, _) = catalog::read(&sources, &[sql]);
    let file = sources.add("mutations.json", text).unwrap();
    let diagnostics = match manifest::read(&sources, file) {
        Ok(manifest) => {
            let checked = contract::check(&pgmutate_codegen::body::Bodies::new(&catalog, &sources), &manifest);
            // What is written is as long as the manifest: a huge one takes its time, and shows nothing new but of what is broken.
            if text.len() < 1_000_000 || checked.contract.mutations.len() < checked.skeletons.len() {
                let files = emit::emit(&checked, &[], &emit::Settings::default());
                assert!(files.contains_key("mutations.rs"));
            }
            checked.diagnostics
        }
        Err(diagnostics) => {
            assert!(!diagnostics.is_empty(), "a manifest that is refused is refused for a reason");
            diagnostics
        }
    };
    for diagnostic in &diagnostics {
        assert!(render_plain(diagnostic, &sources).contains(&diagnostic.code.to_string()));
    }
    diagnostics
}

fn codes(text: &str) -> Vec<Code> {
    run(text).into_iter().map(|diagnostic| diagnostic.code).collect()
}

/// A manifest of about ten megabytes, made of what `item` gives for each number.
fn huge(before: &str, after: &str, item: impl Fn(usize) -> String) -> String {
    let mut text = String::from(before);
    for index in 0.. {
        if text.len() > 10_000_000 {
            break;
        }
        let separator = if index == 0 { "" } else { ",\n" };
        let _ = write!(text, "{separator}{}", item(index));
    }
    text + after
}

#[test]
fn a_huge_type_is_read() {
    let text = huge("{ \"version\": 1, \"types\": { \"Note\": { \"fields\": {", "} } } }", |index| {
        format!("\"field_{index}\": \"String\"")
    });
    assert_eq!(codes(&text), []);
}

#[test]
fn a_huge_manifest_of_mistakes_is_told() {
    let mistakes = huge("{ \"version\": 1,", "}", |index| format!("\"unknown_{index}\": 1"));
    let found = run(&mistakes);
    assert!(found.iter().all(|diagnostic| diagnostic.code == Code::MANIFEST_UNKNOWN_KEY));
    let last = found.last().expect("there are mistakes");
    assert!(last.notes.iter().any(|note| note.contains("more mistakes")), "{last:?}");
}

#[test]
fn a_huge_manifest_of_unknown_names_is_told() {
    let types = huge("{ \"version\": 1, \"types\": {", "} }", |index| {
        format!("\"Type{index}\": {{ \"fields\": {{ \"other\": \"Other{index}\" }} }}")
    });
    assert!(run(&types).iter().all(|diagnostic| diagnostic.code == Code::UNKNOWN_TYPE));
}

#[test]
fn a_huge_manifest_of_mutations_is_told() {
    let mutations = huge("{ \"version\": 1, \"mutations\": {", "} }", |index| {
        format!("\"mutation{index}\": {{ \"function\": \"app.function_{index}\", \"success\": {{ \"id\": \"ID!\" }} }}")
    });
    assert!(run(&mutations).iter().all(|diagnostic| diagnostic.code == Code::UNKNOWN_FUNCTION));
}

#[test]
fn a_huge_interface_is_told() {
    let field = |index: usize| format!("\"field_{index}\": \"String!\"");
    let fields = (0..100_000).map(field).collect::<Vec<_>>().join(",");
    let members = (0..100_000).map(|index| format!("\"kind_{index}\": \"Note\"")).collect::<Vec<_>>().join(",");
    let types = "\"types\": { \"Note\": { \"fields\": { \"id\": \"ID!\" } } }";
    let found = codes(&format!(
        "{{ \"version\": 1, {types}, \"interfaces\": {{ \"Any\": {{ \"fields\": {{ {fields} }}, \"discriminator\": \"kind\",
           \"members\": {{ {members} }} }} }} }}"
    ));
    assert!(found.iter().all(|code| *code == Code::INTERFACE_FIELD) && !found.is_empty());
}

/// Inputs that hold each other, many times over: what is followed of them has a bound.
#[test]
fn inputs_in_inputs_end() {
    let fields = (0..60).map(|index| format!("\"f{index}\": \"I{}\"", index % 20)).collect::<Vec<_>>().join(",");
    let inputs = (0..20).map(|index| format!("\"I{index}\": {{ \"fields\": {{ {fields} }} }}")).collect::<Vec<_>>();
    let found = codes(&format!(
        "{{ \"version\": 1, \"inputs\": {{ {} }}, \"mutations\": {{ \"addNote\": {{ \"function\": \"app.add_note\",
           \"arguments\": {{ \"note_id\": \"ID!\", \"input\": \"I0!\" }} }} }} }}",
        inputs.join(",")
    ));
    assert!(found.iter().all(|code| *code == Code::UNREAD_INPUT_KEY), "{found:?}");
}

#[test]
fn a_huge_line_is_told() {
    let name = "x".repeat(10_000_000);
    assert_eq!(codes(&format!("{{ \"version\": 1, \"{name}\": 1 }}")), [Code::MANIFEST_UNKNOWN_KEY]);
}

#[test]
fn deep_nesting_is_told() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("/*", "*/")] {
        for depth in [100, 511, 512, 513, 100_000] {
            let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert!(!codes(&text).is_empty());
        }
    }
}

/// The shop's manifest: every part of the form is in it.
fn shop() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/shop/mutations.json");
    std::fs::read_to_string(path).unwrap().replace("app.create_customer", "app.add_note")
}

/// Where a piece of `text` may start or end.
fn boundary(text: &str, at: usize) -> usize {
    let at = at % (text.len() + 1);
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn piece() -> impl Strategy<Value = String> {
    let known = [
        "",
        "\"",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\\",
        "\0",
        "\n",
        "1",
        "null",
        "//",
        "/*",
        "\"\"",
        "\"self\"",
        "\"_\"",
        "\"a-b\"",
        "\"1x\"",
        "\"Größe\"",
        "\"r#x\"",
        "\"Option\"",
        "\"[[\"",
        "\"ID!\"",
        "\"$\"",
        "\"a.b.c\"",
        "\".\"",
        "\"$input.id\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\u{feff}",
        "\"Customer!\"",
        "\"CreateOrderInput!\"",
    ];
    prop_oneof![3 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        run(&text);
    }

    #[test]
    fn edited_text_never_panics(edits in prop::collection::vec((any::<usize>(), 0usize..40, piece()), 1..4)) {
        let mut text = shop();
        for (at, length, piece) in edits {
            let start = boundary(&text, at);
            let end = boundary(&text, start + length).max(start);
            text.replace_range(start..end, &piece);
        }
        run(&text);
    }

    /// Whole strings are exchanged, so that the text stays JSON and odd names come as far as they can.
    #[test]
    fn exchanged_strings_never_panic(edits in prop::collection::vec((any::<usize>(), piece()), 1..6)) {
        let shop = shop();
        let mut strings = shop.split('"').map(str::to_owned).collect::<Vec<_>>();
        for (at, piece) in edits {
            let count = strings.len() / 2;
            let plain = piece.trim_matches('"').to_owned();
            if !plain.contains('"') {
                strings[2 * (at % count) + 1] = plain;
            }
        }
        run(&strings.join("\""));
    }
}
