//! CREATE TYPE: enums, composites, ranges and base types.

use super::{Parsed, Statement, piece};
use crate::sql::cursor::Cursor;
use crate::sql::lexer::TokenKind;
use crate::sql::name::{Name, Path};
use crate::sql::type_name::TypeName;

/// CREATE TYPE
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypeStatement {
    /// Its name.
    pub name: Path,
    /// What it is.
    pub form: TypeForm,
}

/// What a type is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TypeForm {
    /// AS ENUM
    Enum(Vec<String>),
    /// AS (…)
    Composite(Vec<FieldClause>),
    /// AS RANGE
    Range {
        /// SUBTYPE
        subtype: Option<TypeName>,
        /// MULTIRANGE_TYPE_NAME
        multirange: Option<Path>,
    },
    /// With an input function, or only announced.
    Base,
}

/// A field of a composite type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldClause {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: TypeName,
}

/// Reads what follows CREATE TYPE.
pub(super) fn create(cursor: &mut Cursor<'_>) -> Parsed<Statement> {
    let name = piece::path(cursor)?;
    let form = if cursor.eat_words(&["as", "enum"]) {
        piece::expect(cursor, TokenKind::LeftParen, "`(`")?;
        let mut labels = Vec::new();
        if !cursor.is(TokenKind::RightParen) {
            labels = piece::comma_list(cursor, piece::string)?;
        }
        piece::expect(cursor, TokenKind::RightParen, "`,` or `)`")?;
        TypeForm::Enum(labels)
    } else if cursor.eat_words(&["as", "range"]) {
        range(cursor)?
    } else if cursor.eat_word("as") {
        piece::expect(cursor, TokenKind::LeftParen, "`(`")?;
        let mut fields = Vec::new();
        if !cursor.is(TokenKind::RightParen) {
            fields = piece::comma_list(cursor, field)?;
        }
        piece::expect(cursor, TokenKind::RightParen, "`,` or `)`")?;
        TypeForm::Composite(fields)
    } else {
        piece::skip_parenthesized(cursor)?;
        TypeForm::Base
    };
    piece::end(cursor)?;
    Ok(Statement::Type(Box::new(TypeStatement { name, form })))
}

/// Reads a field of a composite type.
pub(super) fn field(cursor: &mut Cursor<'_>) -> Parsed<FieldClause> {
    let field = FieldClause { name: piece::name(cursor)?, ty: piece::type_name(cursor)? };
    if cursor.eat_word("collate") {
        piece::path(cursor)?;
    }
    Ok(field)
}

fn range(cursor: &mut Cursor<'_>) -> Parsed<TypeForm> {
    let (mut subtype, mut multirange) = (None, None);
    piece::expect(cursor, TokenKind::LeftParen, "`(`")?;
    piece::comma_list(cursor, |cursor| {
        let option = piece::name(cursor)?;
        if !cursor.eat_operator("=") {
            return Ok(());
        }
        match &*option.value {
            "subtype" => subtype = Some(piece::type_name(cursor)?),
            "multirange_type_name" => multirange = Some(piece::path(cursor)?),
            _ => drop(piece::expression(cursor, |_| false)?),
        }
        Ok(())
    })?;
    piece::expect(cursor, TokenKind::RightParen, "`,` or `)`")?;
    Ok(TypeForm::Range { subtype, multirange })
}
