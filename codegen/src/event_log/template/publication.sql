-- What a replication slot sends of the log: its rows, under the name of the whole table and not of a partition.
DO $pgmutate$
DECLARE
    messages CONSTANT text := current_setting('client_min_messages');
BEGIN
    IF EXISTS (
        SELECT 1
        FROM pg_catalog.pg_publication_rel AS member
            JOIN pg_catalog.pg_publication AS publication ON publication.oid = member.prpubid
        WHERE member.prrelid = {{events_literal}}::regclass AND publication.pubinsert AND publication.pubviaroot
    ) THEN
        RETURN;
    END IF;
    IF EXISTS (SELECT 1 FROM pg_catalog.pg_publication WHERE pubname = {{publication_literal}}) THEN
        RAISE EXCEPTION 'the publication `%` is there already, and does not publish the event log', {{publication_literal}}
            USING ERRCODE = 'duplicate_object',
                  HINT = 'rename it with ALTER PUBLICATION ... RENAME TO';
    END IF;
    IF NOT has_database_privilege(current_database(), 'CREATE') THEN
        RAISE NOTICE 'no publication for replication slots: it takes the right CREATE on the database; the table can be read without one';
        RETURN;
    END IF;
    -- A server with another wal_level warns, although nobody asked it for a slot.
    PERFORM set_config('client_min_messages', 'error', true);
    CREATE PUBLICATION {{publication}} FOR TABLE {{schema}}.mutation_events
        WITH (publish = 'insert', publish_via_partition_root = true);
    PERFORM set_config('client_min_messages', messages, true);
    COMMENT ON PUBLICATION {{publication}} IS 'The event log, for replication slots. Installed by pgmutate';
END;
$pgmutate$;
