//! Kinds of drift, each made on a real server by a hand that the files do not know.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pgmutate_codegen::diagnostic::Code;
use pgmutate_codegen::verify::Settings;
use pgmutate_tests::shop::Shop;

use super::{codes, rendered, shop, verified};

/// What somebody does to the database, and what is said of it.
const DRIFT: &[(&str, Code, &str)] = &[
    // Functions.
    (
        "DROP FUNCTION app.update_product",
        Code::NOT_DEPLOYED,
        "function `app.update_product(uuid, jsonb)` is not in the database",
    ),
    (
        "ALTER FUNCTION app.update_product SECURITY INVOKER",
        Code::FUNCTION_DRIFT,
        "security: the files say `SECURITY DEFINER`, the database `SECURITY INVOKER`",
    ),
    (
        "ALTER FUNCTION app.update_product STABLE",
        Code::FUNCTION_DRIFT,
        "volatility: the files say `VOLATILE`, the database `STABLE`",
    ),
    ("ALTER FUNCTION app.update_product STRICT", Code::FUNCTION_DRIFT, "`CALLED ON NULL INPUT`, the database `STRICT`"),
    (
        "ALTER FUNCTION app.update_product SET search_path = public",
        Code::FUNCTION_DRIFT,
        "the database `SET search_path = public`",
    ),
    (
        "ALTER FUNCTION app.update_product RESET ALL",
        Code::FUNCTION_DRIFT,
        "settings: the files say `SET search_path = pg_catalog, pg_temp`",
    ),
    ("ALTER FUNCTION app.update_product PARALLEL SAFE", Code::FUNCTION_DRIFT, "the database `PARALLEL SAFE`"),
    (
        "DO $do$ BEGIN EXECUTE replace(pg_get_functiondef('app.update_product'::regproc), '''product updated''', '''changed'''); END $do$",
        Code::FUNCTION_DRIFT,
        "the database has `true, 'SUCCESS', 'changed',` here",
    ),
    (
        "CREATE FUNCTION app.update_product(product_id text, input jsonb) RETURNS jsonb LANGUAGE sql AS 'SELECT input'",
        Code::OVERLOAD_LEFT,
        "the database has `app.update_product(text, jsonb)` as well, which no file defines",
    ),
    (
        "DROP FUNCTION app.update_product;
         CREATE FUNCTION app.update_product(product_id uuid, changes jsonb) RETURNS jsonb
             LANGUAGE sql AS 'SELECT changes';
         REVOKE ALL ON FUNCTION app.update_product FROM PUBLIC",
        Code::FUNCTION_DRIFT,
        "parameters: the files say `IN product_id uuid, IN input jsonb`, the database `IN product_id uuid, IN changes jsonb`",
    ),
    // Tables.
    ("DROP VIEW core.v_address CASCADE", Code::NOT_DEPLOYED, "view `core.v_address` is not in the database"),
    (
        "ALTER TABLE core.customer DROP COLUMN locale CASCADE",
        Code::TABLE_DRIFT,
        "column `locale` of `core.customer` is not in the database",
    ),
    (
        "ALTER TABLE core.customer ADD COLUMN nickname text",
        Code::TABLE_DRIFT,
        "the database has a column `nickname` in `core.customer` that the files do not define",
    ),
    (
        "ALTER TABLE app.tv_product ALTER COLUMN data TYPE json",
        Code::TABLE_DRIFT,
        "type: the files say `jsonb`, the database `json`",
    ),
    (
        "ALTER TABLE core.customer ALTER COLUMN first_name DROP NOT NULL",
        Code::TABLE_DRIFT,
        "null: the files say `NOT NULL`, the database `NULL`",
    ),
    (
        "ALTER TABLE core.customer ALTER COLUMN locale SET DEFAULT 'de'",
        Code::TABLE_DRIFT,
        "default: the files say `'en'`, the database `'de'::text`",
    ),
    (
        "ALTER TABLE core.customer ALTER COLUMN locale DROP DEFAULT",
        Code::TABLE_DRIFT,
        "default: the files say `'en'`, the database `none`",
    ),
    (
        "ALTER TABLE core.customer DROP CONSTRAINT customer_email_key",
        Code::TABLE_DRIFT,
        "`UNIQUE (email)` of `core.customer` is not in the database",
    ),
    (
        "ALTER TABLE core.product DROP CONSTRAINT product_price_check;
         ALTER TABLE core.product ADD CONSTRAINT product_price_check CHECK (price > 0)",
        Code::TABLE_DRIFT,
        "the files say `CHECK (price >= 0)`, the database `CHECK ((price > (0)::numeric))`",
    ),
    (
        "CREATE UNIQUE INDEX one_street ON core.address (street)",
        Code::TABLE_DRIFT,
        "the database demands `one_street` of `core.address`, which the files do not",
    ),
    (
        "ALTER TABLE core.address DROP CONSTRAINT address_customer_id_fkey",
        Code::TABLE_DRIFT,
        "`FOREIGN KEY (customer_id) REFERENCES core.customer (id)` of `core.address` is not in the database",
    ),
    (
        "CREATE OR REPLACE VIEW core.v_address AS
         SELECT id, customer_id, jsonb_build_object('id', id) AS data FROM core.address AS address",
        Code::TABLE_DRIFT,
        "view `core.v_address` is another in the database",
    ),
    (
        "DROP SEQUENCE core.order_number CASCADE",
        Code::NOT_DEPLOYED,
        "sequence `core.order_number` is not in the database",
    ),
    // What is tied to tables.
    (
        "ALTER TABLE core.customer ENABLE ROW LEVEL SECURITY",
        Code::TABLE_DRIFT,
        "row security: the files say `DISABLED`, the database `ENABLED`",
    ),
    (
        "CREATE POLICY nobody ON core.customer AS RESTRICTIVE FOR SELECT USING (false)",
        Code::TABLE_DRIFT,
        "the database has a policy `nobody` of `core.customer` that the files do not define",
    ),
    (
        "CREATE TRIGGER again BEFORE UPDATE ON core.customer FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        Code::TABLE_DRIFT,
        "the database has a trigger `again` of `core.customer` that the files do not define",
    ),
    (
        "CREATE INDEX by_street ON core.address (street)",
        Code::TABLE_DRIFT,
        "the database has an index `by_street` of `core.address` that the files do not define",
    ),
    // Rights.
    (
        "GRANT EXECUTE ON FUNCTION app.update_product TO PUBLIC",
        Code::RIGHT_LEFT,
        "PUBLIC has EXECUTE on `FUNCTION app.update_product(uuid, jsonb)`, which the files take away",
    ),
    // The event log.
    ("DROP TABLE app.mutation_log", Code::EVENT_LOG_DRIFT, "there is no event log in the schema `app`"),
    ("UPDATE app.mutation_log SET version = 99", Code::EVENT_LOG_DRIFT, "has version 99, the code needs 3"),
    (
        "CREATE OR REPLACE FUNCTION app.contract_violation(function text, response jsonb) RETURNS boolean LANGUAGE sql
         SET search_path = pg_catalog, pg_temp AS 'SELECT true'",
        Code::EVENT_LOG_DRIFT,
        "function `app.contract_violation(text, jsonb)` is another in the database",
    ),
    (
        "DELETE FROM app.mutation_entities WHERE entity_type = 'customer'",
        Code::EVENT_LOG_DRIFT,
        "it does not know the entity `customer`",
    ),
    (
        "DROP FUNCTION app.before_customer",
        Code::EVENT_LOG_DRIFT,
        "function `app.before_customer(uuid)` is not in the database",
    ),
    (
        "GRANT SELECT ON app.mutation_events TO PUBLIC",
        Code::EVENT_LOG_DRIFT,
        "PUBLIC has SELECT on `app.mutation_events`",
    ),
    (
        "ALTER TABLE app.mutation_events DROP CONSTRAINT mutation_events_pkey CASCADE",
        Code::EVENT_LOG_DRIFT,
        "`PRIMARY KEY (event_id)`",
    ),
];

