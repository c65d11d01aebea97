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
    (SELECT count(*) FROM {{schema}}.mutation_parked AS parked WHERE parked.consumer = consumer.consumer) AS parked_entities
FROM {{schema}}.mutation_consumers AS consumer
    CROSS JOIN (SELECT COALESCE(max(event.event_id), 0) AS event_id FROM {{schema}}.mutation_events AS event) AS newest
    LEFT JOIN LATERAL (
        SELECT event.event_timestamp
        FROM {{schema}}.mutation_events AS event
        WHERE event.event_id > consumer.position
        ORDER BY event.event_id
        LIMIT 1
    ) AS waiting ON true;

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
