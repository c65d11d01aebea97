//! Bodies of `LANGUAGE sql` functions: statements one after the other.

use super::cursor::significant;
use super::embedded::{
    Command, CommandTree, Expression, ExpressionTree, Tally, Unknown, command, expression, with_deep_stack,
};
use super::lexer::{Mode, PositionMap, Token, TokenKind};

/// The body of a `LANGUAGE sql` function. What the last statement returns is what the function returns.
#[derive(Clone, PartialEq, Debug)]
pub struct SqlBody {
    /// Its statements, in order.
    pub statements: Vec<BodyStatement>,
    /// What was parsed and what was not.
    pub tally: Tally,
}

/// A statement of a body.
#[derive(Clone, PartialEq, Debug)]
pub enum BodyStatement {
    /// A statement of SQL.
    Command(Command),
    /// `RETURN value`, which only a body that is no string may have.
    Return(Expression),
}

impl SqlBody {
    /// Reads a body that is a string.
    pub fn parse(text: &str, map: &PositionMap) -> Self {
        Self::read(text, &significant(text, Mode::Server), map, false)
    }

    /// Reads a body that is no string: `RETURN value`, or what is between `BEGIN ATOMIC` and `END`. The tokens are
    /// without white space and comments.
    pub fn parse_tokens(text: &str, tokens: &[Token], map: &PositionMap) -> Self {
        Self::read(text, tokens, map, true)
    }

    fn read(text: &str, tokens: &[Token], map: &PositionMap, takes_return: bool) -> Self {
        let read = with_deep_stack(|| {
            let mut body = Self { statements: Vec::new(), tally: Tally::default() };
            for statement in
                tokens.split(|token| token.kind == TokenKind::Semicolon).filter(|tokens| !tokens.is_empty())
            {
                let returned = statement.split_first().filter(|(first, _)| {
                    takes_return && first.kind == TokenKind::Word && first.text(text).eq_ignore_ascii_case("return")
                });
                match returned {
                    Some((_, value)) => body.push_return(expression(text, value, map)),
                    None => body.push_command(command(text, statement, map, None)),
                }
            }
            body
        });
        read.unwrap_or_else(|_| {
            let reason = "the system has no room for the stack that reading it takes".into();
            let unknown = Unknown { span: map.span(0..text.len()), reason };
            Self { statements: Vec::new(), tally: Tally { unknown: vec![unknown], ..Tally::default() } }
        })
    }

    fn push_return(&mut self, value: Expression) {
        self.tally.statements += 1;
        self.count(&value);
        self.statements.push(BodyStatement::Return(value));
    }

    fn push_command(&mut self, command: Command) {
        self.tally.statements += 1;
        if let CommandTree::Unknown(unknown) = &command.tree {
            self.tally.unknown.push(unknown.clone());
        }
        command.aside.iter().for_each(|expression| self.count(expression));
        self.statements.push(BodyStatement::Command(command));
    }

    fn count(&mut self, expression: &Expression) {
        self.tally.expressions += 1;
        if let ExpressionTree::Unknown(unknown) = &expression.tree {
            self.tally.unknown.push(unknown.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[test]
    fn a_string_is_cut_at_its_semicolons() {
        let mut sources = SourceMap::new();
        let text = "INSERT INTO t VALUES (';', $1);; -- ;\nSELECT id FROM t WHERE a ISNULL;";
        let file = sources.add("f.sql", text).unwrap();
        let body = SqlBody::parse(text, &PositionMap::shifted(file, 0));
        let [BodyStatement::Command(first), BodyStatement::Command(second)] = body.statements.as_slice() else {
            panic!("{body:?}")
        };
        assert_eq!(sources.snippet(first.span), "INSERT INTO t VALUES (';', $1)");
        let CommandTree::Statement(statement) = &second.tree else { panic!("{second:?}") };
        assert_eq!(statement.to_string(), "SELECT id FROM t WHERE a IS NULL");
        assert_eq!((body.tally.statements, body.tally.unknown.len()), (2, 0));
    }

    #[test]
    fn an_atomic_body_may_return_an_expression() {
        let mut sources = SourceMap::new();
        let text = "DELETE FROM t; RETURN CASE WHEN a THEN 1 END";
        let file = sources.add("f.sql", text).unwrap();
        let map = PositionMap::shifted(file, 0);
        let body = SqlBody::parse_tokens(text, &significant(text, Mode::Script), &map);
        let [BodyStatement::Command(_), BodyStatement::Return(value)] = body.statements.as_slice() else {
            panic!("{body:?}")
        };
        assert_eq!(sources.snippet(value.span), "CASE WHEN a THEN 1 END");
        assert_eq!((body.tally.statements, body.tally.expressions, body.tally.unknown.len()), (2, 1, 0));
        let as_string = SqlBody::parse(text, &map);
        assert_eq!(as_string.tally.unknown.len(), 1, "a string body has no RETURN");
    }
}
