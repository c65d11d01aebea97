CREATE OR REPLACE VIEW {{schema}}.mutation_consumer_lag AS
SELECT
    consumer.consumer,
    consumer.position,
    newest.event_id AS newest_event_id,
    GREATEST(newest.event_id - consumer.position, 0) AS numbers_behind,
    waiting.event_timestamp AS waiting_since,
    GREATEST(extract(epoch FROM clock_timestamp() - waiting.event_timestamp), 0) AS seconds_behind,
    consumer.delivered,
    consumer.moved_at,
    (SELECT count(*) FROM {{schema}}.mutation_parked AS parked WHERE parked.consumer = consumer.consumer) AS parked_entities,
    consumer.slot,
    consumer.lsn,
    slot.wal_status AS slot_status,
    slot.active AS slot_active,
    pg_wal_lsn_diff(CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_lsn() END, slot.restart_lsn)::bigint AS retained_wal_bytes
FROM {{schema}}.mutation_consumers AS consumer
    CROSS JOIN (SELECT COALESCE(max(event.event_id), 0) AS event_id FROM {{schema}}.mutation_events AS event) AS newest
    LEFT JOIN LATERAL (
        SELECT event.event_timestamp
        FROM {{schema}}.mutation_events AS event
        WHERE event.event_id > consumer.position
        ORDER BY event.event_id
        LIMIT 1
    ) AS waiting ON true
    LEFT JOIN pg_catalog.pg_replication_slots AS slot ON slot.slot_name = consumer.slot;

CREATE OR REPLACE VIEW {{schema}}.mutation_history AS
SELECT
    event.event_id,
    event.event_timestamp,
    event.event_type,
    event.entity_type,
    COALESCE(event.entity_id::text, event.entity_key::text) AS entity,
    event.entity_id,
    event.entity_key,
    event.operation::text AS operation,
    CASE WHEN jsonb_typeof(event.payload -> 'before') = 'object' AND jsonb_typeof(event.payload -> 'after') = 'object' THEN (
        SELECT jsonb_object_agg(changed.key, jsonb_build_array(event.payload -> 'before' -> changed.key, changed.value))
        FROM jsonb_each(event.payload -> 'after') AS changed
        WHERE changed.value IS DISTINCT FROM event.payload -> 'before' -> changed.key
    ) END AS changed,
    event.payload -> 'before' AS before,
    event.payload -> 'after' AS after,
    event.payload -> 'metadata' AS metadata,
    event.transaction_id
FROM {{schema}}.mutation_events AS event;

CREATE OR REPLACE VIEW {{schema}}.mutation_recent AS
SELECT
    event.event_id,
    event.event_timestamp,
    clock_timestamp() - event.event_timestamp AS age,
    event.event_type,
    event.entity_type,
    COALESCE(event.entity_id::text, event.entity_key::text) AS entity,
    event.operation::text AS operation,
    event.payload -> 'metadata' AS metadata
FROM {{schema}}.mutation_events AS event
ORDER BY event.event_id DESC
LIMIT 100;

CREATE OR REPLACE VIEW {{schema}}.mutation_latency AS
SELECT
    latency.consumer,
    latency.event_type,
    latency.events,
    latency.seconds / NULLIF(latency.events, 0) AS mean_seconds,
    p50.seconds AS p50_seconds,
    p99.seconds AS p99_seconds,
    latency.longest AS longest_seconds,
    latency.since,
    latency.latest
FROM {{schema}}.mutation_latencies AS latency
    CROSS JOIN LATERAL {{schema}}.mutation_latency_within(latency.counts, 0.5) AS p50 (seconds)
    CROSS JOIN LATERAL {{schema}}.mutation_latency_within(latency.counts, 0.99) AS p99 (seconds);
