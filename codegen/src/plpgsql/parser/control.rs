//! Branches and loops.

use super::{Parsed, Parser, Stops};
use crate::plpgsql::ast::{Arm, Branch, Case, If, Jump, Loop, LoopKind, StatementKind};
use crate::sql::embedded::Unknown;
use crate::sql::lexer::{self, TokenKind};
use crate::sql::name::{Name, Path};

/// What a query may start with; any other word behind `IN` is a cursor.
const QUERY_WORDS: [&str; 12] =
    ["select", "with", "values", "table", "insert", "update", "delete", "merge", "explain", "show", "execute", "call"];

impl Parser<'_> {
    pub(super) fn if_statement(&mut self) -> Parsed<StatementKind> {
        self.nested(|parser| {
            let mut branches = Vec::new();
            let mut otherwise = None;
            loop {
                let start = parser.cursor.index();
                parser.cursor.advance();
                let condition = parser.expression_before("then")?;
                let statements = parser.statements(&["elsif", "elseif", "else", "end"])?;
                branches.push(Branch { span: parser.span_from(start), condition, statements });
                if !parser.cursor.is_any_word(&["elsif", "elseif"]) {
                    break;
                }
            }
            if parser.cursor.eat_word("else") {
                otherwise = Some(parser.statements(&["end"])?);
            }
            parser.expect_words(&["end", "if"])?;
            Ok(StatementKind::If(If { branches, otherwise }))
        })
    }

    pub(super) fn case_statement(&mut self) -> Parsed<StatementKind> {
        self.nested(|parser| {
            parser.cursor.advance();
            let operand = if parser.cursor.is_word("when") {
                None
            } else {
                Some(parser.expression_until(Stops::words(&["when"]))?)
            };
            let mut arms = Vec::new();
            while parser.cursor.is_word("when") {
                let start = parser.cursor.index();
                parser.cursor.advance();
                let range = parser.read_until(Stops::words(&["then"]));
                let values = if operand.is_some() { parser.list(range)? } else { vec![parser.expression(range)?] };
                parser.expect_word("then")?;
                let statements = parser.statements(&["when", "else", "end"])?;
                arms.push(Arm { span: parser.span_from(start), values, statements });
            }
            if arms.is_empty() {
                return Err(parser.unexpected("`WHEN`"));
            }
            let otherwise = if parser.cursor.eat_word("else") { Some(parser.statements(&["end"])?) } else { None };
            parser.expect_words(&["end", "case"])?;
            Ok(StatementKind::Case(Case { operand, arms, otherwise }))
        })
    }

    /// Reads a loop whose label is read.
    pub(super) fn loop_statement(&mut self, label: Option<Name>) -> Parsed<StatementKind> {
        self.nested(|parser| {
            let word = lexer::fold(parser.cursor.text());
            let kind = match &*word {
                "loop" => LoopKind::Forever,
                "while" => {
                    parser.cursor.advance();
                    LoopKind::While(parser.expression_until(Stops::words(&["loop"]))?)
                }
                "for" => parser.for_loop()?,
                "foreach" => parser.foreach_loop()?,
                _ => return Err(parser.unexpected("a block or a loop")),
            };
            parser.expect_word("loop")?;
            let statements = parser.statements(&["end"])?;
            parser.expect_words(&["end", "loop"])?;
            parser.end_label(label.as_ref())?;
            Ok(StatementKind::Loop(Loop { label, kind, statements }))
        })
    }

    /// Reads from `FOR` up to `LOOP`.
    fn for_loop(&mut self) -> Parsed<LoopKind> {
        const BOUNDS: Stops<'static> = Stops { words: &["loop"], kinds: &[TokenKind::DotDot] };
        self.cursor.advance();
        let targets = self.variables()?;
        self.expect_word("in")?;
        if self.cursor.eat_word("execute") {
            return Ok(LoopKind::Dynamic { targets, query: self.dynamic(&["loop"])? });
        }
        if let Some(cursor) = self.cursor_of_loop() {
            let variable = self.loop_variable(targets)?;
            let arguments = if self.cursor.is(TokenKind::LeftParen) { self.cursor_arguments()? } else { Vec::new() };
            return Ok(LoopKind::Cursor { variable, cursor, arguments });
        }
        let start = self.cursor.index();
        let reverse = self.cursor.eat_word("reverse");
        let from = self.read_until(BOUNDS);
        if !self.cursor.eat(TokenKind::DotDot) {
            self.cursor.seek(start);
            return Ok(LoopKind::Rows { targets, query: self.command_until(Stops::words(&["loop"]))? });
        }
        let variable = self.loop_variable(targets)?;
        let from = self.expression(from)?;
        let to = self.expression_until(Stops::words(&["by", "loop"]))?;
        let step =
            if self.cursor.eat_word("by") { Some(self.expression_until(Stops::words(&["loop"]))?) } else { None };
        Ok(LoopKind::Integers { variable, reverse, from, to, step })
    }

    /// Reads the cursor behind `IN` if it is one: a name, perhaps with arguments, and then `LOOP`.
    fn cursor_of_loop(&mut self) -> Option<Path> {
        let start = self.cursor.index();
        if self.cursor.is_any_word(&QUERY_WORDS) {
            return None;
        }
        let path = self.cursor.path();
        let behind = self.cursor.index();
        if self.cursor.eat(TokenKind::LeftParen) {
            self.read_until(Stops { words: &[], kinds: &[TokenKind::RightParen] });
            self.cursor.eat(TokenKind::RightParen);
        }
        let is_cursor = path.is_some() && self.cursor.is_word("loop");
        self.cursor.seek(if is_cursor { behind } else { start });
        path.filter(|_| is_cursor)
    }

    /// The variable that a loop declares.
    fn loop_variable(&self, targets: Vec<Path>) -> Parsed<Name> {
        match targets.as_slice() {
            [path] if path.qualifiers().is_empty() => Ok(path.last().clone()),
            _ => Err(Unknown { span: self.cursor.here(), reason: "such a loop has one plain variable".into() }),
        }
    }

    /// Reads from `FOREACH` up to `LOOP`.
    fn foreach_loop(&mut self) -> Parsed<LoopKind> {
        self.cursor.advance();
        let targets = self.variables()?;
        let mut slice = 0;
        if self.cursor.eat_word("slice") {
            let token = self.cursor.peek().and_then(|token| lexer::integer(token, self.cursor.source()));
            slice =
                token.and_then(|n| u32::try_from(n).ok()).ok_or_else(|| self.unexpected("a number of dimensions"))?;
            self.cursor.advance();
        }
        self.expect_words(&["in", "array"])?;
        Ok(LoopKind::Elements { targets, slice, array: self.expression_until(Stops::words(&["loop"]))? })
    }

    /// Reads an `EXIT` or a `CONTINUE`.
    pub(super) fn jump(&mut self) -> Parsed<Jump> {
        self.cursor.advance();
        let label = if self.cursor.is_word("when") || self.cursor.is(TokenKind::Semicolon) {
            None
        } else {
            Some(self.name("a label")?)
        };
        let condition =
            if self.cursor.eat_word("when") { Some(self.expression_until(Stops::SEMICOLON)?) } else { None };
        Ok(Jump { label, condition })
    }
}
