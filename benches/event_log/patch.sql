-- Changes the log function by replacing a piece of its definition, which must be there.
CREATE FUNCTION public.patch_log(piece text, replacement text) RETURNS void
LANGUAGE plpgsql
AS $patch$
DECLARE
    definition text := pg_get_functiondef('app.log_cdc_event(text, text, uuid, text, jsonb, jsonb, jsonb, jsonb)'::regprocedure);
BEGIN
    IF strpos(definition, piece) = 0 THEN
        RAISE EXCEPTION 'the log function holds no `%`', piece;
    END IF;
    EXECUTE replace(definition, piece, replacement);
END;
$patch$;
