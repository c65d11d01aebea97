//! GraphQL schemas, out and in again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use pgmutate_codegen::diagnostic::render_plain;
use pgmutate_codegen::emit::SCHEMA;
use pgmutate_codegen::graphql;
use pgmutate_codegen::project::{Generated, Project};
use pgmutate_codegen::source::SourceMap;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").canonicalize().unwrap()
}

/// The shop, and every project of `fixtures/cases`.
fn projects() -> Vec<(String, Project)> {
    let cases = fs::read_dir(fixtures().join("cases")).unwrap().map(|entry| entry.unwrap().path());
    let mut folders = cases.filter(|path| path.is_dir()).collect::<Vec<_>>();
    folders.sort();
    folders.push(fixtures().join("shop"));
    let project = |folder: PathBuf| {
        let mut project = Project { manifest: folder.join("mutations.json"), ..Project::default() };
        project.root = Some(folder.clone());
        let file = folder.join("schema.sql");
        project.inputs.schema.push(if file.exists() { file } else { folder.join("sql") });
        project.settings.schema = true;
        (folder.file_name().unwrap().to_string_lossy().into_owned(), project)
    };
    folders.into_iter().map(project).collect()
}

fn told(generated: &Generated) -> String {
    let denied = generated.diagnostics.iter();
    denied.map(|diagnostic| format!("{}\n", render_plain(diagnostic, &generated.sources))).collect()
}

/// The project with its manifest as `change` leaves it; keys come in their order, as in every manifest that is made so.
fn changed(
    project: &Project,
    schema: &str,
    change: impl FnOnce(&mut serde_json::Map<String, serde_json::Value>),
) -> Generated {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(&project.manifest).unwrap();
    let mut manifest = serde_json::from_str(&text).unwrap();
    change(&mut manifest);
    fs::write(folder.path().join("mutations.json"), serde_json::to_string(&manifest).unwrap()).unwrap();
    fs::write(folder.path().join(SCHEMA), schema).unwrap();
    Project { manifest: folder.path().join("mutations.json"), ..project.clone() }.generate()
}

/// What a project generates when its types come out of a schema: none of them is left in the manifest.
fn again(project: &Project, schema: &str) -> Generated {
    changed(project, schema, |manifest| {
        for section in ["scalars", "enums", "types", "unions", "interfaces", "inputs"] {
            manifest.remove(section);
        }
        manifest.insert("schema".to_owned(), SCHEMA.into());
    })
}

/// Generated code without what says where in the manifest or the schema a type is declared: lines of it, and words of the file for the derives.
fn without_places(text: &str) -> String {
    let has_place = |text: &str| text.contains(".json:") || text.contains(".graphql:");
    let lines = text.lines().filter(|line| !(line.trim_start().starts_with("/// ") && has_place(line)));
    let without = lines.map(|line| line.split('\t').filter(|word| !has_place(word)).collect::<Vec<_>>().join("\t"));
    without.map(|line| line + "\n").collect()
}

