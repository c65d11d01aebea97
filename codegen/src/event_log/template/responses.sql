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

-- Where `value` is not of `type`: the path to the mistake, what is there, and what is expected; NULL where it is. `types` defines the types by name.
CREATE OR REPLACE FUNCTION {{schema}}.contract_mistake(value jsonb, type text, types jsonb, path text) RETURNS text
LANGUAGE plpgsql
IMMUTABLE
PARALLEL SAFE
AS $pgmutate$
DECLARE
    kind       text := jsonb_typeof(value);
    plain      text := rtrim(type, '!');
    place      text := CASE WHEN path = '' THEN 'the answer' ELSE format('`%s`', path) END;
    definition jsonb;
    member     text;
    item       record;
    mistake    text;
BEGIN
    IF value IS NULL OR kind = 'null' THEN
        RETURN CASE WHEN type LIKE '%!' THEN
            format('%s %s, where the contract has `%s`', place, CASE WHEN value IS NULL THEN 'is missing' ELSE 'is null' END, type)
        END;
    END IF;

    IF plain LIKE '[%' THEN
        IF kind <> 'array' THEN
            RETURN format('%s is a jsonb %s, where the contract has `%s`', place, kind, type);
        END IF;
        FOR item IN SELECT element, index - 1 AS index FROM jsonb_array_elements(value) WITH ORDINALITY AS list (element, index) LOOP
            mistake := {{schema}}.contract_mistake(
                item.element, substr(plain, 2, length(plain) - 2), types, format('%s[%s]', path, item.index));
            EXIT WHEN mistake IS NOT NULL;
        END LOOP;
        RETURN mistake;
    END IF;

    definition := types -> plain;
    IF definition ? 'kinds' THEN
        RETURN CASE
            WHEN NOT definition -> 'kinds' ? kind THEN format('%s is a jsonb %s, where the contract has `%s`', place, kind, type)
            WHEN definition ? 'values' AND NOT definition -> 'values' ? (value #>> '{}') THEN
                format('%s is `%s`, which is no value of `%s`', place, left(value #>> '{}', 100), plain)
            WHEN kind = 'string' AND value #>> '{}' !~* (definition ->> 'pattern') THEN
                format('%s is a text of another form, where the contract has `%s`', place, type)
            WHEN kind = 'number' AND definition ? 'range' AND (
                (value #>> '{}')::numeric NOT BETWEEN (definition #>> '{range,0}')::numeric AND (definition #>> '{range,1}')::numeric
                OR floor((value #>> '{}')::numeric) <> (value #>> '{}')::numeric
            ) THEN format('%s is another number, where the contract has `%s`', place, type)
        END;
    END IF;

    IF definition ? 'union' OR definition ? 'fields' THEN
        IF kind <> 'object' THEN
            RETURN format('%s is a jsonb %s, where the contract has `%s`', place, kind, type);
        END IF;
    END IF;

    IF definition ? 'union' THEN
        member := definition ->> 'union';
        IF jsonb_typeof(value -> member) IS DISTINCT FROM 'string' OR NOT definition -> 'members' ? (value ->> member) THEN
            RETURN format('%s has no `%s` that tells which `%s` it is', place, member, plain);
        END IF;
        definition := types -> (definition -> 'members' ->> (value ->> member));
    END IF;

    FOR item IN SELECT field.key, field.value AS type FROM jsonb_each_text(definition -> 'fields') AS field LOOP
        mistake := {{schema}}.contract_mistake(
            value -> item.key, item.type, types, CASE WHEN path = '' THEN item.key ELSE format('%s.%s', path, item.key) END);
        EXIT WHEN mistake IS NOT NULL;
    END LOOP;
    RETURN mistake;
END;
$pgmutate$;

-- Of the log's owner, so that callers need no right to what finds the mistake.
CREATE OR REPLACE FUNCTION {{schema}}.answer_violation(function text, response jsonb, type text, types text) RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgmutate$
DECLARE
    found text := CASE
        WHEN response @? '$.**{128}.type() ? (@ == "object" || @ == "array")' THEN 'the answer is nested deeper than 128 levels'
        ELSE {{schema}}.contract_mistake(response, type || '!', types::jsonb, '')
    END;
BEGIN
    RAISE EXCEPTION 'function `%` broke its contract: %', function, coalesce(found, 'its answer has another form')
        USING ERRCODE = 'PGM01',
              HINT = 'the database and the manifest disagree: change the function, or declare the answer and build again';
END;
$pgmutate$;
