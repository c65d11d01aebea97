//! Pieces that several statements have: names, lists, expressions that are kept as text.

use std::ops::Range;

use super::{Misread, Parsed};
use crate::catalog::Text;
use crate::sql::cursor::Cursor;
use crate::sql::lexer::TokenKind;
use crate::sql::name::{Name, Path};
use crate::sql::type_name::TypeName;

pub(super) fn name(cursor: &mut Cursor<'_>) -> Parsed<Name> {
    cursor.name().ok_or_else(|| Misread::at(cursor, "a name was expected"))
}

/// The role that a statement names; none where it means the one that runs it.
pub(super) fn role(cursor: &mut Cursor<'_>) -> Parsed<Option<Name>> {
    let role = name(cursor)?;
    let runs = !role.quoted && ["current_role", "current_user", "session_user"].contains(&&*role.value);
    Ok((!runs).then_some(role))
}

pub(super) fn path(cursor: &mut Cursor<'_>) -> Parsed<Path> {
    cursor.path().ok_or_else(|| Misread::at(cursor, "a name was expected"))
}

pub(super) fn type_name(cursor: &mut Cursor<'_>) -> Parsed<TypeName> {
    TypeName::parse(cursor).ok_or_else(|| Misread::at(cursor, "a type was expected"))
}

pub(super) fn string(cursor: &mut Cursor<'_>) -> Parsed<String> {
    cursor.string().map(Into::into).ok_or_else(|| Misread::at(cursor, "a string was expected"))
}

pub(super) fn expect(cursor: &mut Cursor<'_>, kind: TokenKind, what: &str) -> Parsed<()> {
    if cursor.eat(kind) { Ok(()) } else { Err(Misread::at(cursor, format!("{what} was expected"))) }
}

pub(super) fn expect_word(cursor: &mut Cursor<'_>, word: &str) -> Parsed<()> {
    if cursor.eat_word(word) {
        Ok(())
    } else {
        Err(Misread::at(cursor, format!("`{}` was expected", word.to_ascii_uppercase())))
    }
}

pub(super) fn if_exists(cursor: &mut Cursor<'_>) -> bool {
    cursor.eat_words(&["if", "exists"])
}

pub(super) fn if_not_exists(cursor: &mut Cursor<'_>) -> bool {
    cursor.eat_words(&["if", "not", "exists"])
}

/// `(a, b)`; `None` if no parenthesis is next.
pub(super) fn names_in_parentheses(cursor: &mut Cursor<'_>) -> Parsed<Option<Vec<Name>>> {
    if !cursor.eat(TokenKind::LeftParen) {
        return Ok(None);
    }
    let names = comma_list(cursor, name)?;
    expect(cursor, TokenKind::RightParen, "`)`")?;
    Ok(Some(names))
}

/// One or more, with commas between them.
pub(super) fn comma_list<T>(
    cursor: &mut Cursor<'_>,
    mut one: impl FnMut(&mut Cursor<'_>) -> Parsed<T>,
) -> Parsed<Vec<T>> {
    let mut list = vec![one(cursor)?];
    while cursor.eat(TokenKind::Comma) {
        list.push(one(cursor)?);
    }
    Ok(list)
}

/// The text of the tokens with these indices.
pub(super) fn text(cursor: &Cursor<'_>, range: Range<usize>) -> Text {
    let tokens = cursor.tokens(range.clone());
    let text = match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => cursor.source().get(first.start as usize..last.end as usize).unwrap_or_default(),
        _ => "",
    };
    Text { text: text.to_owned(), span: Some(cursor.span(range)) }
}

/// Reads an expression that ends before a comma, a closing parenthesis, a semicolon, or a token at which `stop` holds, outside of
/// parentheses and CASE. Its first token belongs to it in any case.
pub(super) fn expression(cursor: &mut Cursor<'_>, stop: impl Fn(&Cursor<'_>) -> bool) -> Parsed<Text> {
    let start = cursor.index();
    let (mut depth, mut cases) = (0usize, 0usize);
    while let Some(token) = cursor.peek() {
        let outside = depth == 0 && cases == 0;
        match token.kind {
            TokenKind::Comma | TokenKind::Semicolon if outside => break,
            TokenKind::RightParen | TokenKind::RightBracket if depth == 0 => break,
            _ if outside && cursor.index() > start && stop(cursor) => break,
            TokenKind::LeftParen | TokenKind::LeftBracket => depth += 1,
            TokenKind::RightParen | TokenKind::RightBracket => depth -= 1,
            TokenKind::Word if depth == 0 && cursor.is_word("case") => cases += 1,
            TokenKind::Word if depth == 0 && cursor.is_word("end") => cases = cases.saturating_sub(1),
            _ => {}
        }
        cursor.advance();
    }
    if cursor.index() == start {
        return Err(Misread::at(cursor, "an expression was expected"));
    }
    Ok(text(cursor, start..cursor.index()))
}

/// Reads `(…)` and gives what is in it.
pub(super) fn parenthesized(cursor: &mut Cursor<'_>) -> Parsed<Text> {
    expect(cursor, TokenKind::LeftParen, "`(`")?;
    let start = cursor.index();
    let mut depth = 0usize;
    while let Some(token) = cursor.peek() {
        match token.kind {
            TokenKind::LeftParen => depth += 1,
            TokenKind::RightParen if depth == 0 => {
                let inside = text(cursor, start..cursor.index());
                cursor.advance();
                return Ok(inside);
            }
            TokenKind::RightParen => depth -= 1,
            _ => {}
        }
        cursor.advance();
    }
    Err(Misread::at(cursor, "`)` was expected"))
}

/// Reads `(…)` if it is next.
pub(super) fn skip_parenthesized(cursor: &mut Cursor<'_>) -> Parsed<bool> {
    if !cursor.is(TokenKind::LeftParen) {
        return Ok(false);
    }
    parenthesized(cursor).map(|_| true)
}

/// Refuses what is left of a statement.
pub(super) fn end(cursor: &Cursor<'_>) -> Parsed<()> {
    if cursor.is_at_end() { Ok(()) } else { Err(Misread::at(cursor, "the statement's end was expected")) }
}
