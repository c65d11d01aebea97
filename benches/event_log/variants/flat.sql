-- The floor: flat columns, no source, no transaction, one table. It does not keep the columns.
CREATE TABLE app.flat (
    event_id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, event_type text NOT NULL, entity_type text NOT NULL, entity_id uuid,
    operation text NOT NULL, before jsonb, after jsonb, metadata jsonb, event_timestamp timestamptz NOT NULL DEFAULT clock_timestamp()
);
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
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    logged_id bigint;
BEGIN
    IF event_type IS NULL OR (entity_id IS NULL AND entity_key IS NULL) THEN
        RAISE EXCEPTION 'an event of entity `%` needs %', entity_type,
                CASE WHEN event_type IS NULL THEN 'a type' ELSE 'an entity_id or an entity_key' END
            USING ERRCODE = 'PGM02',
                  HINT = 'check the `event` of this mutation in the manifest, or the call of log_cdc_event in its function';
    END IF;

    INSERT INTO app.flat (event_type, entity_type, entity_id, operation, before, after, metadata)
    VALUES (log_cdc_event.event_type, log_cdc_event.entity_type, log_cdc_event.entity_id, log_cdc_event.operation,
            log_cdc_event.before, log_cdc_event.after, log_cdc_event.metadata)
    RETURNING event_id INTO logged_id;
    RETURN logged_id;
END;
$$;
