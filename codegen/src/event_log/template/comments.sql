COMMENT ON TABLE {{schema}}.mutation_log IS 'The one row that describes this event log. Installed by pgmutate';
COMMENT ON COLUMN {{schema}}.mutation_log.version IS 'The version of these tables and functions';
COMMENT ON COLUMN {{schema}}.mutation_log.identity IS
    'Tells this log from every other: with event_id and transaction_id it identifies an event for ever. Give a copied database a new one';
COMMENT ON COLUMN {{schema}}.mutation_log.partition_rows IS 'How many numbers a partition of mutation_events spans';
COMMENT ON COLUMN {{schema}}.mutation_log.partitions_ahead IS 'How many empty partitions are kept ready';
COMMENT ON COLUMN {{schema}}.mutation_log.partitioned_to IS 'The first event_id that has no partition of its own yet';

COMMENT ON TABLE {{schema}}.mutation_entities IS 'What the manifest says of entities. Written by pgmutate install, which replaces it as a whole';
COMMENT ON COLUMN {{schema}}.mutation_entities.key_columns IS 'The key of the table, in its order';
COMMENT ON COLUMN {{schema}}.mutation_entities.image_function IS 'The function that locks an entity and reads its before image';

COMMENT ON DOMAIN {{schema}}.mutation_operation IS 'What happened to an entity';

COMMENT ON TABLE {{schema}}.mutation_events IS
    'The events that mutations left, each in the transaction of its mutation. Written by log_cdc_event only, never changed';
COMMENT ON COLUMN {{schema}}.mutation_events.event_id IS
    'Rises within an entity; drawn inside the INSERT. Gaps are transactions that rolled back or have not ended yet';
COMMENT ON COLUMN {{schema}}.mutation_events.entity_id IS 'The entity''s key where it is a uuid';
COMMENT ON COLUMN {{schema}}.mutation_events.entity_key IS 'The entity''s key where it is something else, by column';
COMMENT ON COLUMN {{schema}}.mutation_events.payload IS 'before, after and metadata; before is null for CREATE, after for DELETE';
COMMENT ON COLUMN {{schema}}.mutation_events.source IS 'Where it happened: db, schema, table and txId';
COMMENT ON COLUMN {{schema}}.mutation_events.event_timestamp IS 'When it was written, not when it was committed';
COMMENT ON COLUMN {{schema}}.mutation_events.transaction_id IS 'The transaction, with its epoch';

COMMENT ON FUNCTION {{schema}}.log_cdc_event(text, text, uuid, text, jsonb, jsonb, jsonb, jsonb) IS
    'Leaves an event in this transaction and returns its event_id';
COMMENT ON FUNCTION {{schema}}.build_mutation_response(boolean, text, text, jsonb) IS
    'A mutation''s answer: one flat jsonb object of success, code, message and the keys of data';
COMMENT ON FUNCTION {{schema}}.contract_violation(text, jsonb) IS
    'Raises PGM01: a mutation function answered what its contract does not know, so its transaction must not commit';
COMMENT ON FUNCTION {{schema}}.maintain_mutation_events() IS
    'Makes partitions ahead of need and returns how many. Call it now and then; nothing is lost where nobody does';
