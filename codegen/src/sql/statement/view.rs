//! What is defined by a query: views, and tables that are made from one.

use super::{Misread, Parsed, Statement, piece};
use crate::source::Span;
use crate::sql::cursor::Cursor;
use crate::sql::lexer::TokenKind;
use crate::sql::name::{Name, Path};

/// A query as it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Query {
    /// From its first word to its last.
    pub span: Span,
    /// What follows INTO in `SELECT ... INTO table`, to be left out: from INTO to the table's name.
    pub into: Option<Span>,
}

/// CREATE VIEW
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ViewStatement {
    /// Its name.
    pub name: Path,
    /// MATERIALIZED
    pub materialized: bool,
    /// RECURSIVE
    pub recursive: bool,
    /// OR REPLACE, or IF NOT EXISTS of a materialised view.
    pub or_replace: bool,
    /// TEMPORARY
    pub temporary: bool,
    /// The names of its columns, as far as they are written.
    pub columns: Vec<Name>,
    /// Its query.
    pub query: Query,
}

/// CREATE TABLE AS or SELECT INTO
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableAsStatement {
    /// Its name.
    pub name: Path,
    /// TEMPORARY
    pub temporary: bool,
    /// IF NOT EXISTS
    pub if_not_exists: bool,
    /// The names of its columns, as far as they are written.
    pub columns: Vec<Name>,
    /// Its query.
    pub query: Query,
}

/// Reads what follows CREATE [OR REPLACE] [TEMPORARY].
pub(super) fn create(cursor: &mut Cursor<'_>, or_replace: bool, temporary: bool) -> Parsed<Statement> {
    let recursive = cursor.eat_word("recursive");
    let materialized = cursor.eat_word("materialized");
    piece::expect_word(cursor, "view")?;
    let or_replace = piece::if_not_exists(cursor) || or_replace;
    let name = piece::path(cursor)?;
    let columns = piece::names_in_parentheses(cursor)?.unwrap_or_default();
    storage(cursor)?;
    piece::expect_word(cursor, "as")?;
    let query = query(
        cursor,
        &[&["with", "check"], &["with", "local"], &["with", "cascaded"], &["with", "no", "data"], &["with", "data"]],
    )?;
    Ok(Statement::View(Box::new(ViewStatement {
        name,
        materialized,
        recursive,
        or_replace,
        temporary,
        columns,
        query,
    })))
}

/// `WITH (…)`, `USING method`, `TABLESPACE name`, `ON COMMIT …`.
fn storage(cursor: &mut Cursor<'_>) -> Parsed<()> {
    loop {
        if cursor.eat_word("with") {
            piece::parenthesized(cursor)?;
        } else if cursor.eat_word("using") || cursor.eat_word("tablespace") {
            piece::name(cursor)?;
        } else if cursor.eat_words(&["on", "commit"]) {
            while cursor.is_any_word(&["preserve", "delete", "drop", "rows"]) {
                cursor.advance();
            }
        } else if !cursor.eat_words(&["without", "oids"]) {
            return Ok(());
        }
    }
}

/// Whether what follows a table's name makes it a CREATE TABLE AS: `AS`, or a list of bare names before it.
pub(super) fn is_table_as(cursor: &Cursor<'_>) -> bool {
    let mut ahead = cursor.clone();
    let columns = piece::names_in_parentheses(&mut ahead);
    columns.is_ok() && storage(&mut ahead).is_ok() && ahead.is_word("as")
}

/// Reads CREATE TABLE AS from the table's name on.
pub(super) fn create_table_as(cursor: &mut Cursor<'_>, temporary: bool, if_not_exists: bool) -> Parsed<Statement> {
    let name = piece::path(cursor)?;
    let columns = piece::names_in_parentheses(cursor)?.unwrap_or_default();
    storage(cursor)?;
    piece::expect_word(cursor, "as")?;
    if cursor.is_word("execute") {
        return Err(Misread::at(cursor, "the columns of a prepared statement are not known"));
    }
    let query = query(cursor, &[&["with", "no", "data"], &["with", "data"]])?;
    Ok(Statement::TableAs(Box::new(TableAsStatement { name, temporary, if_not_exists, columns, query })))
}

/// Reads the query up to the statement's end, or up to one of `tails` there.
fn query(cursor: &mut Cursor<'_>, tails: &[&[&str]]) -> Parsed<Query> {
    let start = cursor.index();
    while !cursor.is_at_end() {
        let is_tail = |words: &&&[&str]| cursor.are_words(words);
        if let Some(words) = tails.iter().find(is_tail) {
            // `WITH CHECK OPTION` is the last clause; `with data AS (…)` is part of the query.
            let rest = if words.len() == 2 && words[1] != "data" { 4 } else { words.len() };
            if cursor.peek_nth(rest).is_none() {
                break;
            }
        }
        cursor.advance();
    }
    if cursor.index() == start {
        return Err(Misread::at(cursor, "a query was expected"));
    }
    Ok(Query { span: cursor.span_from(start), into: None })
}

/// Reads a SELECT: a table is made if it has INTO outside of parentheses.
pub(super) fn select_into(cursor: &mut Cursor<'_>) -> Parsed<Statement> {
    let start = cursor.index();
    let mut depth = 0usize;
    let mut found = None;
    while let Some(token) = cursor.peek() {
        match token.kind {
            TokenKind::LeftParen => depth += 1,
            TokenKind::RightParen => depth = depth.saturating_sub(1),
            // `WITH x AS (…) INSERT INTO`, `MERGE INTO`.
            TokenKind::Word if depth == 0 && cursor.is_any_word(&["insert", "update", "delete", "merge"]) => {
                return Ok(Statement::NoEffect);
            }
            TokenKind::Word if depth == 0 && found.is_none() && cursor.is_word("into") => {
                let into = cursor.index();
                cursor.advance();
                let temporary = super::view::temporary_target(cursor);
                found = Some((piece::path(cursor)?, temporary, cursor.span_from(into)));
                continue;
            }
            _ => {}
        }
        cursor.advance();
    }
    let Some((name, temporary, into)) = found else { return Ok(Statement::NoEffect) };
    let query = Query { span: cursor.span_from(start), into: Some(into) };
    let table = TableAsStatement { name, temporary, if_not_exists: false, columns: Vec::new(), query };
    Ok(Statement::TableAs(Box::new(table)))
}

fn temporary_target(cursor: &mut Cursor<'_>) -> bool {
    let _scope = cursor.eat_word("local") || cursor.eat_word("global");
    let temporary = cursor.eat_word("temporary") || cursor.eat_word("temp");
    cursor.eat_word("unlogged");
    cursor.eat_word("table");
    temporary
}
