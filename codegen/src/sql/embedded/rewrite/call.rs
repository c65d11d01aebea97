//! The functions of SQL/JSON and SQL/XML, whose clauses sqlparser does not know, as calls with plain arguments.

use std::ops::Range;

use sqlparser::tokenizer::Token as TreeToken;

use super::super::Unknown;
use super::Rewriter;
use crate::sql::lexer::{Token, TokenKind};
use crate::sql::type_name::TypeName;

/// A call that is open.
pub(super) struct Call {
    /// The index of its closing parenthesis.
    pub(super) closing: usize,
    /// How deep its arguments are.
    depth: usize,
    /// Whether its argument is a query, around which parentheses are put.
    query: bool,
    /// Whether AS names a type, not a value.
    casts: bool,
    /// The type behind RETURNING or AS.
    returning: Option<Range<usize>>,
    /// Whether `ON EMPTY` or `ON ERROR` may still follow a `DEFAULT`.
    defaults: bool,
}

/// Whether a word followed by a parenthesis is one of them.
pub(super) fn is_function(word: &str) -> bool {
    matches!(
        word,
        "json_array"
            | "json_arrayagg"
            | "json_exists"
            | "json_object"
            | "json_objectagg"
            | "json_query"
            | "json_scalar"
            | "json_serialize"
            | "json_table"
            | "json_value"
            | "xmlexists"
            | "xmlroot"
            | "xmlserialize"
    )
}

impl Rewriter<'_> {
    /// Begins a call at its name.
    pub(super) fn open_call(&mut self, name: Token) -> Result<(), Unknown> {
        let opening = self.cursor.index() + 1;
        let closing = self.closing(opening);
        let folded = self.folded();
        if folded == "json_table" {
            return self.json_table(opening, closing);
        }
        let is = |word: &str| self.cursor.is_word_at(2, word);
        let query = is("select") || is("with") || is("values");
        // A query has clauses of its own.
        let depth = if query { usize::MAX } else { self.depth + 1 };
        self.calls.push(Call {
            closing,
            depth,
            query,
            casts: folded == "xmlserialize",
            returning: None,
            defaults: true,
        });
        // As a name it is no keyword whose clauses sqlparser would look for.
        let converted = super::convert::token(self.cursor.source(), self.cursor.map(), name, '\\')?;
        self.out.push(match converted.token {
            TreeToken::Word(word) => {
                let keyword = sqlparser::keywords::Keyword::NoKeyword;
                sqlparser::tokenizer::TokenWithSpan::new(
                    TreeToken::Word(sqlparser::tokenizer::Word { keyword, ..word }),
                    converted.span,
                )
            }
            token => sqlparser::tokenizer::TokenWithSpan::new(token, converted.span),
        });
        self.skip(1);
        if query && let Some(parenthesis) = self.cursor.peek() {
            self.plain(parenthesis)?;
            self.put_token(TreeToken::LParen);
        }
        Ok(())
    }

    /// Ends a call, with a cast to what it returns.
    pub(super) fn close_call(&mut self, token: Token) -> Result<(), Unknown> {
        let call = self.calls.pop();
        if call.as_ref().is_some_and(|call| call.query) {
            self.put_token(TreeToken::RParen);
        }
        self.plain(token)?;
        let behind = self.cursor.index();
        if let Some(ty) = call.and_then(|call| call.returning) {
            self.put_token(TreeToken::DoubleColon);
            self.type_tokens(ty)?;
            self.cursor.seek(behind);
        }
        Ok(())
    }

    /// Whether the next token stands directly in such a call.
    pub(super) fn is_call_clause(&self) -> bool {
        self.calls.last().is_some_and(|call| call.depth == self.depth)
            && matches!(self.cursor.kind(), Some(TokenKind::Word | TokenKind::Colon))
    }

    /// Reads a clause of a call; false if none is next.
    pub(super) fn call_clause(&mut self) -> Result<bool, Unknown> {
        if self.cursor.is(TokenKind::Colon) {
            self.put_token(TreeToken::Comma);
            self.skip(1);
            return Ok(true);
        }
        let width = self.plain_clause();
        if width > 0 {
            self.skip(width);
            return Ok(true);
        }
        let word = self.folded();
        match word.as_str() {
            "passing" | "value" if self.is_behind_operand() => {
                self.put_token(TreeToken::Comma);
                self.skip(1);
            }
            "by" if self.cursor.is_word_at(1, "ref") || self.cursor.is_word_at(1, "value") => self.skip(2),
            "key" if !self.is_behind_operand() => self.skip(1),
            // What xmlserialize takes.
            "document" | "content" if !self.is_behind_operand() => self.skip(1),
            "version" => self.skip(1),
            "standalone" => {
                self.put("null");
                while !self.cursor.is_at_end() && !self.cursor.is(TokenKind::RightParen) {
                    self.skip(1);
                }
            }
            // The name of a value that is passed.
            "as" if !self.calls.last().is_some_and(|call| call.casts) => self.skip(2),
            "as" | "returning" => {
                self.skip(1);
                let start = self.cursor.index();
                if TypeName::parse(&mut self.cursor).is_none() {
                    return Err(Unknown { span: self.cursor.here(), reason: "a type was expected".into() });
                }
                let end = self.cursor.index();
                if let Some(call) = self.calls.last_mut() {
                    call.returning = Some(start..end);
                }
            }
            "default" => {
                let start = self.cursor.index() + 1;
                let is_end = |at: &usize| {
                    let is = |at: usize, words: &[&str]| {
                        self.tokens
                            .get(at)
                            .is_some_and(|token| words.iter().any(|word| self.cursor.token_is_word(*token, word)))
                    };
                    is(*at, &["on"]) && is(at + 1, &["empty", "error"])
                };
                let Some(call) = self.calls.last_mut().filter(|call| call.defaults) else { return Ok(false) };
                let Some(end) = (start..call.closing).find(is_end) else {
                    call.defaults = false;
                    return Ok(false);
                };
                self.aside.push(start..end);
                self.cursor.seek(end + 2);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn is_behind_operand(&self) -> bool {
        let last = self.cursor.index().checked_sub(1).and_then(|at| self.tokens.get(at));
        last.is_some_and(|last| super::ends_operand(last.kind))
    }

    /// How many of the next tokens are a clause that changes no type.
    fn plain_clause(&self) -> usize {
        const CLAUSES: &[&[&[&str]]] = &[
            &[&["null", "error", "absent", "empty", "true", "false", "unknown"], &["on"], &["null", "empty", "error"]],
            &[&["empty"], &["array", "object"], &["on"], &["empty", "error"]],
            &[&["format"], &["json"], &["encoding"], &["utf8", "utf16", "utf32"]],
            &[&["format"], &["json"]],
            &[&["with", "without"], &["conditional", "unconditional"], &["array"], &["wrapper"]],
            &[&["with", "without"], &["conditional", "unconditional", "array"], &["wrapper"]],
            &[&["with", "without"], &["wrapper"]],
            &[&["with", "without"], &["unique"], &["keys"]],
            &[&["with", "without"], &["unique"]],
            &[&["keep", "omit"], &["quotes"], &["on"], &["scalar"], &["string"]],
            &[&["keep", "omit"], &["quotes"]],
            &[&["no"], &["indent"]],
            &[&["indent"]],
        ];
        let is_next = |clause: &&&[&[&str]]| {
            clause.iter().enumerate().all(|(n, words)| words.iter().any(|word| self.cursor.is_word_at(n, word)))
        };
        CLAUSES.iter().find(is_next).map_or(0, |clause| clause.len())
    }
}
