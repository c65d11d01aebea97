-- The answer to an earlier call with this key, or NULLs: then the key is the caller's until its transaction ends, and others wait for that.
CREATE OR REPLACE FUNCTION {{schema}}.claim_mutation(function text, scope text, key text, fingerprint text)
RETURNS TABLE (response jsonb, success boolean)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgmutate$
#variable_conflict use_variable
DECLARE
    kept record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(jsonb_build_array('pgmutate', function, scope, key)::text, 0));
    -- A statement of its own: it sees what was committed while this waited.
    SELECT entry.fingerprint, entry.response, entry.success INTO kept
    FROM {{schema}}.mutation_keys AS entry
    WHERE entry.function = claim_mutation.function AND entry.scope = claim_mutation.scope AND entry.key = claim_mutation.key
        AND entry.expires_at > clock_timestamp();
    IF kept.fingerprint <> fingerprint THEN
        RAISE EXCEPTION 'function `%`: the idempotency key was used with another input', function
            USING ERRCODE = 'PGM03',
                  HINT = 'a key belongs to one call with one input: make a new one for another';
    END IF;
    RETURN QUERY SELECT kept.response, kept.success;
END;
$pgmutate$;

CREATE OR REPLACE FUNCTION {{schema}}.keep_mutation_response(
    function      text,
    scope         text,
    key           text,
    fingerprint   text,
    expires_after interval,
    response      jsonb,
    success       boolean
) RETURNS jsonb
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgmutate$
BEGIN
    INSERT INTO {{schema}}.mutation_keys AS entry (function, scope, key, fingerprint, response, success, expires_at)
    VALUES (function, scope, key, fingerprint, response, success, clock_timestamp() + expires_after)
    ON CONFLICT ON CONSTRAINT mutation_keys_pkey DO UPDATE
        SET fingerprint = excluded.fingerprint, response = excluded.response, success = excluded.success,
            created_at = excluded.created_at, expires_at = excluded.expires_at
        WHERE entry.expires_at <= clock_timestamp();
    IF NOT FOUND THEN
        -- This transaction does not see the other's answer; the next does.
        RAISE EXCEPTION 'function `%`: another call with this idempotency key has been made', function
            USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN response;
END;
$pgmutate$;

CREATE OR REPLACE FUNCTION {{schema}}.prune_mutation_keys() RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $pgmutate$
DECLARE
    pruned bigint;
BEGIN
    DELETE FROM {{schema}}.mutation_keys AS entry WHERE entry.expires_at <= clock_timestamp();
    GET DIAGNOSTICS pruned = ROW_COUNT;
    RETURN pruned;
END;
$pgmutate$;
