//! Syntax of PostgreSQL that sqlparser reads as something else or not at all, said in a way that it reads. Only tokens
//! change, and each keeps its place; expressions that have to be cut out are kept aside.

mod call;
mod clauses;
mod json_table;

use std::ops::Range;

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token as TreeToken, TokenWithSpan, Word};

use super::convert;
use super::{EVERY_FIELD, ROWS_FROM, Select, Unknown};
use crate::sql::cursor::Cursor;
use crate::sql::lexer::{self, PositionMap, Token, TokenKind};

/// Tokens for sqlparser, and what of the text they leave out.
pub(super) struct Rewritten {
    pub(super) tokens: Vec<TokenWithSpan>,
    /// Indices of the tokens of expressions that were cut out.
    pub(super) aside: Vec<Range<usize>>,
}

/// The tokens of one expression or statement as sqlparser reads them.
pub(super) fn rewrite(
    text: &str,
    tokens: &[Token],
    map: &PositionMap,
    select: Option<Select>,
) -> Result<Rewritten, Unknown> {
    let mut rewriter = Rewriter {
        cursor: Cursor::new(text, tokens, map),
        tokens,
        out: Vec::with_capacity(tokens.len() + 1),
        aside: Vec::new(),
        depth: 0,
        targets: None,
        columns: None,
        conflict_end: None,
        similar: None,
        using_end: None,
        dropped: Vec::new(),
        calls: Vec::new(),
    };
    if let Some(Select(span)) = select {
        rewriter.out.push(TokenWithSpan::new(convert::word("select"), convert::tree_span(span)));
    }
    rewriter.run()?;
    Ok(Rewritten { tokens: rewriter.out, aside: rewriter.aside })
}

struct Rewriter<'a> {
    cursor: Cursor<'a>,
    tokens: &'a [Token],
    out: Vec<TokenWithSpan>,
    aside: Vec<Range<usize>>,
    /// How many parentheses and brackets are open.
    depth: usize,
    /// In the list behind `SET`: its depth, and whether a target comes next.
    targets: Option<(usize, bool)>,
    /// The parenthesis that opens the columns of an `INSERT`, and the depth in it once it is open.
    columns: Option<(usize, Option<usize>)>,
    /// Behind the parenthesis of `ON CONFLICT (...)`.
    conflict_end: Option<usize>,
    /// The depth in `substring(text SIMILAR pattern ESCAPE escape)`, behind `SIMILAR`.
    similar: Option<usize>,
    /// Behind the parenthesis of a join's `USING (...)`.
    using_end: Option<usize>,
    /// Closing parentheses that are left out, by their indices, the next one last.
    dropped: Vec<usize>,
    /// The calls of SQL/JSON and SQL/XML that are open.
    calls: Vec<call::Call>,
}

