//! The rights that the files give and take, against those of the database.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Transaction;

use super::object::{Key, Kind, Object, Value};
use crate::catalog::{Catalog, ObjectName, Quoted, Type};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceMap, Span};
use crate::sql::cursor::Cursor;
use crate::sql::input::{Part, Source, SourceKind};
use crate::sql::lexer::PositionMap;
use crate::sql::name::{Name, Path};
use crate::sql::script::Script;
use crate::sql::statement::{
    self, DropTarget, FunctionReference, GrantStatement, GrantTarget, Privilege, SessionStatement, Statement,
};

/// What tells a right from every other.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Right {
    object: Key,
    privilege: String,
    /// One column of it; none for the whole object.
    column: Option<String>,
    role: String,
}

/// The last word of the files on each right.
#[derive(Default)]
pub(super) struct Rights {
    /// Whether it is given, and where that is said.
    last: BTreeMap<Right, (bool, Option<Span>)>,
    /// Whether a DO block gives rights that are not seen here.
    pub(super) gives_unseen: bool,
}

impl Rights {
    /// Notes that a role needs a right, because of what stands at `place`.
    pub(super) fn need(&mut self, object: Key, privilege: &str, role: &str, place: Option<Span>) {
        let right = Right { object, privilege: privilege.to_owned(), column: None, role: role.to_owned() };
        self.last.entry(right).or_insert((true, place));
    }
}

/// Reads GRANT and REVOKE in the order in which the files are run.
pub(super) fn read(sources: &SourceMap, files: &[Source], catalog: &Catalog, objects: &[Object]) -> Rights {
    let mut files = files.iter().filter(|source| source.kind != SourceKind::External).collect::<Vec<_>>();
    files.sort_by_key(|source| source.kind);
    let parts = files.iter().flat_map(|source| &source.parts).collect();
    let mut reader = Reader { catalog, objects, parts, path: Vec::new(), rights: Rights::default() };
    for source in files {
        reader.path = default_path();
        for part in &source.parts {
            let text = sources.file(part.file).text();
            let script = Script::of(text, &part.range);
            let map = PositionMap::shifted(part.file, 0);
            for range in &script.statements {
                let tokens = script.tokens.get(range.clone()).unwrap_or_default();
                reader.statement(Cursor::new(text, tokens, &map));
            }
        }
    }
    reader.rights
}

fn default_path() -> Vec<String> {
    ["$user", "public"].map(str::to_owned).into()
}

struct Reader<'a> {
    catalog: &'a Catalog,
    objects: &'a [Object],
    /// The pieces of the files in the order in which they are run.
    parts: Vec<&'a Part>,
    path: Vec<String>,
    rights: Rights,
}

