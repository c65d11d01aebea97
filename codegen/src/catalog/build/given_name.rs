//! The names that the server gives to constraints and indexes where none is written, by the rules of `ChooseIndexName` and
//! `ChooseConstraintName`: ALTER and DROP name them, and so do errors.

use std::collections::{HashMap, HashSet};

use sqlparser::ast::Expr;

use super::Builder;
use crate::catalog::{ConstraintKind, IndexKey, Relation, RelationId, Text};
use crate::sql::cursor::significant;
use crate::sql::embedded::{self, ExpressionTree};
use crate::sql::lexer::{self, Mode, PositionMap, Token, TokenKind};
use crate::sql::name::Name;

/// How many bytes a name has at most.
const LONGEST: usize = 63;

impl Builder {
    /// The name of a constraint of `id`; `include` is behind the columns of a key.
    pub(super) fn given_constraint_name(
        &mut self,
        id: RelationId,
        kind: &ConstraintKind,
        include: &[Name],
    ) -> Option<String> {
        let with_included = |columns: &[String]| {
            column_names(columns.iter().map(String::as_str).chain(include.iter().map(|name| &*name.value)))
        };
        let (columns, label) = match kind {
            ConstraintKind::PrimaryKey { .. } => (String::new(), "pkey"),
            ConstraintKind::Unique { columns, .. } => (with_included(columns), "key"),
            ConstraintKind::ForeignKey { columns, .. } => (with_included(columns), "fkey"),
            ConstraintKind::Check { expression } => {
                let mut columns = columns_of(self.catalog.relation(id), &expression.text);
                (columns.pop().filter(|_| columns.is_empty()).unwrap_or_default(), "check")
            }
            ConstraintKind::Exclude { .. } => return None,
        };
        Some(self.free(id, &columns, label))
    }

    /// The name of an index of `id`, which ends with `label`; `None` if a key's name takes a type to tell.
    pub(super) fn given_index_name(
        &mut self,
        id: RelationId,
        keys: &[IndexKey],
        include: &[Name],
        label: &str,
    ) -> Option<String> {
        let names = keys.iter().map(|key| match key {
            IndexKey::Column(name) => Some(name.clone()),
            IndexKey::Expression(text) => expression_name(text),
        });
        let names: Vec<String> = names.collect::<Option<_>>()?;
        let names = names.iter().map(String::as_str).chain(include.iter().map(|name| &*name.value));
        Some(self.free(id, &column_names(names), label))
    }

    /// The name of the sequence of a column of `id`.
    pub(super) fn given_sequence_name(&mut self, id: RelationId, column: &str) -> String {
        self.free(id, column, "seq")
    }

    /// The first name of this form that neither the relation's own constraints and indexes nor another relation has.
    fn free(&mut self, id: RelationId, columns: &str, label: &str) -> String {
        let relation = self.catalog.relation(id);
        let taken = self.taken.entry(id).or_insert_with(|| Taken::of(relation));
        let first = object_name(&relation.name.name, columns, label);
        let last = taken.last.entry(first.clone()).or_insert(0);
        loop {
            let name = match *last {
                0 => first.clone(),
                n => object_name(&relation.name.name, columns, &format!("{label}{n}")),
            };
            *last += 1;
            if !taken.names.contains(&name) && self.catalog.find_relation(&relation.name.schema, &name).is_none() {
                taken.names.insert(name.clone());
                return name;
            }
        }
    }

    /// Notes that a constraint or an index of a relation got a name that is written.
    pub(super) fn take_name(&mut self, id: RelationId, name: &str) {
        if let Some(taken) = self.taken.get_mut(&id) {
            taken.names.insert(name.to_owned());
        }
    }

    /// Notes that constraints or indexes of a relation are gone or have other names.
    pub(super) fn names_changed(&mut self, id: RelationId) {
        self.taken.remove(&id);
    }
}

/// The names of the constraints and indexes of a relation.
pub(super) struct Taken {
    names: HashSet<String>,
    /// For each name without a number, the number behind the last that was given.
    last: HashMap<String, u32>,
}

