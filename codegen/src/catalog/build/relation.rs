//! CREATE TABLE, VIEW and SEQUENCE.

use std::collections::HashMap;

use super::index::{index_keys, key_label};
use super::{Builder, PendingQuery, SearchPath};
use crate::catalog::{
    Builtin, Column, Constraint, ConstraintKind, Generated, IndexKey, QualifiedName, Relation, RelationId,
    RelationKind, RowSecurity, TypeId, TypeKind,
};
use crate::source::{SourceMap, Span};
use crate::sql::name::Name;
use crate::sql::statement::{
    ColumnClause, ConstraintClause, ConstraintForm, GeneratedClause, Query, TableElement, TableStatement,
};
use crate::sql::type_name::{TypeName, TypeNameKind};

/// How many columns a table may have, as on the server.
const MOST_COLUMNS: usize = 1600;

/// What a statement says of a relation that it makes from a query.
pub(super) struct MadeFromQuery<'a> {
    pub(super) kind: RelationKind,
    /// The name where it is written.
    pub(super) span: Span,
    pub(super) query: &'a Query,
    pub(super) columns: &'a [Name],
    /// CREATE RECURSIVE VIEW
    pub(super) recursive: bool,
}

impl Builder {
    /// Adds a relation without columns, or empties the one of that name.
    pub(super) fn add_relation(
        &mut self,
        name: &QualifiedName,
        kind: RelationKind,
        span: Option<Span>,
        path: &[String],
    ) -> RelationId {
        let existing = self.catalog.find_relation(&name.schema, &name.name);
        let relation = Relation {
            name: name.clone(),
            kind,
            columns: Vec::new(),
            columns_known: true,
            constraints: Vec::new(),
            unique_indexes: Vec::new(),
            attachments: Vec::new(),
            owner: None,
            row_security: RowSecurity::default(),
            query: None,
            owned_by: None,
            comment: None,
            // Replaced below: a row type names its relation.
            row_type: existing.map_or(TypeId(u32::MAX), |id| self.catalog.relation(id).row_type),
            search_path: path.to_vec(),
            origin: self.origin(),
            span,
        };
        if let Some(id) = existing {
            self.names_changed(id);
            self.index_columns.remove(&id);
            let old = self.relation_mut(id);
            let (comment, owner) = (old.comment.take(), old.owner.take());
            let attachments = std::mem::take(&mut old.attachments);
            *old = Relation { comment, owner, attachments, ..relation };
            self.pending.retain(|pending| pending.relation != id);
            return id;
        }
        let id = RelationId(self.catalog.relations.len() as u32);
        self.catalog.relations.push(relation);
        self.catalog.schemas.entry(name.schema.clone()).or_default().relations.insert(name.name.clone(), id);
        let row_type = self.add_row_type(name, id, span);
        self.relation_mut(id).row_type = row_type;
        id
    }

    /// Makes the table of a statement; one that exists is left alone if the statement says so.
    pub(super) fn create_table(&mut self, statement: &TableStatement, path: &[String], sources: &SourceMap) {
        let name = self.creation_name(&statement.name, path);
        if statement.if_not_exists && self.catalog.find_relation(&name.schema, &name.name).is_some() {
            return;
        }
        let kind = match (statement.foreign, statement.partitioned) {
            (true, _) => RelationKind::ForeignTable,
            (false, true) => RelationKind::PartitionedTable,
            (false, false) => RelationKind::Table,
        };
        let id = self.add_relation(&name, kind, Some(statement.name.span()), path);
        self.fill_table(id, statement, path, sources);
    }

    /// Gives a table its columns and constraints.
    pub(super) fn fill_table(
        &mut self,
        id: RelationId,
        statement: &TableStatement,
        path: &[String],
        sources: &SourceMap,
    ) {
        for parent in statement.inherits.iter().chain(&statement.partition_of) {
            self.inherit(id, parent, path, statement.partition_of.is_some());
        }
        if let Some(ty) = &statement.of_type {
            self.columns_of_type(id, ty, path);
        }
        let inherited = self.catalog.relation(id).constraints.len();
        let mut like = Vec::new();
        for element in &statement.elements {
            match element {
                TableElement::Column(column) => self.add_column(id, column, path, sources),
                TableElement::Constraint(constraint) => self.add_constraint(id, constraint, None, path),
                TableElement::Like { table, including } => {
                    like.extend(self.copy_like(id, table, *including, path).filter(|_| including.indexes));
                }
            }
        }
        self.merge_keys(id, inherited);
        // A key may stand before its columns.
        let key = self.catalog.relation(id).primary_key().map(<[String]>::to_vec);
        self.refuse_nulls(id, &key.unwrap_or_default());
        // The server makes those of LIKE behind the table's own, and does not compare the two.
        for other in like {
            self.indexes_of(other).into_iter().for_each(|index| self.copy_index(id, index));
        }
    }

