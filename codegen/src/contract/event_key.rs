//! How an event says which entity it is about: the columns of its key, where their values are found, and as what.

use super::event::counted;
use super::path::{Follower, Found};
use super::types::{Direction, Named};
use crate::catalog::{Builtin, Category, Column, Type};
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{Entity, Event, LoggedBy, Name, Path, TypeRef};

/// The key of an event's entity.
pub(super) enum EventKey<'a> {
    /// One uuid, which the log keeps as such.
    Uuid(KeyPart<'a>),
    /// Anything else, which the log keeps as an object by column.
    Columns(Vec<KeyPart<'a>>),
}

/// A column of a key.
pub(super) struct KeyPart<'a> {
    pub(super) column: &'a str,
    /// Where its value is found.
    pub(super) path: &'a Path,
    pub(super) kind: KeyKind,
}

/// What a column of a key holds, of what the log can keep without loss.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    Uuid,
    Text,
    Numeric,
    Int2,
    Int4,
    Int8,
}

/// A UUID in every form that PostgreSQL reads, so that a cast behind it cannot fail where the function would not.
const UUID_PATTERN: &str = r"^(([0-9a-fA-F]{4}-?){7}[0-9a-fA-F]{4}|\{([0-9a-fA-F]{4}-?){7}[0-9a-fA-F]{4}\})$";

impl EventKey<'_> {
    /// The parts, in the order of the key's columns.
    pub(super) fn parts(&self) -> &[KeyPart<'_>] {
        match self {
            EventKey::Uuid(part) => std::slice::from_ref(part),
            EventKey::Columns(parts) => parts,
        }
    }
}

impl KeyKind {
    /// Its type in SQL.
    pub(super) fn sql(self) -> &'static str {
        match self {
            KeyKind::Uuid => "uuid",
            KeyKind::Text => "text",
            KeyKind::Numeric => "numeric",
            KeyKind::Int2 => "smallint",
            KeyKind::Int4 => "integer",
            KeyKind::Int8 => "bigint",
        }
    }

    /// The marker in `pgmutate::sql` of an argument that is of this very type.
    pub(super) fn marker(self) -> &'static str {
        match self {
            KeyKind::Uuid => "Uuid",
            KeyKind::Text => "Text",
            KeyKind::Numeric => "Numeric",
            KeyKind::Int2 => "Int2",
            KeyKind::Int4 => "Int4",
            KeyKind::Int8 => "Int8",
        }
    }

    /// What a text has to look like so that a cast cannot fail, and between what its number has to be.
    pub(super) fn safe(self) -> Option<(&'static str, Option<(&'static str, &'static str)>)> {
        let integer = r"^\s*[-+]?[0-9]{1,30}\s*$";
        Some(match self {
            KeyKind::Uuid => (UUID_PATTERN, None),
            KeyKind::Text => return None,
            KeyKind::Numeric => (r"^\s*[-+]?[0-9]{1,1000}(\.[0-9]{1,1000})?\s*$", None),
            KeyKind::Int2 => (integer, Some(("-32768", "32767"))),
            KeyKind::Int4 => (integer, Some(("-2147483648", "2147483647"))),
            KeyKind::Int8 => (integer, Some(("-9223372036854775808", "9223372036854775807"))),
        })
    }

    fn of(ty: &Type) -> Option<KeyKind> {
        Some(match ty {
            Type::Builtin(builtin) => match *builtin {
                Builtin::UUID => KeyKind::Uuid,
                Builtin::INT2 => KeyKind::Int2,
                Builtin::INT4 => KeyKind::Int4,
                Builtin::INT8 => KeyKind::Int8,
                Builtin::NUMERIC => KeyKind::Numeric,
                text if text.category() == Category::Text => KeyKind::Text,
                _ => return None,
            },
            // Of what no source defines nothing is known; a uuid is what keys mostly are.
            Type::Unknown(_) => KeyKind::Uuid,
            _ => return None,
        })
    }

    /// Whether an argument that is bound so may be its value.
    fn takes_marker(self, marker: &str) -> bool {
        match self {
            KeyKind::Uuid | KeyKind::Text => marker == self.marker(),
            KeyKind::Numeric => matches!(marker, "Numeric" | "Int2" | "Int4" | "Int8"),
            KeyKind::Int2 | KeyKind::Int4 | KeyKind::Int8 => matches!(marker, "Int2" | "Int4" | "Int8"),
        }
    }

    /// Whether a value of this built-in type may be its value, in JSON or in a column.
    fn takes(self, builtin: Builtin) -> bool {
        if builtin.category() == Category::Text || [Builtin::JSONB, Builtin::JSON].contains(&builtin) {
            return true;
        }
        match self {
            KeyKind::Uuid => builtin == Builtin::UUID,
            KeyKind::Text => builtin == Builtin::UUID,
            KeyKind::Numeric => [Builtin::NUMERIC, Builtin::INT2, Builtin::INT4, Builtin::INT8].contains(&builtin),
            KeyKind::Int2 | KeyKind::Int4 | KeyKind::Int8 => {
                [Builtin::INT2, Builtin::INT4, Builtin::INT8].contains(&builtin)
            }
        }
    }
}