impl Reader<'_> {
    fn statement(&mut self, mut cursor: Cursor<'_>) {
        let span = cursor.here();
        if cursor.is_any_word(&["grant", "revoke"]) {
            if let Some(grant) = statement::grant(&mut cursor) {
                self.grant(&grant, span);
            }
            return;
        }
        if cursor.is_word("do") {
            let text = cursor.source().to_ascii_lowercase();
            self.rights.gives_unseen |= text.contains("grant");
            return;
        }
        if !cursor.is_any_word(&["set", "reset", "select", "drop"]) {
            return;
        }
        match statement::parse(&mut cursor) {
            Ok(Statement::Session(SessionStatement::SearchPath(path))) => self.path = path,
            Ok(Statement::Session(SessionStatement::ResetSearchPath)) => self.path = default_path(),
            Ok(Statement::Drop(drop)) => self.drop(&drop.target),
            _ => {}
        }
    }

    /// Rights go with their object; one of the same name may be made later.
    fn drop(&mut self, target: &DropTarget) {
        let names = match target {
            DropTarget::Relations(names) | DropTarget::Types(names) => names.iter().map(Path::last).collect::<Vec<_>>(),
            DropTarget::Functions(functions) => functions.iter().map(|function| function.name.last()).collect(),
            DropTarget::Indexes(_) | DropTarget::Attachment { .. } => return,
            DropTarget::Schemas(_) | DropTarget::Extensions(_) => return self.rights.last.clear(),
        };
        let dropped = names.iter().map(|name| &*name.value).collect::<BTreeSet<_>>();
        let objects = self.objects.iter().filter(|object| dropped.contains(object.name.name.as_str()));
        let keys = objects.map(Object::key).collect::<BTreeSet<_>>();
        self.rights.last.retain(|right, _| !keys.contains(&right.object));
    }

    fn grant(&mut self, grant: &GrantStatement, span: Span) {
        for object in self.targets(&grant.target, span) {
            let privileges = grant.privileges.clone().unwrap_or_else(|| self.all_privileges(&object));
            for Privilege { word: privilege, columns } in privileges {
                let columns = columns.iter().map(|column| Some(column.value.to_string()));
                let columns = if columns.len() == 0 { vec![None] } else { columns.collect() };
                for (column, role) in
                    columns.iter().flat_map(|column| grant.roles.iter().map(move |role| (column, role)))
                {
                    let (object, privilege, role) = (object.clone(), privilege.clone(), role.value.to_string());
                    // What is taken of a table is taken of its columns.
                    if let (false, None) = (grant.gives, column) {
                        let same = |right: &Right| {
                            (&right.object, &right.privilege, &right.role) == (&object, &privilege, &role)
                        };
                        let of_columns = self.rights.last.iter_mut().filter(|(right, _)| same(right));
                        of_columns.for_each(|(_, last)| *last = (false, Some(span)));
                    }
                    let right = Right { object, privilege, column: column.clone(), role };
                    self.rights.last.insert(right, (grant.gives, Some(span)));
                }
            }
        }
    }

    fn all_privileges(&self, key: &Key) -> Vec<Privilege> {
        let words: &[&str] = match key.0 {
            Kind::Function => &["EXECUTE"],
            Kind::Schema => &["USAGE", "CREATE"],
            Kind::Type => &["USAGE"],
            Kind::Relation if self.objects.iter().any(|object| object.key() == *key && is_sequence(object)) => {
                &["USAGE", "SELECT", "UPDATE"]
            }
            Kind::Relation => &["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"],
        };
        words.iter().map(|&word| Privilege { word: word.to_owned(), columns: Vec::new() }).collect()
    }

    fn targets(&self, target: &GrantTarget, span: Span) -> Vec<Key> {
        let all = |schemas: &[Name], accepts: &dyn Fn(&Object) -> bool| {
            let of_schema = |object: &&Object| schemas.iter().any(|schema| *schema.value == *object.name.schema);
            let objects = self.objects.iter().filter(of_schema).filter(|it| accepts(it) && self.is_before(it, span));
            objects.map(Object::key).collect::<Vec<_>>()
        };
        match target {
            GrantTarget::Relations(names) => names.iter().filter_map(|name| self.named(Kind::Relation, name)).collect(),
            GrantTarget::Types(names) => names.iter().filter_map(|name| self.named(Kind::Type, name)).collect(),
            GrantTarget::Functions(functions) => functions.iter().filter_map(|it| self.function(it)).collect(),
            GrantTarget::Schemas(names) => {
                names.iter().map(|name| (Kind::Schema, Quoted(&name.value).to_string())).collect()
            }
            GrantTarget::AllTables(schemas) => all(schemas, &|it| it.kind == Kind::Relation && !is_sequence(it)),
            GrantTarget::AllSequences(schemas) => all(schemas, &is_sequence),
            GrantTarget::AllFunctions(schemas) => all(schemas, &|it| it.kind == Kind::Function),
        }
    }

    /// Whether an object is surely there when the statement at `span` runs.
    fn is_before(&self, object: &Object, span: Span) -> bool {
        let holds = |part: &&Part, span: Span| part.file == span.file && part.range.contains(&(span.start as usize));
        let position = |span: Span| Some((self.parts.iter().position(|part| holds(part, span))?, span.start));
        object.place.and_then(position).zip(position(span)).is_some_and(|(object, statement)| object < statement)
    }

    fn along_path(&self, name: &Path) -> Vec<ObjectName> {
        match name.qualifiers() {
            [.., schema] => vec![ObjectName::qualified(&*schema.value, &*name.last().value)],
            [] => self.path.iter().map(|schema| ObjectName::qualified(schema, &*name.last().value)).collect(),
        }
    }

    fn named(&self, kind: Kind, name: &Path) -> Option<Key> {
        self.along_path(name).iter().find_map(|name| {
            let key = (kind, name.to_string());
            self.objects.iter().any(|object| object.key() == key).then_some(key)
        })
    }

    fn function(&self, function: &FunctionReference) -> Option<Key> {
        let inputs = function.signature.as_ref().map(|signature| {
            let inputs = signature.arguments.iter().filter(|argument| argument.mode.is_input());
            let types = inputs.map(|argument| self.catalog.resolve_type_name(&argument.ty, &self.path));
            types.map(|ty: Type| self.catalog.display(&ty).to_string()).collect::<Vec<_>>().join(", ")
        });
        self.along_path(&function.name).iter().find_map(|name| {
            let of_name = |object: &&Object| {
                object.kind == Kind::Function
                    && Some(&object.name.schema) == name.schema.as_ref()
                    && object.name.name == name.name
            };
            let mut overloads = self.objects.iter().filter(of_name);
            match &inputs {
                Some(inputs) => overloads.find(|object| object.shown == format!("{name}({inputs})")),
                None => overloads.next().filter(|_| overloads.next().is_none()),
            }
            .map(Object::key)
        })
    }
}

