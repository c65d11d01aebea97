CREATE OR REPLACE FUNCTION {{schema}}.prune_mutation_events(older_than interval) RETURNS integer
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- A drop holds up every writer while it waits for those before it: so it does not wait for long.
SET lock_timeout = '200ms'
AS $pgmutate$
DECLARE
    log_schema CONSTANT text := {{schema_literal}};
    keep_from  bigint;
    last_id    bigint;
    kept       boolean;
    part       record;
    dropped    integer := 0;
BEGIN
    PERFORM 1 FROM {{schema}}.mutation_log FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 0; -- somebody else is at it, or makes partitions
    END IF;

    -- Nobody goes back, and nobody comes, while it is decided what nobody needs.
    LOCK TABLE {{schema}}.mutation_consumers, {{schema}}.mutation_parked IN SHARE MODE;
    SELECT LEAST(
        (SELECT min(consumer.position) + 1 FROM {{schema}}.mutation_consumers AS consumer),
        (SELECT min(parked.event_id) FROM {{schema}}.mutation_parked AS parked)
    ) INTO keep_from;
    IF keep_from IS NULL THEN
        RETURN 0; -- nobody has had any of it
    END IF;

    FOR part IN
        SELECT child.oid::regclass AS name,
            substring(pg_get_expr(child.relpartbound, child.oid) FROM 'TO \(''(\d+)''\)')::bigint AS next_from
        FROM pg_inherits AS inherited
            JOIN pg_class AS child ON child.oid = inherited.inhrelid
        WHERE inherited.inhparent = {{events_literal}}::regclass
            AND pg_get_expr(child.relpartbound, child.oid) <> 'DEFAULT'
        ORDER BY next_from
    LOOP
        EXIT WHEN part.next_from > keep_from;
        -- A partition with no events yet is one that was made ahead, or one whose numbers were all rolled back.
        EXECUTE format('SELECT max(event_id), COALESCE(max(event_timestamp) > now() - $1, false) FROM %s', part.name)
            INTO last_id, kept USING older_than;
        EXIT WHEN kept;
        EXECUTE format('ALTER TABLE %I.mutation_events DETACH PARTITION %s', log_schema, part.name);
        EXECUTE format('DROP TABLE %s', part.name);
        UPDATE {{schema}}.mutation_log SET pruned_to = part.next_from - 1;
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END;
$pgmutate$;
