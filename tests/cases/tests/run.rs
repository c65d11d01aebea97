//! Runs a case on a database of its own.

use pgmutate::transform::transform;
use pgmutate_cases::{ANSWERS, EVENTS, contract};
use pgmutate_test_support::database;
use postgres_types::{ToSql, Type};
use serde_json::{Map, Value, json};
use tokio_postgres::Client;

use crate::case::Case;
use crate::wire::{Jsonb, compose};
use crate::{selected, shape};

/// What does not hold, and what Rust types make of the answers and events.
pub(crate) async fn run(case: &Case) -> (Vec<String>, String) {
    let database = database().await.expect("a database");
    let client = database.connect().await.expect("a connection");
    if let Err(error) = client.batch_execute(&case.schema).await {
        return (vec![format!("schema.sql: {error:?}")], String::new());
    }
    client.batch_execute(&case.event_log).await.expect("the event log installs");
    let (mut failures, mut told, mut typed) = (Vec::new(), Vec::new(), String::new());
    for step in &case.calls {
        if let Some(sql) = step.get("sql") {
            client
                .batch_execute(sql.as_str().unwrap())
                .await
                .unwrap_or_else(|error| panic!("{}: {error:?}", case.name));
            continue;
        }
        told.push(call(case, &client, step, &mut failures, &mut typed).await);
    }
    told.push(json!({ "events": events(case, &client, &mut typed).await }));
    let golden = case.folder.join("expected.json");
    let text = format!("{}\n", serde_json::to_string_pretty(&told).unwrap());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &text).unwrap();
    }
    if std::fs::read_to_string(&golden).unwrap_or_default() != text {
        failures.push(format!("expected.json differs\n{text}"));
    }
    (failures, typed)
}

async fn call(case: &Case, client: &Client, step: &Value, failures: &mut Vec<String>, typed: &mut String) -> Value {
    let name = step["call"].as_str().unwrap();
    let mutation = case.mutation(name);
    let contract = contract(&case.name, name).expect("a generated contract");
    let given = step.get("arguments").and_then(Value::as_object).cloned().unwrap_or_default();
    let (text, bound) = compose(contract, mutation, &given);
    let bound = bound.iter().map(|(value, ty)| (value as &(dyn ToSql + Sync), ty.clone())).collect::<Vec<_>>();
    let rows = match client.query_typed(&text, &bound).await {
        Ok(rows) => rows,
        Err(error) => {
            let error = error.as_db_error().unwrap_or_else(|| panic!("{}: {error:?}\n{text}", case.name));
            return json!({ "call": name, "sqlstate": error.code().code(), "message": error.message() });
        }
    };
    let [row] = rows.as_slice() else { panic!("{}: {} rows", case.name, rows.len()) };
    let response = row.get::<_, Jsonb>(0).0;
    let success = row.get::<_, bool>(1);
    let mut body = Vec::new();
    let object = if success { contract.success } else { contract.error };
    match transform(&response, object, &mut body) {
        Ok(()) => {
            let answer = std::str::from_utf8(&body).expect("it is JSON");
            failures.extend(
                selected::agrees(contract, success, &response, answer).err().map(|why| format!("{name}: {why}")),
            );
        }
        Err(error) => failures.push(format!("{name}: {error}")),
    }
    let (_, _, reader) =
        ANSWERS.iter().find(|(of, mutation, _)| *of == case.name && *mutation == name).expect("a reader");
    let read = reader(success, &response).unwrap_or_else(|error| format!("error: {error}"));
    typed.push_str(&format!("{}: {name}: {read}\n", case.name));
    let parsed = serde_json::from_slice::<Value>(&response).unwrap();
    let client = serde_json::from_slice::<Value>(&body).unwrap_or_default();
    failures.extend(shape::admits(case, mutation, &parsed).err().map(|why| format!("{name}: {why}\n{parsed}")));
    let mut told = Map::new();
    told.insert("call".into(), name.into());
    told.insert("answer".into(), client);
    if row.get::<_, Option<i64>>(2).is_some() {
        told.insert("logged".into(), true.into());
    }
    Value::Object(told)
}

async fn events(case: &Case, client: &Client, typed: &mut String) -> Vec<Value> {
    let sql = "SELECT event_type, payload FROM app.mutation_events ORDER BY event_id";
    for row in client.query_typed(sql, &[] as &[(&(dyn ToSql + Sync), Type)]).await.expect("the event log") {
        let (name, payload) = (row.get::<_, &str>(0), row.get::<_, Jsonb>(1).0);
        let (_, _, reader) = EVENTS.iter().find(|(of, event, _)| *of == case.name && *event == name).expect("a reader");
        let read = reader(&payload).unwrap_or_else(|error| format!("error: {error}"));
        typed.push_str(&format!("{}: {name}: {read}\n", case.name));
    }
    let sql = "SELECT jsonb_build_object('type', event_type, 'entity', entity_type, 'id', coalesce(entity_id::text, entity_key::text), \
               'operation', operation, 'payload', payload) FROM app.mutation_events ORDER BY event_id";
    let rows = client.query_typed(sql, &[] as &[(&(dyn ToSql + Sync), Type)]).await.expect("the event log");
    rows.iter().map(|row| serde_json::from_slice(&row.get::<_, Jsonb>(0).0).unwrap()).collect()
}
