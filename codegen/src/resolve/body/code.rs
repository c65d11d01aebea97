//! The bodies of functions, as trees.

use crate::catalog::{Body, Function};
use crate::plpgsql::{self, ast};
use crate::source::{SourceMap, Span};
use crate::sql::cursor::significant;
use crate::sql::embedded::{self, Command, CommandTree, Expression, ExpressionTree, Tally, Unknown};
use crate::sql::lexer::{Embedded, Lexer, Mode, PositionMap, Token, TokenKind};

/// The body of a function.
pub(super) enum Code {
    Plpgsql(Box<ast::Body>),
    Sql(Vec<Command>),
    /// `RETURN expression`
    Expression(Box<Expression>),
}

/// Reads a body; `None` if it is of another language.
pub(super) fn read(function: &Function, sources: &SourceMap) -> Option<Code> {
    let is_plpgsql = function.language == "plpgsql";
    if !is_plpgsql && function.language != "sql" {
        return None;
    }
    match function.body {
        Body::Quoted(span) => {
            let text = sources.file(span.file).text();
            let mut lexer = Lexer::new(text, Mode::Server);
            lexer.skip_to(span.start as usize);
            let embedded = Embedded::new(lexer.next()?, text, span.file)?.ok()?;
            if is_plpgsql {
                return Some(Code::Plpgsql(Box::new(plpgsql::parse(&embedded.text, &embedded.map))));
            }
            let tokens = significant(&embedded.text, Mode::Server);
            Some(Code::Sql(commands(&embedded.text, &tokens, &embedded.map)))
        }
        Body::Inline(span) => inline(span, sources),
        Body::None => None,
    }
}

fn inline(span: Span, sources: &SourceMap) -> Option<Code> {
    let text = sources.snippet(span);
    let tokens = significant(text, Mode::Server);
    let map = PositionMap::shifted(span.file, span.start as usize);
    match tokens.as_slice() {
        [first, rest @ ..] if first.text(text).eq_ignore_ascii_case("return") => {
            Some(Code::Expression(Box::new(embedded::expression(text, rest, &map))))
        }
        // BEGIN ATOMIC … END
        [_, _, rest @ .., _] => Some(Code::Sql(commands(text, rest, &map))),
        _ => None,
    }
}

fn commands(text: &str, tokens: &[Token], map: &PositionMap) -> Vec<Command> {
    let statements = tokens.split(|token| token.kind == TokenKind::Semicolon).filter(|tokens| !tokens.is_empty());
    statements.map(|tokens| embedded::command(text, tokens, map, None)).collect()
}

impl Code {
    /// How much of it was understood.
    pub(super) fn tally(&self) -> Tally {
        match self {
            Self::Plpgsql(body) => body.tally.clone(),
            Self::Sql(commands) => Tally {
                statements: commands.len(),
                expressions: 0,
                unknown: commands.iter().filter_map(unknown_command).cloned().collect(),
            },
            Self::Expression(expression) => Tally {
                statements: 0,
                expressions: 1,
                unknown: match &expression.tree {
                    ExpressionTree::Unknown(unknown) => vec![unknown.clone()],
                    _ => Vec::new(),
                },
            },
        }
    }
}

fn unknown_command(command: &Command) -> Option<&Unknown> {
    match &command.tree {
        CommandTree::Unknown(unknown) => Some(unknown),
        _ => None,
    }
}