    fn refuse_nulls(&mut self, id: RelationId, columns: &[String]) {
        for column in columns {
            if let Some(column) = self.column_mut(id, column) {
                column.not_null = true;
            }
        }
    }

    /// Of keys over the same columns that one CREATE TABLE declares, the server makes one; a primary key before others. It leaves alone what
    /// is `inherited`.
    fn merge_keys(&mut self, id: RelationId, inherited: usize) {
        let mut constraints = std::mem::take(&mut self.relation_mut(id).constraints);
        let own = constraints.split_off(inherited);
        let included = self.columns_of_indexes(id);
        // The columns of a key, and with them those that it includes.
        let columns_of = |constraint: &Constraint| {
            let (columns, nulls_not_distinct) = match &constraint.kind {
                ConstraintKind::PrimaryKey { columns } => (columns, false),
                ConstraintKind::Unique { columns, nulls_not_distinct } => (columns, *nulls_not_distinct),
                _ => return None,
            };
            let all = constraint.name.as_deref().and_then(|name| included.get(name)).map(|(_, all)| all.to_vec());
            Some((columns.clone(), all, nulls_not_distinct))
        };
        let keys: Vec<_> = own.iter().map(columns_of).collect();
        let is_primary = |own: &Constraint| matches!(own.kind, ConstraintKind::PrimaryKey { .. });
        let mut first = HashMap::new();
        if let Some(at) = own.iter().position(is_primary) {
            first.insert(keys[at].clone(), at);
        }
        let mut merged: Vec<Option<Constraint>> = own.into_iter().map(Some).collect();
        for (at, key) in keys.into_iter().enumerate() {
            let kept = if key.is_some() { *first.entry(key).or_insert(at) } else { at };
            if kept == at {
                continue;
            }
            let removed = merged[at].take();
            if let (Some(kept), Some(removed)) = (merged[kept].as_mut().filter(|kept| !kept.named), removed)
                && removed.named
            {
                (kept.name, kept.named) = (removed.name, true);
            }
        }
        self.names_changed(id);
        constraints.extend(merged.into_iter().flatten());
        self.relation_mut(id).constraints = constraints;
    }

    /// Adds a column, or merges it with the one that a parent or a type gave.
    pub(super) fn add_column(&mut self, id: RelationId, clause: &ColumnClause, path: &[String], sources: &SourceMap) {
        let name = &*clause.name.value;
        let serial = clause.ty.as_ref().and_then(serial);
        let ty = match (&clause.ty, serial) {
            (Some(written), Some(builtin)) => {
                let mut ty = self.type_use(written, path, sources);
                ty.ty = builtin.into();
                Some(ty)
            }
            (Some(written), None) => Some(self.type_use(written, path, sources)),
            (None, _) => None,
        };
        if self.column_mut(id, name).is_none() {
            let Some(ty) = ty else {
                return self.unknown(clause.name.span, format!("there is no column `{name}` to go with these options"));
            };
            let relation = self.relation_mut(id);
            if relation.columns.len() >= MOST_COLUMNS {
                if std::mem::take(&mut relation.columns_known) {
                    self.unknown(clause.name.span, format!("more than {MOST_COLUMNS} columns in one table"));
                }
                return;
            }
            relation.columns.push(Column {
                name: name.to_owned(),
                ty,
                not_null: false,
                default: None,
                generated: Generated::No,
                comment: None,
                span: Some(clause.name.span),
            });
        }
        if let Some(column) = self.column_mut(id, name) {
            column.not_null |= clause.not_null == Some(true) || serial.is_some();
            if let Some(default) = &clause.default {
                column.default = Some(default.clone());
            }
            if serial.is_some() {
                column.generated = Generated::Serial;
            }
            if let Some(generated) = &clause.generated {
                set_generated(column, generated);
            }
        }
        let is_identity =
            matches!(clause.generated, Some(GeneratedClause::IdentityAlways | GeneratedClause::IdentityByDefault));
        if serial.is_some() || is_identity {
            self.create_column_sequence(id, name, path);
        }
        for constraint in &clause.constraints {
            self.add_constraint(id, constraint, Some(&clause.name), path);
        }
    }

