//! DROP.

use super::function::{self, FunctionReference};
use super::{Misread, Parsed, Statement, piece, relation_kind};
use crate::catalog::AttachmentKind;
use crate::sql::cursor::Cursor;
use crate::sql::name::{Name, Path};

/// DROP
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DropStatement {
    /// What is dropped.
    pub target: DropTarget,
    /// IF EXISTS
    pub if_exists: bool,
    /// CASCADE
    pub cascade: bool,
}

/// What is dropped.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DropTarget {
    /// Tables, views, sequences.
    Relations(Vec<Path>),
    /// Functions, procedures, aggregates.
    Functions(Vec<FunctionReference>),
    /// Types and domains.
    Types(Vec<Path>),
    /// Schemas.
    Schemas(Vec<Path>),
    /// Indexes.
    Indexes(Vec<Path>),
    /// Extensions.
    Extensions(Vec<Path>),
    /// A trigger or a policy.
    Attachment {
        /// Which of them.
        kind: AttachmentKind,
        /// Its name.
        name: Name,
        /// Its table.
        table: Path,
    },
}

/// Objects that the catalogue does not hold.
const WITHOUT_EFFECT: &[&str] = &[
    "access",
    "cast",
    "collation",
    "conversion",
    "database",
    "event",
    "foreign",
    "group",
    "language",
    "operator",
    "owned",
    "procedural",
    "publication",
    "role",
    "rule",
    "server",
    "statistics",
    "subscription",
    "tablespace",
    "text",
    "transform",
    "user",
];

/// Reads what follows DROP.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Parsed<Statement> {
    let paths: fn(Vec<Path>) -> DropTarget = if relation_kind(cursor).is_some() {
        DropTarget::Relations
    } else if cursor.is_any_word(&["function", "procedure", "routine", "aggregate"]) {
        cursor.advance();
        let if_exists = piece::if_exists(cursor);
        let functions = piece::comma_list(cursor, function::reference)?;
        return tail(cursor, DropTarget::Functions(functions), if_exists);
    } else if cursor.eat_word("type") || cursor.eat_word("domain") {
        DropTarget::Types
    } else if cursor.eat_word("schema") {
        DropTarget::Schemas
    } else if cursor.eat_word("index") {
        cursor.eat_word("concurrently");
        DropTarget::Indexes
    } else if cursor.eat_word("extension") {
        DropTarget::Extensions
    } else if cursor.eat_word("trigger") {
        return attachment(cursor, AttachmentKind::Trigger);
    } else if cursor.eat_word("policy") {
        return attachment(cursor, AttachmentKind::Policy);
    } else if cursor.is_any_word(WITHOUT_EFFECT) {
        return Ok(Statement::NoEffect);
    } else {
        return Err(Misread::at(cursor, "this kind of object is not known"));
    };
    let if_exists = piece::if_exists(cursor);
    let names = piece::comma_list(cursor, piece::path)?;
    tail(cursor, paths(names), if_exists)
}

fn attachment(cursor: &mut Cursor<'_>, kind: AttachmentKind) -> Parsed<Statement> {
    let if_exists = piece::if_exists(cursor);
    let name = piece::name(cursor)?;
    piece::expect_word(cursor, "on")?;
    let table = piece::path(cursor)?;
    tail(cursor, DropTarget::Attachment { kind, name, table }, if_exists)
}

fn tail(cursor: &mut Cursor<'_>, target: DropTarget, if_exists: bool) -> Parsed<Statement> {
    let cascade = cursor.eat_word("cascade");
    cursor.eat_word("restrict");
    piece::end(cursor)?;
    Ok(Statement::Drop(Box::new(DropStatement { target, if_exists, cascade })))
}
