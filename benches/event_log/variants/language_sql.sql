-- The same INSERT in LANGUAGE sql, which is planned at every call.
CREATE OR REPLACE FUNCTION app.log_cdc_event(
    event_type  text,
    entity_type text,
    entity_id   uuid,
    operation   text,
    before      jsonb,
    after       jsonb,
    metadata    jsonb DEFAULT NULL,
    entity_key  jsonb DEFAULT NULL
) RETURNS bigint
LANGUAGE sql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO app.mutation_events
        (event_type, entity_type, entity_id, entity_key, operation, payload, source)
    SELECT
        log_cdc_event.event_type,
        entity.entity_type,
        log_cdc_event.entity_id,
        log_cdc_event.entity_key,
        log_cdc_event.operation,
        jsonb_build_object('before', before, 'after', after, 'metadata', metadata),
        jsonb_build_object(
            'db', current_database(), 'schema', entity.table_schema, 'table', entity.table_name, 'txId', txid_current()
        )
    FROM app.mutation_entities AS entity
    WHERE entity.entity_type = log_cdc_event.entity_type
    RETURNING event_id;
$$;
