-- No index but the primary key.
DROP INDEX app.mutation_events_entity_id_idx, app.mutation_events_entity_key_idx, app.mutation_events_event_timestamp_idx;
