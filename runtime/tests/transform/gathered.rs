//! Selections in another order than the document's, at every place where values are found and written in another way.

use std::fmt::Write;

use bytes::BytesMut;
use pgmutate::transform::{Engine, Field, Missing, Object, Selection, Transform, Union, Value};

/// An object that may hold itself in every way.
static NODE: Object = Object::new(
    "Node",
    &[
        Field::new("a", "a", Value::Scalar).nullable(),
        Field::new("b", "b", Value::Object(&NODE)).nullable(),
        Field::new("c", "c", Value::List(&Value::Object(&LEAF))).nullable(),
        Field::new("d", "d", Value::Opaque).nullable(),
        Field::new("e", "e", Value::List(&Value::Scalar)).nullable(),
        Field::new("f", "f", Value::List(&Value::Nullable(&Value::List(&Value::Nullable(&Value::Object(&NODE))))))
            .nullable(),
        Field::new("g", "g", Value::List(&Value::Object(&NODE))).nullable(),
        Field::new("u", "u", Value::Union(&EITHER)).nullable(),
        Field::new("v", "v", Value::List(&Value::Nullable(&Value::Union(&EITHER)))).nullable(),
        Field::new("z", "z", Value::Scalar).nullable(),
    ],
);
static LEAF: Object = Object::new(
    "Leaf",
    &[Field::new("x", "x", Value::Scalar).nullable(), Field::new("y", "y", Value::Scalar).nullable()],
);
static EITHER: Union = Union::new("kind", &[("leaf", &LEAF), ("node", &NODE)]);

/// What every engine says, into a `Vec` and into a `BytesMut`, behind what is in it.
fn select(selection: &str, document: &str) -> Result<String, String> {
    let by = |engine| {
        let settings = Transform::new(&NODE).missing(Missing::Allow).engine(engine);
        let selection = Selection::parse(&NODE, selection).unwrap().settings(&settings);
        let (mut out, mut bytes) = (b"before".to_vec(), BytesMut::from(&b"before"[..]));
        // Twice: what the first one left behind is nobody's.
        for _ in 0..2 {
            out.truncate(6);
            bytes.truncate(6);
            let result = selection.run(document.as_bytes(), &mut out);
            let same = selection.run_into(document.as_bytes(), &mut bytes);
            assert_eq!(result.is_ok(), same.is_ok());
            assert_eq!(out, bytes);
            if let Err(error) = result {
                assert_eq!(out, b"before");
                return Err(error.to_string());
            }
        }
        Ok(String::from_utf8(out.split_off(6)).unwrap())
    };
    let expected = by(Engine::General);
    assert_eq!(by(Engine::Portable), expected, "{selection} of {document}");
    assert_eq!(by(Engine::Fastest), expected, "{selection} of {document}");
    expected
}

const ALL: &str = "{ z v { ... on Node { z a } ... on Leaf { y x } } u { ... on Leaf { y } ... on Node { __typename z } } g { z g { z a } a }
    f { z k: __typename a } e d c { y x } b { z a } one: a two: a }";

