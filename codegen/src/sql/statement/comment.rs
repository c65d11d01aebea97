//! COMMENT ON.

use super::function::{self, FunctionReference};
use super::{Parsed, Statement, piece, relation_kind};
use crate::sql::cursor::Cursor;
use crate::sql::lexer::TokenKind;
use crate::sql::name::Path;

/// COMMENT ON
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CommentStatement {
    /// The object.
    pub target: CommentTarget,
    /// The text; `None` for NULL.
    pub text: Option<String>,
}

/// What a comment is on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CommentTarget {
    /// A table, view or sequence.
    Relation(Path),
    /// A column: the last name.
    Column(Path),
    /// A function, procedure or aggregate.
    Function(FunctionReference),
    /// A type or domain.
    Type(Path),
}

/// Reads what follows COMMENT.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Parsed<Statement> {
    piece::expect_word(cursor, "on")?;
    let target = if relation_kind(cursor).is_some() {
        CommentTarget::Relation(piece::path(cursor)?)
    } else if cursor.eat_word("column") {
        CommentTarget::Column(piece::path(cursor)?)
    } else if cursor.is_any_word(&["function", "procedure", "routine", "aggregate"]) {
        cursor.advance();
        CommentTarget::Function(function::reference(cursor)?)
    } else if cursor.eat_word("type") || cursor.eat_word("domain") {
        CommentTarget::Type(piece::path(cursor)?)
    } else {
        // Of an object that the catalogue does not hold.
        return Ok(Statement::NoEffect);
    };
    piece::expect_word(cursor, "is")?;
    let text = match cursor.eat_word("null") {
        true => None,
        false => Some(piece::string(cursor)?),
    };
    // `IS 'a' 'b'` on one line is a mistake for the server too.
    if cursor.is(TokenKind::Semicolon) {
        cursor.advance();
    }
    piece::end(cursor)?;
    Ok(Statement::Comment(Box::new(CommentStatement { target, text })))
}
