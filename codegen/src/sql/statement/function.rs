//! CREATE FUNCTION, PROCEDURE and AGGREGATE: the whole header, and where the body is.

use super::options::{self, Options};
use super::{Misread, Parsed, Statement, piece};
use crate::catalog::{Mode, Text};
use crate::source::Span;
use crate::sql::cursor::Cursor;
use crate::sql::lexer::TokenKind;
use crate::sql::name::{Name, Path};
use crate::sql::type_name::TypeName;

/// CREATE FUNCTION, PROCEDURE or AGGREGATE
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionStatement {
    /// OR REPLACE
    pub or_replace: bool,
    /// Function, procedure or aggregate; WINDOW is among the options.
    pub form: crate::catalog::FunctionKind,
    /// Its name.
    pub name: Path,
    /// Its parameters.
    pub arguments: Vec<ArgumentClause>,
    /// What RETURNS says.
    pub returns: ReturnsClause,
    /// What else is said of it.
    pub options: Options,
    /// Its body.
    pub body: BodyClause,
    /// From CREATE to the last token before the body.
    pub header: Span,
    /// The whole statement.
    pub span: Span,
}

/// One parameter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ArgumentClause {
    /// Its mode.
    pub mode: Mode,
    /// Its name.
    pub name: Option<Name>,
    /// Its type.
    pub ty: TypeName,
    /// Its default.
    pub default: Option<Text>,
    /// The whole parameter.
    pub span: Span,
}

/// What RETURNS says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReturnsClause {
    /// There is none.
    Nothing,
    /// A type.
    Value {
        /// The type.
        ty: TypeName,
        /// SETOF
        set: bool,
    },
    /// RETURNS TABLE, whose columns are among the parameters.
    Table,
    /// The state or result type of an aggregate is found in its definition.
    Aggregate {
        /// STYPE
        state: Option<TypeName>,
        /// FINALFUNC
        finalizer: Option<Path>,
    },
}

/// Where the body is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BodyClause {
    /// The string token of AS.
    Quoted(Span),
    /// RETURN or BEGIN ATOMIC.
    Inline(Span),
    /// Two strings of AS: a library and a symbol.
    Library,
    /// There is none.
    None,
}

/// A function as ALTER, DROP and COMMENT name it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionReference {
    /// Its name.
    pub name: Path,
    /// Its parameters; `None` if the name alone is to tell it.
    pub signature: Option<Signature>,
}

/// The parameters that tell an overload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    /// All that are written.
    pub arguments: Vec<ArgumentClause>,
}

pub(super) fn create(cursor: &mut Cursor<'_>, start: usize, or_replace: bool) -> Parsed<Statement> {
    use crate::catalog::FunctionKind;
    let form = if cursor.eat_word("procedure") { FunctionKind::Procedure } else { FunctionKind::Function };
    cursor.eat_word("function");
    let name = piece::path(cursor)?;
    let mut arguments = arguments(cursor)?;
    let returns = returns(cursor, &mut arguments)?;
    let mut header_end = cursor.index();
    let mut options = Options::default();
    let mut body = BodyClause::None;
    while !cursor.is_at_end() {
        let at = cursor.index();
        if let Some(found) = body_clause(cursor)? {
            body = found;
        } else if options::parse_one(cursor, &mut options)? {
            if body == BodyClause::None {
                header_end = cursor.index();
            }
        } else {
            return Err(Misread { span: cursor.span(at..at + 1), reason: "this option is not known".to_owned() });
        }
    }
    Ok(Statement::Function(Box::new(FunctionStatement {
        or_replace,
        form,
        name,
        arguments,
        returns,
        options,
        body,
        header: cursor.span(start..header_end),
        span: cursor.span_from(start),
    })))
}

