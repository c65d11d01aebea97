//! What a database has, as objects: nine queries of the system catalogue, the same on every supported version.

use std::collections::BTreeMap;

use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Transaction};

use super::attached;
use super::expected::{NONE, nulls, row_security, shown_setting};
use super::object::{Asked, Fact, Kind, Object, Part, Rule, Sql, Value};
use crate::catalog::{QualifiedName, Quoted};

/// Every object in these schemas that no extension owns. The search path must be empty, so that types are shown with their schemas.
///
/// # Errors
/// The server's.
pub(super) async fn objects(
    transaction: &Transaction<'_>,
    schemas: &[String],
) -> Result<Vec<Object>, tokio_postgres::Error> {
    let parameters: &[&(dyn ToSql + Sync)] = &[&schemas];
    let query = async |sql: &str| transaction.query(sql, parameters).await;
    let mut objects = query(FUNCTIONS).await?.iter().map(function).collect::<Vec<_>>();
    let mut relations = BTreeMap::new();
    for row in query(RELATIONS).await? {
        relations.insert(name(&row).to_string(), relation(&row));
    }
    for row in query(COLUMNS).await? {
        if let Some(relation) = relations.get_mut(&name(&row).to_string()) {
            relation.parts.push(column(&row));
        }
    }
    for sql in [CONSTRAINTS, INDEXES] {
        for row in query(sql).await? {
            if let Some(relation) = relations.get_mut(&name(&row).to_string()) {
                relation.rules.push(rule(&row));
            }
        }
    }
    for row in query(attached::PRINTED).await? {
        if let Some(relation) = relations.get_mut(&name(&row).to_string()) {
            let (rule, inherited) = attached::printed(&row);
            if inherited {
                relation.inherited.push(rule);
            } else {
                relation.rules.push(rule);
            }
        }
    }
    for row in query(attached::POLICIES).await? {
        if let Some(relation) = relations.get_mut(&name(&row).to_string()) {
            relation.rules.push(attached::policy(&row));
        }
    }
    objects.extend(relations.into_values());
    objects.extend(query(TYPES).await?.iter().map(type_def));
    objects.extend(query(SCHEMAS).await?.iter().map(|row| {
        let shown = Quoted(&row.get::<_, String>(1)).to_string();
        object(Kind::Schema, row, shown, Vec::new())
    }));
    Ok(objects)
}

const FUNCTIONS: &str = "
SELECT n.nspname::text, p.proname::text, p.oid,
    (SELECT coalesce(string_agg(format_type(t, NULL), ', ' ORDER BY i), '')
     FROM unnest(p.proargtypes) WITH ORDINALITY AS a(t, i)) AS inputs,
    CASE p.prokind WHEN 'f' THEN 'function' WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'window function' END AS kind,
    ARRAY(SELECT coalesce(p.proargmodes[i]::text, 'i')
          FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS a(t, i) ORDER BY i) AS modes,
    ARRAY(SELECT coalesce(p.proargnames[i], '')
          FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS a(t, i) ORDER BY i) AS names,
    ARRAY(SELECT format_type(t, NULL)
          FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS a(t, i) ORDER BY i) AS types,
    ARRAY(SELECT pg_get_function_arg_default(p.oid, i::integer)
          FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS a(t, i) ORDER BY i) AS defaults,
    CASE WHEN p.proretset THEN 'SETOF ' ELSE '' END
        || CASE WHEN p.prorettype = 0 THEN 'void' ELSE format_type(p.prorettype, NULL) END AS result,
    l.lanname::text AS language,
    CASE p.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' ELSE 'VOLATILE' END AS volatility,
    CASE WHEN p.proisstrict THEN 'STRICT' ELSE 'CALLED ON NULL INPUT' END AS null_arguments,
    CASE WHEN p.prosecdef THEN 'SECURITY DEFINER' ELSE 'SECURITY INVOKER' END AS security,
    pg_get_userbyid(p.proowner)::text AS owner,
    CASE WHEN p.proleakproof THEN 'LEAKPROOF' ELSE 'NOT LEAKPROOF' END AS leaks,
    CASE p.proparallel WHEN 's' THEN 'PARALLEL SAFE' WHEN 'r' THEN 'PARALLEL RESTRICTED' ELSE 'PARALLEL UNSAFE' END AS parallel,
    coalesce(p.proconfig, '{}') AS settings,
    CASE WHEN p.prokind = 'a' OR to_jsonb(p) ->> 'prosqlbody' IS NOT NULL THEN NULL ELSE p.prosrc END AS body
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
WHERE n.nspname = ANY ($1::text[])
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                  WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))";

