-- A btree on the time in place of BRIN.
DROP INDEX app.mutation_events_event_timestamp_idx;
CREATE INDEX ON app.mutation_events (event_timestamp);
