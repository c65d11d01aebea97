//! Recursive descent over the lexer's tokens, with bounded depth and in linear time.

mod block;
mod control;
mod cursor_statement;
mod raise;
mod statement;
mod target;

use std::ops::Range;

use super::ast::{Body, CompileOption};
use crate::source::Span;
use crate::sql::cursor::{Cursor, significant};
use crate::sql::embedded::{self, Command, CommandTree, Expression, ExpressionTree, Select, Tally, Unknown};
use crate::sql::lexer::{Mode, PositionMap, Token, TokenKind};

/// How many blocks, branches and loops may be open at once.
const MOST_NESTED: usize = 100;

/// Reads the body of a PL/pgSQL function. Its expressions take a deep stack: see [`embedded::with_deep_stack`].
pub fn parse(text: &str, map: &PositionMap) -> Body {
    let read = embedded::with_deep_stack(|| {
        let tokens = significant(text, Mode::Server);
        let parser =
            Parser { cursor: Cursor::new(text, &tokens, map), tokens: &tokens, depth: 0, tally: Tally::default() };
        parser.body()
    });
    read.unwrap_or_else(|_| {
        let reason = "the system has no room for the stack that reading it takes".into();
        let unknown = Unknown { span: map.span(0..text.len()), reason };
        let tally = Tally { unknown: vec![unknown.clone()], ..Tally::default() };
        Body { options: Vec::new(), block: Err(unknown), tally }
    })
}

type Parsed<T> = Result<T, Unknown>;

struct Parser<'a> {
    cursor: Cursor<'a>,
    tokens: &'a [Token],
    depth: usize,
    tally: Tally,
}

/// What ends an expression, besides a semicolon.
#[derive(Clone, Copy)]
struct Stops<'s> {
    words: &'s [&'s str],
    kinds: &'s [TokenKind],
}

impl<'s> Stops<'s> {
    const SEMICOLON: Stops<'static> = Stops { words: &[], kinds: &[] };

    const fn words(words: &'s [&'s str]) -> Self {
        Self { words, kinds: &[] }
    }
}

