//! The texts of views and defaults as trees, and the tables that a body's text names.

use super::Analysis;
use crate::catalog::{Body, Function, RelationId};
use crate::source::Span;
use crate::sql::cursor::significant;
use crate::sql::embedded::{self, Command, Expression};
use crate::sql::lexer::{Mode, PositionMap, Token, TokenKind};

impl Analysis<'_> {
    /// The query of a view.
    pub(super) fn view_query(&self, id: RelationId) -> Option<Command> {
        let span = self.catalog.relation(id).query?;
        let (text, tokens, map) = self.piece(span);
        Some(embedded::command(text, &tokens, &map, None))
    }

    /// The expression at `span`.
    pub(super) fn expression_at(&self, span: Span) -> Expression {
        let (text, tokens, map) = self.piece(span);
        embedded::expression(text, &tokens, &map)
    }

    /// The tokens at `span`, whose positions are those of the file.
    fn piece(&self, span: Span) -> (&str, Vec<Token>, PositionMap) {
        let file = self.sources.file(span.file);
        let text = file.text().get(span.range()).unwrap_or_default();
        (text, significant(text, Mode::Server), PositionMap::shifted(span.file, span.start as usize))
    }

    /// The names of the tables that a function's statements may write to, as far as its text says.
    pub(super) fn written_tables(&self, function: &Function) -> Vec<String> {
        let (Body::Quoted(span) | Body::Inline(span)) = function.body else { return Vec::new() };
        let text = self.sources.file(span.file).text().get(span.range()).unwrap_or_default();
        // Inside the quotes; an escape in a body does not matter here.
        let inner = text.find(['$', '\'']).filter(|_| matches!(function.body, Body::Quoted(_)));
        let inner = match inner {
            Some(start) if text[start..].starts_with('$') => {
                let tag = text[start + 1..].find('$').map_or(start, |end| start + end + 2);
                text.get(tag..).unwrap_or_default()
            }
            Some(start) => text.get(start + 1..).unwrap_or_default(),
            None => text,
        };
        let tokens = significant(inner, Mode::Server);
        let mut tables = Vec::new();
        for (i, token) in tokens.iter().enumerate() {
            let word = token.text(inner);
            if !(word.eq_ignore_ascii_case("into") || word.eq_ignore_ascii_case("update")) {
                continue;
            }
            let mut at = i + 1;
            while tokens.get(at + 1).is_some_and(|token| token.kind == TokenKind::Dot) {
                at += 2;
            }
            if let Some(name) = tokens.get(at) {
                tables.push(name.text(inner).trim_matches('"').to_lowercase());
            }
        }
        tables
    }
}
