//! How SQL names a type, where it declares something of it.

use super::cursor::Cursor;
use super::lexer::TokenKind;
use super::name::Path;
use crate::catalog::Builtin;
use crate::source::Span;

/// A type as it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypeName {
    /// What names it.
    pub kind: TypeNameKind,
    /// Length, precision and the like, as `format_type` prints them.
    pub modifier: Option<String>,
    /// Whether it is an array of that.
    pub array: bool,
    /// From its first word to its last, without SETOF.
    pub span: Span,
}

/// What names a type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TypeNameKind {
    /// Words of the grammar, such as `double precision`: always the type of `pg_catalog`.
    Builtin(Builtin),
    /// A name that the search path resolves.
    Named(Path),
    /// `table.column%TYPE`
    ColumnOf(Path),
    /// `table%ROWTYPE`
    RowOf(Path),
}

impl TypeName {
    /// Reads a type; `None`, with nothing read, if none is next.
    pub fn parse(cursor: &mut Cursor<'_>) -> Option<Self> {
        let start = cursor.index();
        let parsed = parse_element(cursor);
        let Some((kind, modifier)) = parsed else {
            cursor.seek(start);
            return None;
        };
        let array = array_bounds(cursor);
        Some(Self { kind, modifier, array, span: cursor.span_from(start) })
    }
}

fn parse_element(cursor: &mut Cursor<'_>) -> Option<(TypeNameKind, Option<String>)> {
    if cursor.is(TokenKind::Word)
        && !cursor.peek_nth(1).is_some_and(|token| token.kind == TokenKind::Dot)
        && let Some((builtin, modifier)) = grammar_type(cursor)
    {
        return Some((TypeNameKind::Builtin(builtin), modifier));
    }
    let path = cursor.path()?;
    if cursor.is_operator("%") {
        if cursor.is_word_at(1, "TYPE") {
            cursor.seek(cursor.index() + 2);
            return Some((TypeNameKind::ColumnOf(path), None));
        }
        if cursor.is_word_at(1, "ROWTYPE") {
            cursor.seek(cursor.index() + 2);
            return Some((TypeNameKind::RowOf(path), None));
        }
    }
    let modifier = modifiers(cursor);
    let kind = match path.names() {
        // `pg_catalog.int4(…)` needs no search path.
        [schema, name] if &*schema.value == "pg_catalog" => match Builtin::named(&name.value) {
            Some(builtin) => return Some((TypeNameKind::Builtin(builtin), modifier.map(|m| written(builtin, m)))),
            None => TypeNameKind::Named(path),
        },
        _ => TypeNameKind::Named(path),
    };
    Some((kind, modifier))
}

/// The types whose names are words of the grammar, with their modifiers.
fn grammar_type(cursor: &mut Cursor<'_>) -> Option<(Builtin, Option<String>)> {
    let lower = cursor.text().to_ascii_lowercase();
    let advance = |cursor: &mut Cursor<'_>| cursor.seek(cursor.index() + 1);
    let plain = match lower.as_str() {
        "int" | "integer" => Builtin::INT4,
        "smallint" => Builtin::INT2,
        "bigint" => Builtin::INT8,
        "real" => Builtin::FLOAT4,
        "boolean" => Builtin::BOOL,
        "double" if cursor.is_word_at(1, "precision") => {
            advance(cursor);
            Builtin::FLOAT8
        }
        "float" => {
            advance(cursor);
            let bits = modifiers(cursor).and_then(|bits| bits.parse::<u32>().ok());
            return Some((if bits.is_some_and(|bits| bits <= 24) { Builtin::FLOAT4 } else { Builtin::FLOAT8 }, None));
        }
        "decimal" | "dec" | "numeric" => {
            advance(cursor);
            return Some((Builtin::NUMERIC, modifiers(cursor).map(|m| written(Builtin::NUMERIC, m))));
        }
        "bit" => {
            advance(cursor);
            let varying = cursor.eat_word("varying");
            let modifier = modifiers(cursor);
            return Some(match varying {
                true => (Builtin::VARBIT, modifier),
                false => (Builtin::BIT, Some(modifier.unwrap_or_else(|| "1".to_owned()))),
            });
        }
        "national" if cursor.is_word_at(1, "character") || cursor.is_word_at(1, "char") => {
            advance(cursor);
            return Some(character(cursor));
        }
        "character" | "char" | "nchar" | "varchar" => return Some(character(cursor)),
        "timestamp" => return Some(time(cursor, Builtin::TIMESTAMP, Builtin::TIMESTAMPTZ)),
        "time" => return Some(time(cursor, Builtin::TIME, Builtin::TIMETZ)),
        "interval" => {
            advance(cursor);
            return Some((Builtin::INTERVAL, interval_fields(cursor)));
        }
        _ => return None,
    };
    advance(cursor);
    Some((plain, None))
}

fn character(cursor: &mut Cursor<'_>) -> (Builtin, Option<String>) {
    let varchar = cursor.eat_word("varchar");
    if !varchar {
        cursor.seek(cursor.index() + 1);
    }
    if varchar || cursor.eat_word("varying") {
        (Builtin::VARCHAR, modifiers(cursor))
    } else {
        (Builtin::BPCHAR, Some(modifiers(cursor).unwrap_or_else(|| "1".to_owned())))
    }
}

