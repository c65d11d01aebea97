COMMENT ON TABLE {{schema}}.mutation_log IS 'The one row that describes this event log. Installed by pgmutate';
COMMENT ON COLUMN {{schema}}.mutation_log.version IS 'The version of these tables and functions';
COMMENT ON COLUMN {{schema}}.mutation_log.identity IS
    'Tells this log from every other: with event_id and transaction_id it identifies an event for ever. Give a copied database a new one';
COMMENT ON COLUMN {{schema}}.mutation_log.partition_rows IS 'How many numbers a partition of mutation_events spans';
COMMENT ON COLUMN {{schema}}.mutation_log.partitions_ahead IS 'How many empty partitions are kept ready';
COMMENT ON COLUMN {{schema}}.mutation_log.partitioned_to IS 'The first event_id that has no partition of its own yet';

COMMENT ON COLUMN {{schema}}.mutation_log.pruned_to IS 'Up to this event_id events may have been dropped';

COMMENT ON TABLE {{schema}}.mutation_consumers IS 'How far each consumer of the log has come. Written by the relay';
COMMENT ON COLUMN {{schema}}.mutation_consumers.position IS
    'Up to this event_id every event is delivered, parked, of no interest to the consumer, or was rolled back';
COMMENT ON COLUMN {{schema}}.mutation_consumers.delivered IS 'How many events were delivered in all';

COMMENT ON TABLE {{schema}}.mutation_parked IS
    'Entities of which a consumer does not take an event: from that one on they wait, all others go on. Written by the relay';
COMMENT ON COLUMN {{schema}}.mutation_parked.entity IS 'The key as text, whatever it is';
COMMENT ON COLUMN {{schema}}.mutation_parked.event_id IS 'The first event that is not delivered';
COMMENT ON COLUMN {{schema}}.mutation_parked.release IS 'What the relay is asked to do: replay, from this event on, or skip, behind it';

COMMENT ON TABLE {{schema}}.mutation_keys IS 'What was answered to calls with an idempotency key. Written by keep_mutation_response only';
COMMENT ON COLUMN {{schema}}.mutation_keys.scope IS 'Whose key it is: a tenant or an actor';
COMMENT ON COLUMN {{schema}}.mutation_keys.fingerprint IS 'SHA-256 of the input: arguments and settings';

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
COMMENT ON FUNCTION {{schema}}.answer_violation(text, jsonb, text, text) IS
    'Raises PGM01 with the path to what an answer must not hold, and what is expected there';
COMMENT ON FUNCTION {{schema}}.contract_mistake(jsonb, text, jsonb, text) IS
    'Where a value is not of a type: the path, what is there and what is expected; NULL where it is';
COMMENT ON FUNCTION {{schema}}.claim_mutation(text, text, text, text) IS
    'What an earlier call with this idempotency key was answered; NULLs where there was none, and the key is then the caller''s';
COMMENT ON FUNCTION {{schema}}.keep_mutation_response(text, text, text, text, interval, jsonb, boolean) IS
    'Keeps the answer to a call under its idempotency key, and returns it';
COMMENT ON FUNCTION {{schema}}.prune_mutation_keys() IS 'Deletes what was kept under keys that have expired; returns how many';
COMMENT ON FUNCTION {{schema}}.maintain_mutation_events() IS
    'Makes partitions ahead of need and returns how many. Call it now and then; nothing is lost where nobody does';
COMMENT ON FUNCTION {{schema}}.prune_mutation_events(interval) IS
    'Drops partitions whose events are all older than this and delivered to every consumer; returns how many';

COMMENT ON VIEW {{schema}}.mutation_consumer_lag IS 'How far each consumer is behind, and how many entities it has parked';
COMMENT ON VIEW {{schema}}.mutation_history IS 'Events for people: what changed from what to what. Ask for an entity, or ORDER BY event_id DESC LIMIT 100';
