-- One table instead of partitions.
CREATE TABLE app.unpartitioned (LIKE app.mutation_events INCLUDING ALL);
DROP TABLE app.mutation_events;
ALTER TABLE app.unpartitioned RENAME TO mutation_events;
