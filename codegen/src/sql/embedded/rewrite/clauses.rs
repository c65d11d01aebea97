//! Clauses that sqlparser does not know, said as something that it knows.

use std::ops::Range;

use sqlparser::tokenizer::Token as TreeToken;

use super::super::{ADDED_COLUMNS, BOOLEAN_MARK, COLUMNS_LIKE, ROW_ALIASES, USING_ALIAS, Unknown, keyword};
use super::Rewriter;
use crate::sql::lexer::{self, TokenKind};

/// What may follow a table; behind `FROM table *` and nowhere else one of these stands behind a star.
const BEHIND_TABLE: &[&str] = &[
    "as",
    "cross",
    "except",
    "full",
    "group",
    "having",
    "inner",
    "intersect",
    "join",
    "left",
    "limit",
    "natural",
    "on",
    "order",
    "returning",
    "right",
    "set",
    "union",
    "using",
    "where",
];

impl Rewriter<'_> {
    /// Whether the next star is that of `FROM table *`, which says what is meant without it too.
    pub(super) fn is_star_of_table(&self) -> bool {
        if self.cursor.text() != "*" {
            return false;
        }
        let is_end = match self.cursor.peek_nth(1).map(|next| next.kind) {
            None | Some(TokenKind::RightParen | TokenKind::Comma) => true,
            Some(TokenKind::Word) => BEHIND_TABLE.iter().any(|word| self.cursor.is_word_at(1, word)),
            _ => false,
        };
        if !is_end {
            return false;
        }
        // Back over the path.
        let mut at = self.cursor.index();
        loop {
            let Some(name) = at.checked_sub(1).and_then(|at| self.tokens.get(at)) else { return false };
            if name.kind != TokenKind::Word && !name.kind.is_quoted_identifier() {
                return false;
            }
            let before = at.checked_sub(2).and_then(|at| self.tokens.get(at)).copied();
            match before {
                Some(dot) if dot.kind == TokenKind::Dot => at -= 2,
                Some(word) => {
                    return ["from", "join", "update"].iter().any(|known| self.cursor.token_is_word(word, known));
                }
                None => return false,
            }
        }
    }

    /// Behind the parenthesis at `opening`, if nothing but names are in it.
    pub(super) fn names_end(&self, opening: usize) -> Option<usize> {
        let closing = self.closing(opening);
        let inside = self.tokens.get(opening + 1..closing)?;
        let is_name = |kind: TokenKind| kind == TokenKind::Word || kind.is_quoted_identifier();
        let are_names = inside.iter().enumerate().all(|(i, token)| match i % 2 {
            0 => is_name(token.kind),
            _ => token.kind == TokenKind::Comma,
        });
        (are_names && inside.len() % 2 == 1).then_some(closing + 1)
    }

    /// `USING (a) AS alias` becomes `USING (a, "...alias")`.
    pub(super) fn alias_of_using(&mut self) {
        self.skip(1);
        let Some(closing) = self.out.pop() else { return };
        let alias = self.cursor.name().map(|name| name.value.to_string()).unwrap_or_default();
        self.put_token(TreeToken::Comma);
        self.put_name(format!("{USING_ALIAS}\0{alias}"));
        self.out.push(closing);
    }

    /// `SEARCH ... SET a` and `CYCLE ... SET b USING c` become a query of their own that names the columns; false if it is neither.
    pub(super) fn added_columns(&mut self) -> bool {
        let start = self.cursor.index();
        let mut name = ADDED_COLUMNS.to_owned();
        loop {
            let (search, cycle) = (self.cursor.eat_word("search"), self.cursor.eat_word("cycle"));
            if !search && !cycle {
                break;
            }
            while self.is_in_list() && !self.cursor.is_word("set") {
                self.cursor.advance();
            }
            let mut found = self.column_behind(&mut name);
            if cycle {
                // Without TO, the mark is true or false.
                let is_boolean = self.cursor.is_word("using");
                while found && self.is_in_list() && !self.cursor.is_word("using") {
                    self.cursor.advance();
                }
                if is_boolean {
                    name.push(BOOLEAN_MARK);
                }
                found = found && self.column_behind(&mut name);
            }
            if !found {
                self.cursor.seek(start);
                return false;
            }
        }
        self.put_token(TreeToken::Comma);
        self.put_name(name);
        self.put("as");
        self.put_token(TreeToken::LParen);
        self.put("select");
        self.put("null");
        self.put_token(TreeToken::RParen);
        true
    }

    /// Whether neither the end nor a closing parenthesis is next.
    fn is_in_list(&self) -> bool {
        !matches!(self.cursor.kind(), None | Some(TokenKind::RightParen))
    }

    /// Adds the name behind the next word to `names`.
    fn column_behind(&mut self, names: &mut String) -> bool {
        self.cursor.advance();
        let Some(column) = self.cursor.name() else { return false };
        names.push('\0');
        names.push_str(&column.value);
        true
    }

    /// `WITH (OLD AS a, NEW AS b)` behind `RETURNING` becomes its first item, whose name tells the aliases.
    pub(super) fn row_aliases(&mut self) {
        let start = self.cursor.index();
        if !self.cursor.eat_word("with") || !self.cursor.eat(TokenKind::LeftParen) {
            return self.cursor.seek(start);
        }
        let (mut old, mut new) = (String::new(), String::new());
        loop {
            let alias = match (self.cursor.eat_word("old"), self.cursor.eat_word("new")) {
                (true, _) => &mut old,
                (_, true) => &mut new,
                _ => return self.cursor.seek(start),
            };
            self.cursor.eat_word("as");
            let Some(name) = self.cursor.name() else { return self.cursor.seek(start) };
            *alias = name.value.to_string();
            if !self.cursor.eat(TokenKind::Comma) {
                break;
            }
        }
        if !self.cursor.eat(TokenKind::RightParen) {
            return self.cursor.seek(start);
        }
        self.put_name(format!("{ROW_ALIASES}\0{old}\0{new}"));
        self.put_token(TreeToken::Comma);
    }

    /// Whether the next word is that of `xmlelement(NAME label`.
    pub(super) fn names_an_element(&self) -> bool {
        let at = self.cursor.index();
        let back = |n: usize| at.checked_sub(n).and_then(|at| self.tokens.get(at)).copied();
        back(1).is_some_and(|last| last.kind == TokenKind::LeftParen)
            && back(2).is_some_and(|last| {
                self.cursor.token_is_word(last, "xmlelement") || self.cursor.token_is_word(last, "xmlpi")
            })
    }

    /// Whether the next `LIKE` copies a table among other elements of a new one.
    pub(super) fn likes_a_table(&self, at: usize) -> bool {
        let last = at.checked_sub(1).and_then(|at| self.tokens.get(at)).map(|last| last.kind);
        let creates = self.tokens.first().is_some_and(|first| self.cursor.token_is_word(*first, "create"));
        creates && self.depth == 1 && matches!(last, Some(TokenKind::LeftParen | TokenKind::Comma))
    }

    /// `LIKE table ...` among the columns of a table becomes a column whose name tells which table it is.
    pub(super) fn like(&mut self) {
        self.skip(1);
        let mut name = COLUMNS_LIKE.to_owned();
        for part in self.cursor.path().iter().flat_map(|path| path.names()) {
            name.push('\0');
            name.push_str(&part.value);
        }
        self.put_name(name);
        self.put("integer");
        while self.cursor.is_any_word(&["including", "excluding"]) {
            self.skip(2);
        }
    }

    /// `type 'text'`, which sqlparser knows for some types alone: the tokens of the type.
    pub(super) fn typed_string(&self) -> Option<Range<usize>> {
        let start = self.cursor.index();
        let last = start.checked_sub(1).and_then(|at| self.tokens.get(at)).map(|last| last.kind);
        if last == Some(TokenKind::Dot) {
            return None;
        }
        let kind = |at: usize| self.tokens.get(at).map(|token| token.kind);
        let is_name = |at: usize| kind(at).is_some_and(|kind| kind == TokenKind::Word || kind.is_quoted_identifier());
        let mut end = start + 1;
        while kind(end) == Some(TokenKind::Dot) && is_name(end + 1) {
            end += 2;
        }
        if !kind(end).is_some_and(TokenKind::is_text) {
            return None;
        }
        let is_keyword =
            end == start + 1 && self.cursor.is(TokenKind::Word) && keyword::keyword(&self.folded()).is_some();
        (!is_keyword).then_some(start..end)
    }

    /// `type 'text'` becomes `'text'::type`.
    pub(super) fn cast_string(&mut self) -> Result<(), Unknown> {
        let Some(ty) = self.typed_string() else { return Ok(()) };
        self.cursor.seek(ty.end);
        let Some(string) = self.cursor.peek() else { return Ok(()) };
        self.plain(string)?;
        let behind = self.cursor.index();
        self.put_token(TreeToken::DoubleColon);
        self.type_tokens(ty)?;
        self.cursor.seek(behind);
        Ok(())
    }

    /// Hands on the tokens of a type.
    pub(super) fn type_tokens(&mut self, ty: Range<usize>) -> Result<(), Unknown> {
        for at in ty {
            self.cursor.seek(at);
            if let Some(token) = self.cursor.peek() {
                let converted = super::convert::token(self.cursor.source(), self.cursor.map(), token, '\\')?;
                self.out.push(converted);
            }
        }
        Ok(())
    }

    /// The next word, folded.
    pub(super) fn folded(&self) -> String {
        lexer::fold(self.cursor.text()).into_owned()
    }
}
