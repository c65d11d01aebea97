CREATE OR REPLACE FUNCTION {{schema}}.mutation_latency_within(counts bigint[], share double precision) RETURNS double precision
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $pgmutate$
    SELECT min(reached.seconds)
    FROM (
        SELECT 0.0001 * 2 ^ (counted.place - 1) AS seconds, sum(counted.events) OVER (ORDER BY counted.place) AS events, sum(counted.events) OVER () AS total
        FROM unnest(counts) WITH ORDINALITY AS counted (events, place)
    ) AS reached
    WHERE reached.total > 0 AND reached.events >= share * reached.total;
$pgmutate$;