impl Rewriter<'_> {
    fn run(&mut self) -> Result<(), Unknown> {
        while let Some(token) = self.cursor.peek() {
            let at = self.cursor.index();
            match token.kind {
                _ if self.dropped.last() == Some(&at) => {
                    self.dropped.pop();
                    self.skip(1);
                }
                TokenKind::RightParen if self.calls.last().is_some_and(|call| call.closing == at) => {
                    self.close_call(token)?;
                }
                _ if self.is_call_clause() && self.call_clause()? => {}
                TokenKind::Operator if self.is_star_of_table() => self.skip(1),
                TokenKind::QuotedIdentifier if self.typed_string().is_some() => self.cast_string()?,
                TokenKind::Word => self.word(token)?,
                TokenKind::LeftBracket if self.is_in_target() => self.cut_subscript(),
                TokenKind::Dot if self.is_in_columns() => self.skip(2),
                TokenKind::Dot if self.is_every_field() => {
                    self.plain(token)?;
                    self.put_token(TreeToken::Word(Word {
                        value: EVERY_FIELD.to_owned(),
                        quote_style: Some('"'),
                        keyword: Keyword::NoKeyword,
                    }));
                    self.skip(1);
                }
                _ => self.plain(token)?,
            }
        }
        Ok(())
    }

    /// Hands a token on as it is.
    fn plain(&mut self, token: Token) -> Result<(), Unknown> {
        let at = self.cursor.index();
        match token.kind {
            TokenKind::LeftParen | TokenKind::LeftBracket => {
                self.depth += 1;
                if let Some((opening, depth)) = &mut self.columns
                    && *opening == at
                {
                    *depth = Some(self.depth);
                }
            }
            TokenKind::RightParen | TokenKind::RightBracket => {
                if self.columns.is_some_and(|(_, depth)| depth == Some(self.depth)) {
                    self.columns = None;
                }
                self.depth = self.depth.saturating_sub(1);
            }
            TokenKind::Comma => {
                if let Some((depth, next)) = &mut self.targets
                    && *depth == self.depth
                {
                    *next = true;
                }
            }
            // The target ends at the sign; a name of a target does not.
            TokenKind::Operator => self.end_target(),
            _ => {}
        }
        let mut escape = '\\';
        let mut width = 1;
        if matches!(token.kind, TokenKind::UnicodeString | TokenKind::UnicodeIdentifier)
            && self.cursor.is_word_at(1, "uescape")
        {
            width = 3;
            escape = self.escape_character().ok_or_else(|| Unknown {
                span: self.cursor.here(),
                reason: "`UESCAPE` takes a string of one character".into(),
            })?;
        }
        let converted = convert::token(self.cursor.source(), self.cursor.map(), token, escape)?;
        self.out.push(converted);
        self.cursor.seek(at + width);
        Ok(())
    }

    fn escape_character(&self) -> Option<char> {
        let value = lexer::string(self.cursor.peek_nth(2)?, self.cursor.source(), '\\')?.ok()?;
        let mut characters = value.chars();
        characters.next().filter(|_| characters.next().is_none())
    }

    /// Puts a quoted name in the place of the next token.
    fn put_name(&mut self, value: String) {
        self.put_token(TreeToken::Word(Word { value, quote_style: Some('"'), keyword: Keyword::NoKeyword }));
    }

    /// Puts a word in the place of the next token.
    fn put(&mut self, word: &str) {
        self.put_token(convert::word(word));
    }

    fn put_token(&mut self, token: TreeToken) {
        let place = convert::tree_span(self.cursor.here());
        self.out.push(TokenWithSpan::new(token, place));
    }

    fn skip(&mut self, tokens: usize) {
        self.cursor.seek(self.cursor.index() + tokens);
    }

    fn word(&mut self, token: Token) -> Result<(), Unknown> {
        let at = self.cursor.index();
        let behind = at.checked_sub(1).and_then(|last| self.tokens.get(last)).copied();
        // Behind a dot or `AS` every word is a name.
        let is_name = behind.is_some_and(|last| last.kind == TokenKind::Dot || self.cursor.token_is_word(last, "as"));
        if is_name {
            return self.plain(token);
        }
        let follow = |word: &str| self.cursor.is_word_at(1, word);
        let follow_kind = |kind: TokenKind| self.cursor.peek_nth(1).is_some_and(|token| token.kind == kind);
        let folded = lexer::fold(token.text(self.cursor.source()));
        match &*folded {
            "isnull" if behind.is_some_and(|last| ends_operand(last.kind)) => {
                self.put("is");
                self.put("null");
                self.skip(1);
            }
            "for" if self.cursor.are_words(&["for", "no", "key", "update"]) => {
                self.plain(token)?;
                self.skip(2);
            }
            "for" if self.cursor.are_words(&["for", "key", "share"]) => {
                self.plain(token)?;
                self.skip(1);
            }
            // Of XMLTABLE; `PASSING BY REF x` and `PASSING x BY REF` mean the same as without.
            "by" if (follow("ref") || follow("value"))
                && (behind.is_some_and(|last| self.cursor.token_is_word(last, "passing"))
                    || self.cursor.is_word_at(2, "columns")) =>
            {
                self.skip(2);
            }
            "overriding" if follow("system") || follow("user") => self.skip(3),
            "national" if follow("character") || follow("char") => self.skip(1),
            "symmetric" if behind.is_some_and(|last| self.cursor.token_is_word(last, "between")) => self.skip(1),
            "distinct" if behind.is_some_and(|last| self.cursor.token_is_word(last, "by")) => self.skip(1),
            "only" if follow_kind(TokenKind::LeftParen) && behind.is_some_and(|last| self.precedes_table(last)) => {
                self.dropped.push(self.closing(at + 1));
                self.skip(2);
            }
            "rows"
                if follow("from") && self.cursor.peek_nth(2).is_some_and(|next| next.kind == TokenKind::LeftParen) =>
            {
                self.put_name(ROWS_FROM.to_owned());
                self.skip(2);
            }
            "search" | "cycle" if behind.is_some_and(|last| last.kind == TokenKind::RightParen) => {
                if !self.added_columns() {
                    self.plain(token)?;
                }
            }
            "as" if self.using_end == Some(at) => self.alias_of_using(),
            "using" if follow_kind(TokenKind::LeftParen) => {
                self.using_end = self.names_end(at + 1);
                self.plain(token)?;
            }
            "name" if self.names_an_element() => {
                self.skip(1);
                let label = self.cursor.name().map(|name| name.value.to_string()).unwrap_or_default();
                self.put_token(TreeToken::SingleQuotedString(label));
            }
            // Of the same type, and nothing else matters.
            "document"
                if behind.is_some_and(|last| {
                    self.cursor.token_is_word(last, "is") || self.cursor.token_is_word(last, "not")
                }) =>
            {
                self.put("json");
                self.skip(1);
            }
            "like" if self.likes_a_table(at) => self.like(),
            word if follow_kind(TokenKind::LeftParen) && call::is_function(word) => self.open_call(token)?,
            "only" if behind.is_some_and(|last| self.precedes_table(last)) => self.skip(1),
            "exclude" if follow("ties") || follow("group") => self.skip(2),
            "exclude" if follow("current") || follow("no") => self.skip(3),
            "with" if self.is_data_clause(at) => self.cursor.seek(self.tokens.len()),
            "at" if follow("local") => {
                for word in ["at", "time", "zone"] {
                    self.put(word);
                }
                self.put_token(TreeToken::SingleQuotedString("local".into()));
                self.skip(2);
            }
            "leading" | "trailing" | "both" if follow("from") => {
                self.plain(token)?;
                self.skip(1);
            }
            // It is a call with three arguments.
            "similar" if !follow("to") => {
                self.similar = Some(self.depth);
                self.put_token(TreeToken::Comma);
                self.skip(1);
            }
            "escape" if self.similar == Some(self.depth) => {
                self.similar = None;
                self.put_token(TreeToken::Comma);
                self.skip(1);
            }
            "table" if at == 0 => {
                self.put("select");
                self.put_token(TreeToken::Mul);
                self.put("from");
                self.skip(1);
            }
            "on" if follow("conflict") => self.on_conflict(token)?,
            "where" if self.conflict_end == Some(at) => self.cut_conflict_predicate(),
            "into" if behind.is_some_and(|last| self.cursor.token_is_word(last, "insert")) => {
                self.columns = self.column_list().map(|opening| (opening, None));
                self.plain(token)?;
            }
            "set" => {
                self.targets = Some((self.depth, true));
                self.plain(token)?;
            }
            // `a IS DISTINCT FROM b` goes on with the same value.
            "from" if behind.is_some_and(|last| self.cursor.token_is_word(last, "distinct")) => self.plain(token)?,
            "where" | "from" | "returning" => {
                self.targets = self.targets.filter(|(depth, _)| *depth != self.depth);
                self.plain(token)?;
                if &*folded == "returning" {
                    self.row_aliases();
                }
            }
            _ if self.typed_string().is_some() => self.cast_string()?,
            _ => self.plain(token)?,
        }
        Ok(())
    }

    /// Whether `.*` is next, behind something other than a name.
    fn is_every_field(&self) -> bool {
        let behind = self.cursor.index().checked_sub(1).and_then(|last| self.tokens.get(last)).map(|last| last.kind);
        matches!(behind, Some(TokenKind::RightParen | TokenKind::RightBracket))
            && self.cursor.peek_nth(1).is_some_and(|star| star.text(self.cursor.source()) == "*")
    }

    /// Whether a table may stand behind `token`; `ONLY` there says nothing that a tree has to know.
    fn precedes_table(&self, token: Token) -> bool {
        const WORDS: [&str; 7] = ["from", "update", "join", "into", "using", "table", "truncate"];
        token.kind == TokenKind::Comma || WORDS.iter().any(|word| self.cursor.token_is_word(token, word))
    }

    /// Whether the last words are `WITH [NO] DATA`, of a `CREATE TABLE AS`.
    fn is_data_clause(&self, at: usize) -> bool {
        let last = self.tokens.len() - 1;
        match last - at {
            1 => self.cursor.is_word_at(1, "data"),
            2 => self.cursor.is_word_at(1, "no") && self.cursor.is_word_at(2, "data"),
            _ => false,
        }
    }

    fn end_target(&mut self) {
        if let Some((depth, next)) = &mut self.targets
            && *depth == self.depth
        {
            *next = false;
        }
    }

    /// Whether the next bracket is a subscript of something that is assigned to.
    fn is_in_target(&self) -> bool {
        self.targets == Some((self.depth, true)) || self.is_in_columns()
    }

    fn is_in_columns(&self) -> bool {
        self.columns.is_some_and(|(_, depth)| depth == Some(self.depth))
    }

    /// Cuts out `[...]`.
    fn cut_subscript(&mut self) {
        let opening = self.cursor.index();
        let closing = self.closing(opening);
        let first = opening + 1;
        let mut start = first;
        for i in first..=closing {
            let ends = i == closing || self.tokens.get(i).is_some_and(|token| token.kind == TokenKind::Colon);
            if ends {
                if start < i {
                    self.aside.push(start..i);
                }
                start = i + 1;
            }
        }
        self.cursor.seek(closing + 1);
    }

    /// The index of what closes the parenthesis or bracket at `opening`, or the last index.
    fn closing(&self, opening: usize) -> usize {
        let mut depth = 0usize;
        for (i, token) in self.tokens.iter().enumerate().skip(opening) {
            match token.kind {
                TokenKind::LeftParen | TokenKind::LeftBracket => depth += 1,
                TokenKind::RightParen | TokenKind::RightBracket => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return i;
                    }
                }
                _ => {}
            }
        }
        self.tokens.len().saturating_sub(1)
    }

    /// The index of the parenthesis that opens the columns of the `INSERT` whose `INTO` is next.
    fn column_list(&self) -> Option<usize> {
        let mut cursor = self.cursor.clone();
        cursor.advance();
        cursor.path()?;
        if cursor.eat_word("as") {
            cursor.name()?;
        }
        let is_list = cursor.is(TokenKind::LeftParen)
            && !["select", "with", "values", "table"].iter().any(|word| cursor.is_word_at(1, word));
        is_list.then(|| cursor.index())
    }

    /// `ON CONFLICT (target) [WHERE predicate]`. sqlparser takes columns for a target, and no predicate.
    fn on_conflict(&mut self, token: Token) -> Result<(), Unknown> {
        let opening = self.cursor.index() + 2;
        self.plain(token)?;
        self.put("conflict");
        self.skip(1);
        if !self.cursor.is(TokenKind::LeftParen) {
            return Ok(());
        }
        let closing = self.closing(opening);
        self.conflict_end = Some(closing + 1);
        let items = self.tokens.get(opening + 1..closing).unwrap_or_default();
        let is_plain = items
            .iter()
            .all(|item| matches!(item.kind, TokenKind::Word | TokenKind::Comma) || item.kind.is_quoted_identifier())
            && items.windows(2).all(|pair| pair[0].kind == TokenKind::Comma || pair[1].kind == TokenKind::Comma);
        if !is_plain {
            self.cut_conflict_items(opening + 1..closing);
            self.cursor.seek(closing + 1);
        }
        Ok(())
    }

    /// Keeps the expressions of a conflict target, each without its operator class.
    fn cut_conflict_items(&mut self, items: Range<usize>) {
        let mut start = items.start;
        let mut depth = 0usize;
        for i in items.start..=items.end {
            match self.tokens.get(i).map(|token| token.kind) {
                Some(TokenKind::LeftParen | TokenKind::LeftBracket) => depth += 1,
                Some(TokenKind::RightParen | TokenKind::RightBracket) if depth > 0 => depth -= 1,
                Some(TokenKind::Comma | TokenKind::RightParen) if depth == 0 => {
                    let is_word = |i: usize| self.tokens.get(i).is_some_and(|token| token.kind == TokenKind::Word);
                    let has_class = i >= start + 2
                        && is_word(i - 1)
                        && !is_word(i - 2)
                        && self.tokens.get(i - 2).is_some_and(|token| ends_operand(token.kind));
                    let end = if has_class { i - 1 } else { i };
                    if start < end {
                        self.aside.push(start..end);
                    }
                    start = i + 1;
                }
                _ => {}
            }
        }
    }

    /// Cuts out the predicate of a conflict target, up to `DO`.
    fn cut_conflict_predicate(&mut self) {
        let start = self.cursor.index() + 1;
        let mut depth = 0usize;
        let mut end = start;
        while let Some(token) = self.tokens.get(end) {
            match token.kind {
                TokenKind::LeftParen => depth += 1,
                TokenKind::RightParen => depth = depth.saturating_sub(1),
                TokenKind::Word if depth == 0 && self.cursor.token_is_word(*token, "do") => break,
                _ => {}
            }
            end += 1;
        }
        self.aside.push(start..end);
        self.cursor.seek(end);
    }
}

/// Whether an operand may end with such a token.
fn ends_operand(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Word
            | TokenKind::Integer
            | TokenKind::Decimal
            | TokenKind::Parameter
            | TokenKind::RightParen
            | TokenKind::RightBracket
            | TokenKind::BitString
            | TokenKind::HexString
    ) || kind.is_text()
        || kind.is_quoted_identifier()
}