#[tokio::test]
async fn every_kind_of_drift_is_found() {
    let generated = shop();
    let mut failures = String::new();
    for (sql, code, said) in DRIFT {
        let shop = Shop::open().await;
        shop.client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        let found = verified(&shop.database, &generated, &Settings::default()).await;
        let text = rendered(&generated, &found);
        if !codes(&found).contains(code) || !text.contains(said) {
            let _ = writeln!(failures, "== {sql}\n{code} was expected, with {said:?}\n{text}");
        }
        // What depends on what was dropped goes with it; everything else is one mistake.
        if found.diagnostics.len() > 1 && !sql.contains("CASCADE") {
            let _ = writeln!(failures, "== {sql}\nis one mistake\n{text}");
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(DRIFT.len() >= 20);
}

/// What the shop does not have: row security, policies, triggers and plain indexes, and a right to a column.
const TIED: &str = "
CREATE SCHEMA s;
CREATE TABLE s.note (id int PRIMARY KEY, tenant int NOT NULL, body text, changed timestamptz);
CREATE INDEX note_tenant ON s.note (tenant, lower(body)) WHERE changed IS NOT NULL;
CREATE INDEX ON s.note USING hash (body);
CREATE FUNCTION s.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changed := now(); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE OF body OR INSERT ON s.note
    FOR EACH ROW WHEN (NEW.body IS NOT NULL) EXECUTE FUNCTION s.touch('x');
CREATE TRIGGER quiet AFTER DELETE ON s.note FOR EACH STATEMENT EXECUTE FUNCTION s.touch();
ALTER TABLE s.note DISABLE TRIGGER quiet;
ALTER TABLE s.note ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON s.note FOR ALL TO public USING (tenant = current_setting('s.tenant')::int) WITH CHECK (tenant > 0);
";

const TIED_DRIFT: &[(&str, &str)] = &[
    ("DROP INDEX s.note_tenant", "index `note_tenant` of `s.note` is not in the database"),
    ("DROP INDEX s.note_body_idx", "`INDEX USING hash (body)` of `s.note` is not in the database"),
    (
        "DROP INDEX s.note_tenant; CREATE INDEX note_tenant ON s.note (tenant DESC, lower(body)) WHERE changed IS NOT NULL",
        "index `note_tenant` of `s.note` is another in the database",
    ),
    (
        "DROP INDEX s.note_tenant; CREATE INDEX note_tenant ON s.note (tenant, upper(body)) WHERE changed IS NOT NULL",
        "index `note_tenant` of `s.note` is another in the database",
    ),
    ("DROP TRIGGER touch ON s.note", "trigger `touch` of `s.note` is not in the database"),
    (
        "DROP TRIGGER touch ON s.note; CREATE TRIGGER touch BEFORE UPDATE OR INSERT ON s.note
         FOR EACH ROW WHEN (NEW.body IS NOT NULL) EXECUTE FUNCTION s.touch('x')",
        "trigger `touch` of `s.note` is another in the database",
    ),
    (
        "DROP TRIGGER touch ON s.note; CREATE TRIGGER touch BEFORE UPDATE OF body OR INSERT ON s.note
         FOR EACH ROW WHEN (NEW.body IS NULL) EXECUTE FUNCTION s.touch('x')",
        "trigger `touch` of `s.note` is another in the database",
    ),
    (
        "DROP TRIGGER touch ON s.note; CREATE TRIGGER touch BEFORE UPDATE OF body OR INSERT ON s.note
         FOR EACH ROW WHEN (NEW.body IS NOT NULL) EXECUTE FUNCTION s.touch('y')",
        "trigger `touch` of `s.note` is another in the database",
    ),
    ("ALTER TABLE s.note DISABLE TRIGGER touch", "`TRIGGER BEFORE INSERT OR UPDATE OF body FOR EACH ROW WHEN"),
    ("ALTER TABLE s.note ENABLE TRIGGER quiet", "trigger `quiet` of `s.note` is another in the database"),
    ("ALTER TABLE s.note DISABLE ROW LEVEL SECURITY", "row security: the files say `ENABLED`, the database `DISABLED`"),
    (
        "ALTER TABLE s.note FORCE ROW LEVEL SECURITY",
        "row security: the files say `ENABLED`, the database `ENABLED, FORCED`",
    ),
    ("DROP POLICY own ON s.note", "policy `own` of `s.note` is not in the database"),
    ("ALTER POLICY own ON s.note USING (true)", "policy `own` of `s.note` is another in the database"),
    ("ALTER POLICY own ON s.note WITH CHECK (tenant >= 0)", "policy `own` of `s.note` is another in the database"),
    ("ALTER POLICY own ON s.note TO CURRENT_USER", "policy `own` of `s.note` is another in the database"),
];

#[tokio::test]
async fn every_kind_of_drift_of_what_is_tied_to_tables_is_found() {
    let mut failures = String::new();
    for sql in std::iter::once(None).chain(TIED_DRIFT.iter().map(Some)) {
        let database = pgmutate_test_support::database().await.unwrap();
        let generated = super::rights::deployed(&database, &BTreeMap::from([("1.sql", TIED.to_owned())])).await;
        if let Some((sql, _)) = sql {
            let client = database.connect().await.unwrap();
            client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        }
        let found = verified(&database, &generated, &Settings::default()).await;
        let text = rendered(&generated, &found);
        let expected = usize::from(sql.is_some());
        if found.diagnostics.len() != expected || !text.contains(sql.map_or("", |(_, said)| said)) {
            let _ = writeln!(failures, "== {sql:?}\n{text}");
        }
        if sql.is_some() && codes(&found) != [Code::TABLE_DRIFT] {
            let _ = writeln!(failures, "== {sql:?} has the codes {:?}", codes(&found));
        }
    }
    assert!(failures.is_empty(), "{failures}");
}
