//! CREATE INDEX, and the copies of indexes that LIKE and PARTITION OF make.

use std::collections::{HashMap, HashSet};

use super::Builder;
use super::attach::attachment;
use super::given_name::{PRIMARY_KEY, clipped_name};
use crate::catalog::{Attachment, AttachmentKind, Constraint, ConstraintKind, IndexKey, RelationId, Text, UniqueIndex};
use crate::resolve::ColumnNames;
use crate::source::Span;
use crate::sql::cursor::significant;
use crate::sql::embedded::{self, ExpressionTree};
use crate::sql::lexer::{Mode, PositionMap};
use crate::sql::name::Name;
use crate::sql::statement::{IndexKeyClause, IndexStatement};

/// The columns of an index, which are named when it is made and never again: a copy of it is called by them.
pub(super) struct IndexColumns {
    name: String,
    columns: Vec<String>,
}

/// An index of a table, as a copy of it is made.
pub(super) struct IndexCopy {
    pub(super) of: Indexed,
    columns: Option<Vec<String>>,
}

/// What stands on an index.
pub(super) enum Indexed {
    Key(Constraint),
    Unique(UniqueIndex),
    Plain(Attachment),
}

impl Indexed {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Key(constraint) => constraint.name.as_deref(),
            Self::Unique(index) => index.name.as_deref(),
            Self::Plain(attachment) => attachment.name.as_deref(),
        }
    }
}

impl Builder {
    pub(super) fn create_index(&mut self, statement: &IndexStatement, path: &[String], span: Span) {
        let Some(id) = self.relation_named(&statement.table, path) else {
            // One that is not unique changes nothing that is known of a table.
            if statement.unique {
                self.unknown(statement.table.span(), "the table of this index is not defined");
            }
            return;
        };
        let keys = index_keys(&statement.keys);
        let columns = self.index_columns(&keys, &statement.include, path);
        let name = self.name_index(id, statement.name.as_ref(), columns, "idx");
        let named = statement.name.is_some();
        let predicate = statement.predicate.clone();
        if !statement.unique {
            let keys = keys.into_iter().filter_map(|key| match key {
                IndexKey::Expression(text) => Some(text),
                IndexKey::Column(_) => None,
            });
            let expressions = keys.chain(predicate).collect();
            let index = attachment(AttachmentKind::Index, name, expressions, path);
            return self.attach(id, Attachment { named, span: Some(span), ..index });
        }
        let index = UniqueIndex {
            name,
            named,
            keys,
            nulls_not_distinct: statement.nulls_not_distinct,
            predicate,
            span: Some(statement.span),
        };
        let indexes = &mut self.relation_mut(id).unique_indexes;
        // IF NOT EXISTS, or the same file given twice.
        if index.name.is_none() || indexes.iter().all(|other| other.name != index.name) {
            indexes.push(index);
        }
    }

    /// Names an index of `id` as it is written, or as the server does by its columns and `label`; `None` if neither is known.
    pub(super) fn name_index(
        &mut self,
        id: RelationId,
        written: Option<&Name>,
        columns: Option<Vec<String>>,
        label: &str,
    ) -> Option<String> {
        let name = match (written, &columns) {
            (Some(written), _) => {
                self.take_name(id, &written.value);
                written.value.to_string()
            }
            (None, Some(columns)) => self.given_index_name(id, columns, label),
            (None, None) => return None,
        };
        if let Some(columns) = columns {
            self.index_columns.entry(id).or_default().push(IndexColumns { name: name.clone(), columns });
        }
        Some(name)
    }

    /// The names of an index's columns by the rules of `ChooseIndexColumnNames`; `None` if an expression is not understood.
    pub(super) fn index_columns(&self, keys: &[IndexKey], include: &[Name], path: &[String]) -> Option<Vec<String>> {
        let keys = keys.iter().map(|key| match key {
            IndexKey::Column(name) => Some(name.clone()),
            IndexKey::Expression(text) => self.expression_name(text, path),
        });
        let include = include.iter().map(|name| Some(name.value.to_string()));
        let mut columns = Vec::new();
        let mut taken = HashSet::new();
        // For each name, the number behind the last that was given.
        let mut last: HashMap<String, u32> = HashMap::new();
        for name in keys.chain(include) {
            let name = name?;
            let last = last.entry(name.clone()).or_insert(0);
            let column = loop {
                let column = if *last == 0 { name.clone() } else { clipped_name(&name, &last.to_string()) };
                *last += 1;
                if taken.insert(column.clone()) {
                    break column;
                }
            };
            columns.push(column);
        }
        Some(columns)
    }

