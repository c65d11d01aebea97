//! `JSON_TABLE`, as a call whose named arguments are NULLs of its columns' types.

use std::ops::Range;

use sqlparser::tokenizer::Token as TreeToken;

use super::super::{JSON_TABLE, Unknown};
use super::Rewriter;
use crate::sql::lexer::{Token, TokenKind};
use crate::sql::name::Name;
use crate::sql::type_name::TypeName;

/// One column.
struct Column {
    name: Name,
    /// The tokens of its type; none for FOR ORDINALITY.
    ty: Option<Range<usize>>,
}

/// The columns between one pair of parentheses.
#[derive(Default)]
struct Level {
    columns: Vec<Column>,
    /// The levels of its NESTED paths.
    nested: Vec<usize>,
}

/// The columns as the table has them: those of NESTED paths behind all others of their level.
fn in_order(mut levels: Vec<Level>) -> Vec<Column> {
    let mut columns = Vec::new();
    let mut next = vec![0];
    while let Some(level) = next.pop() {
        let Level { columns: own, nested } = std::mem::take(&mut levels[level]);
        columns.extend(own);
        next.extend(nested.into_iter().rev());
    }
    columns
}

impl Rewriter<'_> {
    /// `JSON_TABLE(document, path PASSING value AS name COLUMNS (a integer, ...))` becomes `"json table"(a => null::integer, ...)`;
    /// what it reads is looked at by itself. Where the columns are not understood, an argument without a name says so.
    pub(super) fn json_table(&mut self, opening: usize, closing: usize) -> Result<(), Unknown> {
        let columns = self.json_table_columns(opening + 1, closing);
        self.cursor.seek(opening);
        self.put_name(JSON_TABLE.to_owned());
        self.put_token(TreeToken::LParen);
        match columns {
            Some(columns) => {
                for (i, column) in columns.into_iter().enumerate() {
                    if i > 0 {
                        self.put_token(TreeToken::Comma);
                    }
                    self.column_argument(column)?;
                }
            }
            None => self.put("null"),
        }
        self.cursor.seek(closing);
        self.put_token(TreeToken::RParen);
        self.cursor.seek(closing + 1);
        Ok(())
    }

    fn column_argument(&mut self, column: Column) -> Result<(), Unknown> {
        let behind = self.cursor.index();
        self.put_name(column.name.value.to_string());
        self.put_token(TreeToken::RArrow);
        self.put("null");
        self.put_token(TreeToken::DoubleColon);
        match column.ty {
            Some(ty) => self.type_tokens(ty)?,
            None => self.put("integer"),
        }
        self.cursor.seek(behind);
        Ok(())
    }

    /// The columns of all levels in the order of the table's; `None` if anything is not as the grammar has it.
    fn json_table_columns(&mut self, start: usize, closing: usize) -> Option<Vec<Column>> {
        let comma = self.at_depth(start, closing, |token, _| token.kind == TokenKind::Comma)?;
        self.aside.push(start..comma);
        let list = self.column_lists(comma + 1, closing)?;
        self.passed(comma + 1, list - 1);
        self.cursor.seek(list);
        let mut levels = vec![Level::default()];
        // The levels whose lists are open, the innermost last.
        let mut open = vec![0];
        while let Some(&level) = open.last() {
            if self.cursor.is_word("nested") && self.is_nested_path() {
                let list = self.column_lists(self.cursor.index(), closing)?;
                self.cursor.seek(list);
                let nested = levels.len();
                levels[level].nested.push(nested);
                open.push(nested);
                levels.push(Level::default());
                continue;
            }
            let column = self.json_table_column(closing)?;
            levels[level].columns.push(column);
            while !open.is_empty() && self.cursor.eat(TokenKind::RightParen) {
                open.pop();
            }
            if !open.is_empty() && !self.cursor.eat(TokenKind::Comma) {
                return None;
            }
        }
        Some(in_order(levels))
    }

    /// Whether a path follows the word `NESTED`, which is a column's name otherwise.
    fn is_nested_path(&self) -> bool {
        let is_text = |n: usize| self.cursor.peek_nth(n).is_some_and(|token| token.kind.is_text());
        is_text(1) || self.cursor.is_word_at(1, "path") && is_text(2)
    }

    /// Behind the parenthesis of the next `COLUMNS (`.
    fn column_lists(&self, start: usize, closing: usize) -> Option<usize> {
        let is_list = |_: &Token, at: usize| {
            self.tokens.get(at).is_some_and(|token| self.cursor.token_is_word(*token, "columns"))
                && self.tokens.get(at + 1).is_some_and(|token| token.kind == TokenKind::LeftParen)
        };
        self.at_depth(start, closing, is_list).map(|at| at + 2)
    }

    /// Keeps the values of `PASSING value AS name, ...` between these tokens.
    fn passed(&mut self, start: usize, end: usize) {
        let is_word =
            |at: usize, word: &str| self.tokens.get(at).is_some_and(|it| self.cursor.token_is_word(*it, word));
        let Some(mut next) = self.at_depth(start, end, |_, at| is_word(at, "passing")).map(|at| at + 1) else { return };
        let mut values = Vec::new();
        while next < end {
            let stop = |token: &Token, at: usize| token.kind == TokenKind::Comma || is_word(at, "as");
            let value = next..self.at_depth(next, end, stop).unwrap_or(end);
            next = self.at_depth(value.end, end, |token, _| token.kind == TokenKind::Comma).unwrap_or(end) + 1;
            let formatted = value.len() > 2 && is_word(value.end - 2, "format") && is_word(value.end - 1, "json");
            let value = value.start..value.end - if formatted { 2 } else { 0 };
            if !value.is_empty() {
                values.push(value);
            }
        }
        self.aside.extend(values);
    }

    /// Reads a column up to the comma or parenthesis behind it.
    fn json_table_column(&mut self, closing: usize) -> Option<Column> {
        let name = self.cursor.name()?;
        if self.cursor.eat_words(&["for", "ordinality"]) {
            return Some(Column { name, ty: None });
        }
        let start = self.cursor.index();
        TypeName::parse(&mut self.cursor)?;
        let ty = start..self.cursor.index();
        let ends = |token: &Token, _| matches!(token.kind, TokenKind::Comma | TokenKind::RightParen);
        let end = self.at_depth(ty.end, closing, ends).unwrap_or(closing);
        self.defaults(ty.end, end);
        self.cursor.seek(end);
        Some(Column { name, ty: Some(ty) })
    }

    /// Keeps the expressions of `DEFAULT expression ON EMPTY` between these tokens.
    fn defaults(&mut self, start: usize, end: usize) {
        let is_word = |at: usize, words: &[&str]| {
            self.tokens.get(at).is_some_and(|token| words.iter().any(|word| self.cursor.token_is_word(*token, word)))
        };
        let mut found = Vec::new();
        let mut next = start;
        while let Some(first) = self.at_depth(next, end, |_, at| is_word(at, &["default"])).map(|at| at + 1) {
            let stop = |_: &Token, at: usize| is_word(at, &["on"]) && is_word(at + 1, &["empty", "error"]);
            next = self.at_depth(first, end, stop).unwrap_or(end);
            if first < next {
                found.push(first..next);
            }
        }
        self.aside.extend(found);
    }

    /// The first token from `start` on, before `end` and in no parenthesis of its own, that is `wanted`.
    fn at_depth(&self, start: usize, end: usize, wanted: impl Fn(&Token, usize) -> bool) -> Option<usize> {
        let mut depth = 0usize;
        for at in start..end {
            let token = self.tokens.get(at)?;
            if depth == 0 && wanted(token, at) {
                return Some(at);
            }
            match token.kind {
                TokenKind::LeftParen | TokenKind::LeftBracket => depth += 1,
                TokenKind::RightParen | TokenKind::RightBracket => depth = depth.checked_sub(1)?,
                _ => {}
            }
        }
        None
    }
}
