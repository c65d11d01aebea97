-- No BRIN index on the time.
DROP INDEX app.mutation_events_event_timestamp_idx;
