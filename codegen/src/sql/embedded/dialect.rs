//! PostgreSQL's grammar where sqlparser's dialect of that name reads another, or none.

use std::any::TypeId;

use sqlparser::ast::{BinaryOperator, Expr, Ident, UnaryOperator};
use sqlparser::dialect::{Dialect, PostgreSqlDialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

use super::keyword;
use super::{COLLATION_FOR, CURRENT_OF, PREFIX_OPERATOR, VARIADIC};

/// sqlparser's dialect with what it lacks.
#[derive(Debug)]
pub(super) struct Postgres;

const BASE: PostgreSqlDialect = PostgreSqlDialect {};

/// Between `COLLATE` and subscripts.
const SIGN: u8 = 125;

macro_rules! as_in_base {
    ($($setting:ident)*) => { $(fn $setting(&self) -> bool { BASE.$setting() })* };
}

impl Dialect for Postgres {
    /// sqlparser asks in many places whether the dialect is its own.
    fn dialect(&self) -> TypeId {
        TypeId::of::<PostgreSqlDialect>()
    }

    as_in_base! {
        supports_unicode_string_literal supports_filter_during_aggregation supports_group_by_expr
        supports_alter_user_as_alter_role allow_extract_custom allow_extract_single_quotes
        supports_create_index_with_clause supports_explain_with_utility_options supports_listen_notify
        supports_exclude_constraint supports_factorial_operator supports_bitwise_shift_operators supports_comment_on
        supports_load_extension supports_named_fn_args_with_colon_operator supports_named_fn_args_with_expr_name
        supports_empty_projections supports_nested_comments supports_string_escape_constant
        supports_numeric_literal_underscores supports_array_typedef_with_brackets supports_geometric_types
        supports_order_by_using_operator supports_set_names supports_alter_column_type_using
        supports_left_associative_joins_without_parens supports_notnull_operator supports_interval_options
        supports_insert_table_alias supports_create_table_like_parenthesized supports_select_wildcard_with_alias
        supports_comma_separated_trim supports_xml_expressions supports_aliased_function_args
    }

    fn is_identifier_start(&self, c: char) -> bool {
        BASE.is_identifier_start(c)
    }

    fn is_identifier_part(&self, c: char) -> bool {
        BASE.is_identifier_part(c)
    }

    fn identifier_quote_style(&self, identifier: &str) -> Option<char> {
        BASE.identifier_quote_style(identifier)
    }

    fn is_reserved_for_identifier(&self, keyword: Keyword) -> bool {
        BASE.is_reserved_for_identifier(keyword)
    }

    fn prec_value(&self, precedence: Precedence) -> u8 {
        BASE.prec_value(precedence)
    }

    /// `SELECT (row).*`
    fn supports_select_expr_star(&self) -> bool {
        true
    }

    fn is_column_alias(&self, keyword: &Keyword, _: &mut Parser<'_>) -> bool {
        keyword::is_bare_label(*keyword)
    }

    fn is_table_alias(&self, keyword: &Keyword, _: &mut Parser<'_>) -> bool {
        keyword::is_table_alias(*keyword)
    }

    /// Every operator that PostgreSQL's grammar does not name has one precedence.
    fn get_next_precedence(&self, parser: &Parser<'_>) -> Option<Result<u8, ParserError>> {
        let other = BASE.prec_value(Precedence::PgOther);
        match &parser.peek_token_ref().token {
            Token::Word(word) if word.keyword == Keyword::OPERATOR => Some(Ok(other)),
            Token::Tilde
            | Token::TildeAsterisk
            | Token::ExclamationMarkTilde
            | Token::ExclamationMarkTildeAsterisk
            | Token::DoubleTilde
            | Token::DoubleTildeAsterisk
            | Token::ExclamationMarkDoubleTilde
            | Token::ExclamationMarkDoubleTildeAsterisk
            | Token::Ampersand
            | Token::Pipe => Some(Ok(other)),
            _ => BASE.get_next_precedence(parser),
        }
    }

    fn parse_prefix(&self, parser: &mut Parser<'_>) -> Option<Result<Expr, ParserError>> {
        if let Some((operator, precedence)) = prefix_operator(&parser.peek_token_ref().token) {
            parser.advance_token();
            return Some(operand(parser, operator, precedence));
        }
        if let Some(operator) = other_prefix_operator(&parser.peek_token_ref().token) {
            let other = BASE.prec_value(Precedence::PgOther);
            return Some(prefixed(parser, 1, &operator, |parser| parser.parse_subexpr(other)));
        }
        let Token::Word(word) = &parser.peek_token_ref().token else { return None };
        let keyword = word.keyword;
        let second = match &parser.peek_nth_token_ref(1).token {
            Token::Word(word) => word.keyword,
            Token::LParen => Keyword::NoKeyword,
            _ if keyword == Keyword::VARIADIC => Keyword::NoKeyword,
            _ => return None,
        };
        match (keyword, second) {
            (Keyword::VARIADIC, _) => Some(prefixed(parser, 1, VARIADIC, |parser| parser.parse_expr())),
            (Keyword::CURRENT, Keyword::OF) => {
                Some(prefixed(parser, 2, CURRENT_OF, |parser| parser.parse_identifier().map(Expr::Identifier)))
            }
            (Keyword::COLLATION, Keyword::FOR) => {
                Some(prefixed(parser, 2, COLLATION_FOR, |parser| parser.parse_expr()))
            }
            (Keyword::OPERATOR, Keyword::NoKeyword) => Some(named_prefix_operator(parser)),
            _ => None,
        }
    }

    fn parse_infix(&self, parser: &mut Parser<'_>, left: &Expr, _: u8) -> Option<Result<Expr, ParserError>> {
        // sqlparser takes `COLLATE` behind operands only, not behind casts.
        if keyword_at(parser, 0) == Keyword::COLLATE {
            parser.advance_token();
            let collation = parser.parse_object_name(false);
            return Some(collation.map(|collation| Expr::Collate { expr: Box::new(left.clone()), collation }));
        }
        let (compare_op, width) = quantifiable(parser)?;
        let quantifier = keyword_at(parser, width);
        let is_quantified = matches!(quantifier, Keyword::ANY | Keyword::SOME | Keyword::ALL)
            && parser.peek_nth_token_ref(width + 1).token == Token::LParen;
        if !is_quantified {
            return None;
        }
        for _ in 0..=width {
            parser.advance_token();
        }
        Some(quantified_right(parser).map(|right| {
            let (left, right) = (Box::new(left.clone()), Box::new(right));
            match quantifier {
                Keyword::ALL => Expr::AllOp { left, compare_op, right },
                _ => Expr::AnyOp { left, compare_op, right, is_some: quantifier == Keyword::SOME },
            }
        }))
    }
}

/// What stands behind `words` words, marked with their name.
fn prefixed(
    parser: &mut Parser<'_>,
    words: usize,
    name: &str,
    value: impl FnOnce(&mut Parser<'_>) -> Result<Expr, ParserError>,
) -> Result<Expr, ParserError> {
    let span = parser.peek_token_ref().span;
    for _ in 0..words {
        parser.advance_token();
    }
    Ok(Expr::Prefixed { prefix: Ident::with_span(span, name), value: Box::new(value(parser)?) })
}

/// A prefix operator and the precedence of its operand: a sign binds tighter than anything but a subscript or a cast,
/// every other operator as loosely as the infix operators that the grammar does not name.
fn prefix_operator(token: &Token) -> Option<(UnaryOperator, u8)> {
    let other = BASE.prec_value(Precedence::PgOther);
    Some(match token {
        Token::Minus => (UnaryOperator::Minus, SIGN),
        Token::Plus => (UnaryOperator::Plus, SIGN),
        Token::Tilde => (UnaryOperator::BitwiseNot, other),
        Token::AtSign => (UnaryOperator::PGAbs, other),
        Token::PGSquareRoot => (UnaryOperator::PGSquareRoot, other),
        Token::PGCubeRoot => (UnaryOperator::PGCubeRoot, other),
        Token::DoubleExclamationMark => (UnaryOperator::PGPrefixFactorial, other),
        _ => return None,
    })
}

/// The name for a prefix operator that sqlparser has no name for.
fn other_prefix_operator(token: &Token) -> Option<String> {
    let is_one = matches!(
        token,
        Token::CustomBinaryOperator(_)
            | Token::AtDashAt
            | Token::AtAt
            | Token::Sharp
            | Token::QuestionMarkDash
            | Token::QuestionPipe
    );
    is_one.then(|| format!("{PREFIX_OPERATOR}{token}"))
}

fn operand(parser: &mut Parser<'_>, op: UnaryOperator, precedence: u8) -> Result<Expr, ParserError> {
    Ok(Expr::UnaryOp { op, expr: Box::new(parser.parse_subexpr(precedence)?) })
}

/// `OPERATOR(schema.-) operand`.
fn named_prefix_operator(parser: &mut Parser<'_>) -> Result<Expr, ParserError> {
    parser.advance_token();
    parser.expect_token(&Token::LParen)?;
    while matches!(parser.peek_nth_token_ref(1).token, Token::Period) {
        parser.parse_identifier()?;
        parser.advance_token();
    }
    let token = parser.next_token();
    parser.expect_token(&Token::RParen)?;
    match prefix_operator(&token.token) {
        // Written this way, a sign has no precedence of its own.
        Some((operator, _)) => operand(parser, operator, BASE.prec_value(Precedence::PgOther)),
        None => parser.expected("a prefix operator", token),
    }
}

fn keyword_at(parser: &Parser<'_>, n: usize) -> Keyword {
    match &parser.peek_nth_token_ref(n).token {
        Token::Word(word) => word.keyword,
        _ => Keyword::NoKeyword,
    }
}

/// The next operator, if sqlparser does not take it before `ANY` or `ALL`, and how many tokens it has.
fn quantifiable(parser: &Parser<'_>) -> Option<(BinaryOperator, usize)> {
    match (keyword_at(parser, 0), keyword_at(parser, 1)) {
        (Keyword::LIKE, _) => return Some((BinaryOperator::PGLikeMatch, 1)),
        (Keyword::ILIKE, _) => return Some((BinaryOperator::PGILikeMatch, 1)),
        (Keyword::NOT, Keyword::LIKE) => return Some((BinaryOperator::PGNotLikeMatch, 2)),
        (Keyword::NOT, Keyword::ILIKE) => return Some((BinaryOperator::PGNotILikeMatch, 2)),
        _ => {}
    }
    let token = &parser.peek_token_ref().token;
    let is_taken = matches!(
        token,
        Token::Gt
            | Token::Lt
            | Token::GtEq
            | Token::LtEq
            | Token::Eq
            | Token::Neq
            | Token::Tilde
            | Token::TildeAsterisk
            | Token::ExclamationMarkTilde
            | Token::ExclamationMarkTildeAsterisk
            | Token::DoubleTilde
            | Token::DoubleTildeAsterisk
            | Token::ExclamationMarkDoubleTilde
            | Token::ExclamationMarkDoubleTildeAsterisk
    );
    let is_operator = !matches!(
        token,
        Token::EOF
            | Token::Word(_)
            | Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::Placeholder(_)
            | Token::LParen
            | Token::RParen
            | Token::LBracket
            | Token::RBracket
            | Token::Comma
            | Token::SemiColon
            | Token::Colon
            | Token::DoubleColon
            | Token::Period
            | Token::RArrow
    );
    (is_operator && !is_taken).then(|| (BinaryOperator::Custom(token.to_string()), 1))
}

/// The parenthesis behind `ANY` or `ALL`.
fn quantified_right(parser: &mut Parser<'_>) -> Result<Expr, ParserError> {
    parser.expect_token(&Token::LParen)?;
    let is_query = matches!(&parser.peek_token_ref().token, Token::Word(word)
        if matches!(word.keyword, Keyword::SELECT | Keyword::WITH | Keyword::VALUES));
    let right = if is_query { Expr::Subquery(parser.parse_query()?) } else { parser.parse_expr()? };
    parser.expect_token(&Token::RParen)?;
    Ok(right)
}
