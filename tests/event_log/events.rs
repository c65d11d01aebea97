//! What writes events, whatever the keys of their entities are.

use pgmutate_codegen::event_log::Settings;
use serde_json::Value;
use tokio_postgres::error::SqlState;

use super::{customer, entity, installed, refusal, text};

#[tokio::test]
async fn an_event_tells_its_own_table() {
    let (database, client) = installed(&Settings::default(), &[customer()]).await;
    let id = "c0000000-0000-4000-8000-000000000001";
    client
        .batch_execute(&format!("SELECT app.log_cdc_event('CUSTOMER_CREATED', 'customer', '{id}', 'CREATE', NULL, '{{\"a\": 12.50}}', '{{\"m\": 1}}')"))
        .await
        .unwrap();
    let row = client
        .query_one(
            "SELECT event_id, event_type, entity_type, entity_id::text, entity_key IS NULL, operation, payload::text, source::text,
                    source -> 'txId' = to_jsonb(transaction_id), event_timestamp <= clock_timestamp()
             FROM app.mutation_events",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(row.get::<_, i64>(0), 1);
    assert_eq!([1, 2, 3, 5].map(|column| row.get::<_, String>(column)), ["CUSTOMER_CREATED", "customer", id, "CREATE"]);
    assert_eq!(row.get::<_, String>(6), r#"{"after": {"a": 12.50}, "before": null, "metadata": {"m": 1}}"#);
    let source: Value = serde_json::from_str(&row.get::<_, String>(7)).unwrap();
    assert_eq!(
        (&source["db"], &source["schema"], &source["table"]),
        (&database.name().into(), &"core".into(), &"customer".into())
    );
    assert!(row.get::<_, bool>(4) && row.get::<_, bool>(8) && row.get::<_, bool>(9));
}

#[tokio::test]
async fn an_event_that_says_too_little_is_refused() {
    let (_database, client) = installed(&Settings::default(), &[customer()]).await;
    let call = |arguments: &str| format!("SELECT app.log_cdc_event({arguments}, NULL, NULL, NULL)");
    let id = "'c0000000-0000-4000-8000-000000000001'";
    let own = SqlState::from_code("PGM02");

    let (code, message, hint) = refusal(&client, &call(&format!("'T', 'nobody', {id}, 'CREATE'"))).await;
    assert_eq!((&code, message.as_str()), (&own, "the event log knows no entity `nobody`"));
    assert!(hint.unwrap().contains("run pgmutate install again"));
    let (code, message, _) = refusal(&client, &call(&format!("NULL, 'customer', {id}, 'CREATE'"))).await;
    assert_eq!((&code, message.as_str()), (&own, "an event of entity `customer` needs a type"));
    let (code, message, _) = refusal(&client, &call("'T', 'customer', NULL, 'CREATE'")).await;
    assert_eq!((&code, message.as_str()), (&own, "an event of entity `customer` needs an entity_id or an entity_key"));
    let (code, _, _) = refusal(&client, &call(&format!("'T', NULL, {id}, 'CREATE'"))).await;
    assert_eq!(code, own);
    let (code, _, _) = refusal(&client, &call(&format!("'T', 'customer', {id}, 'UPSERT'"))).await;
    assert_eq!(code, SqlState::CHECK_VIOLATION);
    let (code, _, _) = refusal(&client, &call(&format!("'T', 'customer', {id}, NULL"))).await;
    assert_eq!(code, SqlState::NOT_NULL_VIOLATION);
    assert_eq!(text(&client, "SELECT count(*) FROM app.mutation_events").await, "0");
}

#[tokio::test]
async fn keys_of_any_type_and_number() {
    let mut line = entity("line", &[("order_no", "bigint"), ("sku", "character varying(20)")]);
    line.image.as_mut().unwrap().key = vec!["o".to_owned(), "s".to_owned()];
    let (_database, client) = installed(&Settings::default(), &[line]).await;
    client
        .batch_execute(
            "CREATE SCHEMA core;
             CREATE TABLE core.line (order_no bigint, sku varchar(20), PRIMARY KEY (order_no, sku));
             CREATE TABLE core.tv_line (o bigint, s text, data jsonb);
             INSERT INTO core.line VALUES (7, 'A');
             INSERT INTO core.tv_line VALUES (7, 'A', '{\"n\": 1}'), (8, 'A', '{\"n\": 2}');",
        )
        .await
        .unwrap();
    assert_eq!(text(&client, "SELECT app.before_line(7, 'A')").await, r#"{"n": 1}"#);
    assert_eq!(text(&client, "SELECT app.before_line(9, 'A')").await, "");

    client
        .batch_execute("SELECT app.log_cdc_event('T', 'line', NULL, 'DELETE', '{}', NULL, entity_key => '{\"order_no\": 7, \"sku\": \"A\"}')")
        .await
        .unwrap();
    assert_eq!(
        text(&client, "SELECT entity_key FROM app.mutation_events WHERE entity_id IS NULL").await,
        r#"{"sku": "A", "order_no": 7}"#
    );
}

#[tokio::test]
async fn an_image_is_read_under_the_locks_of_both_rows() {
    let (database, client) = installed(&Settings::default(), &[customer()]).await;
    let id = "c0000000-0000-4000-8000-000000000001";
    client
        .batch_execute(&format!(
            "CREATE SCHEMA core;
             CREATE TABLE core.customer (id uuid PRIMARY KEY);
             CREATE TABLE core.tv_customer (id uuid PRIMARY KEY, data jsonb);
             INSERT INTO core.customer VALUES ('{id}');
             INSERT INTO core.tv_customer VALUES ('{id}', '{{}}');"
        ))
        .await
        .unwrap();
    client.batch_execute(&format!("BEGIN; SELECT app.before_customer('{id}')")).await.unwrap();
    let other = database.connect().await.unwrap();
    for table in ["core.customer", "core.tv_customer"] {
        let (code, _, _) = refusal(&other, &format!("SELECT 1 FROM {table} FOR NO KEY UPDATE NOWAIT")).await;
        assert_eq!(code, SqlState::LOCK_NOT_AVAILABLE, "{table}");
        // Who only refers to the row need not wait.
        other.batch_execute(&format!("SELECT 1 FROM {table} FOR KEY SHARE NOWAIT")).await.unwrap();
    }
}

#[tokio::test]
async fn an_answer_is_flat_and_its_envelope_wins() {
    let (_database, client) = installed(&Settings::default(), &[]).await;
    let respond = |data: &str| format!("SELECT app.build_mutation_response(false, 'NOT_FOUND', 'gone', {data})");
    assert_eq!(text(&client, &respond("NULL")).await, r#"{"code": "NOT_FOUND", "message": "gone", "success": false}"#);
    assert_eq!(
        text(&client, &respond(r#"'{"id": 1, "success": true}'"#)).await,
        r#"{"id": 1, "code": "NOT_FOUND", "message": "gone", "success": false}"#
    );
    let (code, message, _) = refusal(&client, &respond("'[1]'")).await;
    assert_eq!(
        (code, message.as_str()),
        (SqlState::INVALID_PARAMETER_VALUE, "the data of a response must be a jsonb object, this is array")
    );
}

#[tokio::test]
async fn a_contract_violation_names_what_is_wrong() {
    let (_database, client) = installed(&Settings::default(), &[]).await;
    for (response, wrong) in [
        ("NULL", "answered null instead of a jsonb object"),
        ("'[]'", "answered a jsonb array instead of an object"),
        ("'{}'", "answered without `success`"),
        (r#"'{"success": "true", "code": "SUCCESS"}'"#, "answered a jsonb string as `success` instead of a boolean"),
        (r#"'{"success": true}'"#, "answered without `code`"),
        (r#"'{"success": true, "code": null}'"#, "answered a jsonb null as `code` instead of a string"),
        (
            r#"'{"success": false, "code": "ODD"}'"#,
            "answered `success` false with the code `ODD`, which its contract does not know",
        ),
    ] {
        let (code, message, _) = refusal(&client, &format!("SELECT app.contract_violation('app.f', {response})")).await;
        assert_eq!((code.code(), message), ("PGM01", format!("function `app.f` {wrong}")));
    }
}
