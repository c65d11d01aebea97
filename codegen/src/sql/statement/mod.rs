//! What one statement says to the catalogue. Names are as they are written; nothing is resolved here.

mod alter;
mod comment;
mod create;
mod domain;
mod drop;
mod function;
mod grant;
mod index;
mod operator;
mod options;
mod piece;
mod session;
mod table;
mod trigger;
mod types;
mod view;

pub use alter::{
    AlterAttachment, AlterDomain, AlterFunction, AlterRelation, AlterStatement, AlterType, AttachmentChange,
    ColumnChange, DomainChange, FunctionChange, Position, RelationChange, TypeChange,
};
pub use comment::{CommentStatement, CommentTarget};
pub use domain::DomainStatement;
pub use drop::{DropStatement, DropTarget};
pub use function::{ArgumentClause, BodyClause, FunctionReference, FunctionStatement, ReturnsClause, Signature};
pub use grant::{GrantStatement, GrantTarget, Privilege, grant};
pub use index::IndexStatement;
pub use operator::{CastStatement, OperatorStatement};
pub use options::{Options, SettingClause, SettingValue};
pub use session::SessionStatement;
pub use table::{
    ColumnClause, ConstraintClause, ConstraintForm, GeneratedClause, Including, IndexKeyClause, TableElement,
    TableStatement,
};
pub use trigger::{PolicyConditions, PolicyStatement, TriggerStatement};
pub use types::{FieldClause, TypeForm, TypeStatement};
pub use view::{Query, TableAsStatement, ViewStatement};

use std::ops::Range;

use super::cursor::Cursor;
use super::name::{Name, Path};
use crate::catalog::RelationKind;
use crate::source::Span;

/// A statement that the catalogue takes in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Statement {
    /// CREATE SCHEMA
    Schema {
        /// Its name.
        name: Name,
        /// The statements within it, as indices of tokens.
        elements: Vec<Range<usize>>,
    },
    /// CREATE EXTENSION
    Extension {
        /// Its name.
        name: Name,
        /// SCHEMA
        schema: Option<Name>,
    },
    /// CREATE TABLE, also of a foreign or partitioned one.
    Table(Box<TableStatement>),
    /// CREATE TABLE AS, SELECT INTO
    TableAs(Box<TableAsStatement>),
    /// CREATE VIEW, CREATE MATERIALIZED VIEW
    View(Box<ViewStatement>),
    /// CREATE SEQUENCE
    Sequence {
        /// Its name.
        name: Path,
        /// TEMPORARY
        temporary: bool,
        /// OWNED BY: a column, or `Some(None)` for NONE.
        owner: Option<Option<Path>>,
    },
    /// CREATE INDEX
    Index(Box<IndexStatement>),
    /// CREATE TRIGGER
    Trigger(Box<TriggerStatement>),
    /// CREATE POLICY
    Policy(Box<PolicyStatement>),
    /// CREATE OPERATOR
    Operator(Box<OperatorStatement>),
    /// CREATE CAST
    Cast(Box<CastStatement>),
    /// CREATE TYPE
    Type(Box<TypeStatement>),
    /// CREATE DOMAIN
    Domain(Box<DomainStatement>),
    /// CREATE FUNCTION, PROCEDURE or AGGREGATE
    Function(Box<FunctionStatement>),
    /// COMMENT ON
    Comment(Box<CommentStatement>),
    /// ALTER
    Alter(Box<AlterStatement>),
    /// DROP
    Drop(Box<DropStatement>),
    /// REASSIGN OWNED BY roles TO another; none is the one that runs it.
    ReassignOwned {
        /// Who owned things.
        from: Vec<Option<Name>>,
        /// Who owns them now.
        to: Option<Name>,
    },
    /// SET and its like, where they change how names are resolved.
    Session(SessionStatement),
    /// DO, with its body as indices of tokens.
    Do {
        /// The string that holds the block.
        body: Span,
    },
    /// A statement that changes nothing in the catalogue.
    NoEffect,
}

/// A statement that was not understood: where, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Misread {
    /// The token at which it stopped.
    pub span: Span,
    /// What was expected, or what is not known, in lower case.
    pub reason: String,
}

impl Misread {
    /// A statement that stops at the cursor.
    fn at(cursor: &Cursor<'_>, reason: impl Into<String>) -> Self {
        Self { span: cursor.here(), reason: reason.into() }
    }
}

type Parsed<T> = Result<T, Misread>;

/// Reads one statement, whose tokens are all of the cursor's.
///
/// # Errors
/// [`Misread`] if the catalogue may depend on it and it is not understood.
pub fn parse(cursor: &mut Cursor<'_>) -> Result<Statement, Misread> {
    let start = cursor.index();
    if cursor.eat_word("create") {
        return create::parse(cursor, start);
    }
    if cursor.eat_word("alter") {
        return alter::parse(cursor);
    }
    if cursor.eat_word("drop") {
        return drop::parse(cursor);
    }
    if cursor.eat_word("comment") {
        return comment::parse(cursor);
    }
    if cursor.is_any_word(&["set", "reset", "select"])
        && let Some(session) = session::parse(cursor)
    {
        return Ok(Statement::Session(session));
    }
    if cursor.is_any_word(&["select", "with"]) {
        return view::select_into(cursor);
    }
    if cursor.eat_word("do") {
        return session::block(cursor);
    }
    if cursor.eat_words(&["reassign", "owned", "by"]) {
        let from = piece::comma_list(cursor, piece::role)?;
        piece::expect_word(cursor, "to")?;
        return Ok(Statement::ReassignOwned { from, to: piece::role(cursor)? });
    }
    if cursor.eat_words(&["import", "foreign", "schema"]) {
        return Err(Misread::at(cursor, "the tables of a foreign schema are not in the files"));
    }
    if cursor.is_any_word(WITHOUT_EFFECT) || cursor.is(super::lexer::TokenKind::LeftParen) {
        return Ok(Statement::NoEffect);
    }
    Err(Misread::at(cursor, "no statement starts so"))
}

/// The first words of statements that leave the catalogue as it is.
const WITHOUT_EFFECT: &[&str] = &[
    "abort",
    "analyse",
    "analyze",
    "begin",
    "call",
    "checkpoint",
    "close",
    "cluster",
    "commit",
    "copy",
    "deallocate",
    "declare",
    "delete",
    "discard",
    "end",
    "execute",
    "explain",
    "fetch",
    "grant",
    "insert",
    "listen",
    "load",
    "lock",
    "merge",
    "move",
    "notify",
    "prepare",
    "refresh",
    "reindex",
    "release",
    "repack",
    "reset",
    "revoke",
    "rollback",
    "savepoint",
    "security",
    "select",
    "set",
    "show",
    "start",
    "table",
    "truncate",
    "unlisten",
    "update",
    "vacuum",
    "values",
    "with",
];

/// The kind of relation that ALTER, DROP and COMMENT name: `TABLE`, `FOREIGN TABLE`, `VIEW`, `MATERIALIZED VIEW`,
/// `SEQUENCE`.
fn relation_kind(cursor: &mut Cursor<'_>) -> Option<RelationKind> {
    const KINDS: [(&[&str], RelationKind); 5] = [
        (&["table"], RelationKind::Table),
        (&["foreign", "table"], RelationKind::ForeignTable),
        (&["view"], RelationKind::View),
        (&["materialized", "view"], RelationKind::MaterializedView),
        (&["sequence"], RelationKind::Sequence),
    ];
    KINDS.into_iter().find(|(words, _)| cursor.eat_words(words)).map(|(_, kind)| kind)
}
