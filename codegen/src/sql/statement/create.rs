//! CREATE: which object, and who reads it.

use super::{Misread, Parsed, Statement, domain, function, index, piece, table, types, view};
use crate::sql::cursor::Cursor;

/// Objects that the catalogue does not hold.
const WITHOUT_EFFECT: &[&[&str]] = &[
    &["access", "method"],
    &["cast"],
    &["collation"],
    &["constraint", "trigger"],
    &["conversion"],
    &["database"],
    &["default", "conversion"],
    &["event", "trigger"],
    &["foreign", "data"],
    &["group"],
    &["index"],
    &["language"],
    &["operator"],
    &["policy"],
    &["procedural", "language"],
    &["publication"],
    &["role"],
    &["rule"],
    &["server"],
    &["statistics"],
    &["subscription"],
    &["tablespace"],
    &["text", "search"],
    &["transform"],
    &["trigger"],
    &["trusted", "language"],
    &["trusted", "procedural"],
    &["user"],
];

/// Reads what follows CREATE, which is the token `start`.
pub(super) fn parse(cursor: &mut Cursor<'_>, start: usize) -> Parsed<Statement> {
    let or_replace = cursor.eat_words(&["or", "replace"]);
    let scope = cursor.index();
    let temporary = temporary(cursor);
    let unlogged = cursor.eat_word("unlogged");
    if cursor.eat_word("table") {
        return table::create(cursor, table::Start { temporary, foreign: false });
    }
    if cursor.eat_words(&["foreign", "table"]) {
        return table::create(cursor, table::Start { temporary: false, foreign: true });
    }
    if !unlogged && (cursor.is_any_word(&["view", "recursive", "materialized"])) {
        return view::create(cursor, or_replace, temporary);
    }
    if cursor.eat_word("sequence") {
        piece::if_not_exists(cursor);
        return Ok(Statement::Sequence { name: piece::path(cursor)?, temporary });
    }
    cursor.seek(scope);
    if cursor.is_any_word(&["function", "procedure"]) {
        return function::create(cursor, start, or_replace);
    }
    if cursor.is_word("aggregate") {
        return function::create_aggregate(cursor, start, or_replace);
    }
    if cursor.eat_word("type") {
        return types::create(cursor);
    }
    if cursor.eat_word("domain") {
        return domain::create(cursor);
    }
    if cursor.eat_words(&["unique", "index"]) {
        return index::create_unique(cursor);
    }
    if cursor.eat_word("schema") {
        return schema(cursor);
    }
    if cursor.eat_word("extension") {
        return extension(cursor);
    }
    if WITHOUT_EFFECT.iter().any(|words| cursor.are_words(words)) {
        return Ok(Statement::NoEffect);
    }
    Err(Misread::at(cursor, "this kind of object is not known"))
}

fn temporary(cursor: &mut Cursor<'_>) -> bool {
    if cursor.is_any_word(&["global", "local"]) && (cursor.is_word_at(1, "temp") || cursor.is_word_at(1, "temporary")) {
        cursor.advance();
    }
    cursor.eat_word("temp") || cursor.eat_word("temporary")
}

fn schema(cursor: &mut Cursor<'_>) -> Parsed<Statement> {
    piece::if_not_exists(cursor);
    let name = match cursor.is_word("authorization") {
        true => None,
        false => Some(piece::name(cursor)?),
    };
    let role = match cursor.eat_word("authorization") {
        true => Some(piece::name(cursor)?),
        false => None,
    };
    if !cursor.is_at_end() {
        return Err(Misread::at(cursor, "objects within CREATE SCHEMA are not read"));
    }
    let name = name.or(role).ok_or_else(|| Misread::at(cursor, "a name was expected"))?;
    Ok(Statement::Schema { name })
}

fn extension(cursor: &mut Cursor<'_>) -> Parsed<Statement> {
    piece::if_not_exists(cursor);
    let name = piece::name(cursor)?;
    let mut schema = None;
    while !cursor.is_at_end() {
        if cursor.eat_word("schema") {
            schema = Some(piece::name(cursor)?);
        } else if cursor.eat_word("version") || cursor.eat_word("from") {
            cursor.advance();
        } else if !cursor.eat_word("with") && !cursor.eat_word("cascade") {
            return Err(Misread::at(cursor, "`SCHEMA`, `VERSION` or `CASCADE` was expected"));
        }
    }
    Ok(Statement::Extension { name, schema })
}
