//! What is tied to tables: plain indexes, triggers and policies, of the files and of the database.

use tokio_postgres::Row;

use super::form::{self, Form};
use super::object::{Asked, Rule, RuleKind, Sql};
use crate::catalog::{Attachment, AttachmentKind, Catalog, Firing, QualifiedName, Relation};
use crate::source::SourceMap;
use crate::sql::name::Path;

/// What the files tie to a relation.
pub(super) fn of<'a>(
    catalog: &'a Catalog,
    sources: &'a SourceMap,
    relation: &'a Relation,
) -> impl Iterator<Item = Rule> + 'a {
    relation.attachments.iter().map(|attachment| rule(catalog, sources, relation, attachment))
}

fn rule(catalog: &Catalog, sources: &SourceMap, relation: &Relation, attachment: &Attachment) -> Rule {
    let kind = match attachment.kind {
        AttachmentKind::Index => RuleKind::Index,
        AttachmentKind::Policy => RuleKind::Policy,
        AttachmentKind::Trigger => RuleKind::Trigger,
    };
    let mut rule = Rule {
        kind,
        name: attachment.name.clone(),
        form: kind.word().to_ascii_uppercase(),
        short: String::new(),
        is_known: false,
        expressions: Vec::new(),
        search_path: Some(attachment.search_path.clone()),
        place: attachment.span,
    };
    // A column that is gone from the table has another name now.
    let has = |column: &String| !relation.columns_known || relation.column(column).is_some();
    let form = attachment.span.and_then(|span| form::read(sources.snippet(span)));
    let Some(form) = form.filter(|form| form.columns.iter().all(has)) else { return rule };
    // A name that the server has given may be another than the one that is worked out here.
    rule.name = rule.name.filter(|_| attachment.named);
    let called = form.function.as_ref().map(|function| called(catalog, function, &attachment.search_path));
    let Some(called) = called.map_or(Some(String::new()), |called| called) else { return rule };
    let table = relation.name.to_string();
    let asked = || match kind {
        RuleKind::Trigger => Asked::OfTrigger { table: table.clone() },
        _ => Asked::OfTable { table: table.clone() },
    };
    let tail = format!("{called}{}", fires(attachment.firing));
    (rule.form, rule.short, rule.is_known) = (format!("{}{tail}", form.text), format!("{}{tail}", form.short), true);
    rule.expressions = form.expressions.into_iter().map(|text| Sql { text, asked: asked() }).collect();
    rule
}

/// The function of a trigger with its schema; `None` where that is not known.
fn called(catalog: &Catalog, function: &Path, search_path: &[String]) -> Option<String> {
    let name = &*function.last().value;
    let schema = match function.qualifiers() {
        [.., schema] => schema.value.to_string(),
        [] => search_path.iter().find(|schema| !catalog.overloads(schema, name).is_empty())?.clone(),
    };
    Some(format!(" EXECUTE {}", QualifiedName::new(schema, name)))
}

fn fires(firing: Firing) -> &'static str {
    match firing {
        Firing::Origin => "",
        Firing::Replica => " ENABLED FOR REPLICAS",
        Firing::Always => " ALWAYS ENABLED",
        Firing::Never => " DISABLED",
    }
}

/// Indexes without uniqueness, and triggers, as the server prints them. What a partition has of its parent is none of its own.
pub(super) const PRINTED: &str = "
SELECT n.nspname::text, r.relname::text, x.relname::text AS rule, 'index' AS kind, pg_get_indexdef(i.indexrelid) AS definition,
    'O' AS firing, x.relispartition AS inherited
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS r ON r.oid = i.indrelid
JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
WHERE NOT i.indisunique AND NOT i.indisexclusion AND n.nspname = ANY ($1::text[])
UNION ALL
SELECT n.nspname::text, r.relname::text, t.tgname::text, 'trigger', pg_get_triggerdef(t.oid), t.tgenabled::text, false
FROM pg_catalog.pg_trigger AS t
JOIN pg_catalog.pg_class AS r ON r.oid = t.tgrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND n.nspname = ANY ($1::text[])";

/// Policies.
pub(super) const POLICIES: &str = "
SELECT n.nspname::text, r.relname::text, p.polname::text AS rule,
    CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END AS kind,
    CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END AS command,
    ARRAY(SELECT CASE WHEN o = 0 THEN 'public' ELSE pg_get_userbyid(o)::text END FROM unnest(p.polroles) AS o) AS roles,
    pg_get_expr(p.polqual, p.polrelid) AS using, pg_get_expr(p.polwithcheck, p.polrelid) AS check
FROM pg_catalog.pg_policy AS p
JOIN pg_catalog.pg_class AS r ON r.oid = p.polrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
WHERE n.nspname = ANY ($1::text[])";

/// A row of [`PRINTED`], and whether it is the parent's.
pub(super) fn printed(row: &Row) -> (Rule, bool) {
    let is_index = row.get::<_, String>("kind") == "index";
    let kind = if is_index { RuleKind::Index } else { RuleKind::Trigger };
    let definition = row.get::<_, String>("definition");
    let firing = match row.get::<_, String>("firing").as_str() {
        "R" => Firing::Replica,
        "A" => Firing::Always,
        "D" => Firing::Never,
        _ => Firing::Origin,
    };
    let form = form::read(&definition).map(|mut form| {
        // A function without a schema is the server's own: nothing else is on the search path.
        let called = form.function.as_ref().map(|function| match function.qualifiers() {
            [.., schema] => QualifiedName::new(&*schema.value, &*function.last().value).to_string(),
            [] => QualifiedName::new("pg_catalog", &*function.last().value).to_string(),
        });
        let called = called.map(|called| format!(" EXECUTE {called}")).unwrap_or_default();
        form.text.push_str(&format!("{called}{}", fires(firing)));
        form
    });
    (deployed(kind, row.get("rule"), form), row.get("inherited"))
}

/// A row of [`POLICIES`].
pub(super) fn policy(row: &Row) -> Rule {
    let (kind, command) = (row.get::<_, String>("kind"), row.get::<_, String>("command"));
    let form = form::of_policy(&kind, &command, row.get("roles"), row.get("using"), row.get("check"));
    deployed(RuleKind::Policy, row.get("rule"), Some(form))
}

fn deployed(kind: RuleKind, name: String, form: Option<Form>) -> Rule {
    let is_known = form.is_some();
    let (form, expressions) = form.map(|form| (form.text, form.expressions)).unwrap_or_default();
    // In what surroundings it is read the files decide.
    let expressions = expressions.into_iter().map(|text| Sql { text, asked: Asked::Value { ty: String::new() } });
    let expressions = expressions.collect();
    Rule { kind, name: Some(name), short: form.clone(), form, is_known, expressions, search_path: None, place: None }
}