    /// Adds a constraint of a table, or of its column `own`.
    pub(super) fn add_constraint(
        &mut self,
        id: RelationId,
        clause: &ConstraintClause,
        own: Option<&Name>,
        path: &[String],
    ) {
        let columns = |written: &[Name]| -> Vec<String> {
            let names = if written.is_empty() { own.map(std::slice::from_ref).unwrap_or_default() } else { written };
            names.iter().map(|name| name.value.to_string()).collect()
        };
        let index = match &clause.form {
            ConstraintForm::PrimaryKey { index, .. } | ConstraintForm::Unique { index, .. } => index.as_ref(),
            _ => None,
        };
        let taken = index.and_then(|index| self.take_index(id, index));
        let kind = match &clause.form {
            ConstraintForm::PrimaryKey { columns: written, .. } => {
                let columns = taken.unwrap_or_else(|| columns(written));
                self.refuse_nulls(id, &columns);
                ConstraintKind::PrimaryKey { columns }
            }
            ConstraintForm::Unique { columns: written, nulls_not_distinct, .. } => ConstraintKind::Unique {
                columns: taken.unwrap_or_else(|| columns(written)),
                nulls_not_distinct: *nulls_not_distinct,
            },
            ConstraintForm::ForeignKey { columns: written, table, referenced } => {
                let found = self.relation_named(table, path);
                let table = match found {
                    Some(id) => self.catalog.relation(id).name.clone(),
                    None => self.creation_name(table, path),
                };
                let referenced = referenced.iter().map(|name| name.value.to_string()).collect();
                ConstraintKind::ForeignKey { columns: columns(written), table, referenced }
            }
            ConstraintForm::Check { expression } => ConstraintKind::Check { expression: expression.clone() },
            ConstraintForm::Exclude { definition, .. } => ConstraintKind::Exclude { definition: definition.clone() },
            ConstraintForm::NotNull { column } => {
                if let Some(column) = self.column_mut(id, &column.value) {
                    column.not_null = true;
                }
                return;
            }
        };
        let written = clause.name.as_ref().or(index);
        let name = match (key_label(&kind), written) {
            (Some(label), _) => {
                let columns = match index.and_then(|index| self.columns_of_index(id, &index.value)) {
                    Some(columns) => Some(columns.to_vec()),
                    None => self.index_columns(&keys(&kind, &clause.form), &clause.include, path),
                };
                self.name_index(id, written, columns, label)
            }
            (None, Some(written)) => {
                self.take_name(id, &written.value);
                Some(written.value.to_string())
            }
            (None, None) => self.given_constraint_name(id, &kind),
        };
        let named = written.is_some();
        self.relation_mut(id).constraints.push(Constraint { name, named, kind, span: Some(clause.span) });
    }

    /// Makes a view or table whose columns its query gives; they are looked for later.
    pub(super) fn create_from_query(&mut self, name: &QualifiedName, made: &MadeFromQuery<'_>, path: &SearchPath) {
        let id = self.add_relation(name, made.kind, Some(made.span), path);
        let relation = self.relation_mut(id);
        relation.query = (!made.recursive).then_some(made.query.span);
        relation.columns_known = false;
        self.pending.push(PendingQuery {
            relation: id,
            query: made.query.clone(),
            columns: made.columns.iter().map(|name| name.value.to_string()).collect(),
            recursive: made.recursive,
            path: path.clone(),
        });
    }

    /// Takes the columns of `CREATE TABLE … OF type`.
    fn columns_of_type(&mut self, id: RelationId, ty: &crate::sql::name::Path, path: &[String]) {
        let found = self.catalog.resolve_type(&super::lookup::object_name(ty), path);
        let fields = match found {
            Some(crate::catalog::Type::Defined(ty)) => match &self.catalog.type_def(ty).kind {
                TypeKind::Composite(fields) => Some(fields.clone()),
                _ => None,
            },
            _ => None,
        };
        let Some(fields) = fields else {
            self.relation_mut(id).columns_known = false;
            return self.unknown(ty.span(), "the type of this table is not a composite type of the sources");
        };
        let columns = fields.into_iter().map(|field| Column {
            name: field.name,
            ty: field.ty,
            not_null: false,
            default: None,
            generated: Generated::No,
            comment: None,
            span: field.span,
        });
        self.relation_mut(id).columns.extend(columns);
    }
}

/// What the index of a constraint is over.
fn keys(kind: &ConstraintKind, form: &ConstraintForm) -> Vec<IndexKey> {
    match (kind, form) {
        (ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. }, _) => {
            columns.iter().cloned().map(IndexKey::Column).collect()
        }
        (_, ConstraintForm::Exclude { keys, .. }) => index_keys(keys),
        _ => Vec::new(),
    }
}

/// Says who makes the values of a column.
pub(super) fn set_generated(column: &mut Column, clause: &GeneratedClause) {
    column.generated = match clause {
        GeneratedClause::IdentityAlways => Generated::IdentityAlways,
        GeneratedClause::IdentityByDefault => Generated::IdentityByDefault,
        GeneratedClause::Expression { expression, computed } => {
            Generated::Expression { expression: expression.clone(), computed: *computed }
        }
    };
    column.not_null |= !matches!(clause, GeneratedClause::Expression { .. });
}

/// The type behind `serial` and its like.
fn serial(ty: &TypeName) -> Option<Builtin> {
    let TypeNameKind::Named(path) = &ty.kind else { return None };
    if !path.qualifiers().is_empty() || ty.array {
        return None;
    }
    match &*path.last().value {
        "serial" | "serial4" => Some(Builtin::INT4),
        "bigserial" | "serial8" => Some(Builtin::INT8),
        "smallserial" | "serial2" => Some(Builtin::INT2),
        _ => None,
    }
}
