-- Check constraints in place of the domain, and one for the key.
ALTER TABLE app.mutation_events ALTER COLUMN operation TYPE text;
ALTER TABLE app.mutation_events
    ADD CHECK (operation IN ('CREATE', 'UPDATE', 'DELETE')),
    ADD CHECK (num_nonnulls(entity_id, entity_key) > 0);
