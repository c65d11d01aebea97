//! The event log on a real server: installed again and again, under hostile names, with other keys than uuid, by roles with few rights.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use pgmutate_codegen::event_log::{Entity, Image, KeyColumn, QualifiedName, Settings, VERSION, script};
use pgmutate_test_support::Database;
use serde_json::Value;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

/// An entity whose document is kept beside its table, both in `core`.
fn entity(name: &str, key: &[(&str, &str)]) -> Entity {
    Entity {
        name: name.to_owned(),
        table: QualifiedName::new("core", name),
        key: key
            .iter()
            .map(|(name, data_type)| KeyColumn { name: (*name).to_owned(), data_type: (*data_type).to_owned() })
            .collect(),
        image: Some(Image {
            table: QualifiedName::new("core", format!("tv_{name}")),
            key: key.iter().map(|(name, _)| (*name).to_owned()).collect(),
            column: "data".to_owned(),
        }),
    }
}

fn customer() -> Entity {
    entity("customer", &[("id", "uuid")])
}

/// A database with the log of these entities; the tables are not there yet, as the log does not need them.
async fn installed(settings: &Settings, entities: &[Entity]) -> (Database, Client) {
    let database = pgmutate_test_support::database().await.unwrap();
    let client = database.connect().await.unwrap();
    install(&client, settings, entities).await.unwrap();
    (database, client)
}

async fn install(client: &Client, settings: &Settings, entities: &[Entity]) -> Result<(), tokio_postgres::Error> {
    client.batch_execute(&script(settings, entities).unwrap()).await
}

/// The only column of the only row.
async fn text(client: &Client, sql: &str) -> String {
    client
        .query_one(&format!("SELECT ({sql})::text"), &[])
        .await
        .unwrap()
        .get::<_, Option<String>>(0)
        .unwrap_or_default()
}

async fn refusal(client: &Client, sql: &str) -> (SqlState, String, Option<String>) {
    let error = client.batch_execute(sql).await.expect_err(sql);
    let error = error.as_db_error().expect("an error of the server");
    (error.code().clone(), error.message().to_owned(), error.hint().map(str::to_owned))
}

/// All that an install could have touched, row versions included where they hold data.
const EVERYTHING: &str = "
    SELECT jsonb_build_array(
        (SELECT jsonb_agg(to_jsonb(log) || jsonb_build_object('xmin', log.xmin::text)) FROM app.mutation_log AS log),
        (SELECT jsonb_agg(to_jsonb(entity) || jsonb_build_object('xmin', entity.xmin::text) ORDER BY entity_type)
         FROM app.mutation_entities AS entity),
        (SELECT jsonb_agg(jsonb_build_array(relname, relkind, relacl::text, oid, pg_get_expr(relpartbound, oid)) ORDER BY oid)
         FROM pg_class WHERE relnamespace = 'app'::regnamespace),
        (SELECT jsonb_agg(jsonb_build_array(oid, pg_get_functiondef(oid), proacl::text, obj_description(oid, 'pg_proc')) ORDER BY oid)
         FROM pg_proc WHERE pronamespace = 'app'::regnamespace)
    )";

#[tokio::test]
async fn installing_again_changes_nothing() {
    let entities = [customer(), entity("product", &[("id", "uuid")])];
    let (_database, client) = installed(&Settings::default(), &entities).await;
    let before = text(&client, EVERYTHING).await;
    install(&client, &Settings::default(), &entities).await.unwrap();
    assert_eq!(text(&client, EVERYTHING).await, before);
    assert_eq!(text(&client, "SELECT version FROM app.mutation_log").await, VERSION.to_string());
}

#[tokio::test]
async fn entities_without_an_image_install_again_as_well() {
    let entities = [Entity { image: None, ..customer() }];
    let (_database, client) = installed(&Settings::default(), &entities).await;
    let before = text(&client, EVERYTHING).await;
    install(&client, &Settings::default(), &entities).await.unwrap();
    assert_eq!(text(&client, EVERYTHING).await, before);
}

