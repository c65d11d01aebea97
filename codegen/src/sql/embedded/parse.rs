//! From tokens to trees.

use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token as TreeToken, TokenWithSpan};

use super::dialect::Postgres;
use super::rewrite::{Rewritten, rewrite};
use super::{Command, CommandTree, Expression, ExpressionTree, Select, Unknown, guard, with_deep_stack};
use crate::source::Span;
use crate::sql::lexer::{PositionMap, Token, TokenKind};

/// How deep sqlparser may recurse: several levels for each of the guard's.
const RECURSION: usize = 300;

/// Reads the expression that `tokens` of `text` are; they are without white space and comments.
///
/// It may end with clauses of a `SELECT`, as PL/pgSQL allows.
pub fn expression(text: &str, tokens: &[Token], map: &PositionMap) -> Expression {
    let span = span_of(tokens, map);
    let parsed = deep(span, || {
        guard::check(text, tokens, map)?;
        if tokens.is_empty() {
            return Err(Unknown { span, reason: "an expression is missing".into() });
        }
        if is_select_rest(text, tokens) {
            let start = Span { end: span.start, ..span };
            let rewritten = rewrite(text, tokens, map, Some(Select(start)))?;
            return run(rewritten.tokens, span, |parser| parser.parse_query()).map(ExpressionTree::Query);
        }
        let rewritten = rewrite(text, tokens, map, None)?;
        run(rewritten.tokens, span, |parser| parser.parse_expr()).map(|expr| ExpressionTree::Expr(Box::new(expr)))
    });
    Expression { span, tree: parsed.unwrap_or_else(ExpressionTree::Unknown) }
}

/// Reads the statement that `tokens` of `text` are; they are without white space, comments and the semicolon. With
/// `select`, a `SELECT` stands before them, as in place of `PERFORM`.
pub fn command(text: &str, tokens: &[Token], map: &PositionMap, select: Option<Select>) -> Command {
    let span = match &select {
        Some(Select(first)) => first.to(span_of(tokens, map)),
        None => span_of(tokens, map),
    };
    let mut aside = Vec::new();
    let kind = if select.is_some() { Kind::Rows } else { kind(text, tokens) };
    let parsed = deep(span, || {
        guard::check(text, tokens, map)?;
        if tokens.is_empty() {
            return Err(Unknown { span, reason: "a statement is missing".into() });
        }
        if kind == Kind::None {
            let first = tokens.first().map_or("", |token| token.text(text));
            return Err(Unknown { span, reason: format!("`{first}` starts no statement of SQL").into() });
        }
        let Rewritten { tokens: rewritten, aside: cut } = rewrite(text, tokens, map, select)?;
        aside = cut.into_iter().map(|range| expression(text, tokens.get(range).unwrap_or_default(), map)).collect();
        run(rewritten, span, |parser| parser.parse_statement())
    });
    let tree = match parsed {
        Ok(statement) => CommandTree::Statement(Box::new(statement)),
        Err(_) if kind == Kind::Utility => CommandTree::Utility(first_words(text, tokens)),
        Err(unknown) => CommandTree::Unknown(unknown),
    };
    Command { span, tree, aside }
}

fn deep<T: Send>(span: Span, work: impl FnOnce() -> Result<T, Unknown> + Send) -> Result<T, Unknown> {
    with_deep_stack(work).unwrap_or_else(|_| {
        Err(Unknown { span, reason: "the system has no room for the stack that reading it takes".into() })
    })
}

fn span_of(tokens: &[Token], map: &PositionMap) -> Span {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => map.span(first.start as usize..last.end as usize),
        _ => map.span(0..0),
    }
}

