//! The cases of `fixtures/json`, as values in every place that a value can have.

use std::path::Path;

use pgmutate::transform::{Engine, Field, Missing, Object, Selection, Transform, Unknown, Value};

use crate::shop::run;

static HOLDER: Object = Object::new(
    "Holder",
    &[
        Field::new("opaque", "opaque", Value::Opaque).nullable(),
        Field::new("scalar", "scalar", Value::Scalar).nullable(),
        Field::new("generic", "generic", Value::Generic).nullable(),
        Field::new("scalars", "scalars", Value::List(&Value::Nullable(&Value::Scalar))).nullable(),
        Field::new("identity", "identity", Value::Scalar).hint(pgmutate::transform::Hint::Uuid).nullable(),
        Field::new("opaque_list", "opaqueList", Value::List(&Value::Nullable(&Value::Opaque))).nullable(),
    ],
);

const PLACES: [(&str, &str); 9] = [
    (r#"{"opaque": "#, "}"),
    (r#"{"scalar": "#, "}"),
    (r#"{"generic": "#, "}"),
    (r#"{"scalars": [1, "#, "]}"),
    (r#"{"identity": "#, "}"),
    (r#"{"opaque_list": ["#, ", 1]}"),
    (r#"{"unknown": "#, r#", "opaque_list": []}"#),
    (r#"{"opaque": {"a": [{"bb": "#, r#", "ccc": 1}]}}"#),
    // Far from the end, where whole windows can be read.
    (
        r#"{"opaque": "#,
        r#", "generic": ["a text that is long enough", "to keep the end of the document", "more than a hundred bytes away", "from here"]}"#,
    ),
];

fn cases(file: &str) -> Vec<(String, Vec<u8>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/json").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let cases: Vec<_> = text.lines().skip(1).map(|line| line.split_once('\t').unwrap()).collect();
    assert!(!cases.is_empty());
    cases.into_iter().map(|(name, bytes)| (name.to_owned(), decoded(bytes))).collect()
}

fn decoded(text: &str) -> Vec<u8> {
    let (first, rest) = text.split_once('%').unwrap_or((text, ""));
    let mut bytes = first.as_bytes().to_vec();
    for part in rest.split('%').filter(|part| !part.is_empty()) {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    bytes
}

fn documents(value: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    let place = |(before, after): (&str, &str)| [before.as_bytes(), value, after.as_bytes()].concat();
    PLACES.into_iter().map(place).enumerate().collect::<Vec<_>>().into_iter()
}

/// What each way of using the document says: whether it is accepted.
fn outcomes(document: &[u8]) -> Vec<bool> {
    let mut outcomes = vec![
        run(Transform::new(&HOLDER), document).is_ok(),
        run(Transform::new(&HOLDER).unknown(Unknown::Rename).missing(Missing::Allow), document).is_ok(),
    ];
    for engine in [Engine::Fastest, Engine::Portable, Engine::General] {
        for selection in ["{ opaque }", "{ opaqueList scalar generic identity scalars opaque }"] {
            let selection = Selection::parse(&HOLDER, selection).unwrap().engine(engine);
            outcomes.push(selection.run(document, &mut Vec::new()).is_ok());
        }
    }
    outcomes
}

#[test]
fn what_every_parser_accepts_is_accepted_byte_for_byte() {
    for (name, value) in cases("accept.txt") {
        for (place, document) in documents(&value) {
            let scalar = [1, 3, 4].contains(&place);
            if scalar && matches!(value.trim_ascii_start().first(), Some(b'{' | b'[')) {
                continue;
            }
            assert!(outcomes(&document).iter().all(|&accepted| accepted), "{name}, place {place}");
            let text = run(Transform::new(&HOLDER), &document).unwrap();
            if place == 1 {
                let value = str::from_utf8(&value).unwrap();
                assert_eq!(text, format!(r#"{{"__typename":"Holder","scalar":{value}}}"#), "{name}");
            }
            if place == 0 {
                let tree =
                    |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).map(|tree| tree["opaque"].clone());
                assert_eq!(tree(text.as_bytes()).ok(), tree(&document).ok(), "{name}");
            }
        }
    }
}

#[test]
fn what_no_parser_accepts_is_refused_everywhere() {
    for (name, value) in cases("reject.txt") {
        for (place, document) in documents(&value) {
            // Two elements, an element and an empty place, and a member behind the value are right where the list or object goes on.
            if serde_json::from_slice::<serde::de::IgnoredAny>(&document).is_ok()
                && std::str::from_utf8(&document).is_ok()
            {
                continue;
            }
            assert!(outcomes(&document).iter().all(|&accepted| !accepted), "{name}, place {place}");
        }
        assert!(run(Transform::new(&HOLDER), &value).is_err(), "{name}");
    }
}

#[test]
fn where_parsers_differ_all_engines_say_the_same() {
    for (name, value) in cases("either.txt") {
        for (place, document) in documents(&value) {
            let outcomes = outcomes(&document);
            let same = |part: &[bool]| part.iter().all(|accepted| accepted == &part[0]);
            // With and without a selection; what is not selected is not looked into.
            assert!(
                same(&outcomes[..2]) && outcomes[2] == outcomes[4] && outcomes[3] == outcomes[5],
                "{name}, place {place}"
            );
            assert!(outcomes[4] == outcomes[6] && outcomes[5] == outcomes[7], "{name}, place {place}");
        }
    }
}
