//! Which statement it is, and those that fit in a line.

use super::{Parsed, Parser, Stops};
use crate::plpgsql::ast::{
    Assert, Assignment, Chain, DiagnosticsItem, Dynamic, Execute, GetDiagnostics, SqlStatement, Statement,
    StatementKind,
};
use crate::sql::embedded::{Expression, Select, Unknown};
use crate::sql::lexer::{self, TokenKind};

/// PL/pgSQL takes these for no variable.
const RESERVED: [&str; 24] = [
    "all", "begin", "by", "case", "declare", "else", "end", "execute", "for", "foreach", "from", "if", "in", "into",
    "loop", "not", "null", "or", "strict", "then", "to", "using", "when", "while",
];

impl Parser<'_> {
    /// Reads statements up to one of these words.
    pub(super) fn statements(&mut self, stops: &[&str]) -> Parsed<Vec<Statement>> {
        let mut statements = Vec::new();
        loop {
            if self.cursor.is_at_end() {
                return Err(self.unexpected("`END`"));
            }
            // `exception` and `elsif` may be variables.
            if self.cursor.is_any_word(stops) && !self.is_assignment() {
                return Ok(statements);
            }
            statements.push(self.statement());
        }
    }

    fn statement(&mut self) -> Statement {
        let start = self.cursor.index();
        self.tally.statements += 1;
        let mut span = self.cursor.here();
        let read = self.statement_kind(start).and_then(|kind| {
            span = self.span_from(start);
            self.expect(TokenKind::Semicolon, "`;`").map(|()| kind)
        });
        let kind = read.unwrap_or_else(|unknown| {
            self.recover(start);
            span = self.cursor.span(start..self.cursor.index().max(start + 2) - 1);
            self.tally.unknown.push(unknown.clone());
            StatementKind::Unknown(unknown)
        });
        Statement { span, kind }
    }

    /// Goes behind the next semicolon; at least one token behind `start`.
    pub(super) fn recover(&mut self, start: usize) {
        let mut last =
            self.cursor.index().checked_sub(1).filter(|last| *last >= start).and_then(|i| self.tokens.get(i));
        while last.is_none_or(|token| token.kind != TokenKind::Semicolon) {
            let Some(_) = self.cursor.advance() else { return };
            last = self.tokens.get(self.cursor.index() - 1);
        }
    }

    fn statement_kind(&mut self, start: usize) -> Parsed<StatementKind> {
        if self.cursor.is_operator("<<") {
            let label = self.label()?;
            if self.cursor.is_any_word(&["begin", "declare"]) {
                return self.block(start, label).map(StatementKind::Block);
            }
            return self.loop_statement(label);
        }
        if self.is_assignment() {
            return self.assignment();
        }
        if !self.cursor.is(TokenKind::Word) {
            return Err(self.unexpected("a statement"));
        }
        let word = lexer::fold(self.cursor.text());
        match &*word {
            "begin" | "declare" => self.block(start, None).map(StatementKind::Block),
            "if" => self.if_statement(),
            "case" => self.case_statement(),
            "loop" | "while" | "for" | "foreach" => self.loop_statement(None),
            "exit" => self.jump().map(StatementKind::Exit),
            "continue" => self.jump().map(StatementKind::Continue),
            "return" => self.return_statement(),
            "raise" => self.raise().map(StatementKind::Raise),
            "assert" => self.assert(),
            "perform" => Ok(self.perform()),
            "execute" => self.execute(),
            "get" => self.get_diagnostics(),
            "open" => self.open().map(StatementKind::Open),
            "fetch" => self.fetch().map(StatementKind::Fetch),
            "move" => self.move_statement().map(StatementKind::Move),
            "close" => {
                self.cursor.advance();
                self.variable().map(StatementKind::Close)
            }
            "call" => self.command_until(Stops::SEMICOLON).map(StatementKind::Call),
            "commit" => self.chain().map(StatementKind::Commit),
            "rollback" => self.chain().map(StatementKind::Rollback),
            "null" => {
                self.cursor.advance();
                Ok(StatementKind::Null)
            }
            _ => self.sql_statement(),
        }
    }

    /// Whether the next statement is an assignment: PL/pgSQL prefers a variable to a keyword of the same name.
    fn is_assignment(&self) -> bool {
        let Some(first) = self.cursor.peek() else { return false };
        let is_variable = match first.kind {
            TokenKind::Word => !self.cursor.is_any_word(&RESERVED),
            TokenKind::QuotedIdentifier | TokenKind::UnicodeIdentifier | TokenKind::Parameter => true,
            _ => false,
        };
        let second = self.cursor.peek_nth(1).map(|token| token.kind);
        is_variable && (matches!(second, Some(TokenKind::LeftBracket | TokenKind::Dot)) || self.is_assign_at(1))
    }

    fn assignment(&mut self) -> Parsed<StatementKind> {
        let target = self.target()?;
        self.expect_assign()?;
        let value = self.expression_until(Stops::SEMICOLON)?;
        Ok(StatementKind::Assign(Assignment { target, value }))
    }

    /// Reads `:=` or `=`.
    pub(super) fn expect_assign(&mut self) -> Parsed<()> {
        if !self.is_assign_at(0) {
            return Err(self.unexpected("`:=`"));
        }
        self.cursor.advance();
        Ok(())
    }

    fn return_statement(&mut self) -> Parsed<StatementKind> {
        self.cursor.advance();
        if self.cursor.eat_word("next") {
            return self.optional_expression().map(StatementKind::ReturnNext);
        }
        if self.cursor.eat_word("query") {
            if self.cursor.eat_word("execute") {
                return self.dynamic(&[]).map(StatementKind::ReturnQueryExecute);
            }
            return self.command_until(Stops::SEMICOLON).map(StatementKind::ReturnQuery);
        }
        self.optional_expression().map(StatementKind::Return)
    }

    fn optional_expression(&mut self) -> Parsed<Option<Expression>> {
        if self.cursor.is(TokenKind::Semicolon) {
            return Ok(None);
        }
        self.expression_until(Stops::SEMICOLON).map(Some)
    }

    fn assert(&mut self) -> Parsed<StatementKind> {
        self.cursor.advance();
        let condition = self.expression_until(Stops { words: &[], kinds: &[TokenKind::Comma] })?;
        let message =
            if self.cursor.eat(TokenKind::Comma) { Some(self.expression_until(Stops::SEMICOLON)?) } else { None };
        Ok(StatementKind::Assert(Assert { condition, message }))
    }

    fn perform(&mut self) -> StatementKind {
        let select = Select(self.cursor.here());
        self.cursor.advance();
        let range = self.read_until(Stops::SEMICOLON);
        let tokens = self.tokens.get(range).unwrap_or_default();
        StatementKind::Perform(self.command(tokens, Some(select)))
    }

    /// Reads the text of a dynamic statement, and its `USING`, up to one of `stops` or the semicolon.
    pub(super) fn dynamic(&mut self, stops: &[&str]) -> Parsed<Dynamic> {
        let mut words = vec!["using"];
        words.extend_from_slice(stops);
        let text = self.expression_until(Stops::words(&words))?;
        let using = if self.cursor.is_word("using") { self.using(stops)? } else { Vec::new() };
        Ok(Dynamic { text, using })
    }

    /// Reads `USING values`, whose `USING` is next.
    fn using(&mut self, stops: &[&str]) -> Parsed<Vec<Expression>> {
        self.expect_word("using")?;
        let range = self.read_until(Stops::words(stops));
        if range.is_empty() {
            return Err(self.unexpected("an expression"));
        }
        self.list(range)
    }

    fn execute(&mut self) -> Parsed<StatementKind> {
        self.cursor.advance();
        let text = self.expression_until(Stops::words(&["into", "using"]))?;
        let mut into = None;
        let mut using = Vec::new();
        loop {
            if self.cursor.is_word("into") && into.is_none() {
                into = Some(self.into()?);
            } else if self.cursor.is_word("using") && using.is_empty() {
                using = self.using(&["into"])?;
            } else {
                return Ok(StatementKind::Execute(Execute { statement: Dynamic { text, using }, into }));
            }
        }
    }

    fn get_diagnostics(&mut self) -> Parsed<StatementKind> {
        self.cursor.advance();
        let stacked = self.cursor.eat_word("stacked");
        if !stacked {
            self.cursor.eat_word("current");
        }
        self.expect_word("diagnostics")?;
        let mut items = Vec::new();
        loop {
            let target = self.target()?;
            self.expect_assign()?;
            items.push(DiagnosticsItem { target, item: self.name("an item")? });
            if !self.cursor.eat(TokenKind::Comma) {
                return Ok(StatementKind::GetDiagnostics(GetDiagnostics { stacked, items }));
            }
        }
    }

    fn chain(&mut self) -> Parsed<Chain> {
        self.cursor.advance();
        if !self.cursor.eat_word("and") {
            return Ok(Chain::No);
        }
        let chain = if self.cursor.eat_word("no") { Chain::No } else { Chain::Yes };
        self.expect_word("chain")?;
        Ok(chain)
    }

    /// Reads a statement of SQL and takes its `INTO` out, wherever that stands.
    fn sql_statement(&mut self) -> Parsed<StatementKind> {
        let start = self.cursor.index();
        let makes_routine = self.makes_routine();
        let imports = self.cursor.is_word("import");
        let mut open_blocks = 0usize;
        let mut found = None;
        while let Some(token) = self.cursor.peek() {
            if token.kind == TokenKind::Semicolon && open_blocks == 0 {
                break;
            }
            if makes_routine {
                // The statements of `BEGIN ATOMIC` end with semicolons too.
                if self.cursor.is_word("begin") || (open_blocks > 0 && self.cursor.is_word("case")) {
                    open_blocks += 1;
                } else if self.cursor.is_word("end") {
                    open_blocks = open_blocks.saturating_sub(1);
                }
            }
            if self.cursor.is_word("into") && !imports && !self.is_behind_insert() {
                let into_start = self.cursor.index();
                if found.is_some() {
                    return Err(Unknown { span: self.cursor.here(), reason: "`INTO` is said more than once".into() });
                }
                let into = self.into()?;
                found = Some((into_start..self.cursor.index(), into));
                continue;
            }
            self.cursor.advance();
        }
        let end = self.cursor.index();
        let tokens = self.tokens;
        let Some((cut, into)) = found else {
            let tokens = tokens.get(start..end).unwrap_or_default();
            return Ok(StatementKind::Sql(SqlStatement { command: self.command(tokens, None), into: None }));
        };
        let kept = [tokens.get(start..cut.start), tokens.get(cut.end..end)].map(Option::unwrap_or_default).concat();
        Ok(StatementKind::Sql(SqlStatement { command: self.command(&kept, None), into: Some(into) }))
    }

    fn makes_routine(&self) -> bool {
        let word = if self.cursor.is_word_at(1, "or") { 3 } else { 1 };
        self.cursor.is_word("create")
            && (self.cursor.is_word_at(word, "function") || self.cursor.is_word_at(word, "procedure"))
    }

    fn is_behind_insert(&self) -> bool {
        let last = self.cursor.index().checked_sub(1).and_then(|last| self.tokens.get(last));
        last.is_some_and(|last| self.cursor.token_is_word(*last, "insert") || self.cursor.token_is_word(*last, "merge"))
    }
}
