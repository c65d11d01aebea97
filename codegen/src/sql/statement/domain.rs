//! CREATE DOMAIN.

use super::{Misread, Parsed, Statement, piece};
use crate::catalog::Text;
use crate::sql::cursor::Cursor;
use crate::sql::name::{Name, Path};
use crate::sql::type_name::TypeName;

/// CREATE DOMAIN
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DomainStatement {
    /// Its name.
    pub name: Path,
    /// The type below.
    pub base: TypeName,
    /// NOT NULL
    pub not_null: bool,
    /// DEFAULT
    pub default: Option<Text>,
    /// CHECK, each with its name.
    pub checks: Vec<(Option<Name>, Text)>,
}

/// Reads what follows CREATE DOMAIN.
pub(super) fn create(cursor: &mut Cursor<'_>) -> Parsed<Statement> {
    let name = piece::path(cursor)?;
    cursor.eat_word("as");
    let base = piece::type_name(cursor)?;
    let mut domain = DomainStatement { name, base, not_null: false, default: None, checks: Vec::new() };
    while !cursor.is_at_end() {
        let constraint = if cursor.eat_word("constraint") { Some(piece::name(cursor)?) } else { None };
        if cursor.eat_words(&["not", "null"]) {
            domain.not_null = true;
        } else if cursor.eat_word("null") {
            domain.not_null = false;
        } else if cursor.eat_word("check") {
            domain.checks.push((constraint, piece::parenthesized(cursor)?));
        } else if cursor.eat_word("default") {
            let ends = |cursor: &Cursor<'_>| {
                cursor.are_words(&["not", "null"]) || cursor.is_any_word(&["constraint", "null", "check", "collate"])
            };
            domain.default = Some(piece::expression(cursor, ends)?);
        } else if cursor.eat_word("collate") {
            piece::path(cursor)?;
        } else {
            return Err(Misread::at(cursor, "this clause of CREATE DOMAIN is not known"));
        }
    }
    Ok(Statement::Domain(Box::new(domain)))
}
