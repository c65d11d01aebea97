-- A btree that gives an entity's history in order, in place of one on the id alone.
DROP INDEX app.mutation_events_entity_id_idx;
CREATE INDEX ON app.mutation_events (entity_type, entity_id, event_id);
