DO $pgmutate$
DECLARE
    installed integer := 0;
BEGIN
    IF to_regclass({{log_literal}}) IS NOT NULL THEN
        SELECT log.version INTO STRICT installed FROM {{schema}}.mutation_log AS log;
    ELSIF to_regclass({{events_literal}}) IS NOT NULL THEN
        RAISE EXCEPTION 'the table `%` is there already, and pgmutate did not make it', {{events_literal}}
            USING ERRCODE = 'duplicate_table',
                  HINT = 'rename it, or give the event log a schema of its own with `event_log` in the manifest';
    END IF;

    -- Beside another function of this name a call with untyped arguments means neither.
    IF EXISTS (
        SELECT 1
        FROM pg_catalog.pg_proc AS function
        WHERE function.pronamespace = to_regnamespace({{namespace_literal}})
            AND function.proname = 'log_cdc_event'
            AND oidvectortypes(function.proargtypes) <> 'text, text, uuid, text, jsonb, jsonb, jsonb, jsonb'
    ) THEN
        RAISE EXCEPTION 'another function `log_cdc_event` is in the schema `%` already, and pgmutate did not make it', {{schema_literal}}
            USING ERRCODE = 'duplicate_function',
                  HINT = 'drop it, or give the event log a schema of its own with `event_log` in the manifest';
    END IF;

    IF installed > {{version}} THEN
        RAISE EXCEPTION 'the event log in schema `%` has version %, this pgmutate knows up to {{version}}', {{schema_literal}}, installed
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'install with the newer pgmutate that made it';
    END IF;
{{steps}}
END;
$pgmutate$;
