//! PostgreSQL accepts the statements of functions whose headers and events are out of the ordinary, with and without optional arguments.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once when its set-up fails")]

use pgmutate_codegen::contract::{self, Contract, Mutation, Part};
use pgmutate_codegen::event_log;
use pgmutate_codegen::source::SourceMap;
use pgmutate_codegen::sql::input::{Source, SourceKind};
use pgmutate_codegen::{catalog, manifest};
use pgmutate_test_support::database;
use tokio_postgres::types::Type;

const SQL: &str = r#"
CREATE SCHEMA app;
CREATE SCHEMA "We""ird s'ch\ema";
CREATE TABLE app.thing (id uuid PRIMARY KEY);
CREATE TABLE app.tv_thing (id uuid PRIMARY KEY, data jsonb NOT NULL);
CREATE FUNCTION app.keywords("position" integer, "values" text, "select" text, "row" jsonb DEFAULT NULL)
RETURNS jsonb LANGUAGE sql AS $$ SELECT '{"success": true, "code": "SUCCESS", "message": ""}'::jsonb $$;
CREATE FUNCTION app.variadic(a integer, VARIADIC parts text[])
RETURNS jsonb LANGUAGE sql AS $$ SELECT '{"success": true, "code": "SUCCESS", "message": ""}'::jsonb $$;
CREATE FUNCTION app.json(a integer)
RETURNS json LANGUAGE sql AS $$ SELECT json_build_object('success', true, 'code', 'SUCCESS', 'message', '', 'thing', json_build_object('id', a)) $$;
CREATE FUNCTION app.json_argument(document json, thing_id uuid)
RETURNS jsonb LANGUAGE sql AS $$ SELECT '{"success": true, "code": "SUCCESS", "message": ""}'::jsonb $$;
CREATE FUNCTION app.optional(thing_id uuid DEFAULT NULL, options jsonb DEFAULT NULL)
RETURNS jsonb LANGUAGE sql AS $$ SELECT '{"success": true, "code": "SUCCESS", "message": ""}'::jsonb $$;
CREATE FUNCTION app.optional_key(options jsonb DEFAULT NULL)
RETURNS jsonb LANGUAGE sql AS $$ SELECT '{"success": true, "code": "SUCCESS", "message": ""}'::jsonb $$;
CREATE FUNCTION app.definer(options jsonb DEFAULT NULL)
RETURNS jsonb LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT '{"success": true, "code": "SUCCESS", "message": ""}'::jsonb $$;
CREATE FUNCTION app.out_parameter(a integer, OUT result jsonb)
LANGUAGE sql AS $$ SELECT '{"success": true, "code": "SUCCESS", "message": ""}'::jsonb $$;
CREATE FUNCTION "We""ird s'ch\ema"."f n""x\'"(r text)
RETURNS jsonb LANGUAGE sql AS $$ SELECT '{"success": true, "code": "it''s\\", "message": ""}'::jsonb $$;
"#;

const MANIFEST: &str = r#"{
    "version": 1,
    "entities": {
        "thing": {
            "table": "app.thing", "key": "id",
            "image": { "table": "app.tv_thing", "key": "id", "column": "data", "type": "Thing" }
        }
    },
    "types": { "Thing": { "fields": { "id": "ID!" } } },
    "inputs": { "Options": { "fields": { "id": "ID", "note": "String" } } },
    "mutations": {
        "keywords": {
            "function": "app.keywords",
            "arguments": { "position": "Int!", "values": "String!", "select": "String!", "row": "JSON" }, "success": {}
        },
        "variadic": { "function": "app.variadic", "arguments": { "a": "Int!", "parts": "[String!]!" }, "success": {} },
        "json": {
            "function": "app.json", "arguments": { "a": "Int!" }, "success": { "thing": "Thing!" },
            "event": { "type": "T", "entity": "thing", "operation": "CREATE", "id": "thing.id", "after": "thing" }
        },
        "jsonArgument": {
            "function": "app.json_argument", "arguments": { "document": "JSON!", "thing_id": "ID!" }, "success": {},
            "event": {
                "type": "T", "entity": "thing", "operation": "UPDATE", "id": "$thing_id", "after": "$document",
                "metadata": { "whole": "$document", "part": "$document.a.b" }
            }
        },
        "optional": {
            "function": "app.optional", "arguments": { "thing_id": "ID", "options": "Options" }, "success": {},
            "event": {
                "type": "T", "entity": "thing", "operation": "UPDATE", "id": "$thing_id", "after": "$options",
                "metadata": { "whole": "$options", "part": "$options.note" }
            }
        },
        "optionalKey": {
            "function": "app.optional_key", "arguments": { "options": "Options" }, "success": {},
            "event": { "type": "T", "entity": "thing", "operation": "UPDATE", "id": "$options.id", "after": "$options" }
        },
        "definer": {
            "function": "app.definer", "arguments": { "options": "Options" }, "success": {},
            "event": {
                "type": "it's \\", "entity": "thing", "operation": "DELETE", "id": "$options.id",
                "metadata": { "we'ird\\ \"key\"": "$options.note" }
            }
        },
        "outParameter": { "function": "app.out_parameter", "arguments": { "a": "Int!" }, "success": {} },
        "weird": {
            "function": "\"We\"\"ird s'ch\\ema\".\"f n\"\"x\\'\"",
            "arguments": { "r": "String!" }, "success": {}, "success_codes": ["it's\\"]
        }
    }
}"#;