impl Parser<'_> {
    fn body(mut self) -> Body {
        let options = self.options();
        let block = match self.labelled_block() {
            Ok(block) => {
                self.cursor.eat(TokenKind::Semicolon);
                if !self.cursor.is_at_end() {
                    let unknown = self.unexpected("the end of the body");
                    self.tally.unknown.push(unknown);
                }
                Ok(block)
            }
            Err(unknown) => {
                self.tally.unknown.push(unknown.clone());
                Err(unknown)
            }
        };
        self.tally.unknown.sort_by_key(|unknown| (unknown.span.start, unknown.span.end));
        Body { options, block, tally: self.tally }
    }

    fn options(&mut self) -> Vec<CompileOption> {
        let mut options = Vec::new();
        while self.cursor.is_operator("#") {
            let start = self.cursor.index();
            self.cursor.advance();
            let Some(name) = self.cursor.name() else { break };
            // `#option dump` is two words too; only an unknown option may have none.
            let value = if self.is_body_start() { None } else { self.cursor.name() };
            options.push(CompileOption { span: self.cursor.span_from(start), name, value });
        }
        options
    }

    fn is_body_start(&self) -> bool {
        self.cursor.is_any_word(&["declare", "begin"]) || self.cursor.is_operator("<<")
    }

    /// What is wrong if something else than `expected` is next.
    fn unexpected(&self, expected: &str) -> Unknown {
        let reason = match self.cursor.peek() {
            None => format!("{expected} is missing at the end of the body"),
            Some(token) => match token.kind {
                TokenKind::Invalid(fault) => fault.to_string(),
                _ => format!("`{}` instead of {expected}", self.cursor.text()),
            },
        };
        Unknown { span: self.cursor.here(), reason: reason.into() }
    }

    fn expect(&mut self, kind: TokenKind, expected: &str) -> Parsed<()> {
        if self.cursor.eat(kind) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    fn expect_word(&mut self, word: &str) -> Parsed<()> {
        if self.cursor.eat_word(word) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{}`", word.to_ascii_uppercase())))
    }

    fn expect_words(&mut self, words: &[&str]) -> Parsed<()> {
        words.iter().try_for_each(|word| self.expect_word(word))
    }

    /// Whether `:=` or its other spelling `=` is next.
    fn is_assign_at(&self, n: usize) -> bool {
        self.cursor.peek_nth(n).is_some_and(|token| {
            token.kind == TokenKind::Assign
                || (token.kind == TokenKind::Operator && token.text(self.cursor.source()) == "=")
        })
    }

    /// Goes to the first token outside of parentheses and brackets that `stops` names, or to the semicolon or the end.
    fn read_until(&mut self, stops: Stops<'_>) -> Range<usize> {
        let start = self.cursor.index();
        let mut depth = 0usize;
        while let Some(token) = self.cursor.peek() {
            match token.kind {
                TokenKind::Semicolon => break,
                kind if depth == 0 && stops.kinds.contains(&kind) => break,
                TokenKind::Word if depth == 0 && self.cursor.is_any_word(stops.words) => break,
                TokenKind::LeftParen | TokenKind::LeftBracket => depth += 1,
                TokenKind::RightParen | TokenKind::RightBracket => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.cursor.advance();
        }
        start..self.cursor.index()
    }

    /// Reads the expression up to what `stops` names, or to the semicolon.
    fn expression_until(&mut self, stops: Stops<'_>) -> Parsed<Expression> {
        let range = self.read_until(stops);
        self.expression(range)
    }

    /// Reads the expression up to a word that has to follow, and the word.
    fn expression_before(&mut self, word: &str) -> Parsed<Expression> {
        let range = self.read_until(Stops::words(&[word]));
        if !self.cursor.is_word(word) {
            return Err(self.unexpected(&format!("`{}`", word.to_ascii_uppercase())));
        }
        let expression = self.expression(range);
        self.cursor.advance();
        expression
    }

    fn expression(&mut self, range: Range<usize>) -> Parsed<Expression> {
        if range.is_empty() {
            return Err(self.unexpected("an expression"));
        }
        let tokens = self.tokens.get(range).unwrap_or_default();
        let expression = embedded::expression(self.cursor.source(), tokens, self.cursor.map());
        self.count(&expression);
        Ok(expression)
    }

    fn count(&mut self, expression: &Expression) {
        self.tally.expressions += 1;
        if let ExpressionTree::Unknown(unknown) = &expression.tree {
            self.tally.unknown.push(unknown.clone());
        }
    }

    /// The expressions between the commas of `range`, outside of parentheses and brackets.
    fn list(&mut self, range: Range<usize>) -> Parsed<Vec<Expression>> {
        let mut expressions = Vec::new();
        let behind = self.cursor.index();
        self.cursor.seek(range.start);
        while self.cursor.index() < range.end {
            let item = self.read_until(Stops { words: &[], kinds: &[TokenKind::Comma] });
            expressions.push(self.expression(item.start..item.end.min(range.end))?);
            if self.cursor.index() < range.end {
                self.cursor.advance();
                if self.cursor.index() == range.end {
                    return Err(self.unexpected("an expression"));
                }
            }
        }
        self.cursor.seek(behind);
        Ok(expressions)
    }

    /// Reads the query up to what `stops` names, or to the semicolon.
    fn command_until(&mut self, stops: Stops<'_>) -> Parsed<Command> {
        let range = self.read_until(stops);
        if range.is_empty() {
            return Err(self.unexpected("a query"));
        }
        let tokens = self.tokens.get(range).unwrap_or_default();
        Ok(self.command(tokens, None))
    }

    fn command(&mut self, tokens: &[Token], select: Option<Select>) -> Command {
        let command = embedded::command(self.cursor.source(), tokens, self.cursor.map(), select);
        if let CommandTree::Unknown(unknown) = &command.tree {
            self.tally.unknown.push(unknown.clone());
        }
        for expression in &command.aside {
            self.count(expression);
        }
        command
    }

    /// Where the tokens from `start` to the one read last stand.
    fn span_from(&self, start: usize) -> Span {
        self.cursor.span_from(start)
    }
}
