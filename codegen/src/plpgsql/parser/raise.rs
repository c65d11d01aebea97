//! `RAISE`.

use super::{Parsed, Parser, Stops};
use crate::plpgsql::ast::{Raise, RaiseLevel, RaiseOption, RaiseOptionKind, Raised};
use crate::sql::embedded::Unknown;
use crate::sql::lexer::TokenKind;

impl Parser<'_> {
    pub(super) fn raise(&mut self) -> Parsed<Raise> {
        self.cursor.advance();
        if self.cursor.is(TokenKind::Semicolon) {
            return Ok(Raise { level: RaiseLevel::Exception, what: Raised::Again, options: Vec::new() });
        }
        let level = self.level();
        let what = match self.cursor.kind() {
            Some(kind) if kind.is_text() => self.message()?,
            _ if self.cursor.is_word("using") => Raised::Options,
            _ => Raised::Condition(self.condition()?),
        };
        let mut options = Vec::new();
        if self.cursor.eat_word("using") {
            loop {
                options.push(self.raise_option()?);
                if !self.cursor.eat(TokenKind::Comma) {
                    break;
                }
            }
        }
        Ok(Raise { level, what, options })
    }

    fn level(&mut self) -> RaiseLevel {
        let levels = [
            ("exception", RaiseLevel::Exception),
            ("warning", RaiseLevel::Warning),
            ("notice", RaiseLevel::Notice),
            ("info", RaiseLevel::Info),
            ("log", RaiseLevel::Log),
            ("debug", RaiseLevel::Debug),
        ];
        let named = levels.into_iter().find(|(word, _)| self.cursor.eat_word(word));
        named.map_or(RaiseLevel::Exception, |(_, level)| level)
    }

    fn message(&mut self) -> Parsed<Raised> {
        const STOPS: Stops<'static> = Stops { words: &["using"], kinds: &[TokenKind::Comma] };
        let start = self.cursor.index();
        let Some(format) = self.cursor.string() else {
            return Err(Unknown { span: self.cursor.here(), reason: "an escape stands for no character".into() });
        };
        let span = self.span_from(start);
        let mut arguments = Vec::new();
        while self.cursor.eat(TokenKind::Comma) {
            arguments.push(self.expression_until(STOPS)?);
        }
        Ok(Raised::Message { format: format.into(), span, arguments })
    }

    fn raise_option(&mut self) -> Parsed<RaiseOption> {
        use RaiseOptionKind as K;
        let options = [
            ("errcode", K::Errcode),
            ("message", K::Message),
            ("detail", K::Detail),
            ("hint", K::Hint),
            ("column", K::Column),
            ("constraint", K::Constraint),
            ("datatype", K::Datatype),
            ("table", K::Table),
            ("schema", K::Schema),
        ];
        let Some((_, kind)) = options.into_iter().find(|(word, _)| self.cursor.eat_word(word)) else {
            return Err(self.unexpected("an option of `RAISE`"));
        };
        self.expect_assign()?;
        let value = self.expression_until(Stops { words: &[], kinds: &[TokenKind::Comma] })?;
        Ok(RaiseOption { kind, value })
    }
}
