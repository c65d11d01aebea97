//! INSERT, UPDATE and DELETE: their table, its columns, and what they return.

use sqlparser::ast::{
    Assignment, AssignmentTarget, ConflictTarget, Delete, FromTable, Ident, Insert, ObjectName as Path,
    OnConflictAction, OnInsert, SelectItem, TableObject, TableWithJoins, Update, UpdateTableFromKind,
};

use super::query::{idents, object_name};
use super::scope::{Columns, Scope, Source};
use super::{Finding, Resolver};

impl Resolver<'_> {
    pub(super) fn insert(&mut self, insert: &Insert) -> Columns {
        let TableObject::TableName(table) = &insert.table else { return Columns::unknown() };
        // The query does not see the table.
        if let Some(source) = &insert.source {
            self.raw_query(source);
        }
        let alias = insert.table_alias.as_ref().map(|alias| alias.alias.value.clone());
        let columns = self.target(table, alias);
        for name in &insert.columns {
            if let Some(ident) = idents(name).first() {
                self.column_of(&columns, ident);
            }
        }
        if let Some(OnInsert::OnConflict(conflict)) = &insert.on {
            if let Some(ConflictTarget::Columns(names)) = &conflict.conflict_target {
                names.iter().filter(|name| !name.value.is_empty()).for_each(|name| self.column_of(&columns, name));
            }
            if let OnConflictAction::DoUpdate(update) = &conflict.action {
                self.excluded(&columns);
                self.assignments(&update.assignments, &columns);
                update.selection.iter().for_each(|condition| drop(self.expr(condition)));
                if let Some(scope) = self.scopes.last_mut() {
                    scope.sources.pop();
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
            scope.sources.push(Source { schema, name: alias.unwrap_or(name.name), columns: columns.clone(), whole });
        }
        columns
    }

    fn excluded(&mut self, columns: &Columns) {
        let whole = self.row_of(columns);
        if let Some(scope) = self.scopes.last_mut() {
            scope.sources.push(Source { schema: None, name: "excluded".to_owned(), columns: columns.clone(), whole });
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
            self.expr(&assignment.value);
        }
    }

    /// Closes the scope of a statement; gives what it returns.
    fn returning(&mut self, items: Option<&[SelectItem]>) -> Columns {
        let mut columns = items.map_or_else(|| Columns::all(Vec::new()), |items| self.projection(items));
        self.scopes.pop();
        for (_, ty) in &mut columns.list {
            *ty = ty.clone().settled();
        }
        columns
    }

    fn column_of(&mut self, columns: &Columns, name: &Ident) {
        if columns.complete && columns.find(&name.value).is_none() {
            self.find(name, Finding::NoColumn);
        }
    }
}