/// Reads `(…)`, the parameters with their modes, names, types and defaults.
pub(super) fn arguments(cursor: &mut Cursor<'_>) -> Parsed<Vec<ArgumentClause>> {
    piece::expect(cursor, TokenKind::LeftParen, "`(`")?;
    if cursor.eat(TokenKind::RightParen) {
        return Ok(Vec::new());
    }
    let arguments = piece::comma_list(cursor, argument)?;
    piece::expect(cursor, TokenKind::RightParen, "`)`")?;
    Ok(arguments)
}

fn argument(cursor: &mut Cursor<'_>) -> Parsed<ArgumentClause> {
    let start = cursor.index();
    let mode = mode(cursor);
    let (name, mode, ty) = match argument_type(cursor) {
        // What is a type up to the parameter's end has no name: `double precision`.
        Some(ty) => (None, mode, ty),
        None => {
            let name = piece::name(cursor)?;
            let mode = mode.or_else(|| self::mode(cursor));
            let ty = argument_type(cursor).ok_or_else(|| Misread::at(cursor, "a type was expected"))?;
            (Some(name), mode, ty)
        }
    };
    let default = match cursor.eat_word("default") || cursor.eat_operator("=") || cursor.eat(TokenKind::Assign) {
        true => Some(piece::expression(cursor, |_| false)?),
        false => None,
    };
    Ok(ArgumentClause { mode: mode.unwrap_or(Mode::In), name, ty, default, span: cursor.span_from(start) })
}

/// A type behind which the parameter ends or its default starts.
fn argument_type(cursor: &mut Cursor<'_>) -> Option<TypeName> {
    let start = cursor.index();
    cursor.eat_word("setof");
    let ty = TypeName::parse(cursor);
    let ends = matches!(cursor.kind(), Some(TokenKind::Comma | TokenKind::RightParen | TokenKind::Assign))
        || cursor.is_word("default")
        || cursor.is_operator("=")
        // `f(a int ORDER BY b int)` of an ordered-set aggregate.
        || cursor.are_words(&["order", "by"]);
    if ty.is_none() || !ends {
        cursor.seek(start);
        return None;
    }
    ty
}

fn mode(cursor: &mut Cursor<'_>) -> Option<Mode> {
    if cursor.eat_word("in") {
        return Some(if cursor.eat_word("out") { Mode::InOut } else { Mode::In });
    }
    let modes = [("out", Mode::Out), ("inout", Mode::InOut), ("variadic", Mode::Variadic)];
    modes.into_iter().find(|(word, _)| cursor.eat_word(word)).map(|(_, mode)| mode)
}

fn returns(cursor: &mut Cursor<'_>, arguments: &mut Vec<ArgumentClause>) -> Parsed<ReturnsClause> {
    // `RETURNS NULL ON NULL INPUT` is an option, and a procedure may start with it.
    if !cursor.is_word("returns") || cursor.are_words(&["returns", "null", "on"]) {
        return Ok(ReturnsClause::Nothing);
    }
    cursor.advance();
    if cursor.is_word("table") && cursor.peek_nth(1).is_some_and(|token| token.kind == TokenKind::LeftParen) {
        cursor.advance();
        cursor.advance();
        let columns = piece::comma_list(cursor, |cursor| {
            let start = cursor.index();
            let name = Some(piece::name(cursor)?);
            let ty = piece::type_name(cursor)?;
            Ok(ArgumentClause { mode: Mode::Table, name, ty, default: None, span: cursor.span_from(start) })
        })?;
        piece::expect(cursor, TokenKind::RightParen, "`)`")?;
        arguments.extend(columns);
        return Ok(ReturnsClause::Table);
    }
    let set = cursor.eat_word("setof");
    Ok(ReturnsClause::Value { ty: piece::type_name(cursor)?, set })
}

/// Reads AS, RETURN or BEGIN ATOMIC.
fn body_clause(cursor: &mut Cursor<'_>) -> Parsed<Option<BodyClause>> {
    let start = cursor.index();
    if cursor.eat_word("as") {
        let body = cursor.index();
        piece::string(cursor)?;
        let span = cursor.span_from(body);
        if cursor.eat(TokenKind::Comma) {
            piece::string(cursor)?;
            return Ok(Some(BodyClause::Library));
        }
        return Ok(Some(BodyClause::Quoted(span)));
    }
    // Both are the last clause of a function.
    let last = cursor.eat_word("return") || cursor.eat_words(&["begin", "atomic"]);
    if last {
        while cursor.advance().is_some() {}
        return Ok(Some(BodyClause::Inline(cursor.span_from(start))));
    }
    Ok(None)
}

