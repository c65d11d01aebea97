//! Blocks: labels, declarations, statements, handlers.

use super::{MOST_NESTED, Parsed, Parser, Stops};
use crate::plpgsql::ast::{
    AliasOf, Block, Condition, CursorDeclaration, CursorParameter, DataType, DataTypeKind, Declaration,
    DeclarationKind, Handler, Variable,
};
use crate::sql::embedded::Unknown;
use crate::sql::lexer::{self, TokenKind};
use crate::sql::name::Name;

impl Parser<'_> {
    /// Reads `<<name>>` if it is next.
    pub(super) fn label(&mut self) -> Parsed<Option<Name>> {
        if !self.cursor.eat_operator("<<") {
            return Ok(None);
        }
        let name = self.name("a label")?;
        if self.cursor.eat_operator(">>") { Ok(Some(name)) } else { Err(self.unexpected("`>>`")) }
    }

    pub(super) fn labelled_block(&mut self) -> Parsed<Block> {
        let start = self.cursor.index();
        let label = self.label()?;
        self.block(start, label)
    }

    /// Reads a block whose label is read; `start` is where the label starts.
    pub(super) fn block(&mut self, start: usize, label: Option<Name>) -> Parsed<Block> {
        self.nested(|parser| {
            let declarations = parser.declarations();
            parser.expect_word("begin")?;
            let statements = parser.statements(&["exception", "end"])?;
            let mut handlers = Vec::new();
            if parser.cursor.eat_word("exception") {
                while parser.cursor.is_word("when") {
                    handlers.push(parser.handler()?);
                }
                if handlers.is_empty() {
                    return Err(parser.unexpected("`WHEN`"));
                }
            }
            parser.expect_word("end")?;
            parser.end_label(label.as_ref())?;
            Ok(Block { span: parser.span_from(start), label, declarations, statements, handlers })
        })
    }

    /// Reads the label behind an `END`, which has to be the one at the beginning.
    pub(super) fn end_label(&mut self, label: Option<&Name>) -> Parsed<()> {
        if self.cursor.is(TokenKind::Semicolon) || self.cursor.is_at_end() {
            return Ok(());
        }
        let here = self.cursor.here();
        let name = self.name("`;`")?;
        if label.is_some_and(|label| label.value == name.value) {
            return Ok(());
        }
        Err(Unknown { span: here, reason: format!("the label `{name}` is not the one at the beginning").into() })
    }

    /// Runs `read` one level deeper.
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MOST_NESTED {
            let reason = format!("nested more than {MOST_NESTED} deep").into();
            return Err(Unknown { span: self.cursor.here(), reason });
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn declarations(&mut self) -> Vec<Declaration> {
        let mut declarations = Vec::new();
        if !self.cursor.is_word("declare") {
            return declarations;
        }
        while !self.cursor.is_at_end() && !self.cursor.is_word("begin") {
            // `DECLARE` may be said again.
            if self.cursor.eat_word("declare") {
                continue;
            }
            let start = self.cursor.index();
            let Some(name) = self.cursor.name() else {
                let unknown = self.unexpected("a declaration");
                self.tally.unknown.push(unknown);
                self.recover(start);
                continue;
            };
            let mut span = self.span_from(start);
            let read = self.declaration().and_then(|kind| {
                span = self.span_from(start);
                self.expect(TokenKind::Semicolon, "`;`").map(|()| kind)
            });
            let kind = read.unwrap_or_else(|unknown| {
                self.recover(start);
                span = self.cursor.span(start..self.cursor.index() - 1);
                self.tally.unknown.push(unknown.clone());
                DeclarationKind::Unknown(unknown)
            });
            declarations.push(Declaration { span, name, kind });
        }
        declarations
    }

    /// Reads what a declared name stands for; the name is read.
    fn declaration(&mut self) -> Parsed<DeclarationKind> {
        if self.cursor.eat_words(&["alias", "for"]) {
            return self.alias().map(DeclarationKind::Alias);
        }
        let scroll = self.scroll();
        if self.cursor.eat_word("cursor") {
            return self.cursor_declaration(scroll).map(DeclarationKind::Cursor);
        }
        let constant = self.cursor.eat_word("constant");
        let data_type = self.data_type(Stops {
            words: &["collate", "not", "default"],
            kinds: &[TokenKind::Assign, TokenKind::Operator],
        })?;
        let collation = if self.cursor.eat_word("collate") {
            Some(self.cursor.path().ok_or_else(|| self.unexpected("a collation"))?)
        } else {
            None
        };
        let not_null = self.cursor.eat_words(&["not", "null"]);
        let has_default = self.cursor.is_word("default") || self.is_assign_at(0);
        let default = if has_default {
            self.cursor.advance();
            Some(self.expression_until(Stops::SEMICOLON)?)
        } else {
            None
        };
        Ok(DeclarationKind::Variable(Variable { constant, data_type, collation, not_null, default }))
    }

    fn alias(&mut self) -> Parsed<AliasOf> {
        let Some(token) = self.cursor.peek().filter(|token| token.kind == TokenKind::Parameter) else {
            return self.variable().map(AliasOf::Variable);
        };
        let number = token.text(self.cursor.source()).trim_start_matches('$').parse();
        let number = number.map_err(|_| self.unexpected("the number of an argument"))?;
        self.cursor.advance();
        Ok(AliasOf::Parameter(number))
    }

    /// Reads `[NO] SCROLL` if it is next.
    pub(super) fn scroll(&mut self) -> Option<bool> {
        if self.cursor.eat_words(&["no", "scroll"]) {
            Some(false)
        } else if self.cursor.is_word("scroll")
            && (self.cursor.is_word_at(1, "cursor") || self.cursor.is_word_at(1, "for"))
        {
            self.cursor.advance();
            Some(true)
        } else {
            None
        }
    }

    fn cursor_declaration(&mut self, scroll: Option<bool>) -> Parsed<CursorDeclaration> {
        let mut arguments = Vec::new();
        if self.cursor.eat(TokenKind::LeftParen) {
            loop {
                let name = self.name("an argument's name")?;
                let data_type =
                    self.data_type(Stops { words: &[], kinds: &[TokenKind::Comma, TokenKind::RightParen] })?;
                arguments.push(CursorParameter { name, data_type });
                if !self.cursor.eat(TokenKind::Comma) {
                    break;
                }
            }
            self.expect(TokenKind::RightParen, "`)`")?;
        }
        if !self.cursor.eat_word("is") {
            self.expect_word("for")?;
        }
        let query = self.command_until(Stops::SEMICOLON)?;
        Ok(CursorDeclaration { scroll, arguments, query })
    }

    /// Reads the type up to what `stops` names.
    fn data_type(&mut self, stops: Stops<'_>) -> Parsed<DataType> {
        let start = self.cursor.index();
        if let Some(path) = self.cursor.path()
            && self.cursor.is_operator("%")
        {
            let is_row = self.cursor.is_word_at(1, "rowtype");
            if is_row || self.cursor.is_word_at(1, "type") {
                self.cursor.advance();
                self.cursor.advance();
                let array = !self.read_until(stops).is_empty();
                let kind =
                    if is_row { DataTypeKind::RowOf { path, array } } else { DataTypeKind::TypeOf { path, array } };
                return Ok(DataType { span: self.span_from(start), kind });
            }
        }
        self.cursor.seek(start);
        let range = self.read_until(stops);
        let kind = match self.tokens.get(range) {
            None | Some([]) => return Err(self.unexpected("a type")),
            Some([token]) if self.cursor.token_is_word(*token, "record") => DataTypeKind::Record,
            Some(_) => DataTypeKind::Named(self.written_type(start)),
        };
        Ok(DataType { span: self.span_from(start), kind })
    }

    /// The tokens from `start` to the one read last, as [`DataTypeKind::Named`] says.
    fn written_type(&self, start: usize) -> Box<str> {
        let mut written = String::new();
        let mut last = None;
        for token in self.cursor.tokens(start..self.cursor.index()) {
            let separate = |kind: TokenKind| kind == TokenKind::Word || kind.is_quoted_identifier();
            let behind = matches!(last, Some(kind) if separate(kind) || kind == TokenKind::RightParen);
            if behind && separate(token.kind) {
                written.push(' ');
            }
            match token.kind {
                TokenKind::Word => written.push_str(&lexer::fold(token.text(self.cursor.source()))),
                _ => written.push_str(token.text(self.cursor.source())),
            }
            last = Some(token.kind);
        }
        written.into()
    }

    fn handler(&mut self) -> Parsed<Handler> {
        let start = self.cursor.index();
        self.expect_word("when")?;
        let mut conditions = vec![self.condition()?];
        while self.cursor.eat_word("or") {
            conditions.push(self.condition()?);
        }
        self.expect_word("then")?;
        let statements = self.statements(&["when", "end"])?;
        Ok(Handler { span: self.span_from(start), conditions, statements })
    }

    /// Reads a condition by name or by code.
    pub(super) fn condition(&mut self) -> Parsed<Condition> {
        let start = self.cursor.index();
        let name = self.name("a condition")?;
        if !name.quoted && &*name.value == "sqlstate" {
            let here = self.cursor.here();
            let Some(code) = self.cursor.string() else { return Err(self.unexpected("an SQLSTATE in quotes")) };
            let is_code = code.len() == 5 && code.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
            if !is_code {
                let reason = format!("`{code}` is no SQLSTATE: five digits or capital letters").into();
                return Err(Unknown { span: here, reason });
            }
            return Ok(Condition::Sqlstate { code: code.into(), span: self.span_from(start) });
        }
        if !name.quoted && &*name.value == "others" {
            return Ok(Condition::Others(name.span));
        }
        Ok(Condition::Named(name))
    }
}