#[test]
fn types_out_of_the_written_schema_give_the_same_contract() {
    let mut failures = String::new();
    let projects = projects();
    assert!(projects.len() > 50, "{}", projects.len());
    for (name, project) in projects {
        let first = changed(&project, "", |_| {});
        let Some(schema) = first.files.get(SCHEMA) else {
            let _ = writeln!(failures, "{name} has no schema\n{}", told(&first));
            continue;
        };
        let second = again(&project, schema);
        let same =
            |file: &str, text: &str| second.files.get(file).map(|it| without_places(it)) == Some(without_places(text));
        if let Some((file, _)) = first.files.iter().find(|(file, text)| !same(file, text)) {
            let other = second.files.get(file).map_or("", String::as_str);
            let _ = writeln!(failures, "{name}: {file} differs\n{schema}\n{}\n{other}", told(&second));
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// A schema that other tools wrote: with queries, with resolvers, with types that no mutation knows.
#[test]
fn a_servers_whole_schema_stands_for_the_types() {
    let (_, project) = projects().pop().unwrap();
    let shop = fs::read_to_string(fixtures().join("shop/schema.graphql")).unwrap();
    let types = shop.split_once("type Mutation").unwrap().1.split_once("\n}\n").unwrap().1;
    let server = r#"
        schema { query: Root }
        directive @auth(role: String) on FIELD_DEFINITION
        scalar DateTime @specifiedBy(url: "https://scalars.graphql.org/andimarek/date-time")
        scalar Decimal
        scalar Upload
        type Root { customers(first: Int! = 10, after: String): Connection! }
        type Connection { nodes: [Customer!]! upload: Upload }
        extend type Customer { orders(first: Int!): [Order!]! @auth(role: "clerk"), isVip: Boolean! @pgmutate(skip: true) }
    "#;
    let second = again(&project, &format!("{server}\n{types}"));
    let first = again(&project, &shop);
    assert_eq!(told(&second), "");
    assert_eq!(without_places(&first.files["mutations.rs"]), without_places(&second.files["mutations.rs"]));
}

#[test]
fn what_graphql_has_no_words_for_is_said_by_the_directive_or_the_manifest() {
    let schema = r#"
        scalar Money @pgmutate(sql: "numeric(12, 2)", rust: "crate::Money")
        interface Payment @pgmutate(discriminator: "payment_kind") { amount: Money! }
        "With a card."
        type CardPayment implements Payment @pgmutate(value: "card") {
          amount: Money!
          last4: String @pgmutate(key: "digits")
          IBAN: String
          addressLine1: String
        }
        type Cash implements Payment { amount: Money! }
        enum Kind { "At once." NOW, LATER @deprecated(reason: "say \"NOW\"") "Some day." EVER @deprecated }
        input PayInput { vatID: String, lines: [[Int!]]!, kind: Kind }
    "#;
    let sql = "CREATE FUNCTION app.pay(input jsonb) RETURNS jsonb LANGUAGE sql SECURITY DEFINER SET search_path = pg_temp AS $$
        SELECT jsonb_build_object('success', true, 'code', 'SUCCESS', 'message', input ->> 'vat_id', 'payment', CASE WHEN $1 -> 'lines' IS NULL AND $1 -> 'kind' IS NULL THEN NULL END) $$;";
    let manifest = r#"{ "version": 1,
        "schema": { "files": ["types.graphql"], "keys": { "CardPayment.addressLine1": "address_line_1" } },
        "mutations": { "pay": { "function": "app.pay", "arguments": { "input": "PayInput!" }, "success": { "payment": "Payment" } } } }"#;
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("types.graphql", schema), ("f.sql", sql), ("mutations.json", manifest)] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let mut project = Project { manifest: folder.path().join("mutations.json"), ..Project::default() };
    project.inputs.schema.push(folder.path().join("f.sql"));
    project.settings.schema = true;
    let generated = project.generate();
    assert_eq!(told(&generated), "");
    let manifest = generated.manifest.as_ref().unwrap();
    let union = &manifest.unions[0];
    let members = union.members.iter().map(|(value, name)| (value.text.as_str(), name.text.as_str()));
    assert_eq!(union.discriminator.text, "payment_kind");
    assert_eq!(members.collect::<Vec<_>>(), [("card", "CardPayment"), ("Cash", "Cash")]);
    let card = manifest.types.iter().find(|ty| ty.name.text == "CardPayment").unwrap();
    let keys = card.fields.iter().map(|field| field.key.text.as_str()).collect::<Vec<_>>();
    assert_eq!(keys, ["amount", "digits", "iban", "address_line_1"]);
    assert_eq!(manifest.inputs[0].fields[0].key.text, "vat_id");
    assert_eq!(manifest.inputs[0].fields[1].type_ref.to_string(), "[[Int!]]!");

    let rust = &generated.files["mutations.rs"];
    for docs in
        ["/// At once.", "/// Deprecated: say \"NOW\"", "/// Some day.\n        ///\n        /// Deprecated: No longer"]
    {
        assert!(rust.contains(docs), "{docs}\n{rust}");
    }

    // And what was said is written down again.
    let written = &generated.files[SCHEMA];
    for line in [
        "scalar Money @pgmutate(sql: \"numeric(12, 2)\", rust: \"crate::Money\")",
        "interface Payment @pgmutate(discriminator: \"payment_kind\") {",
        "\"\"\"With a card.\"\"\"",
        "type CardPayment implements Payment @pgmutate(value: \"card\") {",
        "  last4: String @pgmutate(key: \"digits\")",
        "  IBAN: String",
        "  addressLine1: String @pgmutate(key: \"address_line_1\")",
        "  vatID: String",
        "  \"\"\"At once.\"\"\"",
        "  LATER @deprecated(reason: \"say \\\"NOW\\\"\")",
        "  EVER @deprecated(reason: \"No longer supported\")",
    ] {
        assert!(written.lines().any(|it| it == line), "{line}\n{written}");
    }
}

/// Every beginning of a schema, every one with a line less, and what nests without end: a mistake or a schema, never a panic.
#[test]
fn a_torn_schema_is_read_or_told() {
    let shop = fs::read_to_string(fixtures().join("shop/schema.graphql")).unwrap();
    let odd = r#"type A @pgmutate(key: "\u{1F600}\ud83d\ude00", sql: ["x"]) { "\n" a(b: [C!] = {d: 1.5e3}): [[E!]]! }"#;
    let beginnings =
        |text: &str| (0..text.len()).filter_map(|at| text.get(..at).map(str::to_owned)).collect::<Vec<_>>();
    let lines = shop.lines().collect::<Vec<_>>();
    let without = (0..lines.len()).map(|line| [&lines[..line], &lines[line + 1..]].concat().join("\n"));
    let deep = ["[", "{", "(", "@a(b: [", "\"\"\""].map(|piece| format!("type A {{ a: {}", piece.repeat(10_000)));
    let texts = beginnings(odd).into_iter().chain(beginnings(&shop[..1_000])).chain(without).chain(deep);
    let mut told = 0;
    for text in texts {
        let mut sources = SourceMap::new();
        let file = sources.add("schema.graphql", text).unwrap();
        if let Err(mistakes) = graphql::read(&sources, file) {
            assert!(!mistakes.is_empty());
            told += 1;
            mistakes.iter().for_each(|mistake| drop(render_plain(mistake, &sources)));
        }
    }
    assert!(told > 100, "{told}");
}
