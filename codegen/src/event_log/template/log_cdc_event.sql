CREATE OR REPLACE FUNCTION {{schema}}.log_cdc_event(
    event_type  text,
    entity_type text,
    entity_id   uuid,
    operation   text,
    before      jsonb,
    after       jsonb,
    metadata    jsonb DEFAULT NULL,
    entity_key  jsonb DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgmutate$
DECLARE
    logged_id bigint;
    -- What the runtime knows of the call: who, through what, in which request. Set for the transaction only, after which it reads ''.
    context   jsonb := nullif(current_setting('pgmutate.context', true), '');
BEGIN
    IF event_type IS NULL OR (entity_id IS NULL AND entity_key IS NULL) THEN
        RAISE EXCEPTION 'an event of entity `%` needs %', entity_type,
                CASE WHEN event_type IS NULL THEN 'a type' ELSE 'an entity_id or an entity_key' END
            USING ERRCODE = 'PGM02',
                  HINT = 'check the `event` of this mutation in the manifest, or the call of log_cdc_event in its function';
    END IF;

    -- One statement: the identity column draws its number inside the INSERT, after the table is locked. Readers rely on that.
    INSERT INTO {{schema}}.mutation_events
        (event_type, entity_type, entity_id, entity_key, operation, payload, source)
    SELECT
        log_cdc_event.event_type,
        entity.entity_type,
        log_cdc_event.entity_id,
        log_cdc_event.entity_key,
        log_cdc_event.operation,
        jsonb_build_object(
            'before', before, 'after', after,
            'metadata', CASE
                WHEN context IS NULL THEN metadata
                WHEN metadata IS NULL THEN context
                WHEN jsonb_typeof(metadata) = 'object' THEN context || metadata
                ELSE metadata
            END
        ),
        jsonb_build_object(
            'db', current_database(), 'schema', entity.table_schema, 'table', entity.table_name, 'txId', txid_current()
        )
    FROM {{schema}}.mutation_entities AS entity
    WHERE entity.entity_type = log_cdc_event.entity_type
    RETURNING event_id INTO logged_id;

    IF logged_id IS NULL THEN
        RAISE EXCEPTION 'the event log knows no entity `%`', entity_type
            USING ERRCODE = 'PGM02',
                  HINT = 'declare it under `entities` in the manifest, then run pgmutate install again';
    END IF;

    RETURN logged_id;
END;
$pgmutate$;