fn is_sequence(object: &Object) -> bool {
    let facts = object.parts.first().into_iter().flat_map(|part| &part.facts);
    facts.into_iter().any(|fact| fact.what == "kind" && fact.value == Value::Text("sequence".to_owned()))
}

/// Whether a role has a right in effect, by whatever way, and whether it is given to that very role. A role that is not there has none.
const RIGHTS: &str = "
SELECT role = 'public' OR r.oid IS NOT NULL AS exists,
    CASE WHEN role <> 'public' AND r.oid IS NULL THEN false ELSE
        CASE kind
            WHEN 'function' THEN has_function_privilege(role::name, object, privilege)
            WHEN 'schema' THEN has_schema_privilege(role::name, object, privilege)
            WHEN 'type' THEN has_type_privilege(role::name, object, privilege)
            WHEN 'sequence' THEN has_sequence_privilege(role::name, object, privilege)
            WHEN 'column' THEN has_column_privilege(role::name, object, attribute, privilege)
            ELSE has_table_privilege(role::name, object, privilege)
        END
    END AS has,
    EXISTS (
        SELECT FROM aclexplode(CASE kind
            WHEN 'function' THEN (SELECT coalesce(proacl, acldefault('f', proowner)) FROM pg_catalog.pg_proc WHERE oid = object)
            WHEN 'schema' THEN (SELECT coalesce(nspacl, acldefault('n', nspowner)) FROM pg_catalog.pg_namespace WHERE oid = object)
            WHEN 'type' THEN (SELECT coalesce(typacl, acldefault('T', typowner)) FROM pg_catalog.pg_type WHERE oid = object)
            WHEN 'sequence' THEN (SELECT coalesce(relacl, acldefault('s', relowner)) FROM pg_catalog.pg_class WHERE oid = object)
            WHEN 'column' THEN (SELECT attacl FROM pg_catalog.pg_attribute WHERE attrelid = object AND attname = attribute)
            ELSE (SELECT coalesce(relacl, acldefault('r', relowner)) FROM pg_catalog.pg_class WHERE oid = object)
        END) AS acl
        WHERE acl.privilege_type = privilege AND acl.grantee = CASE WHEN role = 'public' THEN 0 ELSE r.oid END
    ) AS given
