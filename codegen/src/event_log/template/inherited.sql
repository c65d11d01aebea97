DO $pgmutate$
DECLARE
    given record;
BEGIN
    -- What came with a later version is for those whom an earlier one gave its companion.
    FOR given IN
        SELECT format('%I.%s', {{schema_literal}}, pair.later) AS function, role.rolname
        FROM (VALUES
            ('contract_violation(text, jsonb)', 'answer_violation(text, jsonb, text, text)'),
            ('contract_violation(text, jsonb)', 'contract_mistake(jsonb, text, jsonb, text)'),
            ('log_cdc_event(text, text, uuid, text, jsonb, jsonb, jsonb, jsonb)', 'claim_mutation(text, text, text, text)'),
            ('log_cdc_event(text, text, uuid, text, jsonb, jsonb, jsonb, jsonb)',
                'keep_mutation_response(text, text, text, text, interval, jsonb, boolean)')
        ) AS pair (earlier, later)
            JOIN pg_catalog.pg_proc AS function
                ON function.oid = to_regprocedure(format('%I.%s', {{schema_literal}}, pair.earlier))
            CROSS JOIN LATERAL aclexplode(function.proacl) AS entry
            JOIN pg_catalog.pg_roles AS role ON role.oid = entry.grantee AND role.oid <> function.proowner
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', given.function, given.rolname);
    END LOOP;
END;
$pgmutate$;
