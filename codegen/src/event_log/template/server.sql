-- The event log of pgmutate, version {{version}}, in the schema {{schema}}.
--
-- Run it with `pgmutate install --apply`, or with `psql -1 -v ON_ERROR_STOP=1`: as a whole or not at all. It may run again at any time:
-- on a log of the same version it changes nothing, an older log it upgrades, and what the manifest says of entities it brings up to date.

DO $pgmutate$
BEGIN
    IF current_setting('server_version_num')::integer < 140000 THEN
        RAISE EXCEPTION 'the event log needs PostgreSQL 14 or newer, this is %', current_setting('server_version')
            USING ERRCODE = 'feature_not_supported';
    END IF;

    -- Two installs at once wait for each other. The lock is held until the transaction ends.
    PERFORM pg_advisory_xact_lock(hashtextextended({{lock_name}}, 0));

    IF to_regnamespace({{namespace_literal}}) IS NULL THEN
        CREATE SCHEMA {{schema}};
    END IF;
END;
$pgmutate$;