FROM unnest($1::text[], $2::oid[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS a(kind, object, attribute, privilege, role, number)
LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = role
ORDER BY number";

/// Rights that the files give and the database does not, or the other way round.
///
/// # Errors
/// The server's.
pub(super) async fn compare(
    transaction: &Transaction<'_>,
    rights: &Rights,
    deployed: &BTreeMap<Key, Object>,
) -> Result<Vec<Diagnostic>, tokio_postgres::Error> {
    let (mut kinds, mut objects, mut columns) = (Vec::new(), Vec::new(), Vec::new());
    let (mut privileges, mut roles, mut asked) = (Vec::new(), Vec::new(), Vec::new());
    for (right, (given, place)) in &rights.last {
        // An object or a column that is not there is reported as such.
        let Some(object) = deployed.get(&right.object) else { continue };
        let Some(oid) = object.oid else { continue };
        let has = |column: &String| object.parts.iter().any(|part| part.name == *column);
        if !is_privilege(&right.privilege) || !right.column.as_ref().is_none_or(has) {
            continue;
        }
        kinds.push(match &right.column {
            Some(_) => "column",
            None if is_sequence(object) => "sequence",
            None => right.object.0.word(),
        });
        objects.push(oid);
        columns.push(right.column.as_deref());
        privileges.push(right.privilege.as_str());
        roles.push(right.role.as_str());
        asked.push((object, right, *given, *place));
    }
    let rows = transaction.query(RIGHTS, &[&kinds, &objects, &columns, &privileges, &roles]).await?;
    let mut found: Vec<(Option<Span>, Diagnostic)> = Vec::new();
    for ((object, right, given, place), row) in asked.into_iter().zip(&rows) {
        let (has, is_given) = (row.get::<_, Option<bool>>("has") == Some(true), row.get::<_, bool>("given"));
        let diagnostic = if given && !has {
            lacks(object, right, row.get("exists"), place)
        } else if !given && is_given && !rights.gives_unseen {
            has_more(object, right, place)
        } else {
            continue;
        };
        found.push((place, diagnostic));
    }
    Ok(together(found))
}

fn is_privilege(word: &str) -> bool {
    let words =
        ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "USAGE", "CREATE", "EXECUTE"];
    words.contains(&word)
}

fn whom(role: &str) -> String {
    if role == "public" { "PUBLIC".to_owned() } else { format!("`{role}`") }
}

fn on(object: &Object) -> String {
    match object.kind {
        Kind::Relation if is_sequence(object) => format!("SEQUENCE {}", object.shown),
        Kind::Relation => object.shown.clone(),
        kind => format!("{} {}", kind.word().to_ascii_uppercase(), object.shown),
    }
}

/// `SELECT`, or `SELECT (email)` of a column.
fn privilege(right: &Right) -> String {
    let column = right.column.as_deref().map(|column| format!(" ({})", Quoted(column))).unwrap_or_default();
    format!("{}{column}", right.privilege)
}

fn lacks(object: &Object, right: &Right, exists: bool, place: Option<Span>) -> Diagnostic {
    let (role, privilege) = (&right.role, privilege(right));
    let (whom, on) = (whom(role), on(object));
    let mut diagnostic = Diagnostic::new(Code::RIGHT_MISSING, format!("{whom} lacks {privilege} on `{on}`"));
    if let Some(place) = place {
        diagnostic = diagnostic.at(place, "this needs it");
    }
    match exists {
        true => diagnostic.help(format!("GRANT {privilege} ON {on} TO {}", name(role))),
        false => {
            diagnostic.note(format!("the database has no role {whom}")).help("create the role, then deploy the file")
        }
    }
}

fn has_more(object: &Object, right: &Right, place: Option<Span>) -> Diagnostic {
    let (role, privilege, on) = (&right.role, privilege(right), on(object));
    let message = format!("{} has {privilege} on `{on}`, which the files take away", whom(role));
    let mut diagnostic = Diagnostic::new(Code::RIGHT_LEFT, message);
    if let Some(place) = place {
        diagnostic = diagnostic.at(place, "taken away here");
    }
    diagnostic.help(format!("REVOKE {privilege} ON {on} FROM {}", name(role)))
}

fn name(role: &str) -> String {
    if role == "public" { "PUBLIC".to_owned() } else { Quoted(role).to_string() }
}

/// One statement may give many rights; what lacks of one statement is told at once.
fn together(found: Vec<(Option<Span>, Diagnostic)>) -> Vec<Diagnostic> {
    let mut diagnostics: Vec<(Option<Span>, Diagnostic)> = Vec::new();
    for (place, diagnostic) in found {
        let same = |(of, first): &&mut (Option<Span>, Diagnostic)| {
            place.is_some() && *of == place && first.code == diagnostic.code
        };
        match diagnostics.iter_mut().rev().find(same) {
            Some((_, first)) => {
                first.notes.push(diagnostic.message);
                first.help.extend(diagnostic.help);
                first.help.dedup();
            }
            None => diagnostics.push((place, diagnostic)),
        }
    }
    diagnostics.into_iter().map(|(_, diagnostic)| diagnostic).collect()
}
