//! CREATE OPERATOR and CREATE CAST.

use super::{Misread, Parsed, Statement, piece};
use crate::resolve::CastContext;
use crate::sql::cursor::Cursor;
use crate::sql::lexer::TokenKind;
use crate::sql::name::Path;
use crate::sql::type_name::TypeName;

/// CREATE OPERATOR
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OperatorStatement {
    /// Its name, without a schema.
    pub name: String,
    /// LEFTARG
    pub left: Option<TypeName>,
    /// RIGHTARG
    pub right: TypeName,
    /// FUNCTION or PROCEDURE
    pub function: Path,
}

/// CREATE CAST
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CastStatement {
    /// From this type
    pub source: TypeName,
    /// to this one.
    pub target: TypeName,
    /// When it is made without being written.
    pub context: CastContext,
}

/// Reads what follows CREATE OPERATOR.
pub(super) fn create(cursor: &mut Cursor<'_>) -> Parsed<Statement> {
    if cursor.eat_word("class") || cursor.eat_word("family") {
        return Ok(Statement::NoEffect);
    }
    while cursor.peek_nth(1).is_some_and(|token| token.kind == TokenKind::Dot) {
        piece::name(cursor)?;
        cursor.advance();
    }
    let name = cursor.text().to_owned();
    piece::expect(cursor, TokenKind::Operator, "an operator")?;
    let (mut left, mut right, mut function) = (None, None, None);
    piece::expect(cursor, TokenKind::LeftParen, "`(`")?;
    piece::comma_list(cursor, |cursor| {
        let option = piece::name(cursor)?;
        if !cursor.eat_operator("=") {
            return Ok(());
        }
        match &*option.value {
            "leftarg" => left = Some(piece::type_name(cursor)?),
            "rightarg" => right = Some(piece::type_name(cursor)?),
            "function" | "procedure" => function = Some(piece::path(cursor)?),
            _ => drop(piece::expression(cursor, |_| false)?),
        }
        Ok(())
    })?;
    piece::expect(cursor, TokenKind::RightParen, "`,` or `)`")?;
    piece::end(cursor)?;
    match (right, function) {
        (Some(right), Some(function)) => {
            Ok(Statement::Operator(Box::new(OperatorStatement { name, left, right, function })))
        }
        _ => Err(Misread::at(cursor, "an operator needs RIGHTARG and FUNCTION")),
    }
}

/// Reads what follows CREATE CAST.
pub(super) fn create_cast(cursor: &mut Cursor<'_>) -> Parsed<Statement> {
    piece::expect(cursor, TokenKind::LeftParen, "`(`")?;
    let source = piece::type_name(cursor)?;
    piece::expect_word(cursor, "as")?;
    let target = piece::type_name(cursor)?;
    piece::expect(cursor, TokenKind::RightParen, "`)`")?;
    let mut context = CastContext::Explicit;
    // WITH FUNCTION name (types), WITH INOUT, WITHOUT FUNCTION
    while !cursor.is_at_end() {
        if cursor.eat_words(&["as", "implicit"]) {
            context = CastContext::Implicit;
        } else if cursor.eat_words(&["as", "assignment"]) {
            context = CastContext::Assignment;
        } else {
            cursor.advance();
        }
    }
    Ok(Statement::Cast(Box::new(CastStatement { source, target, context })))
}
