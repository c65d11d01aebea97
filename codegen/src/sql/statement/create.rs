//! CREATE: which object, and who reads it.

use std::ops::Range;

use super::{Misread, Parsed, Statement, domain, function, index, operator, piece, table, trigger, types, view};
use crate::sql::cursor::Cursor;
use crate::sql::lexer::TokenKind;
use crate::sql::name::Path;

/// Objects that the catalogue does not hold.
const WITHOUT_EFFECT: &[&[&str]] = &[
    &["access", "method"],
    &["collation"],
    &["conversion"],
    &["database"],
    &["default", "conversion"],
    &["event", "trigger"],
    &["foreign", "data"],
    &["group"],
    &["language"],
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
        let name = piece::path(cursor)?;
        return Ok(Statement::Sequence { name, temporary, owner: owner(cursor)? });
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
        return index::create(cursor, true);
    }
    if cursor.eat_word("index") {
        return index::create(cursor, false);
    }
    if cursor.eat_word("trigger") || cursor.eat_words(&["constraint", "trigger"]) {
        return trigger::create(cursor);
    }
    if cursor.eat_word("policy") {
        return trigger::create_policy(cursor);
    }
    if cursor.eat_word("operator") {
        return operator::create(cursor);
    }
    if cursor.eat_word("cast") {
        return operator::create_cast(cursor);
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

/// Looks for OWNED BY in the rest of a statement on a sequence; `Some(None)` is NONE.
pub(super) fn owner(cursor: &mut Cursor<'_>) -> Parsed<Option<Option<Path>>> {
    while !cursor.is_at_end() {
        if cursor.eat_words(&["owned", "by"]) {
            return Ok(Some(if cursor.eat_word("none") { None } else { Some(piece::path(cursor)?) }));
        }
        cursor.advance();
    }
    Ok(None)
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
    let name = name.or(role).ok_or_else(|| Misread::at(cursor, "a name was expected"))?;
    Ok(Statement::Schema { name, elements: elements(cursor) })
}

/// The statements within CREATE SCHEMA, as indices of tokens, in the order in which the server runs them.
fn elements(cursor: &mut Cursor<'_>) -> Vec<Range<usize>> {
    let mut found: Vec<(usize, Range<usize>)> = Vec::new();
    let mut depth = 0usize;
    while let Some(token) = cursor.peek() {
        let at = cursor.index();
        match token.kind {
            TokenKind::LeftParen => depth += 1,
            TokenKind::RightParen => depth = depth.saturating_sub(1),
            TokenKind::Word if depth == 0 => {
                // Only these start a statement there, and neither word means anything else outside of parentheses.
                let rank = match () {
                    () if cursor.are_words(&["create", "sequence"]) => Some(0),
                    () if cursor.is_word("create") && starts_element(cursor, "table") => Some(1),
                    () if cursor.is_word("create") && starts_element(cursor, "view") => Some(2),
                    () if cursor.is_word("create") => Some(3),
                    () if cursor.is_word("grant") => Some(4),
                    () => None,
                };
                if let Some(rank) = rank {
                    found.push((rank, at..at));
                }
            }
            _ => {}
        }
        if let Some((_, range)) = found.last_mut() {
            range.end = at + 1;
        }
        cursor.advance();
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, range)| range).collect()
}

/// Whether `CREATE` makes a `kind`, which stands behind at most three words such as `OR REPLACE TEMPORARY`.
fn starts_element(cursor: &Cursor<'_>, kind: &str) -> bool {
    (1..=4).any(|n| cursor.is_word_at(n, kind))
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
