-- No index on the entity's id.
DROP INDEX app.mutation_events_entity_id_idx;