/// Finds the key of an event, and reports values that can be none of it. Who logs himself has seen to his keys.
pub(super) fn plan<'e>(
    follower: &Follower<'_>,
    event: &'e Event,
    entity: &'e Entity,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<EventKey<'e>> {
    let runtime = event.logged_by == LoggedBy::Runtime;
    let (columns, paths) = (entity.key.len(), event.id.len());
    let first = event.id.first()?;
    if runtime && columns != paths {
        let names = entity.key.iter().map(|name| format!("`{}`", name.text)).collect::<Vec<_>>().join(", ");
        let message = format!("the key of the entity `{}` has {}", entity.name.text, counted(columns));
        let mut diagnostic =
            Diagnostic::new(Code::EVENT_ID, message).at(first.written.span, format!("this is for {}", counted(paths)));
        if let Some(key) = entity.key.first() {
            diagnostic = diagnostic.and(key.span, "the key");
        }
        diagnostics.push(diagnostic.help(format!("name a path for each column, as a list in this order: {names}")));
        return None;
    }
    let mut parts = Vec::new();
    for (name, path) in entity.key.iter().zip(&event.id) {
        let column = column(follower, entity, name);
        let kind =
            column.map_or(Some(KeyKind::Uuid), |column| KeyKind::of(follower.context.catalog.base_type(&column.ty.ty)));
        if runtime {
            let reported = match kind {
                Some(kind) => mismatch(follower, path, kind, entity, name, column),
                None => Some(no_kind(follower, path, name, column)),
            };
            diagnostics.extend(reported);
        }
        parts.push(KeyPart { column: &name.text, path, kind: kind.unwrap_or(KeyKind::Text) });
    }
    match parts.pop() {
        Some(only) if parts.is_empty() && only.kind == KeyKind::Uuid => Some(EventKey::Uuid(only)),
        Some(last) => {
            parts.push(last);
            Some(EventKey::Columns(parts))
        }
        None => None,
    }
}

fn column<'a>(follower: &Follower<'a>, entity: &Entity, name: &Name) -> Option<&'a Column> {
    let catalog = follower.context.catalog;
    let table = entity.table.qualified()?;
    catalog.relation(catalog.find_relation(&table.schema, &table.name)?).column(&name.text)
}

/// The type of a key column, and where it is declared.
fn declared(
    follower: &Follower<'_>,
    diagnostic: Diagnostic,
    name: &Name,
    column: Option<&Column>,
) -> (Diagnostic, String) {
    let Some(column) = column else { return (diagnostic, "uuid".to_owned()) };
    let ty = follower.context.catalog.display_use(&column.ty).to_string();
    match column.span {
        Some(span) => (diagnostic.and(span, format!("`{}` is declared as `{ty}` here", name.text)), ty),
        None => (diagnostic, ty),
    }
}

fn no_kind(follower: &Follower<'_>, path: &Path, name: &Name, column: Option<&Column>) -> Diagnostic {
    let message = format!("the event log cannot keep `{}` as a key", name.text);
    let diagnostic =
        Diagnostic::new(Code::EVENT_ID, message).at(path.written.span, "its value").and(name.span, "the key");
    declared(follower, diagnostic, name, column)
        .0
        .help("a key is a uuid, an integer, a numeric or a text; leave the event to the function: `\"logged_by\": \"function\"`")
}

/// A value that cannot be the column's.
fn mismatch(
    follower: &Follower<'_>,
    path: &Path,
    kind: KeyKind,
    entity: &Entity,
    name: &Name,
    column: Option<&Column>,
) -> Option<Diagnostic> {
    let context = follower.context;
    // A path that leads nowhere has been reported.
    let found = follower.follow(path).ok()?;
    let is_uuid = match &found {
        Found::Argument(argument) => argument.marker == "Uuid",
        Found::Column(ty) => context.catalog.base_type(ty).is(Builtin::UUID),
        Found::Value(_) | Found::Unknown => false,
    };
    let ty = match &found {
        Found::Argument(argument) if !kind.takes_marker(&argument.marker) => argument.sql_type.clone(),
        Found::Column(ty) => match context.catalog.base_type(ty) {
            Type::Builtin(builtin) if !kind.takes(*builtin) => context.catalog.display(ty).to_string(),
            _ => return None,
        },
        Found::Value(type_ref) => {
            let named = context.types.find(type_ref, Direction::Output, &mut Vec::new());
            let fits = match (type_ref, named) {
                // A custom scalar's SQL type may be a domain over the key's.
                (TypeRef::Named { .. }, Some(Named::Scalar(scalar))) => {
                    scalar.builtin().is_none_or(|it| kind.takes(it))
                }
                (_, None) => true,
                _ => false,
            };
            if fits {
                return None;
            }
            type_ref.to_string()
        }
        Found::Argument(_) | Found::Unknown => return None,
    };
    let written = &path.written.text;
    if kind == KeyKind::Uuid {
        let message = format!("the id of an event is a uuid, and `{written}` is `{ty}`");
        return Some(
            Diagnostic::new(Code::EVENT_ID, message)
                .at(path.written.span, "this is not a uuid")
                .help("name the entity's key: `order.id` in the answer, or an argument such as `$customer_id`"),
        );
    }
    let diagnostic =
        Diagnostic::new(Code::EVENT_ID, "").at(path.written.span, "this is not its key").and(name.span, "the key");
    let (mut diagnostic, key) = declared(follower, diagnostic, name, column);
    let what = if is_uuid { "a uuid".to_owned() } else { format!("`{ty}`") };
    diagnostic.message = format!("the key of the entity `{}` is `{key}`, and `{written}` is {what}", entity.name.text);
    Some(diagnostic.help("name the argument or the key of the answer that holds the entity's key"))
}
