CREATE OR REPLACE FUNCTION {{function}}({{parameters}}) RETURNS jsonb
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgmutate$
DECLARE
    image jsonb;
BEGIN
    -- First what the mutation itself locks first: the other way round, two of them would wait for each other.
    PERFORM 1 FROM {{table}} AS entity WHERE {{table_key}} FOR NO KEY UPDATE;
    SELECT kept.{{column}} INTO image FROM {{image_table}} AS kept WHERE {{image_key}} FOR NO KEY UPDATE;
    RETURN image;
END;
$pgmutate$;

COMMENT ON FUNCTION {{signature}} IS {{comment}};
