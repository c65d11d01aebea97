//! Hostile names, and roles with few rights.

use pgmutate_codegen::event_log::Settings;
use tokio_postgres::error::SqlState;

use super::{customer, entity, install, installed, text};

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