#[tokio::test]
async fn entities_follow_the_manifest() {
    let (_database, client) =
        installed(&Settings::default(), &[customer(), entity("product", &[("id", "uuid")])]).await;
    let moved =
        Entity { table: QualifiedName::new("sales", "customer"), ..entity("customer", &[("number", "bigint")]) };
    install(&client, &Settings::default(), &[moved]).await.unwrap();

    let entities = "SELECT string_agg(entity_type || ' ' || table_schema || ' ' || key_columns::text || ' ' || image_function, ';') \
                    FROM app.mutation_entities";
    assert_eq!(text(&client, entities).await, "customer sales {number} app.before_customer(bigint)");
    let images = "SELECT string_agg(oid::regprocedure::text, ';') FROM pg_proc WHERE proname LIKE 'before%'";
    assert_eq!(text(&client, images).await, "app.before_customer(bigint)");

    install(&client, &Settings::default(), &[]).await.unwrap();
    assert_eq!(text(&client, "SELECT count(*) FROM app.mutation_entities").await, "0");
    assert_eq!(text(&client, images).await, "");
}

#[tokio::test]
async fn what_is_not_ours_is_not_replaced() {
    let database = pgmutate_test_support::database().await.unwrap();
    let client = database.connect().await.unwrap();
    client.batch_execute("CREATE SCHEMA app; CREATE TABLE app.mutation_events (id int)").await.unwrap();
    let (code, message, hint) = refusal(&client, &script(&Settings::default(), &[]).unwrap()).await;
    assert_eq!(
        (code, message.as_str()),
        (SqlState::DUPLICATE_TABLE, "the table `app.mutation_events` is there already, and pgmutate did not make it")
    );
    assert!(hint.unwrap().contains("`event_log`"));

    client
        .batch_execute("DROP TABLE app.mutation_events; CREATE FUNCTION app.before_customer(uuid) RETURNS int LANGUAGE sql AS 'SELECT 1'")
        .await
        .unwrap();
    let (code, message, _) = refusal(&client, &script(&Settings::default(), &[customer()]).unwrap()).await;
    assert_eq!(
        (code, message.as_str()),
        (
            SqlState::DUPLICATE_FUNCTION,
            "the function `app.before_customer(uuid)` is there already, and pgmutate did not make it"
        )
    );
    // An install is whole or not at all.
    assert_eq!(text(&client, "SELECT to_regclass('app.mutation_events')").await, "");

    let seven = "DROP FUNCTION app.before_customer;
        CREATE FUNCTION app.log_cdc_event(text, text, uuid, text, jsonb, jsonb, jsonb) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'";
    client.batch_execute(seven).await.unwrap();
    let (code, message, _) = refusal(&client, &script(&Settings::default(), &[]).unwrap()).await;
    assert_eq!(
        (code, message.as_str()),
        (
            SqlState::DUPLICATE_FUNCTION,
            "another function `log_cdc_event` is in the schema `app` already, and pgmutate did not make it"
        )
    );
}

#[tokio::test]
async fn a_newer_log_is_left_alone() {
    let (_database, client) = installed(&Settings::default(), &[]).await;
    client.batch_execute("UPDATE app.mutation_log SET version = 99").await.unwrap();
    let (code, message, _) = refusal(&client, &script(&Settings::default(), &[]).unwrap()).await;
    assert_eq!(code, SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE);
    assert!(message.contains("has version 99"), "{message}");
}

/// The log as the first version made it, with an event in it, comes to what a fresh install makes.
#[tokio::test]
async fn an_older_log_is_upgraded() {
    let database = pgmutate_test_support::database().await.unwrap();
    let client = database.connect().await.unwrap();
    client.batch_execute(include_str!("../fixtures/shop/event_log_version_1.sql")).await.unwrap();
    let log = "SELECT app.log_cdc_event('T', 'customer', gen_random_uuid(), 'CREATE', NULL, '{}', NULL)";
    client.batch_execute(log).await.unwrap();
    let kept = "SELECT row_to_json(event) FROM app.mutation_events AS event";
    let (event, identity) = (text(&client, kept).await, text(&client, "SELECT identity FROM app.mutation_log").await);

    install(&client, &Settings::default(), &[customer()]).await.unwrap();
    client.batch_execute(log).await.unwrap();
    assert_eq!(text(&client, "SELECT version FROM app.mutation_log").await, VERSION.to_string());
    assert_eq!(text(&client, &format!("{kept} WHERE event_id = 1")).await, event);
    assert_eq!(text(&client, "SELECT identity FROM app.mutation_log").await, identity);

    let (_fresh_database, fresh) = installed(&Settings::default(), &[customer()]).await;
    let columns = "SELECT string_agg(concat_ws(' ', table_name, ordinal_position, column_name, data_type, column_default, is_nullable), ';'
                        ORDER BY table_name, ordinal_position)
                   FROM information_schema.columns WHERE table_schema = 'app' AND table_name NOT LIKE 'mutation_events_from_%'";
    assert_eq!(text(&client, columns).await, text(&fresh, columns).await);
}

