-- No check of the operation at all.
ALTER TABLE app.mutation_events ALTER COLUMN operation TYPE text;