/// The sequence of a serial or identity column is the column's.
const RELATIONS: &str = "
SELECT n.nspname::text, c.relname::text, c.oid,
    CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'f' THEN 'foreign table'
        WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'sequence' END AS kind,
    pg_get_userbyid(c.relowner)::text AS owner,
    CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END AS query,
    c.relrowsecurity AS row_security, c.relforcerowsecurity AS forced_row_security
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND n.nspname = ANY ($1::text[])
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
                    AND (d.deptype IN ('e', 'i') OR c.relkind = 'S' AND d.deptype = 'a'))";

/// Since PostgreSQL 17 a partition has its parent's identity.
const COLUMNS: &str = "
SELECT n.nspname::text, c.relname::text, a.attname::text AS column,
    format_type(a.atttypid, a.atttypmod) AS type,
    CASE WHEN a.attnotnull THEN 'NOT NULL' ELSE 'NULL' END AS null,
    CASE WHEN a.attgenerated = 's' THEN 'from other columns, STORED'
        WHEN a.attgenerated = 'v' THEN 'from other columns, VIRTUAL'
        WHEN a.attidentity = 'a' AND NOT c.relispartition THEN 'ALWAYS AS IDENTITY'
        WHEN a.attidentity = 'd' AND NOT c.relispartition THEN 'BY DEFAULT AS IDENTITY'
        ELSE 'by the writer' END AS values_made,
    pg_get_expr(d.adbin, d.adrelid) AS default
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname = ANY ($1::text[])
ORDER BY c.oid, a.attnum";

/// A foreign key to a partitioned table has one more entry for each partition.
const CONSTRAINTS: &str = "
SELECT n.nspname::text, r.relname::text, c.conname::text AS rule,
    CASE c.contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' WHEN 'f' THEN 'FOREIGN KEY' WHEN 'c' THEN 'CHECK' ELSE 'EXCLUDE' END AS word,
    coalesce((SELECT (to_jsonb(i) ->> 'indnullsnotdistinct')::boolean FROM pg_catalog.pg_index AS i
              WHERE i.indexrelid = c.conindid AND c.contype = 'u'), false) AS not_distinct,
    CASE WHEN c.contype IN ('p', 'u', 'f') THEN
        ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY AS k(n, i)
              JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.n ORDER BY i) END AS columns,
    fn.nspname::text AS target_schema, f.relname::text AS target,
    ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY AS k(n, i)
          JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.confrelid AND a.attnum = k.n ORDER BY i) AS referenced,
    CASE WHEN c.contype = 'c' THEN ARRAY[pg_get_expr(c.conbin, c.conrelid)] ELSE '{}' END AS expressions,
    false AS partial
FROM pg_catalog.pg_constraint AS c
JOIN pg_catalog.pg_class AS r ON r.oid = c.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
LEFT JOIN pg_catalog.pg_class AS f ON f.oid = c.confrelid AND c.contype = 'f'
LEFT JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.relnamespace
WHERE c.contype IN ('p', 'u', 'f', 'c', 'x') AND n.nspname = ANY ($1::text[])
  AND NOT (c.contype = 'f' AND c.conparentid <> 0
           AND EXISTS (SELECT FROM pg_catalog.pg_constraint AS p WHERE p.oid = c.conparentid AND p.conrelid = c.conrelid))";

const INDEXES: &str = "
SELECT n.nspname::text, r.relname::text, x.relname::text AS rule, 'UNIQUE INDEX' AS word,
    coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS not_distinct,
    ARRAY(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY AS u(k, o)
          LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid AND a.attnum = k AND k <> 0
          WHERE o <= i.indnkeyatts ORDER BY o) AS columns,
    NULL::text AS target_schema, NULL::text AS target, '{}'::text[] AS referenced,
    ARRAY(SELECT pg_get_indexdef(i.indexrelid, o::integer, false) FROM unnest(i.indkey) WITH ORDINALITY AS u(k, o)
          WHERE k = 0 AND o <= i.indnkeyatts ORDER BY o)
        || CASE WHEN i.indpred IS NULL THEN '{}' ELSE ARRAY[pg_get_expr(i.indpred, i.indrelid)] END AS expressions,
    i.indpred IS NOT NULL AS partial
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS r ON r.oid = i.indrelid
JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
WHERE i.indisunique AND n.nspname = ANY ($1::text[])
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))";

