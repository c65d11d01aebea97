//! The catalogue of a server as lines of `builtins.tsv`.

use tokio_postgres::{Client, Error};

/// Functions that no SQL can call are left out: those with arguments or results of the server's own.
const FUNCTIONS: &str = r"
SELECT concat_ws(E'\t', 'f', p.proname,
    p.prokind::text || CASE WHEN p.proretset THEN 's' ELSE '' END,
    (SELECT coalesce(string_agg(
        CASE WHEN p.provariadic <> 0 AND n = p.pronargs THEN '*' ELSE '' END
        || coalesce(nullif(input_name, '') || ':', '') || t.typname
        || CASE WHEN n > p.pronargs - p.pronargdefaults THEN '=' ELSE '' END, ',' ORDER BY n), '')
     FROM (SELECT row_number() OVER (ORDER BY i) AS n, p.proargnames[i] AS input_name, a.type
           FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS a(type, i)
           WHERE coalesce(p.proargmodes[i]::text, 'i') IN ('i', 'b', 'v')) AS inputs
     JOIN pg_type t ON t.oid = inputs.type),
    CASE WHEN p.proargmodes && '{o,b,t}' THEN
        (SELECT '(' || string_agg(coalesce(p.proargnames[i], '') || ':' || t.typname, ',' ORDER BY i) || ')'
         FROM unnest(p.proallargtypes) WITH ORDINALITY AS a(type, i) JOIN pg_type t ON t.oid = a.type
         WHERE p.proargmodes[i] IN ('o', 'b', 't'))
    ELSE (SELECT typname FROM pg_type WHERE oid = p.prorettype) END)
FROM pg_proc p
WHERE NOT EXISTS (SELECT FROM unnest(p.proargtypes::oid[] || p.prorettype) AS u(type)
    WHERE type IN ('internal'::regtype, 'cstring'::regtype, 'language_handler'::regtype, 'fdw_handler'::regtype,
                   'index_am_handler'::regtype, 'tsm_handler'::regtype, 'table_am_handler'::regtype,
                   'trigger'::regtype, 'event_trigger'::regtype))";

const OPERATORS: &str = r"
SELECT concat_ws(E'\t', 'o', o.oprname, coalesce(l.typname, '-'), r.typname, t.typname)
FROM pg_operator o JOIN pg_type r ON r.oid = o.oprright JOIN pg_type t ON t.oid = o.oprresult
LEFT JOIN pg_type l ON l.oid = o.oprleft
WHERE true";

const CASTS: &str = r"
SELECT concat_ws(E'\t', 'c', s.typname, t.typname, c.castcontext)
FROM pg_cast c JOIN pg_type s ON s.oid = c.castsource JOIN pg_type t ON t.oid = c.casttarget
WHERE true";

/// Columns of the information schema are of domains that say nothing more than their base.
const RELATIONS: &str = r"
SELECT concat_ws(E'\t', 'r', CASE WHEN n.nspname IN ('pg_catalog', 'information_schema') THEN n.nspname ELSE '' END || '.' || c.relname,
    (SELECT string_agg(a.attname || ':' || t.typname, ',' ORDER BY a.attnum)
     FROM pg_attribute a JOIN pg_type d ON d.oid = a.atttypid
     JOIN pg_type t ON t.oid = CASE WHEN d.typtype = 'd' AND n.nspname = 'information_schema' THEN d.typbasetype ELSE d.oid END
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'p', 'm')";

const TYPES: &str = r"
SELECT concat_ws(E'\t', 't', t.typname, t.typcategory, t.typispreferred::int, t.typtype)
FROM pg_type t
WHERE t.typcategory <> 'A' AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind <> 'c')";

pub(crate) async fn server(client: &Client) -> Result<Vec<String>, Error> {
    let in_catalog = |schema: &str| format!("AND {schema} = 'pg_catalog'::regnamespace");
    let mut lines = Vec::new();
    for sql in [
        format!("{FUNCTIONS} {}", in_catalog("p.pronamespace")),
        format!("{OPERATORS} {}", in_catalog("o.oprnamespace")),
        CASTS.to_owned(),
        format!("{RELATIONS} AND n.nspname IN ('pg_catalog', 'information_schema')"),
    ] {
        lines.extend(client.query(&sql, &[]).await?.iter().map(|row| row.get::<_, String>(0)));
    }
    Ok(lines)
}

pub(crate) async fn extension(client: &Client, name: &str) -> Result<Vec<String>, Error> {
    let mut lines = Vec::new();
    for (sql, class, oid) in [
        (FUNCTIONS, "pg_proc", "p.oid"),
        (OPERATORS, "pg_operator", "o.oid"),
        (CASTS, "pg_cast", "c.oid"),
        (RELATIONS, "pg_class", "c.oid"),
        (TYPES, "pg_type", "t.oid"),
    ] {
        let sql = format!(
            "{sql} AND EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
             WHERE d.classid = '{class}'::regclass AND d.objid = {oid} AND d.refclassid = 'pg_extension'::regclass
               AND d.deptype = 'e' AND e.extname = $1)"
        );
        lines.extend(client.query(&sql, &[&name]).await?.iter().map(|row| row.get::<_, String>(0)));
    }
    Ok(lines)
}
