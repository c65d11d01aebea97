//! `docs/manifest.schema.json` against the reader, so that they cannot drift apart.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pgmutate_codegen::manifest;
use pgmutate_codegen::source::SourceMap;
use serde_json::{Value, json};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn schema() -> Value {
    serde_json::from_str(&std::fs::read_to_string(repository().join("docs/manifest.schema.json")).unwrap()).unwrap()
}

/// Everything that the reader says of a manifest.
fn told(text: &str) -> Vec<(String, Vec<String>)> {
    let mut sources = SourceMap::new();
    let file = sources.add("mutations.json", text).unwrap();
    let mistakes = manifest::read(&sources, file).err().unwrap_or_default();
    mistakes.into_iter().map(|mistake| (mistake.message, mistake.help)).collect()
}

/// The object of the schema that is at this place, and a manifest with an unknown key there.
fn places() -> Vec<(&'static str, Value)> {
    let unknown = || json!({ "qqqqqqqqqqqqqqq": 0 });
    let mutation =
        |key: &str, value: Value| json!({ "version": 1, "mutations": { "m": { "function": "app.f", key: value } } });
    let section = |key: &str, value: Value| json!({ "version": 1, key: value });
    vec![
        ("", unknown()),
        ("/properties/event_log", section("event_log", unknown())),
        ("/$defs/schema_files", section("schema", unknown())),
        ("/$defs/entity", section("entities", json!({ "e": unknown() }))),
        ("/$defs/image", section("entities", json!({ "e": { "table": "a.t", "key": "id", "image": unknown() } }))),
        ("/$defs/scalar", section("scalars", json!({ "S": unknown() }))),
        ("/$defs/enum", section("enums", json!({ "E": { "values": ["A"], "qqqqqqqqqqqqqqq": 0 } }))),
        ("/$defs/enum_value", section("enums", json!({ "E": { "values": [unknown()] } }))),
        ("/$defs/object", section("types", json!({ "T": unknown() }))),
        ("/$defs/field", section("types", json!({ "T": { "fields": { "a": unknown() } } }))),
        ("/$defs/union", section("unions", json!({ "U": unknown() }))),
        ("/$defs/interface", section("interfaces", json!({ "I": unknown() }))),
        ("/$defs/mutation", section("mutations", json!({ "m": unknown() }))),
        ("/$defs/result", mutation("result", unknown())),
        ("/$defs/event", mutation("event", unknown())),
        ("/$defs/database_error", mutation("database_errors", json!([unknown()]))),
    ]
}

#[test]
fn the_schema_has_the_keys_that_the_reader_knows() {
    let schema = schema();
    for (place, manifest) in places() {
        let declared = schema.pointer(place).unwrap();
        let keys = declared["properties"].as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        let told = told(&manifest.to_string());
        let help = told.iter().find(|(message, _)| message.contains("has no `qqqqqqqqqqqqqqq`")).map(|(_, help)| help);
        let help = help.unwrap_or_else(|| panic!("{place}: {told:?}")).concat();
        let known = help.trim_start_matches("known keys: ").split(", ");
        let known = known.map(|key| key.trim_matches('`').to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(known, keys, "{place}");
        assert_eq!(declared["additionalProperties"], false, "{place}");

        // What the reader asks for.
        let needed = told.iter().filter_map(|(message, _)| message.split_once(" needs `")?.1.strip_suffix('`'));
        let needed = needed.map(str::to_owned).collect::<BTreeSet<_>>();
        let required =
            declared["required"].as_array().into_iter().flatten().map(|key| key.as_str().unwrap().to_owned());
        let required = required.filter(|key| place != "/$defs/enum" || key != "values").collect::<BTreeSet<_>>();
        assert_eq!(required, needed, "{place}");
    }
}

/// Whether `value` is what `schema` asks for: the few words of JSON Schema that ours uses.
fn fault(root: &Value, schema: &Value, value: &Value, way: &str) -> Option<String> {
    if let Some(target) = schema["$ref"].as_str()
        && let Some(fault) = fault(root, root.pointer(target.trim_start_matches('#')).unwrap(), value, way)
    {
        return Some(fault);
    }
    let wrong = |what: &str| Some(format!("{way}: {what}: {value}"));
    match schema["type"].as_str() {
        Some("object") if !value.is_object() => return wrong("no object"),
        Some("string") if !value.is_string() => return wrong("no string"),
        Some("array") if !value.is_array() => return wrong("no array"),
        Some("boolean") if !value.is_boolean() => return wrong("no boolean"),
        Some("integer") if !value.is_u64() => return wrong("no integer"),
        _ => {}
    }
    if schema["const"] != Value::Null && schema["const"] != *value {
        return wrong("another constant");
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        return wrong("none of the words");
    }
    if schema["minLength"].as_u64().is_some() && value.as_str() == Some("") {
        return wrong("empty");
    }
    if let Some(choices) = schema["anyOf"].as_array()
        && choices.iter().all(|choice| fault(root, choice, value, way).is_some())
    {
        return wrong("none of the forms");
    }
    if let Some(elements) = value.as_array() {
        return elements.iter().find_map(|element| fault(root, &schema["items"], element, way));
    }
    let object = value.as_object()?;
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    if let Some(key) = required.into_iter().find(|key| !object.contains_key(*key)) {
        return wrong(&format!("needs {key}"));
    }
    object.iter().find_map(|(key, value)| {
        let way = format!("{way}.{key}");
        match (schema["properties"].get(key), &schema["additionalProperties"]) {
            (Some(schema), _) => fault(root, schema, value, &way),
            (None, Value::Bool(false)) => Some(format!("{way} is not known")),
            (None, Value::Null) => None,
            (None, others) => fault(root, others, value, &way),
        }
    })
}

#[test]
fn every_manifest_of_the_fixtures_is_one() {
    let schema = schema();
    let mut manifests =
        vec![repository().join("fixtures/shop/mutations.json"), repository().join("fixtures/quiet/mutations.json")];
    let cases = std::fs::read_dir(repository().join("fixtures/cases")).unwrap();
    manifests.extend(cases.map(|case| case.unwrap().path().join("mutations.json")).filter(|path| path.is_file()));
    assert!(manifests.len() > 30);
    let mut strict = 0;
    for path in manifests {
        // Those with comments are no strict JSON, which this test reads.
        let Ok(manifest) = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()) else { continue };
        strict += 1;
        assert_eq!(fault(&schema, &schema, &manifest, "manifest"), None, "{}", path.display());
    }
    assert!(strict > 30, "{strict}");
    for (wrong, why) in [
        (json!({ "version": 2 }), "constant"),
        (json!({ "version": 1, "mutatons": {} }), "not known"),
        (json!({ "version": 1, "mutations": { "m": {} } }), "needs function"),
        (json!({ "version": 1, "levels": { "PGM246": "ignore" } }), "words"),
    ] {
        let fault = fault(&schema, &schema, &wrong, "manifest").unwrap();
        assert!(fault.contains(why), "{fault}");
    }
}

#[test]
fn a_manifest_may_name_its_schema() {
    assert_eq!(told("{ \"$schema\": \"docs/manifest.schema.json\", \"version\": 1, \"mutations\": {} }"), []);
}