    fn expression_name(&self, text: &Text, path: &[String]) -> Option<String> {
        let (source, file) = (&*text.text, text.span?.file);
        let map = PositionMap::shifted(file, 0);
        let expression = embedded::expression(source, &significant(source, Mode::Server), &map);
        let names = ColumnNames { catalog: &self.catalog, search_path: path, file };
        match &expression.tree {
            ExpressionTree::Expr(tree) => Some(names.of_index_key(tree)),
            _ => None,
        }
    }

    /// The columns of the index of that name, as they were named when it was made.
    pub(super) fn columns_of_index(&self, id: RelationId, name: &str) -> Option<&[String]> {
        let made = self.index_columns.get(&id)?.iter().rev().find(|made| made.name == name)?;
        Some(&made.columns)
    }

    /// The columns of each index of a table by its name, with the place of the index in the order in which they were made.
    pub(super) fn columns_of_indexes(&self, id: RelationId) -> HashMap<&str, (usize, &[String])> {
        let made = self.index_columns.get(&id).into_iter().flatten().enumerate();
        made.map(|(at, made)| (&*made.name, (at, made.columns.as_slice()))).collect()
    }

    /// Notes that an index has another name.
    pub(super) fn rename_index_columns(&mut self, id: RelationId, name: &str, to: &str) {
        self.take_name(id, to);
        let made = self.index_columns.get_mut(&id).into_iter().flatten();
        made.filter(|made| made.name == name).for_each(|made| to.clone_into(&mut made.name));
    }

    /// Takes the columns of the unique index that becomes a constraint.
    pub(super) fn take_index(&mut self, id: RelationId, name: &Name) -> Option<Vec<String>> {
        self.names_changed(id);
        let indexes = &mut self.relation_mut(id).unique_indexes;
        let at = indexes.iter().position(|index| index.name.as_deref() == Some(&*name.value))?;
        let keys = indexes.remove(at).keys;
        let columns = keys.into_iter().filter_map(|key| match key {
            IndexKey::Column(column) => Some(column),
            IndexKey::Expression(_) => None,
        });
        Some(columns.collect())
    }

    /// The indexes of a table, and the keys that stand on them, in the order in which they were made.
    pub(super) fn indexes_of(&self, id: RelationId) -> Vec<IndexCopy> {
        let relation = self.catalog.relation(id).clone();
        let keys = relation.constraints.into_iter().filter(Constraint::is_key).map(Indexed::Key);
        let unique = relation.unique_indexes.into_iter().map(Indexed::Unique);
        let plain = relation.attachments.into_iter().filter(|own| own.kind == AttachmentKind::Index);
        let made = self.columns_of_indexes(id);
        let mut indexes: Vec<_> = keys
            .chain(unique)
            .chain(plain.map(Indexed::Plain))
            .map(|of| {
                let made = of.name().and_then(|name| made.get(name));
                let columns = made.map(|(_, columns)| columns.to_vec());
                (made.map_or(usize::MAX, |(at, _)| *at), IndexCopy { of, columns })
            })
            .collect();
        indexes.sort_by_key(|(at, _)| *at);
        indexes.into_iter().map(|(_, index)| index).collect()
    }

    /// Gives a table an index of another one, under a name of its own.
    pub(super) fn copy_index(&mut self, id: RelationId, copy: IndexCopy) {
        let IndexCopy { of, columns } = copy;
        match of {
            Indexed::Key(constraint) => {
                let name = key_label(&constraint.kind).and_then(|label| self.name_index(id, None, columns, label));
                self.relation_mut(id).constraints.push(Constraint { name, named: false, ..constraint });
            }
            Indexed::Unique(index) => {
                let name = self.name_index(id, None, columns, "idx");
                self.relation_mut(id).unique_indexes.push(UniqueIndex { name, named: false, ..index });
            }
            Indexed::Plain(index) => {
                let name = self.name_index(id, None, columns, "idx");
                self.relation_mut(id).attachments.push(Attachment { name, named: false, ..index });
            }
        }
    }
}

/// What the name of the index of such a constraint ends with; `None` if it has no index.
pub(super) fn key_label(kind: &ConstraintKind) -> Option<&'static str> {
    match kind {
        ConstraintKind::PrimaryKey { .. } => Some(PRIMARY_KEY),
        ConstraintKind::Unique { .. } => Some("key"),
        ConstraintKind::Exclude { .. } => Some("excl"),
        ConstraintKind::ForeignKey { .. } | ConstraintKind::Check { .. } => None,
    }
}

pub(super) fn index_keys(clauses: &[IndexKeyClause]) -> Vec<IndexKey> {
    let keys = clauses.iter().map(|key| match key {
        IndexKeyClause::Column(name) => IndexKey::Column(name.value.to_string()),
        IndexKeyClause::Expression(text) => IndexKey::Expression(text.clone()),
    });
    keys.collect()
}
