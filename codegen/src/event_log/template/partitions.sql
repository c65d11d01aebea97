CREATE OR REPLACE FUNCTION {{schema}}.maintain_mutation_events() RETURNS integer
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '5s'
AS $pgmutate$
DECLARE
    log_schema    CONSTANT text := {{schema_literal}};
    numbers       CONSTANT regclass := pg_get_serial_sequence({{events_literal}}, 'event_id');
    attach        CONSTANT text := 'ALTER TABLE %1$I.mutation_events ATTACH PARTITION %1$I.%2$I FOR VALUES FROM (%3$s) TO (%4$s)';
    -- More numbers than are drawn in the five seconds that this may wait.
    safe_distance CONSTANT bigint := 100000;
    log           record;
    last_id       bigint;
    next_from     bigint;
    next_to       bigint;
    partition     text;
    created       integer := 0;
BEGIN
    SELECT * INTO log FROM {{schema}}.mutation_log FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 0; -- somebody else is at it
    END IF;
    next_from := log.partitioned_to;

    -- Whoever inserts while its range is attached fails: the row was on its way to the default partition. So a range is attached beside
    -- writers only while it is farther away than they can come meanwhile; otherwise they have to wait. A writer locks the table before
    -- it draws a number, so behind this lock every number that was drawn is either there or will never be.
    IF next_from <= COALESCE(pg_sequence_last_value(numbers), 0) + safe_distance
        OR EXISTS (SELECT 1 FROM {{schema}}.mutation_events_default)
    THEN
        LOCK TABLE {{schema}}.mutation_events IN ACCESS EXCLUSIVE MODE;
    END IF;
    last_id := COALESCE(pg_sequence_last_value(numbers), 0);

    IF EXISTS (SELECT 1 FROM {{schema}}.mutation_events_default) THEN
        -- Nobody came in time. The events stay where they are: the default partition becomes the partition of their range, and an empty
        -- one takes its place.
        partition := 'mutation_events_from_' || next_from;
        ALTER TABLE {{schema}}.mutation_events DETACH PARTITION {{schema}}.mutation_events_default;
        EXECUTE format('ALTER TABLE %I.mutation_events_default RENAME TO %I', log_schema, partition);
        EXECUTE format(attach, log_schema, partition, next_from, last_id + 1);
        CREATE TABLE {{schema}}.mutation_events_default PARTITION OF {{schema}}.mutation_events DEFAULT;
        next_from := last_id + 1;
        created := created + 1;
    END IF;

    WHILE next_from <= last_id + log.partitions_ahead * log.partition_rows LOOP
        next_to := next_from + log.partition_rows;
        partition := 'mutation_events_from_' || next_from;
        -- Made apart and then attached: unlike PARTITION OF this does not lock the table against writers.
        EXECUTE format(
            'CREATE TABLE %1$I.%2$I (LIKE %1$I.mutation_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)',
            log_schema, partition
        );
        EXECUTE format(attach, log_schema, partition, next_from, next_to);
        next_from := next_to;
        created := created + 1;
    END LOOP;

    UPDATE {{schema}}.mutation_log SET partitioned_to = next_from WHERE partitioned_to <> next_from;
    RETURN created;
END;
$pgmutate$;
