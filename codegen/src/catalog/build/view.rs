//! The columns of views, and of tables that are made from a query.

use sqlparser::ast::Statement;

use super::{Builder, PendingQuery};
use crate::catalog::{Column, Generated, Text, TypeUse};
use crate::resolve::{Columns, Majors, NoVariables, Resolver, Types};
use crate::source::SourceMap;
use crate::sql::cursor::significant;
use crate::sql::embedded::{self, CommandTree};
use crate::sql::lexer::{Mode, PositionMap};

impl Builder {
    /// Gives the columns of what was made from a query.
    pub(super) fn infer_pending(&mut self, sources: &SourceMap) {
        for pending in std::mem::take(&mut self.pending) {
            self.infer(&pending, sources);
        }
    }

    fn infer(&mut self, pending: &PendingQuery, sources: &SourceMap) {
        let span = pending.query.span;
        let (text, start) = query_text(pending, sources, &self.catalog.relation(pending.relation).name.name);
        let tokens = significant(&text, Mode::Server);
        let map = PositionMap::shifted(span.file, start);
        let statement = match embedded::command(&text, &tokens, &map, None).tree {
            CommandTree::Statement(statement) => *statement,
            CommandTree::Utility(_) => return self.unknown(span, "the query of this view is none"),
            CommandTree::Unknown(unknown) => return self.unknown(unknown.span, unknown.reason),
        };
        let (columns, read) = {
            let types = Types::new(&self.catalog, Majors::ALL);
            let mut resolver = Resolver::new(&types, &pending.path, span.file, &NoVariables);
            let columns = match &statement {
                Statement::Query(query) => resolver.query(query),
                other => resolver.statement(other),
            };
            (columns, resolver.relations_read().iter().copied().collect())
        };
        self.reads.insert(pending.relation, read);
        self.set_columns(pending, columns);
    }

    fn set_columns(&mut self, pending: &PendingQuery, columns: Columns) {
        let mut names = pending.columns.iter().cloned();
        let mut made: Vec<Column> = Vec::with_capacity(columns.list.len());
        for (name, typed) in columns.list {
            let text = self.catalog.display(&typed.ty).to_string();
            made.push(Column {
                name: names.next().unwrap_or(name),
                ty: TypeUse { ty: typed.ty, modifier: typed.modifier, written: Text { text, span: None } },
                not_null: false,
                default: None,
                generated: Generated::No,
                comment: None,
                span: None,
            });
        }
        let relation = self.relation_mut(pending.relation);
        // OR REPLACE keeps the comments of columns.
        for column in &mut made {
            let before = relation.columns.iter().find(|old| old.name == column.name);
            column.comment = before.and_then(|old| old.comment.clone());
        }
        relation.columns = made;
        relation.columns_known = columns.complete;
    }
}

/// The query as it can be read by itself, and where it starts in the file.
fn query_text(pending: &PendingQuery, sources: &SourceMap, name: &str) -> (String, usize) {
    let query = &pending.query;
    let mut text = sources.snippet(query.span).to_owned();
    if let Some(into) = query.into {
        // Blanks in its place keep all positions.
        let range = (into.start - query.span.start) as usize..(into.end - query.span.start) as usize;
        let blank = " ".repeat(range.len());
        text.replace_range(range, &blank);
    }
    if !pending.recursive {
        return (text, query.span.start as usize);
    }
    // As the server rewrites it; positions are then only near.
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let columns: Vec<String> = pending.columns.iter().map(|name| quoted(name)).collect();
    let head = format!("WITH RECURSIVE {} ({}) AS (", quoted(name), columns.join(", "));
    let start = (query.span.start as usize).saturating_sub(head.len());
    (format!("{head}{text}) SELECT * FROM {}", quoted(name)), start)
}