#[test]
fn every_kind_of_value_is_found() {
    let document = r#"{"a": 1, "b": {"a": "x", "z": null}, "c": [{"x": 1, "y": "\n"}, {"x": 2}, {}, {"y": 3}], "d": {"k": [1, {"l": "m"}]}, "e": [1, "2", null], "f": [[{"a": 1, "z": 2}, null], null, [], [{"a": 3}]], "g": [{"a": 1, "g": [{"a": 7, "z": 8}], "z": 3}, {"g": []}, {"g": null}], "u": {"kind": "node", "z": 5}, "v": [{"x": 1, "kind": "leaf"}, null, {"kind": "node", "a": 5}], "z": "end"}"#
        .replace(r#"[1, "2", null]"#, r#"[1, "2", true]"#)
        .replace(r#"{"x": 1, "kind": "leaf"}"#, r#"{"x": 1, "y": 9, "kind": "leaf"}"#)
        .replace(r#"{"kind": "node", "a": 5}"#, r#"{"a": 5, "z": 6, "kind": "node"}"#)
        .replace(r#"{"kind": "node", "z": 5}"#, r#"{"z": 5, "kind": "node"}"#);
    let expected = r#"{"z":"end","v":[{"y":9,"x":1},null,{"z":6,"a":5}],"u":{"__typename":"Node","z":5},"g":[{"z":3,"g":[{"z":8,"a":7}],"a":1},{"z":null,"g":[],"a":null},{"z":null,"g":null,"a":null}],"f":[[{"z":2,"k":"Node","a":1},null],null,[],[{"z":null,"k":"Node","a":3}]],"e":[1,"2",true],"d":{"k":[1,{"l":"m"}]},"c":[{"y":"\n","x":1},{"y":null,"x":2},{"y":null,"x":null},{"y":3,"x":null}],"b":{"z":null,"a":"x"},"one":1,"two":1}"#;
    assert_eq!(select(ALL, &document).unwrap(), expected);
    assert_eq!(select("{ z c { y } a }", r#"{"a": 1, "c": []}"#).unwrap(), r#"{"z":null,"c":[],"a":1}"#);
    let nothing = select(ALL, "{}").unwrap();
    assert_eq!(
        nothing,
        r#"{"z":null,"v":null,"u":null,"g":null,"f":null,"e":null,"d":null,"c":null,"b":null,"one":null,"two":null}"#
    );
}

/// Whatever the distance to the document's end, nothing is read behind it and nothing is missed.
#[test]
fn values_are_found_near_the_end() {
    for len in 0..150 {
        let text = "x".repeat(len);
        for document in [
            format!(r#"{{"a": "{text}", "z": 1}}"#),
            format!(r#"{{"a": 1, "z": "{text}"}}"#),
            format!(r#"{{"a": "{text}", "c": [{{"x": 1, "y": "{text}"}}, {{"x": "{text}", "y": 2}}]}}"#),
            format!(r#"{{"b": {{"a": 1, "z": "{text}"}}, "e": ["{text}"]}}"#),
            format!(r#"{{"g": [{{"a": 1, "e": [1, 2], "z": "{text}"}}, {{"z": "{text}"}}], "z": {len}}}"#),
        ] {
            select(ALL, &document).unwrap();
            for cut in 1..document.len().min(12) {
                select(ALL, &document[..document.len() - cut]).unwrap_err();
            }
        }
    }
}

/// Deeper than the inner loop goes, and with much in it, so that the output and the spans grow several times.
#[test]
fn deep_and_large_documents_are_put_in_order() {
    for depth in [1, 7, 8, 9, 20, 60] {
        let mut selection = "{ z a }".to_owned();
        let mut document = r#"{"a": 1, "z": 2}"#.to_owned();
        for level in 1..depth {
            selection = format!("{{ z {} {selection} a }}", if level % 3 == 0 { "g" } else { "b" });
            let under = if level % 3 == 0 {
                format!(r#""g": [{document}, {{}}, {{"a": 5}}]"#)
            } else {
                format!(r#""b": {document}"#)
            };
            document = format!(r#"{{"a": {level}, {under}, "z": "ü{level}"}}"#);
        }
        select(&selection, &document).unwrap();
        select(&selection, &document.replace("\"a\": 1,", "\"a\": 01,")).unwrap_err();
    }
    for count in [1, 5, 100, 3000] {
        let mut list = String::new();
        for number in 0..count {
            let text = "t".repeat(number % 90);
            write!(list, r#"{{"a": "{text}", "c": [{{"x": {number}, "y": "{text}"}}, {{"x": null}}], "g": [{{"z": {number}}}, {{"a": [1]}}]}}, "#).unwrap();
        }
        let document =
            format!(r#"{{"a": 1, "g": [{}], "z": 1}}"#, list.trim_end_matches(", ").replace(r#", {"a": [1]}"#, ""));
        select("{ z g { g { z a } c { y x } a } a }", &document).unwrap();
        select("{ z g { c { x } a d } }", &document).unwrap();
    }
}

/// Nothing of many fields is there: what has to be noted stays in proportion to the document.
#[test]
fn sparse_objects_are_answered() {
    let document = format!(r#"{{"g": [{}]}}"#, vec!["{}"; 5000].join(", "));
    let text = select("{ z g { z b { z a } a } }", &document).unwrap();
    assert_eq!(text.matches(r#"{"z":null,"b":null,"a":null}"#).count(), 5000);
    let document = format!(r#"{{"g": [{}]}}"#, vec![r#"{"g": []}"#; 5000].join(", "));
    let text = select("{ g { z g { g { z a } } } }", &document).unwrap();
    assert_eq!(text.matches(r#"{"z":null,"g":[]}"#).count(), 5000);
}

/// Objects whose places lie among those of the object around them: there, null, absent, in each other, in lists, and too large for it.
#[test]
fn objects_in_objects_are_written_where_they_are() {
    let deep = "{ z b { z b { b { a z } a } u { ... on Leaf { y } ... on Node { z a } } c { y } a } a }";
    for (document, expected) in [
        (r#"{"a": 1}"#, r#"{"z":null,"b":null,"a":1}"#),
        (r#"{"b": null, "z": 1}"#, r#"{"z":1,"b":null,"a":null}"#),
        (r#"{"b": {}}"#, r#"{"z":null,"b":{"z":null,"b":null,"u":null,"c":null,"a":null},"a":null}"#),
        (
            r#"{"a": 1, "b": {"a": 2, "b": {"a": 3, "b": {"a": 4, "z": 5}}, "c": [], "u": {"x": 1, "y": 6, "kind": "leaf"}}, "z": 7}"#,
            r#"{"z":7,"b":{"z":null,"b":{"b":{"a":4,"z":5},"a":3},"u":{"y":6},"c":[],"a":2},"a":1}"#,
        ),
        (
            r#"{"b": {"b": {"b": null}, "c": [{"y": 1}, {}], "u": {"a": 2, "kind": "node"}}, "z": 7}"#,
            r#"{"z":7,"b":{"z":null,"b":{"b":null,"a":null},"u":{"z":null,"a":2},"c":[{"y":1},{"y":null}],"a":null},"a":null}"#,
        ),
    ] {
        assert_eq!(select(deep, document).unwrap(), expected);
    }
    // In the elements of a list, which are written as they end.
    assert_eq!(
        select(
            "{ g { z b { z a } a } }",
            r#"{"g": [{"a": 1, "b": {"a": 2, "z": 3}, "z": 4}, {"b": null}, {}, {"b": {}}]}"#
        )
        .unwrap(),
        r#"{"g":[{"z":4,"b":{"z":3,"a":2},"a":1},{"z":null,"b":null,"a":null},{"z":null,"b":null,"a":null},{"z":null,"b":{"z":null,"a":null},"a":null}]}"#
    );
    // More levels than have room in each other.
    let (mut selection, mut document, mut expected) =
        (String::from("z a"), String::from(r#""a": 0, "z": 0"#), String::from(r#""z":0,"a":0"#));
    for level in 1..14 {
        selection = format!("z b {{ {selection} }} a");
        document = format!(r#""a": {level}, "b": {{{document}}}, "z": {level}"#);
        expected = format!(r#""z":{level},"b":{{{expected}}},"a":{level}"#);
        assert_eq!(
            select(&format!("{{ {selection} }}"), &format!("{{{document}}}")).unwrap(),
            format!("{{{expected}}}")
        );
    }
}