/// The contract, and the SQL of the event log that belongs to it.
fn read() -> (Contract, String) {
    let mut sources = SourceMap::new();
    let sql = sources.add("thing.sql", SQL).unwrap();
    let mut sql = vec![Source::whole(&sources, sql, SourceKind::Schema)];
    sql.extend(event_log::source(&mut sources, "app"));
    let (catalog, diagnostics) = catalog::read(&sources, &sql);
    assert_eq!(diagnostics, []);
    let file = sources.add("mutations.json", MANIFEST).unwrap();
    let manifest = manifest::read(&sources, file).unwrap();
    let checked = contract::check(&pgmutate_codegen::body::Bodies::new(&catalog, &sources), &manifest);
    assert_eq!(checked.contract.mutations.len(), 9, "{:?}", checked.diagnostics);
    let entities = event_log::entities(&manifest, &catalog).unwrap();
    (checked.contract, event_log::script(&event_log::Settings::default(), &entities).unwrap())
}

/// The statement as the runtime composes it, and the types that it binds.
fn compose(mutation: &Mutation, with_optional: bool, added: &Part) -> (String, Vec<Type>) {
    let given = |index: usize| with_optional || !mutation.arguments[index].optional;
    let number = |index: usize| (0..=index).filter(|index| given(*index)).count();
    let bound = (0..mutation.arguments.len()).filter(|index| given(*index)).count();
    let mut extra = 0;
    let mut text = String::new();
    for part in &mutation.statement {
        match part {
            Part::Text(part) => text.push_str(part),
            Part::Optional { argument, before, after } if given(*argument) => {
                let before = if number(*argument) == 1 { before.trim_start_matches(", ") } else { before };
                text.push_str(&format!("{before}${}{after}", number(*argument)));
            }
            Part::Optional { .. } => {}
            Part::Value(argument) if given(*argument) => text.push_str(&format!("${}", number(*argument))),
            Part::Value(_) => text.push_str("NULL"),
            Part::Response => text.push_str("response"),
            Part::Settings if added == part => {
                extra = 2;
                text.push_str(&format!(
                    "\n    FROM (SELECT set_config(${}, ${}, true)) AS settings",
                    bound + 1,
                    bound + 2
                ));
            }
            Part::Guard if added == part => {
                extra = 1;
                text.push_str(&format!("\nWHERE current_setting('pgmutate.flight', true) = ${}", bound + 1));
            }
            Part::Settings | Part::Guard => {}
        }
    }
    let bound = mutation.arguments.iter().enumerate().filter(|(index, _)| given(*index));
    let types = bound.map(|(_, argument)| match argument.marker.as_str() {
        "Int4" => Type::INT4,
        "Json" => Type::JSON,
        "Jsonb" => Type::JSONB,
        "Text" => Type::TEXT,
        "Uuid" => Type::UUID,
        "Array<Text>" => Type::TEXT_ARRAY,
        other => panic!("{other}"),
    });
    (text, types.chain(std::iter::repeat_n(Type::TEXT, extra)).collect())
}

#[tokio::test]
async fn every_statement_is_accepted() {
    let (contract, event_log) = read();
    let database = database().await.unwrap();
    let client = database.connect().await.unwrap();
    client.batch_execute(SQL).await.unwrap();
    client.batch_execute(&event_log).await.unwrap();
    for mutation in &contract.mutations {
        for (with_optional, added) in [
            (true, Part::Text(String::new())),
            (false, Part::Text(String::new())),
            (true, Part::Settings),
            (false, Part::Guard),
        ] {
            let (text, types) = compose(mutation, with_optional, &added);
            let prepared = client.prepare_typed(&text, &types).await;
            assert!(prepared.is_ok(), "{}: {:?}\n{text}", mutation.name, prepared.err());
        }
    }
}
