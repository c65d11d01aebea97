//! The options of CREATE and ALTER FUNCTION.

use super::{Misread, Parsed, piece};
use crate::catalog::{Parallel, Security, Volatility};
use crate::sql::cursor::Cursor;
use crate::sql::lexer::TokenKind;

/// What a statement says of a function; `None` where it says nothing.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Options {
    /// LANGUAGE, in lower case.
    pub language: Option<String>,
    /// IMMUTABLE, STABLE, VOLATILE
    pub volatility: Option<Volatility>,
    /// STRICT and its long forms.
    pub strict: Option<bool>,
    /// SECURITY
    pub security: Option<Security>,
    /// LEAKPROOF
    pub leakproof: Option<bool>,
    /// PARALLEL
    pub parallel: Option<Parallel>,
    /// WINDOW
    pub window: bool,
    /// SET and RESET, in order.
    pub settings: Vec<SettingClause>,
}

/// One SET or RESET.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SettingClause {
    /// The setting in lower case; `None` for RESET ALL.
    pub name: Option<String>,
    /// Its new value.
    pub value: SettingValue,
}

/// What a SET gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SettingValue {
    /// These values, without quotes.
    Values(Vec<String>),
    /// FROM CURRENT
    Current,
    /// DEFAULT, or RESET.
    Default,
}

/// Reads one option; false if none is next.
pub(super) fn parse_one(cursor: &mut Cursor<'_>, options: &mut Options) -> Parsed<bool> {
    if cursor.eat_word("language") {
        options.language = Some(match cursor.string() {
            Some(name) => name.to_ascii_lowercase(),
            None => piece::name(cursor)?.value.into(),
        });
    } else if cursor.eat_word("immutable") {
        options.volatility = Some(Volatility::Immutable);
    } else if cursor.eat_word("stable") {
        options.volatility = Some(Volatility::Stable);
    } else if cursor.eat_word("volatile") {
        options.volatility = Some(Volatility::Volatile);
    } else if cursor.eat_word("strict") || cursor.eat_words(&["returns", "null", "on", "null", "input"]) {
        options.strict = Some(true);
    } else if cursor.eat_words(&["called", "on", "null", "input"]) {
        options.strict = Some(false);
    } else if cursor.eat_words(&["external", "security"]) || cursor.eat_word("security") {
        options.security = Some(security(cursor)?);
    } else if cursor.eat_word("leakproof") {
        options.leakproof = Some(true);
    } else if cursor.eat_words(&["not", "leakproof"]) {
        options.leakproof = Some(false);
    } else if cursor.eat_word("parallel") {
        options.parallel = Some(parallel(cursor)?);
    } else if cursor.eat_word("window") {
        options.window = true;
    } else if cursor.eat_word("cost") || cursor.eat_word("rows") {
        cursor.eat_operator("+");
        cursor.eat_operator("-");
        cursor.advance();
    } else if cursor.eat_word("support") {
        piece::path(cursor)?;
    } else if cursor.eat_word("transform") {
        piece::comma_list(cursor, |cursor| {
            piece::expect_word(cursor, "for")?;
            piece::expect_word(cursor, "type")?;
            piece::type_name(cursor)
        })?;
    } else if cursor.eat_word("set") {
        options.settings.push(setting(cursor)?);
    } else if cursor.eat_word("reset") {
        let name = if cursor.eat_word("all") { None } else { Some(setting_name(cursor)?) };
        options.settings.push(SettingClause { name, value: SettingValue::Default });
    } else if cursor.is_word("with") && cursor.peek_nth(1).is_some_and(|token| token.kind == TokenKind::LeftParen) {
        cursor.advance();
        piece::parenthesized(cursor)?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn security(cursor: &mut Cursor<'_>) -> Parsed<Security> {
    if cursor.eat_word("definer") {
        return Ok(Security::Definer);
    }
    piece::expect_word(cursor, "invoker")?;
    Ok(Security::Invoker)
}

pub(super) fn parallel(cursor: &mut Cursor<'_>) -> Parsed<Parallel> {
    let word = piece::name(cursor)?;
    match &*word.value {
        "safe" => Ok(Parallel::Safe),
        "restricted" => Ok(Parallel::Restricted),
        "unsafe" => Ok(Parallel::Unsafe),
        _ => Err(Misread { span: word.span, reason: "`SAFE`, `RESTRICTED` or `UNSAFE` was expected".to_owned() }),
    }
}

/// Reads what follows SET.
pub(super) fn setting(cursor: &mut Cursor<'_>) -> Parsed<SettingClause> {
    let clause = |name: &str, value| SettingClause { name: Some(name.to_owned()), value };
    // The forms that have words of their own.
    if cursor.eat_words(&["time", "zone"]) {
        let value = match cursor.eat_word("local") {
            true => SettingValue::Default,
            false => values(cursor)?,
        };
        return Ok(clause("timezone", value));
    }
    if cursor.is_word("schema") && cursor.peek_nth(1).is_some_and(|token| token.kind.is_text()) {
        cursor.advance();
        return Ok(clause("search_path", SettingValue::Values(vec![piece::string(cursor)?])));
    }
    if cursor.is_word("names") && cursor.peek_nth(1).is_some_and(|token| token.kind.is_text()) {
        cursor.advance();
        return Ok(clause("client_encoding", SettingValue::Values(vec![piece::string(cursor)?])));
    }
    let name = setting_name(cursor)?;
    if cursor.eat_words(&["from", "current"]) {
        return Ok(SettingClause { name: Some(name), value: SettingValue::Current });
    }
    if !cursor.eat_word("to") && !cursor.eat_operator("=") {
        return Err(Misread::at(cursor, "`TO` or `=` was expected"));
    }
    Ok(SettingClause { name: Some(name), value: values(cursor)? })
}

/// A setting's name, `work_mem` or `app.tenant`, in lower case.
fn setting_name(cursor: &mut Cursor<'_>) -> Parsed<String> {
    let path = piece::path(cursor)?;
    let names: Vec<_> = path.names().iter().map(|name| name.value.to_ascii_lowercase()).collect();
    Ok(names.join("."))
}

fn values(cursor: &mut Cursor<'_>) -> Parsed<SettingValue> {
    if cursor.eat_word("default") {
        return Ok(SettingValue::Default);
    }
    piece::comma_list(cursor, value).map(SettingValue::Values)
}

fn value(cursor: &mut Cursor<'_>) -> Parsed<String> {
    if let Some(text) = cursor.string() {
        return Ok(text.into());
    }
    if let Some(name) = cursor.name() {
        return Ok(name.value.into());
    }
    let sign = if cursor.eat_operator("-") { "-" } else { "" };
    if cursor.kind().is_some_and(|kind| matches!(kind, TokenKind::Integer | TokenKind::Decimal)) {
        let number = format!("{sign}{}", cursor.text());
        cursor.advance();
        return Ok(number);
    }
    Err(Misread::at(cursor, "a value was expected"))
}