impl Taken {
    fn of(relation: &Relation) -> Self {
        let constraints = relation.constraints.iter().map(|constraint| &constraint.name);
        let indexes = relation.unique_indexes.iter().map(|index| &index.name);
        let attachments = relation.attachments.iter().map(|attachment| &attachment.name);
        let names = constraints.chain(indexes).chain(attachments).flatten().cloned().collect();
        Self { names, last: HashMap::new() }
    }
}

/// The name of the next check of a domain that has checks with these names.
pub(super) fn domain_check<'n>(domain: &str, taken: impl Iterator<Item = Option<&'n str>> + Clone) -> String {
    let first = object_name(domain, "", "check");
    let numbered = (1u32..).map(|n| object_name(domain, "", &format!("check{n}")));
    let is_free = |name: &String| taken.clone().all(|other| other != Some(name.as_str()));
    std::iter::once(first.clone()).chain(numbered).find(is_free).unwrap_or(first)
}

/// `table_columns_label`, where the longer of the first two gives way (`makeObjectName`).
fn object_name(table: &str, columns: &str, label: &str) -> String {
    let room = LONGEST - label.len() - 1 - usize::from(!columns.is_empty());
    let (mut first, mut second) = (table.len(), columns.len());
    while first + second > room {
        if first > second { first -= 1 } else { second -= 1 }
    }
    let (table, columns) = (clipped(table, first), clipped(columns, second));
    match columns.is_empty() {
        true => format!("{table}_{label}"),
        false => format!("{table}_{columns}_{label}"),
    }
}

/// At most so many bytes, and no half of a character.
fn clipped(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    &text[..end]
}

/// The names of columns with `_` between them, as many as a name can hold (`ChooseIndexNameAddition`).
fn column_names<'n>(columns: impl Iterator<Item = &'n str>) -> String {
    let mut names = String::new();
    for column in columns {
        if !names.is_empty() {
            names.push('_');
        }
        names.push_str(clipped(column, LONGEST.min(column.len())));
        if names.len() > LONGEST {
            break;
        }
    }
    names
}

/// The columns of a relation that an expression over its rows names, each once.
pub(super) fn columns_of(relation: &Relation, text: &str) -> Vec<String> {
    let tokens = significant(text, Mode::Server);
    let kind = |at: usize| tokens.get(at).map(|token: &Token| token.kind);
    let mut columns = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let is_other = matches!(kind(at + 1), Some(TokenKind::LeftParen | TokenKind::Dot))
            || at > 0 && matches!(kind(at - 1), Some(TokenKind::Cast));
        let Some(Ok(name)) = lexer::identifier(*token, text, '\\').filter(|_| !is_other) else { continue };
        if relation.column(&name).is_some() && !columns.iter().any(|column| *column == name) {
            columns.push(name.to_string());
        }
    }
    columns
}

/// The name of a key that is an expression (`FigureIndexColname`); `None` where a type would have to be looked up.
fn expression_name(text: &Text) -> Option<String> {
    let source = &*text.text;
    let map = PositionMap::shifted(text.span?.file, 0);
    let expression = embedded::expression(source, &significant(source, Mode::Server), &map);
    let ExpressionTree::Expr(tree) = &expression.tree else { return None };
    match &**tree {
        Expr::BinaryOp { .. } => Some("expr".to_owned()),
        tree => named(tree),
    }
}

fn named(tree: &Expr) -> Option<String> {
    match tree {
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => match &**inner {
            Expr::BinaryOp { .. } => Some("expr".to_owned()),
            inner => named(inner),
        },
        Expr::Cast { expr, .. } => named(expr).filter(|name| name != "expr"),
        Expr::Identifier(name) => Some(name.value.clone()),
        Expr::Function(function) => Some(function.name.0.last()?.as_ident()?.value.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_as_the_server_cuts_them() {
        assert_eq!(object_name("t", "a_b", "key"), "t_a_b_key");
        assert_eq!(object_name("t", "", "pkey"), "t_pkey");
        let long = "a".repeat(60);
        assert_eq!(object_name(&long, &"b".repeat(10), "key").len(), LONGEST);
        assert_eq!(object_name(&long, &"b".repeat(10), "key"), format!("{}_{}_key", "a".repeat(48), "b".repeat(10)));
        assert_eq!(clipped("äö", 3), "ä");
        assert_eq!(domain_check("d", [Some("d_check"), None, Some("d_check1")].into_iter()), "d_check2");
    }
}