pub(super) fn create_aggregate(cursor: &mut Cursor<'_>, start: usize, or_replace: bool) -> Parsed<Statement> {
    cursor.eat_word("aggregate");
    let name = piece::path(cursor)?;
    let mut arguments = aggregate_arguments(cursor)?;
    let header = cursor.span_from(start);
    piece::expect(cursor, TokenKind::LeftParen, "`(`")?;
    let (mut state, mut finalizer, mut parallel) = (None, None, None);
    piece::comma_list(cursor, |cursor| {
        let option = piece::name(cursor)?;
        let has_value = cursor.eat_operator("=");
        match &*option.value {
            "stype" | "stype1" if has_value => state = Some(piece::type_name(cursor)?),
            "finalfunc" if has_value => finalizer = Some(piece::path(cursor)?),
            "parallel" if has_value => parallel = Some(options::parallel(cursor)?),
            // The form before 8.2, without parameters behind the name.
            "basetype" if has_value && arguments.is_empty() => {
                let at = cursor.index();
                let ty = piece::type_name(cursor)?;
                let span = cursor.span_from(at);
                arguments.push(ArgumentClause { mode: Mode::In, name: None, ty, default: None, span });
            }
            _ if has_value => drop(piece::expression(cursor, |_| false)?),
            _ => {}
        }
        Ok(())
    })?;
    piece::expect(cursor, TokenKind::RightParen, "`)`")?;
    Ok(Statement::Function(Box::new(FunctionStatement {
        or_replace,
        form: crate::catalog::FunctionKind::Aggregate,
        name,
        arguments,
        returns: ReturnsClause::Aggregate { state, finalizer },
        options: Options { language: Some("internal".to_owned()), parallel, ..Options::default() },
        body: BodyClause::None,
        header,
        span: cursor.span_from(start),
    })))
}

/// `(*)`, `(a int, b int)`, `(a int ORDER BY b int)`; nothing before an old definition.
fn aggregate_arguments(cursor: &mut Cursor<'_>) -> Parsed<Vec<ArgumentClause>> {
    let old_form =
        cursor.is(TokenKind::LeftParen) && cursor.peek_nth(2).is_some_and(|token| token.text(cursor.source()) == "=");
    if old_form {
        return Ok(Vec::new());
    }
    piece::expect(cursor, TokenKind::LeftParen, "`(`")?;
    if cursor.eat_operator("*") || cursor.is(TokenKind::RightParen) {
        piece::expect(cursor, TokenKind::RightParen, "`)`")?;
        return Ok(Vec::new());
    }
    let mut arguments = Vec::new();
    if !cursor.is_word("order") {
        arguments = piece::comma_list(cursor, argument)?;
    }
    if cursor.eat_words(&["order", "by"]) {
        let ordered = piece::comma_list(cursor, argument)?;
        // `(VARIADIC "any" ORDER BY VARIADIC "any")` has one parameter.
        if arguments.last().is_none_or(|last| last.mode != Mode::Variadic) {
            arguments.extend(ordered);
        }
    }
    piece::expect(cursor, TokenKind::RightParen, "`)`")?;
    Ok(arguments)
}

/// Reads a function as ALTER, DROP and COMMENT name it.
pub(super) fn reference(cursor: &mut Cursor<'_>) -> Parsed<FunctionReference> {
    let name = piece::path(cursor)?;
    let signature = match cursor.is(TokenKind::LeftParen) {
        true => Some(Signature { arguments: aggregate_arguments(cursor)? }),
        false => None,
    };
    Ok(FunctionReference { name, signature })
}
