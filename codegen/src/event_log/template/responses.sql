CREATE OR REPLACE FUNCTION {{schema}}.build_mutation_response(success boolean, code text, message text, data jsonb DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
AS $pgmutate$
BEGIN
    IF jsonb_typeof(data) <> 'object' THEN
        RAISE EXCEPTION 'the data of a response must be a jsonb object, this is %', jsonb_typeof(data)
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'wrap it: jsonb_build_object(''customer'', ...)';
    END IF;

    RETURN COALESCE(data, '{}'::jsonb) || jsonb_build_object('success', success, 'code', code, 'message', message);
END;
$pgmutate$;

CREATE OR REPLACE FUNCTION {{schema}}.contract_violation(function text, response jsonb) RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $pgmutate$
DECLARE
    found text;
BEGIN
    found := CASE
        WHEN response IS NULL THEN 'answered null instead of a jsonb object'
        WHEN jsonb_typeof(response) <> 'object' THEN
            format('answered a jsonb %s instead of an object', jsonb_typeof(response))
        WHEN NOT response ? 'success' THEN 'answered without `success`'
        WHEN jsonb_typeof(response -> 'success') <> 'boolean' THEN
            format('answered a jsonb %s as `success` instead of a boolean', jsonb_typeof(response -> 'success'))
        WHEN NOT response ? 'code' THEN 'answered without `code`'
        WHEN jsonb_typeof(response -> 'code') <> 'string' THEN
            format('answered a jsonb %s as `code` instead of a string', jsonb_typeof(response -> 'code'))
        ELSE format(
            'answered `success` %s with the code `%s`, which its contract does not know',
            response ->> 'success', left(response ->> 'code', 100)
        )
    END;

    RAISE EXCEPTION 'function `%` %', function, found
        USING ERRCODE = 'PGM01',
              HINT = 'the database and the manifest disagree: change the function, or declare the answer and build again';
END;
$pgmutate$;