/// Runs sqlparser over all of `tokens`.
fn run<'p, T>(
    tokens: Vec<TokenWithSpan>,
    span: Span,
    parse: impl FnOnce(&mut Parser<'p>) -> Result<T, ParserError>,
) -> Result<T, Unknown> {
    let mut parser = Parser::new(&Postgres).with_recursion_limit(RECURSION).with_tokens_with_locations(tokens);
    let parsed = parse(&mut parser).and_then(|tree| match parser.peek_token() {
        TokenWithSpan { token: TreeToken::EOF, .. } => Ok(tree),
        found => parser.expected("the end", found),
    });
    parsed.map_err(|error| unknown(&error, span))
}

/// sqlparser's error with the place it names.
fn unknown(error: &ParserError, whole: Span) -> Unknown {
    let message = match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message.as_str(),
        ParserError::RecursionLimitExceeded => "it is nested too deep",
    };
    let (reason, place) = message.split_once(" at Line: 1, Column: ").unwrap_or((message, ""));
    let start = place.trim().parse::<u32>().ok().map_or(whole.start, |column| column.saturating_sub(1));
    let span = Span { start: start.clamp(whole.start, whole.end), ..whole };
    Unknown { span, reason: format!("not read: {}", decapitalised(reason)).into() }
}

fn decapitalised(reason: &str) -> String {
    let mut characters = reason.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => "no reason given".into(),
    }
}

/// Whether clauses of a `SELECT` follow the expression.
fn is_select_rest(text: &str, tokens: &[Token]) -> bool {
    const CLAUSES: [&str; 11] =
        ["from", "where", "group", "having", "window", "order", "limit", "offset", "union", "intersect", "except"];
    let mut depth = 0usize;
    let mut last = "";
    for token in tokens {
        match token.kind {
            TokenKind::LeftParen | TokenKind::LeftBracket => depth += 1,
            TokenKind::RightParen | TokenKind::RightBracket => depth = depth.saturating_sub(1),
            TokenKind::Word if depth == 0 => {
                let word = token.text(text);
                let continues = last == "." || last.eq_ignore_ascii_case("distinct");
                if !continues && CLAUSES.iter().any(|clause| clause.eq_ignore_ascii_case(word)) {
                    return true;
                }
            }
            _ => {}
        }
        last = token.text(text);
    }
    false
}

/// Words that start commands which return no rows and read none; all there is to know of them is in their words.
const UTILITIES: &str = "abort alter analyze begin checkpoint cluster comment commit copy create deallocate discard do drop end \
grant import listen load lock notify prepare reassign refresh reindex release reset revoke rollback savepoint security set show \
start truncate unlisten vacuum";

/// Words that start the other statements.
const ROWS: &str = "call close declare delete execute explain fetch insert merge move select table update values with";

/// What the first token says of a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// If it cannot be read, its words are enough.
    Utility,
    Rows,
    /// It is none of PostgreSQL's, though sqlparser may know it from elsewhere.
    None,
}

fn kind(text: &str, tokens: &[Token]) -> Kind {
    let is_any = |list: &str, word: &str| list.split(' ').any(|known| known.eq_ignore_ascii_case(word));
    let mut words = tokens.iter().map(|token| (token.kind, token.text(text)));
    match words.next() {
        Some((TokenKind::Word, first)) if is_any(ROWS, first) => Kind::Rows,
        Some((TokenKind::Word, first)) if is_any(UTILITIES, first) => {
            // A table or view that a body makes has columns.
            let makes_columns =
                first.eq_ignore_ascii_case("create") && words.take(5).any(|(_, word)| is_any("table view", word));
            if makes_columns { Kind::Rows } else { Kind::Utility }
        }
        Some((TokenKind::LeftParen, _)) => Kind::Rows,
        _ => Kind::None,
    }
}

/// The first words in lower case, at most three.
fn first_words(text: &str, tokens: &[Token]) -> Box<str> {
    let words = tokens.iter().take(3).take_while(|token| token.kind == TokenKind::Word);
    let words: Vec<_> = words.map(|token| token.text(text).to_ascii_lowercase()).collect();
    words.join(" ").into()
}
