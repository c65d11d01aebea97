//! What people and their monitoring read.

use pgmutate_codegen::event_log::Settings;

use super::{customer, installed, text};

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
