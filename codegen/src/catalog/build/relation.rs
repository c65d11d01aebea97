//! CREATE TABLE, VIEW, SEQUENCE and UNIQUE INDEX.

use std::collections::HashMap;

use super::attach::attachment;
use super::{Builder, PendingQuery, SearchPath};
use crate::catalog::{
    Attachment, AttachmentKind, Builtin, Column, Constraint, ConstraintKind, Generated, IndexKey, QualifiedName,
    Relation, RelationId, RelationKind, RowSecurity, TypeId, TypeKind, UniqueIndex,
};
use crate::source::{SourceMap, Span};
use crate::sql::name::Name;
use crate::sql::statement::{
    ColumnClause, ConstraintClause, ConstraintForm, GeneratedClause, IndexKeyClause, IndexStatement, Query,
    TableElement, TableStatement,
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
        for element in &statement.elements {
            match element {
                TableElement::Column(column) => self.add_column(id, column, path, sources),
                TableElement::Constraint(constraint) => self.add_constraint(id, constraint, None, path),
                TableElement::Like { table, including } => self.copy_like(id, table, *including, path),
            }
        }
        self.merge_keys(id);
    }

    /// Of keys over the same columns that one CREATE TABLE declares, the server makes one; a primary key before others.
    fn merge_keys(&mut self, id: RelationId) {
        let constraints = std::mem::take(&mut self.relation_mut(id).constraints);
        let is_primary = |kind: &ConstraintKind| matches!(kind, ConstraintKind::PrimaryKey { .. });
        let primary = constraints.iter().position(|constraint| is_primary(&constraint.kind));
        let mut merged: Vec<Option<Constraint>> = constraints.into_iter().map(Some).collect();
        let mut first: HashMap<(Vec<String>, bool), usize> = HashMap::new();
        if let Some(at) = primary
            && let Some(Constraint { kind: ConstraintKind::PrimaryKey { columns }, .. }) = &merged[at]
        {
            first.insert((columns.clone(), false), at);
        }
        for at in 0..merged.len() {
            let Some(Constraint { kind: ConstraintKind::Unique { columns, nulls_not_distinct }, .. }) = &merged[at]
            else {
                continue;
            };
            let kept = *first.entry((columns.clone(), *nulls_not_distinct)).or_insert(at);
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
        self.relation_mut(id).constraints = merged.into_iter().flatten().collect();
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
        let kind = match &clause.form {
            ConstraintForm::PrimaryKey { columns: written, index } => {
                let columns = self.index_columns(id, index.as_ref()).unwrap_or_else(|| columns(written));
                for column in &columns {
                    if let Some(column) = self.column_mut(id, column) {
                        column.not_null = true;
                    }
                }
                ConstraintKind::PrimaryKey { columns }
            }
            ConstraintForm::Unique { columns: written, nulls_not_distinct, index } => ConstraintKind::Unique {
                columns: self.index_columns(id, index.as_ref()).unwrap_or_else(|| columns(written)),
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
        let index = match &clause.form {
            ConstraintForm::PrimaryKey { index, .. } | ConstraintForm::Unique { index, .. } => index.as_ref(),
            _ => None,
        };
        let written = clause.name.as_ref().or(index).map(|name| name.value.to_string());
        let named = written.is_some();
        if let Some(name) = &written {
            self.take_name(id, name);
        }
        let name = written.or_else(|| match &clause.form {
            ConstraintForm::Exclude { keys, .. } => {
                self.given_index_name(id, &index_keys(keys), &clause.include, "excl")
            }
            _ => self.given_constraint_name(id, &kind, &clause.include),
        });
        self.relation_mut(id).constraints.push(Constraint { name, named, kind, span: Some(clause.span) });
    }

    /// The columns of the unique index that becomes a constraint.
    fn index_columns(&mut self, id: RelationId, index: Option<&Name>) -> Option<Vec<String>> {
        let name = index?;
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

    pub(super) fn create_index(&mut self, statement: &IndexStatement, path: &[String], span: Span) {
        let Some(id) = self.relation_named(&statement.table, path) else {
            // One that is not unique changes nothing that is known of a table.
            if statement.unique {
                self.unknown(statement.table.span(), "the table of this index is not defined");
            }
            return;
        };
        let keys = index_keys(&statement.keys);
        let written = statement.name.as_ref().map(|name| name.value.to_string());
        let named = written.is_some();
        if let Some(name) = &written {
            self.take_name(id, name);
        }
        let name = written.or_else(|| self.given_index_name(id, &keys, &statement.include, "idx"));
        let predicate = statement.predicate.clone();
        if !statement.unique {
            let keys = keys.into_iter().filter_map(|key| match key {
                IndexKey::Expression(text) => Some(text),
                IndexKey::Column(_) => None,
            });
            let expressions = keys.chain(predicate).collect();
            let index = attachment(AttachmentKind::Index, name, expressions, path);
            return self.attach(id, Attachment { span: Some(span), ..index });
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

fn index_keys(clauses: &[IndexKeyClause]) -> Vec<IndexKey> {
    let keys = clauses.iter().map(|key| match key {
        IndexKeyClause::Column(name) => IndexKey::Column(name.value.to_string()),
        IndexKeyClause::Expression(text) => IndexKey::Expression(text.clone()),
    });
    keys.collect()
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
