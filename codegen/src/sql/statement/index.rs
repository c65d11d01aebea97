//! CREATE INDEX.

use super::table::{self, IndexKeyClause};
use super::{Misread, Parsed, Statement, piece};
use crate::catalog::Text;
use crate::source::Span;
use crate::sql::cursor::Cursor;
use crate::sql::lexer::TokenKind;
use crate::sql::name::{Name, Path};

/// CREATE INDEX
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IndexStatement {
    /// UNIQUE
    pub unique: bool,
    /// Its name.
    pub name: Option<Name>,
    /// The table.
    pub table: Path,
    /// Its keys, in order.
    pub keys: Vec<IndexKeyClause>,
    /// INCLUDE
    pub include: Vec<Name>,
    /// NULLS NOT DISTINCT
    pub nulls_not_distinct: bool,
    /// WHERE
    pub predicate: Option<Text>,
    /// From the name to the end.
    pub span: Span,
}

/// Reads what follows CREATE [UNIQUE] INDEX.
pub(super) fn create(cursor: &mut Cursor<'_>, unique: bool) -> Parsed<Statement> {
    cursor.eat_word("concurrently");
    piece::if_not_exists(cursor);
    let start = cursor.index();
    let name = if cursor.is_word("on") { None } else { Some(piece::name(cursor)?) };
    piece::expect_word(cursor, "on")?;
    cursor.eat_word("only");
    let table = piece::path(cursor)?;
    if cursor.eat_word("using") {
        piece::name(cursor)?;
    }
    piece::expect(cursor, TokenKind::LeftParen, "`(`")?;
    let keys = piece::comma_list(cursor, key)?;
    piece::expect(cursor, TokenKind::RightParen, "`)`")?;
    let (mut include, mut nulls_not_distinct, mut predicate) = (Vec::new(), false, None);
    while !cursor.is_at_end() {
        if cursor.eat_word("where") {
            predicate = Some(piece::expression(cursor, |_| false)?);
        } else if cursor.are_words(&["nulls", "not", "distinct"]) || cursor.are_words(&["nulls", "distinct"]) {
            nulls_not_distinct = table::nulls_not_distinct(cursor);
        } else if cursor.is_word("include") {
            include = table::included(cursor)?;
        } else if cursor.eat_word("with") {
            piece::parenthesized(cursor)?;
        } else if cursor.eat_word("tablespace") {
            piece::name(cursor)?;
        } else {
            return Err(Misread::at(cursor, "this clause of CREATE INDEX is not known"));
        }
    }
    let span = cursor.span_from(start);
    let index = IndexStatement { unique, name, table, keys, include, nulls_not_distinct, predicate, span };
    Ok(Statement::Index(Box::new(index)))
}

pub(super) fn key(cursor: &mut Cursor<'_>) -> Parsed<IndexKeyClause> {
    let start = cursor.index();
    let column = cursor.name().filter(|_| !matches!(cursor.kind(), Some(TokenKind::LeftParen | TokenKind::Dot)));
    let column = column.or_else(|| {
        cursor.seek(start);
        parenthesized_column(cursor)
    });
    let key = match column {
        Some(name) => IndexKeyClause::Column(name),
        None => {
            cursor.seek(start);
            let is_call = !cursor.is(TokenKind::LeftParen);
            if is_call {
                piece::path(cursor)?;
            }
            piece::parenthesized(cursor)?;
            IndexKeyClause::Expression(piece::text(cursor, start..cursor.index()))
        }
    };
    // COLLATE, operator class, ASC, NULLS FIRST: none of them changes what is unique.
    while !matches!(cursor.kind(), None | Some(TokenKind::Comma | TokenKind::RightParen)) {
        if !piece::skip_parenthesized(cursor)? {
            cursor.advance();
        }
    }
    Ok(key)
}

/// Reads `(column)` or `(column COLLATE name)`, which is a column and no expression.
fn parenthesized_column(cursor: &mut Cursor<'_>) -> Option<Name> {
    let mut depth = 0;
    while cursor.eat(TokenKind::LeftParen) {
        depth += 1;
    }
    let name = cursor.name().filter(|_| depth > 0)?;
    if cursor.eat_word("collate") {
        cursor.path()?;
    }
    for _ in 0..depth {
        if !cursor.eat(TokenKind::RightParen) {
            return None;
        }
    }
    Some(name)
}