fn time(cursor: &mut Cursor<'_>, without: Builtin, with: Builtin) -> (Builtin, Option<String>) {
    cursor.seek(cursor.index() + 1);
    let modifier = modifiers(cursor);
    if cursor.eat_words(&["with", "time", "zone"]) {
        return (with, modifier);
    }
    cursor.eat_words(&["without", "time", "zone"]);
    (without, modifier)
}

fn interval_fields(cursor: &mut Cursor<'_>) -> Option<String> {
    const FIELDS: [&str; 6] = ["year", "month", "day", "hour", "minute", "second"];
    let field = |cursor: &Cursor<'_>, n: usize| FIELDS.into_iter().find(|field| cursor.is_word_at(n, field));
    let Some(first) = field(cursor, 0) else { return modifiers(cursor) };
    cursor.seek(cursor.index() + 1);
    let mut fields = first.to_owned();
    if cursor.is_word("to")
        && let Some(last) = field(cursor, 1)
    {
        cursor.seek(cursor.index() + 2);
        fields = format!("{first} to {last}");
    }
    if fields.ends_with("second")
        && let Some(precision) = modifiers(cursor)
    {
        fields = format!("{fields}({precision})");
    }
    Some(fields)
}

/// Reads `(…)` behind a type, without white space.
fn modifiers(cursor: &mut Cursor<'_>) -> Option<String> {
    if !cursor.is(TokenKind::LeftParen) {
        return None;
    }
    let start = cursor.index();
    let mut text = String::new();
    cursor.seek(start + 1);
    while let Some(token) = cursor.advance() {
        match token.kind {
            TokenKind::RightParen => return Some(text),
            TokenKind::LeftParen | TokenKind::Semicolon => break,
            _ => text.push_str(token.text(cursor.source())),
        }
    }
    cursor.seek(start);
    None
}

/// A modifier as `format_type` prints it.
fn written(builtin: Builtin, modifier: String) -> String {
    if builtin == Builtin::NUMERIC && !modifier.contains(',') { modifier + ",0" } else { modifier }
}

/// Reads `[]`, `[3][]`, `ARRAY` and `ARRAY[3]`.
fn array_bounds(cursor: &mut Cursor<'_>) -> bool {
    let mut array = cursor.eat_word("array");
    while cursor.is(TokenKind::LeftBracket) {
        let integer = cursor.peek_nth(1).is_some_and(|token| token.kind == TokenKind::Integer);
        let close = 1 + usize::from(integer);
        if cursor.peek_nth(close).is_none_or(|token| token.kind != TokenKind::RightBracket) {
            break;
        }
        cursor.seek(cursor.index() + close + 1);
        array = true;
    }
    array
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;
    use crate::sql::cursor::significant;
    use crate::sql::lexer::{Mode, PositionMap};

    fn parse(text: &str) -> String {
        let file = SourceMap::new().add("a.sql", text).unwrap();
        let (tokens, map) = (significant(text, Mode::Server), PositionMap::shifted(file, 0));
        let mut cursor = Cursor::new(text, &tokens, &map);
        let Some(ty) = TypeName::parse(&mut cursor) else { return "none".to_owned() };
        let name = match &ty.kind {
            TypeNameKind::Builtin(builtin) => builtin.name().to_owned(),
            TypeNameKind::Named(path) => path.to_string(),
            TypeNameKind::ColumnOf(path) => format!("{path}%type"),
            TypeNameKind::RowOf(path) => format!("{path}%rowtype"),
        };
        let modifier = ty.modifier.map(|m| format!("({m})")).unwrap_or_default();
        let rest = if cursor.is_at_end() { "" } else { " +" };
        format!("{name}{modifier}{}{rest}", if ty.array { "[]" } else { "" })
    }

    #[test]
    fn words_of_the_grammar() {
        for (text, expected) in [
            ("double precision", "float8"),
            ("DOUBLE", "double"),
            ("character varying(20)", "varchar(20)"),
            ("national character varying (5)[]", "varchar(5)[]"),
            ("char", "bpchar(1)"),
            ("bit varying", "varbit"),
            ("bit", "bit(1)"),
            ("float(24)", "float4"),
            ("decimal(10)", "numeric(10,0)"),
            ("numeric( 10 , 2 )", "numeric(10,2)"),
            ("timestamp(3) with time zone", "timestamptz(3)"),
            ("time without time zone", "time"),
            ("interval day to second(3)", "interval(day to second(3))"),
            ("int array[4]", "int4[]"),
            ("integer[3][3]", "int4[]"),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn names_and_references() {
        for (text, expected) in [
            ("core.Customer[]", "core.customer[]"),
            ("pg_catalog.int4", "int4"),
            ("app.t.id%TYPE", "app.t.id%type"),
            ("t%rowtype[]", "t%rowtype[]"),
            ("\"Point\"(4326)", "\"Point\"(4326)"),
            ("text DEFAULT 1", "text +"),
            ("interval.x", "interval.x"),
            ("5", "none"),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
