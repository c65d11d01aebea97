-- A hash index on the entity's id in place of the btree.
DROP INDEX app.mutation_events_entity_id_idx;
CREATE INDEX ON app.mutation_events USING hash (entity_id);
