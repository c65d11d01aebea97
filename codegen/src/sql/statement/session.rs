//! What changes how the names in later statements are resolved, and DO.

use super::options::{self, SettingValue};
use super::{Misread, Parsed, Statement, piece};
use crate::sql::cursor::Cursor;
use crate::sql::lexer::TokenKind;

/// A statement that sets the search path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SessionStatement {
    /// SET search_path, or `set_config('search_path', …, …)`.
    SearchPath(Vec<String>),
    /// RESET search_path, or SET to DEFAULT.
    ResetSearchPath,
}

/// Reads SET, RESET or `SELECT set_config(…)`; `None`, with the cursor where it was, if it is about another setting.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Option<SessionStatement> {
    let start = cursor.index();
    let parsed = parse_here(cursor);
    if parsed.is_none() {
        cursor.seek(start);
    }
    parsed
}

fn parse_here(cursor: &mut Cursor<'_>) -> Option<SessionStatement> {
    if cursor.eat_word("set") {
        let _scope = cursor.eat_word("session") || cursor.eat_word("local");
        let setting = options::setting(cursor).ok()?;
        return match (setting.name.as_deref(), setting.value) {
            (Some("search_path"), SettingValue::Values(values)) => Some(SessionStatement::SearchPath(values)),
            (Some("search_path"), SettingValue::Default) => Some(SessionStatement::ResetSearchPath),
            _ => None,
        };
    }
    if cursor.eat_word("reset") {
        let all = cursor.eat_word("search_path") || cursor.eat_word("all");
        return all.then_some(SessionStatement::ResetSearchPath);
    }
    // As pg_dump writes it.
    piece::expect_word(cursor, "select").ok()?;
    let path = cursor.path()?;
    (&*path.last().value == "set_config" && cursor.eat(TokenKind::LeftParen)).then_some(())?;
    (cursor.string()? == "search_path" && cursor.eat(TokenKind::Comma)).then_some(())?;
    Some(SessionStatement::SearchPath(split_path(&cursor.string()?)))
}

/// The schemas of a search path that is written as one string.
fn split_path(path: &str) -> Vec<String> {
    let mut schemas = Vec::new();
    let mut rest = path.trim();
    while !rest.is_empty() {
        let quoted = rest.strip_prefix('"').and_then(|inner| inner.split_once('"'));
        let (schema, behind) = match quoted {
            Some((schema, behind)) => (schema.to_owned(), behind),
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                (rest[..end].trim().to_ascii_lowercase(), &rest[end..])
            }
        };
        schemas.push(schema);
        rest = behind.trim_start().strip_prefix(',').unwrap_or_default().trim_start();
    }
    schemas
}

/// Reads what follows DO.
pub(super) fn block(cursor: &mut Cursor<'_>) -> Parsed<Statement> {
    let mut plpgsql = true;
    let mut body = None;
    while !cursor.is_at_end() {
        if cursor.eat_word("language") {
            let language = cursor.string().map(Into::into).or_else(|| cursor.name().map(|name| name.value.into()));
            plpgsql = language.is_some_and(|language: String| language.eq_ignore_ascii_case("plpgsql"));
            continue;
        }
        let start = cursor.index();
        piece::string(cursor)?;
        body = Some(cursor.span_from(start));
    }
    match body {
        Some(body) if plpgsql => Ok(Statement::Do { body }),
        Some(_) => Err(Misread::at(cursor, "a block in this language is not read")),
        None => Err(Misread::at(cursor, "a block was expected")),
    }
}