const TYPES: &str = "
SELECT n.nspname::text, t.typname::text, t.oid,
    CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range' WHEN 'c' THEN 'composite type' ELSE 'base type' END AS kind,
    (SELECT string_agg(enumlabel, ', ' ORDER BY enumsortorder) FROM pg_catalog.pg_enum WHERE enumtypid = t.oid) AS labels,
    (SELECT format_type(rngsubtype, NULL) FROM pg_catalog.pg_range WHERE rngtypid = t.oid) AS subtype,
    format_type(t.typbasetype, t.typtypmod) AS base,
    CASE WHEN t.typnotnull THEN 'NOT NULL' ELSE 'NULL' END AS null,
    pg_get_expr(t.typdefaultbin, 0) AS default,
    ARRAY(SELECT c.conname::text FROM pg_catalog.pg_constraint AS c WHERE c.contypid = t.oid AND c.contype = 'c' ORDER BY c.oid) AS checks,
    ARRAY(SELECT pg_get_expr(c.conbin, 0) FROM pg_catalog.pg_constraint AS c
          WHERE c.contypid = t.oid AND c.contype = 'c' ORDER BY c.oid) AS expressions,
    ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
          WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS fields,
    ARRAY(SELECT format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute AS a
          WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS types
FROM pg_catalog.pg_type AS t
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
WHERE n.nspname = ANY ($1::text[])
  AND (t.typtype IN ('e', 'd', 'r', 'p') OR t.typtype = 'b' AND t.typcategory <> 'A'
       OR t.typtype = 'c' AND EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                  WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')";

const SCHEMAS: &str = "
SELECT n.nspname::text, n.nspname::text, n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = ANY ($1::text[])";

/// The first two columns of every query.
fn name(row: &Row) -> QualifiedName {
    QualifiedName::new(row.get::<_, String>(0), row.get::<_, String>(1))
}

fn fact(what: &str, row: &Row, column: &str) -> Fact {
    Fact::text(what, row.get::<_, String>(column))
}

/// SQL as the server shows it; in what surroundings it is read the files decide.
fn sql(text: Option<String>) -> Value {
    text.map_or_else(|| Value::Text(NONE.to_owned()), |text| Value::Sql(shown(text)))
}

fn shown(text: String) -> Sql {
    Sql { text, asked: Asked::Value { ty: String::new() } }
}

fn object(kind: Kind, row: &Row, shown: String, facts: Vec<Fact>) -> Object {
    Object {
        kind,
        name: name(row),
        shown,
        oid: row.get("oid"),
        place: None,
        parts: vec![Part { name: String::new(), place: None, facts }],
        complete: true,
        rules: Vec::new(),
        inherited: Vec::new(),
        is_in_code: false,
        search_path: Vec::new(),
    }
}

fn function(row: &Row) -> Object {
    let [modes, names, types] = ["modes", "names", "types"].map(|column| row.get::<_, Vec<String>>(column));
    let defaults = row.get::<_, Vec<Option<String>>>("defaults");
    let mut arguments = Vec::new();
    for ((mode, name), ty) in modes.iter().zip(&names).zip(&types) {
        let name = if name.is_empty() { String::new() } else { format!(" {}", Quoted(name)) };
        arguments.push(format!("{}{name} {ty}", mode_word(mode)));
    }
    let kind = row.get::<_, String>("kind");
    let mut facts = vec![
        Fact::text("kind", kind.as_str()),
        Fact::text("parameters", arguments.join(", ")),
        fact("result", row, "result"),
    ];
    if kind != "aggregate" {
        for (what, column) in [
            ("language", "language"),
            ("volatility", "volatility"),
            ("null arguments", "null_arguments"),
            ("security", "security"),
            ("owner", "owner"),
            ("leaks", "leaks"),
            ("parallel", "parallel"),
        ] {
            facts.push(fact(what, row, column));
        }
        let settings = row.get::<_, Vec<String>>("settings");
        facts.push(Fact::text("settings", settings.iter().map(|it| setting(it)).collect::<Vec<_>>().join("; ")));
        let body = row.get::<_, Option<String>>("body").map_or(Value::Unknown, Value::Body);
        facts.push(Fact { what: "body".to_owned(), value: body });
    }
    for (number, (mode, default)) in modes.iter().zip(defaults).enumerate() {
        if matches!(mode.as_str(), "i" | "b" | "v") {
            facts.push(Fact { what: format!("default of parameter {}", number + 1), value: sql(default) });
        }
    }
    let shown = format!("{}({})", name(row), row.get::<_, String>("inputs"));
    object(Kind::Function, row, shown, facts)
}

fn mode_word(letter: &str) -> &'static str {
    match letter {
        "o" => "OUT",
        "b" => "INOUT",
        "v" => "VARIADIC",
        "t" => "TABLE",
        _ => "IN",
    }
}

/// `search_path=app, "$user"`: only the values of lists are quoted.
fn setting(text: &str) -> String {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let list = ["search_path", "temp_tablespaces"].iter().any(|list| name.eq_ignore_ascii_case(list));
    let values = if list { list_values(value) } else { vec![value.to_owned()] };
    shown_setting(name, &values)
}

/// The names of a list as the server quotes them.
fn list_values(text: &str) -> Vec<String> {
    let (mut values, mut value, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => value.extend(characters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => values.push(std::mem::take(&mut value)),
            ' ' if !quoted => {}
            other => value.push(other),
        }
    }
    values.push(value);
    values
}

fn relation(row: &Row) -> Object {
    let mut facts = vec![fact("kind", row, "kind"), fact("owner", row, "owner")];
    if let Some(query) = row.get::<_, Option<String>>("query") {
        facts.push(Fact { what: "query".to_owned(), value: sql(Some(query)) });
    }
    if matches!(row.get::<_, String>("kind").as_str(), "table" | "partitioned table") {
        let text = row_security(row.get("row_security"), row.get("forced_row_security"));
        facts.push(Fact::text("row security", text));
    }
    object(Kind::Relation, row, name(row).to_string(), facts)
}

fn column(row: &Row) -> Part {
    let default = Fact { what: "default".to_owned(), value: sql(row.get("default")) };
    Part {
        name: row.get("column"),
        place: None,
        facts: vec![
            fact("type", row, "type"),
            fact("null", row, "null"),
            fact("values made", row, "values_made"),
            default,
        ],
    }
}

fn rule(row: &Row) -> Rule {
    let word = row.get::<_, String>("word");
    let quoted = |names: &[String]| names.iter().map(|name| Quoted(name).to_string()).collect::<Vec<_>>().join(", ");
    let mut form = format!("{word}{}", nulls(row.get("not_distinct")));
    if let Some(columns) = row.get::<_, Option<Vec<Option<String>>>>("columns") {
        let columns = columns.iter().map(|name| match name {
            Some(name) => Quoted(name).to_string(),
            None => "expression".to_owned(),
        });
        form.push_str(&format!(" ({})", columns.collect::<Vec<_>>().join(", ")));
    }
    if let (Some(schema), Some(target)) =
        (row.get::<_, Option<String>>("target_schema"), row.get::<_, Option<String>>("target"))
    {
        let target = QualifiedName::new(schema, target);
        form.push_str(&format!(" REFERENCES {target} ({})", quoted(&row.get::<_, Vec<String>>("referenced"))));
    }
    if row.get("partial") {
        form.push_str(" WHERE");
    }
    let expressions = row.get::<_, Vec<Option<String>>>("expressions").into_iter().flatten();
    Rule::constraint(Some(row.get("rule")), form, expressions.map(shown).collect(), None)
}

fn type_def(row: &Row) -> Object {
    let kind = row.get::<_, String>("kind");
    let mut facts = vec![Fact::text("kind", kind.as_str())];
    match kind.as_str() {
        "enum" => facts.push(Fact::text("values", row.get::<_, Option<String>>("labels").unwrap_or_default())),
        "range" => facts.push(fact("subtype", row, "subtype")),
        "domain" => {
            facts.extend([fact("base type", row, "base"), fact("null", row, "null")]);
            facts.push(Fact { what: "default".to_owned(), value: sql(row.get("default")) });
        }
        _ => {}
    }
    let mut object = object(Kind::Type, row, name(row).to_string(), facts);
    let [fields, types, checks] = ["fields", "types", "checks"].map(|column| row.get::<_, Vec<String>>(column));
    object.parts.extend(fields.into_iter().zip(types).map(|(name, ty)| Part {
        name,
        place: None,
        facts: vec![Fact::text("type", ty)],
    }));
    let expressions = row.get::<_, Vec<Option<String>>>("expressions");
    object.rules.extend(checks.into_iter().zip(expressions).map(|(name, expression)| {
        let expressions = expression.into_iter().map(shown).collect();
        Rule::constraint(Some(name), "CHECK".to_owned(), expressions, None)
    }));
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_both_sides_look_alike() {
        assert_eq!(setting("search_path=\"$user\", app, \"a\"\"b, c\""), "SET search_path = $user, app, a\"b, c");
        assert_eq!(setting("TimeZone=UTC"), "SET timezone = UTC");
        assert_eq!(setting("search_path=\"\""), "SET search_path = ");
    }
}