/// Old events go, but for what the slowest consumer has not had, what waits for an entity that is parked, and what is young.
#[tokio::test]
async fn only_what_everybody_has_is_pruned() {
    let (_database, client) = installed(&Settings::default(), &[customer()]).await;
    client
        .batch_execute(
            "UPDATE app.mutation_log SET partition_rows = 10;
             DROP TABLE app.mutation_events_from_1, app.mutation_events_from_1000001, app.mutation_events_from_2000001,
                        app.mutation_events_from_3000001;
             UPDATE app.mutation_log SET partitioned_to = 1;
             SELECT app.maintain_mutation_events();
             SELECT app.log_cdc_event('T', 'customer', gen_random_uuid(), 'CREATE', NULL, '{}', NULL) FROM generate_series(1, 35);",
        )
        .await
        .unwrap();
    let kept = "SELECT min(event_id) FROM app.mutation_events";
    let prune = |age: &str| format!("SELECT app.prune_mutation_events('{age}')");
    // Nobody has come yet.
    assert_eq!(text(&client, &prune("0")).await, "0");
    client
        .batch_execute("INSERT INTO app.mutation_consumers (consumer, position) VALUES ('fast', 35), ('slow', 19)")
        .await
        .unwrap();
    assert_eq!(text(&client, &prune("1 hour")).await, "0");
    assert_eq!(text(&client, &prune("0")).await, "1");
    assert_eq!(text(&client, kept).await, "11");
    client
        .batch_execute(
            "UPDATE app.mutation_consumers SET position = 35;
             INSERT INTO app.mutation_parked (consumer, entity_type, entity_id, entity, event_id, event_type, reason, attempts)
             VALUES ('fast', 'customer', gen_random_uuid(), 'x', 25, 'T', 'no', 1)",
        )
        .await
        .unwrap();
    assert_eq!(text(&client, &prune("0")).await, "1");
    assert_eq!(text(&client, kept).await, "21");
    assert_eq!(text(&client, "SELECT pruned_to FROM app.mutation_log").await, "20");
    client.batch_execute("DELETE FROM app.mutation_parked").await.unwrap();
    assert_eq!(text(&client, &prune("0")).await, "1");
    // The partition that is still written to stays, and so do those that are ready ahead.
    assert_eq!(
        text(&client, "SELECT array_agg(event_id ORDER BY event_id) FROM app.mutation_events").await,
        "{31,32,33,34,35}"
    );
    assert_eq!(
        text(&client, "SELECT app.log_cdc_event('T', 'customer', gen_random_uuid(), 'CREATE', NULL, '{}', NULL)").await,
        "36"
    );
}

