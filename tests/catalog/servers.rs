//! The server's catalogue as lines of text.

use tokio_postgres::Client;

/// Objects of an extension belong to it, not to the files.
const FUNCTIONS: &str = r"
SELECT format('function %s(%s) kind=%s arguments=[%s] defaults=%s returns=%s set=%s language=%s volatility=%s strict=%s definer=%s leakproof=%s parallel=%s settings=%s comment=%s',
    pg_temp.shown(n.nspname) || '.' || pg_temp.shown(p.proname),
    (SELECT coalesce(string_agg(format_type(t, NULL), ', ' ORDER BY i), '') FROM unnest(p.proargtypes) WITH ORDINALITY AS a(t, i)),
    p.prokind,
    (SELECT coalesce(string_agg(coalesce(p.proargmodes[i]::text, 'i') || ' ' || coalesce(nullif(p.proargnames[i], ''), '-') || ' ' || format_type(t, NULL), '; ' ORDER BY i), '')
       FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS a(t, i)),
    p.pronargdefaults,
    format_type(p.prorettype, NULL), p.proretset, l.lanname, p.provolatile, p.proisstrict, p.prosecdef, p.proleakproof, p.proparallel,
    (SELECT coalesce(string_agg(c, '; ' ORDER BY i), '') FROM unnest(p.proconfig) WITH ORDINALITY AS s(c, i)),
    coalesce(obj_description(p.oid, 'pg_proc'), '-'))
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_temp%'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))";

const COLUMNS: &str = r"
SELECT format('column %s.%s kind=%s number=%s type=%s not_null=%s default=%s generated=%s comment=%s',
    pg_temp.shown(n.nspname) || '.' || pg_temp.shown(c.relname), pg_temp.shown(a.attname), c.relkind,
    row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum),
    format_type(a.atttypid, a.atttypmod),
    a.attnotnull,
    EXISTS (SELECT FROM pg_attrdef d WHERE d.adrelid = c.oid AND d.adnum = a.attnum AND a.attgenerated = ''),
    -- Since 17 a partition has its parent's identity.
    coalesce(nullif(CASE WHEN c.relispartition THEN '' ELSE a.attidentity::text END || a.attgenerated::text, ''), '-'),
    coalesce(col_description(c.oid, a.attnum), '-'))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_t%'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')";

const RELATIONS: &str = r"
SELECT format('relation %s kind=%s owner=%s comment=%s', pg_temp.shown(n.nspname) || '.' || pg_temp.shown(c.relname), c.relkind,
    coalesce((SELECT pg_temp.shown(tn.nspname) || '.' || pg_temp.shown(t.relname) || '.' || pg_temp.shown(a.attname)
        FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
        WHERE c.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')), '-'),
    coalesce(obj_description(c.oid, 'pg_class'), '-'))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_t%'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e')";

const CONSTRAINTS: &str = r"
SELECT format('constraint %s name=%s kind=%s columns=[%s] table=%s referenced=[%s]', pg_temp.shown(n.nspname) || '.' || pg_temp.shown(r.relname), c.conname, c.contype,
    CASE WHEN c.contype IN ('p', 'u', 'f') THEN
        (SELECT string_agg(pg_temp.shown(a.attname), ', ' ORDER BY i) FROM unnest(c.conkey) WITH ORDINALITY AS k(n, i) JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.n) END,
    coalesce((SELECT pg_temp.shown(fn.nspname) || '.' || pg_temp.shown(f.relname) FROM pg_class f JOIN pg_namespace fn ON fn.oid = f.relnamespace WHERE f.oid = c.confrelid), '-'),
    (SELECT string_agg(pg_temp.shown(a.attname), ', ' ORDER BY i) FROM unnest(c.confkey) WITH ORDINALITY AS k(n, i) JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.n))
FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE c.contype IN ('p', 'u', 'f', 'c', 'x')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_t%'
  -- A foreign key to a partitioned table has one more entry for each partition.
  AND NOT (c.contype = 'f' AND c.conparentid <> 0 AND EXISTS (SELECT FROM pg_constraint p WHERE p.oid = c.conparentid AND p.conrelid = c.conrelid))
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.deptype = 'e')";

const INDEXES: &str = r"
SELECT format('unique index %s name=%s keys=%s predicate=%s', pg_temp.shown(n.nspname) || '.' || pg_temp.shown(r.relname), (SELECT relname FROM pg_class WHERE oid = i.indexrelid),
    (SELECT string_agg(CASE WHEN k = 0 THEN '(expression)' ELSE (SELECT pg_temp.shown(a.attname) FROM pg_attribute a WHERE a.attrelid = r.oid AND a.attnum = k) END, ', ' ORDER BY o)
       FROM unnest(i.indkey) WITH ORDINALITY AS u(k, o) WHERE o <= i.indnkeyatts),
    i.indpred IS NOT NULL)
FROM pg_index i JOIN pg_class r ON r.oid = i.indrelid JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE i.indisunique AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_t%'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.deptype = 'e')";

const TYPES: &str = r"
SELECT CASE t.typtype
    WHEN 'e' THEN format('type %s enum labels=[%s]', name, (SELECT string_agg(enumlabel, ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid))
    WHEN 'd' THEN format('type %s domain base=%s not_null=%s default=%s checks=%s', name, format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault IS NOT NULL,
        (SELECT count(*) FROM pg_constraint c WHERE c.contypid = t.oid AND c.contype = 'c'))
    WHEN 'r' THEN format('type %s range subtype=%s multirange=%s', name, (SELECT format_type(rngsubtype, NULL) FROM pg_range WHERE rngtypid = t.oid), (SELECT format_type(rngmultitypid, NULL) FROM pg_range WHERE rngtypid = t.oid))
    WHEN 'b' THEN format('type %s base', name)
    WHEN 'p' THEN format('type %s base', name)
    ELSE format('type %s composite', name) END || format(' comment=%s', coalesce(obj_description(t.oid, 'pg_type'), '-'))
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
CROSS JOIN LATERAL (SELECT pg_temp.shown(n.nspname) || '.' || pg_temp.shown(t.typname) AS name) AS names
WHERE (t.typtype IN ('e', 'd', 'r', 'p') OR t.typtype = 'b' AND t.typcategory <> 'A' OR t.typtype = 'c' AND EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_t%'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')";

/// The major version of the server.
pub(crate) async fn major(client: &Client) -> u32 {
    let row = client.query_one("SELECT current_setting('server_version_num')::int", &[]).await.unwrap();
    row.get::<_, i32>(0).unsigned_abs() / 10_000
}

pub(crate) async fn catalog(client: &Client) -> Vec<String> {
    // `quote_ident` without the quotes around keywords.
    let shown = r#"CREATE FUNCTION pg_temp.shown(name text) RETURNS text LANGUAGE sql AS
        $$ SELECT CASE WHEN name ~ '^[a-z_][a-z0-9_$]*$' THEN name ELSE '"' || replace(name, '"', '""') || '"' END $$"#;
    client.batch_execute(&format!("SET search_path = ''; {shown}")).await.unwrap();
    let mut lines = Vec::new();
    for query in [FUNCTIONS, COLUMNS, RELATIONS, CONSTRAINTS, INDEXES, TYPES] {
        let rows = client.query(query, &[]).await.unwrap_or_else(|error| panic!("{error:?}\n{query}"));
        lines.extend(rows.iter().map(|row| row.get::<_, String>(0)));
    }
    lines
}
