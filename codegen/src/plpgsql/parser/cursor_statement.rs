//! `OPEN`, `FETCH` and `MOVE`.

use super::{Parsed, Parser, Stops};
use crate::plpgsql::ast::{CursorArgument, Direction, Fetch, Move, Open, OpenKind};
use crate::sql::embedded::Expression;
use crate::sql::lexer::TokenKind;

impl Parser<'_> {
    pub(super) fn open(&mut self) -> Parsed<Open> {
        self.cursor.advance();
        let cursor = self.variable()?;
        if self.cursor.is(TokenKind::Semicolon) {
            return Ok(Open { cursor, kind: OpenKind::Bound(Vec::new()) });
        }
        if self.cursor.is(TokenKind::LeftParen) {
            return Ok(Open { cursor, kind: OpenKind::Bound(self.cursor_arguments()?) });
        }
        let scroll = self.scroll();
        self.expect_word("for")?;
        let kind = if self.cursor.eat_word("execute") {
            OpenKind::Dynamic { scroll, query: self.dynamic(&[])? }
        } else {
            OpenKind::Query { scroll, query: self.command_until(Stops::SEMICOLON)? }
        };
        Ok(Open { cursor, kind })
    }

    /// Reads `(values)`, by position or by name.
    pub(super) fn cursor_arguments(&mut self) -> Parsed<Vec<CursorArgument>> {
        self.expect(TokenKind::LeftParen, "`(`")?;
        let mut arguments = Vec::new();
        loop {
            let names =
                self.cursor.peek_nth(1).is_some_and(|token| matches!(token.kind, TokenKind::Assign | TokenKind::Arrow));
            let name = if names { Some(self.name("an argument's name")?) } else { None };
            if names {
                self.cursor.advance();
            }
            let value =
                self.expression_until(Stops { words: &[], kinds: &[TokenKind::Comma, TokenKind::RightParen] })?;
            arguments.push(CursorArgument { name, value });
            if !self.cursor.eat(TokenKind::Comma) {
                break;
            }
        }
        self.expect(TokenKind::RightParen, "`)`")?;
        Ok(arguments)
    }

    pub(super) fn fetch(&mut self) -> Parsed<Fetch> {
        self.cursor.advance();
        let direction = self.direction()?;
        let cursor = self.variable()?;
        let targets = self.into()?.targets;
        Ok(Fetch { direction, cursor, targets })
    }

    pub(super) fn move_statement(&mut self) -> Parsed<Move> {
        self.cursor.advance();
        Ok(Move { direction: self.direction()?, cursor: self.variable()? })
    }

    /// Reads the direction and its `FROM` or `IN`.
    fn direction(&mut self) -> Parsed<Direction> {
        let start = self.cursor.index();
        // A name that nothing but the targets or the end follows is the cursor.
        if self.cursor.path().is_some() && (self.cursor.is(TokenKind::Semicolon) || self.cursor.is_word("into")) {
            self.cursor.seek(start);
            return Ok(Direction::Next);
        }
        self.cursor.seek(start);
        let direction = if self.cursor.eat_word("next") {
            Direction::Next
        } else if self.cursor.eat_word("prior") {
            Direction::Prior
        } else if self.cursor.eat_word("first") {
            Direction::First
        } else if self.cursor.eat_word("last") {
            Direction::Last
        } else if self.cursor.eat_word("all") {
            Direction::ForwardAll
        } else if self.cursor.eat_word("absolute") {
            Direction::Absolute(self.rows()?)
        } else if self.cursor.eat_word("relative") {
            Direction::Relative(self.rows()?)
        } else if self.cursor.eat_word("forward") {
            if self.cursor.eat_word("all") { Direction::ForwardAll } else { Direction::Forward(self.optional_rows()?) }
        } else if self.cursor.eat_word("backward") {
            if self.cursor.eat_word("all") {
                Direction::BackwardAll
            } else {
                Direction::Backward(self.optional_rows()?)
            }
        } else if self.cursor.is_any_word(&["from", "in"]) {
            Direction::Next
        } else {
            Direction::Forward(Some(self.rows()?))
        };
        if self.cursor.eat_word("from") || self.cursor.eat_word("in") {
            return Ok(direction);
        }
        Err(self.unexpected("`FROM` or `IN`"))
    }

    fn rows(&mut self) -> Parsed<Expression> {
        self.expression_until(Stops::words(&["from", "in"]))
    }

    fn optional_rows(&mut self) -> Parsed<Option<Expression>> {
        if self.cursor.is_any_word(&["from", "in"]) { Ok(None) } else { self.rows().map(Some) }
    }
}