#[tokio::test]
async fn history_tells_what_changed() {
    let (_database, client) = installed(&Settings::default(), &[customer()]).await;
    let id = "c0000000-0000-4000-8000-000000000001";
    let update = format!(
        "SELECT app.log_cdc_event('T', 'customer', '{id}', 'UPDATE', '{{\"a\": 1.50, \"b\": 2}}', '{{\"a\": 1.25, \"b\": 2, \"c\": null}}', NULL)"
    );
    client.batch_execute(&update).await.unwrap();
    let changed = format!("SELECT changed FROM app.mutation_history WHERE entity_id = '{id}'");
    assert_eq!(text(&client, &changed).await, r#"{"a": [1.50, 1.25], "c": [null, null]}"#);
    client.batch_execute("INSERT INTO app.mutation_consumers (consumer, position) VALUES ('c', 0)").await.unwrap();
    let lag = "SELECT concat_ws(' ', consumer, position, newest_event_id, numbers_behind, seconds_behind >= 0, parked_entities)
               FROM app.mutation_consumer_lag";
    assert_eq!(text(&client, lag).await, "c 0 1 1 t 0");
}

/// A log that a newer pgmutate has made anew, with an event and a consumer's position in it, keeps both.
#[tokio::test]
async fn the_log_of_the_version_before_is_upgraded() {
    let (_database, client) = installed(&Settings::default(), &[customer()]).await;
    let undo = "INSERT INTO app.mutation_consumers (consumer, position) VALUES ('c', 7);
        DROP PUBLICATION pgmutate_app;
        DROP VIEW app.mutation_latency, app.mutation_recent, app.mutation_consumer_lag;
        DROP FUNCTION app.mutation_latency_within;
        DROP TABLE app.mutation_latencies, app.mutation_keys;
        ALTER TABLE app.mutation_consumers DROP COLUMN slot, DROP COLUMN lsn, DROP COLUMN table_to;
        ALTER TABLE app.mutation_parked DROP COLUMN passed_to;
        UPDATE app.mutation_log SET version = 2;";
    client.batch_execute(undo).await.unwrap();
    install(&client, &Settings::default(), &[customer()]).await.unwrap();
    assert_eq!(text(&client, "SELECT version FROM app.mutation_log").await, VERSION.to_string());
    let position =
        "SELECT concat_ws(' ', consumer, position, slot IS NULL, lsn IS NULL) FROM app.mutation_consumer_lag";
    assert_eq!(text(&client, position).await, "c 7 t t");
}

/// The log is published as a whole, whatever partition a row is in; who may not make a publication gets a log without.
#[tokio::test]
async fn the_log_is_published() {
    let (database, client) = installed(&Settings::default(), &[customer()]).await;
    let published =
        "SELECT string_agg(concat_ws(' ', pubname, tablename, pubinsert, pubupdate, pubdelete, pubviaroot), ';')
                     FROM pg_publication_tables JOIN pg_publication USING (pubname)";
    assert_eq!(text(&client, published).await, "pgmutate_app mutation_events t f f t");
    // Another one that does as well is not doubled.
    client.batch_execute("ALTER PUBLICATION pgmutate_app RENAME TO theirs").await.unwrap();
    install(&client, &Settings::default(), &[customer()]).await.unwrap();
    assert_eq!(text(&client, published).await, "theirs mutation_events t f f t");
    client
        .batch_execute("DROP PUBLICATION theirs; CREATE PUBLICATION pgmutate_app FOR TABLE app.mutation_log")
        .await
        .unwrap();
    let (code, message, hint) = refusal(&client, &script(&Settings::default(), &[customer()]).unwrap()).await;
    assert_eq!(code, SqlState::DUPLICATE_OBJECT);
    assert!(message.contains("`pgmutate_app` is there already") && hint.unwrap().contains("RENAME TO"), "{message}");

    let role = format!("{}_owner", database.name());
    let own = Settings { schema: "own".to_owned(), ..Settings::default() };
    let unprivileged = format!(
        "DROP PUBLICATION pgmutate_app; CREATE ROLE {role}; CREATE SCHEMA own AUTHORIZATION {role}; SET ROLE {role}; {}; RESET ROLE",
        script(&own, &[customer()]).unwrap()
    );
    client.batch_execute(&unprivileged).await.unwrap();
    assert_eq!(text(&client, published).await, "");
    assert_eq!(text(&client, "SELECT version FROM own.mutation_log").await, VERSION.to_string());
    client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
}

#[tokio::test]
async fn people_see_the_latest_events_and_how_long_they_took() {
    let (_database, client) = installed(&Settings::default(), &[customer()]).await;
    let fill = "SELECT app.log_cdc_event('T', 'customer', gen_random_uuid(), 'CREATE', NULL, '{}', '{\"n\": 1}') FROM generate_series(1, 120);
        INSERT INTO app.mutation_consumers (consumer, position) VALUES ('c', 0);
        INSERT INTO app.mutation_latencies (consumer, event_type, events, seconds, longest, counts)
        VALUES ('c', 'T', 100, 0.5, 0.1, '{50, 48, 0, 2}'), ('c', 'NONE', 0, 0, 0, '{}')";
    client.batch_execute(fill).await.unwrap();
    let recent =
        "SELECT concat_ws(' ', count(*), min(event_id), max(event_id), bool_and(age > '0')) FROM app.mutation_recent";
    assert_eq!(text(&client, recent).await, "100 21 120 t");
    let latency = "SELECT string_agg(concat_ws(' ', event_type, events, mean_seconds, p50_seconds, p99_seconds, longest_seconds), ';' ORDER BY event_type)
                   FROM app.mutation_latency";
    assert_eq!(text(&client, latency).await, "NONE 0 0;T 100 0.005 0.0001 0.0008 0.1");
}

#[tokio::test]
async fn hostile_names_stay_names() {
    let hostile = |name: &str| format!("{name} \"'\\ $$ $pgmutate$ {{{{schema}}}} %I %s; --");
    let settings = Settings { schema: hostile("log"), ..Settings::default() };
    let mut thing = entity(&hostile("e"), &[(&hostile("k"), "text")]);
    thing.table.schema = hostile("c");
    if let Some(image) = &mut thing.image {
        image.table.schema = hostile("c");
        image.column = hostile("d");
    }
    let (_database, client) = installed(&settings, std::slice::from_ref(&thing)).await;
    install(&client, &settings, std::slice::from_ref(&thing)).await.unwrap();

    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let image = thing.image.as_ref().unwrap();
    let (schema, tables, key) = (quoted(&settings.schema), quoted(&thing.table.schema), quoted(&thing.key[0].name));
    let (table, kept, data) = (quoted(&thing.table.name), quoted(&image.table.name), quoted(&image.column));
    client
        .batch_execute(&format!(
            "CREATE SCHEMA {tables};
             CREATE TABLE {tables}.{table} ({key} text PRIMARY KEY);
             CREATE TABLE {tables}.{kept} ({key} text PRIMARY KEY, {data} jsonb);
             INSERT INTO {tables}.{table} VALUES ('a');
             INSERT INTO {tables}.{kept} VALUES ('a', '1');
             UPDATE {schema}.mutation_log SET partition_rows = 1;
             ALTER TABLE {schema}.mutation_events ALTER COLUMN event_id RESTART WITH 5000000;"
        ))
        .await
        .unwrap();

    let row = client
        .query_one(
            &format!(
                "SELECT {schema}.log_cdc_event('T', $1, NULL, 'UPDATE', {schema}.{}('a'), '2', NULL, '\"a\"')",
                quoted(&format!("before_{}", thing.name))
            ),
            &[&thing.name],
        )
        .await
        .unwrap();
    assert_eq!(row.get::<_, i64>(0), 5_000_000);
    // Once out of the default partition, once ahead.
    assert_ne!(text(&client, &format!("SELECT {schema}.maintain_mutation_events()")).await, "0");
    let source = client
        .query_one(
            &format!("SELECT source ->> 'schema', source ->> 'table', payload::text FROM {schema}.mutation_events"),
            &[],
        )
        .await
        .unwrap();
    assert_eq!(source.get::<_, String>(0), thing.table.schema);
    assert_eq!(source.get::<_, String>(1), thing.table.name);
    assert_eq!(source.get::<_, String>(2), r#"{"after": 2, "before": 1, "metadata": null}"#);
}

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
async fn rights_are_as_few_as_they_can_be() {
    let database = pgmutate_test_support::database().await.unwrap();
    let client = database.connect().await.unwrap();
    let [writer, reader, relay, nobody] =
        ["writer", "reader", "relay", "nobody"].map(|role| format!("{}_{role}", database.name()));
    let roles = format!("{writer}, {reader}, {relay}, {nobody}");
    for role in [&writer, &reader, &relay, &nobody] {
        client.batch_execute(&format!("CREATE ROLE {role}")).await.unwrap();
    }
    let settings = Settings {
        writers: vec![writer.clone()],
        readers: vec![reader.clone()],
        relays: vec![relay.clone()],
        ..Settings::default()
    };
    install(&client, &settings, &[customer()]).await.unwrap();
    client
        .batch_execute(&format!(
            "GRANT USAGE ON SCHEMA app TO {nobody};
             CREATE SCHEMA core;
             CREATE TABLE core.customer (id uuid PRIMARY KEY);
             CREATE TABLE core.tv_customer (id uuid PRIMARY KEY, data jsonb);"
        ))
        .await
        .unwrap();

    let id = "'c0000000-0000-4000-8000-000000000001'";
    let log =
        format!("SELECT app.log_cdc_event('T', 'customer', {id}, 'DELETE', app.before_customer({id}), NULL, NULL)");
    let respond = "SELECT app.build_mutation_response(true, 'SUCCESS', 'done', NULL)";
    let read = "SELECT * FROM app.mutation_events, app.mutation_entities, app.mutation_log, app.mutation_consumers, app.mutation_parked,
                              app.mutation_history, app.mutation_consumer_lag";
    let insert = "INSERT INTO app.mutation_events (event_type, entity_type, operation, payload, source) VALUES ('T', 'e', 'CREATE', '{}', '{}')";
    let change = "UPDATE app.mutation_events SET event_type = 'X'";
    let maintain = "SELECT app.maintain_mutation_events()";
    let draw = "SELECT nextval('app.mutation_events_event_id_seq')";
    let prune = "SELECT app.prune_mutation_events('1 hour')";
    let advance = "INSERT INTO app.mutation_consumers (consumer, position) VALUES ('c', 1) ON CONFLICT (consumer) DO UPDATE SET position = 2";
    let statements = [log.as_str(), respond, read, insert, change, maintain, draw, prune, advance];
    let mut allowed = Vec::new();
    for role in [&writer, &reader, &relay, &nobody] {
        client.batch_execute(&format!("SET ROLE {role}")).await.unwrap();
        for (at, statement) in statements.iter().enumerate() {
            match client.batch_execute(statement).await {
                Ok(()) => allowed.push((role.rsplit('_').next().unwrap(), at)),
                Err(error) => assert_eq!(error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{role}: {statement}"),
            }
        }
        client.batch_execute("RESET ROLE").await.unwrap();
    }
    client.batch_execute(&format!("DROP OWNED BY {roles}; DROP ROLE {roles}")).await.unwrap();
    let relay = [2, 5, 7, 8].map(|at| ("relay", at));
    assert_eq!(allowed, [[("writer", 0), ("writer", 1), ("reader", 2)].as_slice(), &relay].concat());
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

/// Partitions that come too late, again and again, under writers: no write fails, no event is lost, and none stays in the default partition.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_partitions_lose_nothing() {
    const WRITERS: usize = 4;
    const EVENTS: usize = 150;
    let (database, client) = installed(&Settings::default(), &[customer()]).await;
    client
        .batch_execute(
            "UPDATE app.mutation_log SET partition_rows = 10, partitions_ahead = 1;
             ALTER TABLE app.mutation_events ALTER COLUMN event_id RESTART WITH 4000001;",
        )
        .await
        .unwrap();
    let log = "SELECT app.log_cdc_event('T', 'customer', gen_random_uuid(), 'CREATE', NULL, '{}', NULL)";
    client.batch_execute(log).await.unwrap();
    assert_eq!(text(&client, "SELECT count(*) FROM app.mutation_events_default").await, "1");
    let mut writers = Vec::new();
    for _ in 0..WRITERS {
        let writer = database.connect().await.unwrap();
        writers.push(tokio::spawn(async move {
            for _ in 0..EVENTS {
                writer.batch_execute(log).await.unwrap();
            }
        }));
    }
    while writers.iter().any(|writer| !writer.is_finished()) {
        client.batch_execute("SELECT app.maintain_mutation_events()").await.unwrap();
    }
    for writer in writers {
        writer.await.unwrap();
    }
    client.batch_execute("SELECT app.maintain_mutation_events()").await.unwrap();
    assert_eq!(text(&client, "SELECT count(*) FROM app.mutation_events").await, (1 + WRITERS * EVENTS).to_string());
    assert_eq!(text(&client, "SELECT count(*) FROM app.mutation_events_default").await, "0");
    let unindexed = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'app.mutation_events'::regclass \
                     AND (SELECT count(*) FROM pg_index WHERE indrelid = inhrelid) <> 4";
    assert_eq!(text(&client, unindexed).await, "0");
}

#[tokio::test]
async fn partitions_in_time_stop_no_writer() {
    let (database, client) = installed(&Settings::default(), &[customer()]).await;
    // The numbers have come near the last partition, but not too near.
    client
        .batch_execute("ALTER TABLE app.mutation_events ALTER COLUMN event_id RESTART WITH 3800000; UPDATE app.mutation_log SET partition_rows = 150000")
        .await
        .unwrap();
    let log = "SELECT app.log_cdc_event('T', 'customer', gen_random_uuid(), 'CREATE', NULL, '{}', NULL)";
    client.batch_execute(&format!("BEGIN; {log}")).await.unwrap();
    let owner = database.connect().await.unwrap();
    assert_eq!(text(&owner, "SELECT app.maintain_mutation_events()").await, "3");
    client.batch_execute(&format!("{log}; COMMIT")).await.unwrap();
    assert_eq!(text(&client, "SELECT count(*) FROM app.mutation_events").await, "2");
}
