//! INSERT, UPDATE and DELETE: their table, its columns, and what they return.

use sqlparser::ast::{
    Assignment, AssignmentTarget, ColumnDef, ConflictTarget, Delete, FromTable, Ident, Insert, Merge, MergeAction,
    MergeClauseKind, MergeInsertKind, MergeUpdateKind, ObjectName as Path, OnConflictAction, OnInsert, OutputClause,
    SelectItem, SetExpr, TableObject, TableWithJoins, Update, UpdateTableFromKind,
};

use super::from::{idents, object_name};
use super::scope::{Columns, Scope, Source, Typed};
use super::{CastContext, Finding, Resolver};
use crate::catalog::{Builtin, Category, Type};
use crate::sql::embedded::{self, COLUMNS_LIKE};

impl Resolver<'_> {
    pub(super) fn insert(&mut self, insert: &Insert) -> Columns {
        let TableObject::TableName(table) = &insert.table else { return Columns::unknown() };
        // The query does not see the table.
        let values = insert.source.as_ref().map(|source| self.raw_query(source)).filter(|_| {
            // Of several rows every value is taken for the column's type by itself.
            insert.source.as_ref().is_some_and(|source| match &*source.body {
                SetExpr::Select(_) => true,
                SetExpr::Values(values) => values.rows.len() == 1,
                _ => false,
            })
        });
        let alias = insert.table_alias.as_ref().map(|alias| alias.alias.value.clone());
        let columns = self.target(table, alias);
        for name in &insert.columns {
            if let Some(ident) = idents(name).first() {
                self.column_of(&columns, ident);
            }
        }
        for (name, (_, value)) in insert.columns.iter().zip(values.iter().flat_map(|values| &values.list)) {
            self.written_to(&columns, name, value);
        }
        if let Some(OnInsert::OnConflict(conflict)) = &insert.on {
            if let Some(ConflictTarget::Columns(names)) = &conflict.conflict_target {
                for name in names.iter().filter(|name| !name.value.is_empty()) {
                    self.column_of(&columns, name);
                    // The server takes it for an expression.
                    self.refuse_variable(&[&name.value], name);
                }
            }
            if let OnConflictAction::DoUpdate(update) = &conflict.action {
                self.excluded(&columns);
                self.assignments(&update.assignments, &columns);
                update.selection.iter().for_each(|condition| drop(self.expr(condition)));
                if let Some(scope) = self.scopes.last_mut() {
                    scope.sources.pop();
                    scope.star.clone_from(&columns.list);
                }
            }
        }
        self.returning(insert.returning.as_deref())
    }

    pub(super) fn update(&mut self, update: &Update) -> Columns {
        self.scopes.push(Scope::new());
        self.from(&update.table);
        let target = self.scopes.last().and_then(|scope| scope.sources.first());
        let columns = target.map_or_else(Columns::unknown, |source| source.columns.clone());
        match &update.from {
            Some(UpdateTableFromKind::BeforeSet(tables) | UpdateTableFromKind::AfterSet(tables)) => self.tables(tables),
            None => {}
        }
        self.assignments(&update.assignments, &columns);
        update.selection.iter().for_each(|condition| drop(self.expr(condition)));
        self.returning(update.returning.as_deref())
    }

    pub(super) fn delete(&mut self, delete: &Delete) -> Columns {
        let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &delete.from;
        self.scopes.push(Scope::new());
        self.tables(tables);
        if let Some(using) = &delete.using {
            self.tables(using);
        }
        delete.selection.iter().for_each(|condition| drop(self.expr(condition)));
        self.returning(delete.returning.as_deref())
    }

    pub(super) fn merge(&mut self, merge: &Merge) -> Columns {
        self.scopes.push(Scope::new());
        let into = self.factor(&merge.table);
        let target = self.scopes.last().and_then(|scope| scope.sources.first());
        let columns = target.map_or_else(Columns::unknown, |source| source.columns.clone());
        // Of what it returns, the source comes first.
        let source = self.factor(&merge.source);
        let both = source.iter().chain(&into).cloned().collect::<Vec<_>>();
        self.see(&both);
        self.expr(&merge.on);
        for clause in &merge.clauses {
            self.see(match clause.clause_kind {
                MergeClauseKind::Matched => &both,
                MergeClauseKind::NotMatched | MergeClauseKind::NotMatchedByTarget => &source,
                MergeClauseKind::NotMatchedBySource => &into,
            });
            clause.predicate.iter().for_each(|condition| drop(self.expr(condition)));
            match &clause.action {
                MergeAction::Update(update) => {
                    if let MergeUpdateKind::Set(assignments) = &update.kind {
                        self.assignments(assignments, &columns);
                    }
                }
                MergeAction::Insert(insert) => {
                    for name in &insert.columns {
                        if let Some(ident) = idents(name).first() {
                            self.column_of(&columns, ident);
                        }
                    }
                    if let MergeInsertKind::Values(values) = &insert.kind {
                        let values = values.rows.iter().flat_map(|row| &row.content);
                        values.for_each(|value| drop(self.expr(value)));
                    }
                }
                MergeAction::Delete { .. } | MergeAction::DoNothing { .. } => {}
            }
        }
        self.see(&both);
        match &merge.output {
            Some(OutputClause::Returning { select_items, .. }) => self.returning(Some(select_items)),
            _ => self.returning(None),
        }
    }

    /// Lets names without a table mean these columns.
    fn see(&mut self, columns: &[(String, Typed)]) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.star = columns.to_vec();
        }
    }

    /// The columns that a CREATE TABLE declares, with those of LIKE.
    pub(super) fn declared_columns(&mut self, declared: &[ColumnDef]) -> Columns {
        let mut columns = Columns::all(Vec::new());
        for column in declared {
            let Some(like) = column.name.value.strip_prefix(COLUMNS_LIKE) else {
                let ty = self.data_type(&column.data_type);
                columns.list.push((column.name.value.clone(), ty));
                continue;
            };
            let path: Vec<Ident> =
                like.split('\0').skip(1).map(|part| Ident { value: part.to_owned(), ..column.name.clone() }).collect();
            let Some(name) = object_name(&path) else {
                columns.complete = false;
                continue;
            };
            let copied = self.relation(&name, path.last()).0;
            columns.list.extend(copied.list);
            columns.complete &= copied.complete;
        }
        columns
    }

    fn tables(&mut self, tables: &[TableWithJoins]) {
        tables.iter().for_each(|table| self.from(table));
    }

    /// Opens the scope of a table that rows are inserted into.
    fn target(&mut self, table: &Path, alias: Option<String>) -> Columns {
        let parts = idents(table);
        self.scopes.push(Scope::new());
        let Some(name) = object_name(&parts) else { return Columns::unknown() };
        let (columns, whole) = self.relation(&name, parts.last());
        if let Some(scope) = self.scopes.last_mut() {
            scope.complete = columns.complete;
            scope.star.clone_from(&columns.list);
            let schema = if alias.is_some() { None } else { name.schema };
            scope.add(Source {
                schema,
                name: alias.unwrap_or(name.name),
                columns: columns.clone(),
                whole,
                is_implied: false,
            });
        }
        columns
    }

    fn excluded(&mut self, columns: &Columns) {
        let whole = self.row_of(columns);
        if let Some(scope) = self.scopes.last_mut() {
            scope.star.extend_from_within(..);
            scope.add(Source {
                schema: None,
                name: "excluded".to_owned(),
                columns: columns.clone(),
                whole,
                is_implied: false,
            });
        }
    }

    fn assignments(&mut self, assignments: &[Assignment], columns: &Columns) {
        for assignment in assignments {
            let targets = match &assignment.target {
                AssignmentTarget::ColumnName(name) => std::slice::from_ref(name),
                AssignmentTarget::Tuple(names) => names.as_slice(),
            };
            for target in targets {
                if let Some(column) = idents(target).first() {
                    self.column_of(columns, column);
                }
            }
            let value = self.expr(&assignment.value);
            if let AssignmentTarget::ColumnName(name) = &assignment.target {
                self.written_to(columns, name, &value);
            }
        }
    }

    /// Closes the scope of a statement; gives what it returns.
    fn returning(&mut self, items: Option<&[SelectItem]>) -> Columns {
        let returning = items.map(embedded::returning);
        // From PostgreSQL 18 on, the row before and after.
        if let (Some((aliases, _)), Some(scope)) = (returning, self.scopes.last_mut())
            && let Some(target) = scope.sources.first().cloned()
        {
            for name in [aliases.old, aliases.new] {
                if scope.sources.iter().all(|source| source.name != name) {
                    let schema = None;
                    scope.add(Source { schema, name: name.to_owned(), is_implied: true, ..target.clone() });
                }
            }
        }
        let mut columns = returning.map_or_else(|| Columns::all(Vec::new()), |(_, items)| self.projection(items));
        self.scopes.pop();
        for (_, ty) in &mut columns.list {
            *ty = ty.clone().settled();
        }
        columns
    }

    /// Whether a column takes a value, as far as both types are known.
    fn written_to(&mut self, columns: &Columns, name: &Path, value: &Typed) {
        let parts = idents(name);
        let [ident] = parts.as_slice() else { return };
        let Some(column) = columns.find(&ident.value) else { return };
        // A part of an array or a document may be meant, and a pseudo-type stands for any.
        let is_open = |ty: &Type| match self.types.catalog.base_type(ty) {
            Type::Builtin(builtin) => builtin.category() == Category::Pseudo,
            Type::Array(_) | Type::Unknown(_) => true,
            Type::Defined(_) => self.types.is_composite(ty) || self.types.is_opaque(ty),
        };
        let is_document = [Builtin::JSON, Builtin::JSONB].iter().any(|json| column.ty.is(*json));
        if is_document || is_open(&column.ty) || is_open(&value.ty) {
            return;
        }
        if !self.types.can_coerce(&value.ty, &column.ty, CastContext::Assignment) {
            let castable = self.types.can_coerce(&value.ty, &column.ty, CastContext::Explicit);
            let catalog = self.types.catalog;
            let (value, column) = (catalog.display(&value.ty).to_string(), catalog.display(&column.ty).to_string());
            self.find(ident, Finding::NoAssignment { value, column, castable });
        }
    }

    fn column_of(&mut self, columns: &Columns, name: &Ident) {
        if columns.complete && columns.find(&name.value).is_none() {
            self.find(name, Finding::NoColumn);
        }
    }
}
