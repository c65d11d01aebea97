//! Partitions that are made ahead, and go when everybody has had what is in them.

use pgmutate_codegen::event_log::Settings;

use super::{customer, installed, text};

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
