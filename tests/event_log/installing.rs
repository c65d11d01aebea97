//! Installed again and again, over older logs, newer ones, and what is not ours.

use pgmutate_codegen::event_log::{Entity, QualifiedName, Settings, VERSION, script};
use tokio_postgres::error::SqlState;

use super::{customer, entity, install, installed, refusal, text};

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
    client.batch_execute(include_str!("../../fixtures/shop/event_log_version_1.sql")).await.unwrap();
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
