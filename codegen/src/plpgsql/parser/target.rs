//! What is assigned to: variables and their parts, and the lists behind `INTO`.

use super::{Parsed, Parser, Stops};
use crate::plpgsql::ast::{Into, Step, Target};
use crate::sql::lexer::TokenKind;
use crate::sql::name::{Name, Path};

impl Parser<'_> {
    /// Reads a name, or an argument by its position, with what it is qualified by.
    pub(super) fn variable(&mut self) -> Parsed<Path> {
        if let Some(token) = self.cursor.peek()
            && token.kind == TokenKind::Parameter
        {
            let span = self.cursor.here();
            let mut path = Path::new(Name { value: self.cursor.text().into(), quoted: false, span });
            self.cursor.advance();
            while self.cursor.is(TokenKind::Dot) {
                self.cursor.advance();
                path.push(self.name("a field")?);
            }
            return Ok(path);
        }
        self.cursor.path().ok_or_else(|| self.unexpected("a variable"))
    }

    pub(super) fn name(&mut self, expected: &str) -> Parsed<Name> {
        self.cursor.name().ok_or_else(|| self.unexpected(expected))
    }

    pub(super) fn target(&mut self) -> Parsed<Target> {
        let start = self.cursor.index();
        let path = self.variable()?;
        let mut steps = Vec::new();
        loop {
            if self.cursor.eat(TokenKind::LeftBracket) {
                steps.push(self.subscript()?);
            } else if !steps.is_empty() && self.cursor.eat(TokenKind::Dot) {
                steps.push(Step::Field(self.name("a field")?));
            } else {
                return Ok(Target { span: self.span_from(start), path, steps });
            }
        }
    }

    /// Reads what is behind a `[`, and the `]`.
    fn subscript(&mut self) -> Parsed<Step> {
        const STOPS: Stops<'static> = Stops { words: &[], kinds: &[TokenKind::Colon, TokenKind::RightBracket] };
        let first = self.read_until(STOPS);
        if !self.cursor.eat(TokenKind::Colon) {
            self.expect_bracket()?;
            return Ok(Step::Element(self.expression(first)?));
        }
        let second = self.read_until(STOPS);
        self.expect_bracket()?;
        let lower = if first.is_empty() { None } else { Some(self.expression(first)?) };
        let upper = if second.is_empty() { None } else { Some(self.expression(second)?) };
        Ok(Step::Slice(lower, upper))
    }

    fn expect_bracket(&mut self) -> Parsed<()> {
        self.expect(TokenKind::RightBracket, "`]`")
    }

    /// Reads variables with commas between them.
    pub(super) fn variables(&mut self) -> Parsed<Vec<Path>> {
        let mut paths = vec![self.variable()?];
        while self.cursor.eat(TokenKind::Comma) {
            paths.push(self.variable()?);
        }
        Ok(paths)
    }

    /// Reads `INTO [STRICT] targets`, whose `INTO` is next.
    pub(super) fn into(&mut self) -> Parsed<Into> {
        let start = self.cursor.index();
        self.expect_word("into")?;
        let strict = self.cursor.eat_word("strict");
        let targets = self.variables()?;
        Ok(Into { span: self.span_from(start), strict, targets })
    }
}
