//! INSERT, UPDATE and DELETE.

use std::collections::BTreeSet;

use sqlparser::ast::{
    Assignment, AssignmentTarget, BinaryOperator, ConflictTarget, Delete, Expr, FromTable, Insert, ObjectName,
    OnConflict, OnConflictAction, OnInsert, SelectItem, TableFactor, TableObject, Update, UpdateTableFromKind,
};

use super::Frame;
use super::call::look_at;
use super::constraint::Arbiter;
use super::function::function_name;
use super::query::narrow;
use super::scope::{Count, Rows, Source, Table};
use super::state::{Need, State};
use crate::catalog::{Builtin, Generated, Relation, RelationId, Type};
use crate::shape::domain::{Content, InputPath, Join, Nullness, Opaque, Reason, Value};
use crate::source::Span;
use crate::sql::embedded;

impl<'a> Frame<'a> {
    pub(super) fn note_write(&mut self, state: &mut State, place: Option<Span>) {
        state.trace.writes = state.trace.writes.or(place);
        self.collected.writes = self.collected.writes.or(place);
    }

    pub(super) fn insert(&mut self, state: &mut State, parent: &Rows<'_>, insert: &Insert) -> Table {
        let TableObject::TableName(name) = &insert.table else {
            return Table::unknown(Opaque::new(Reason::NotUnderstood, self.place(&insert.table)));
        };
        let found = self.target(name);
        let source = match &insert.source {
            Some(query) => self.query(state, parent, query),
            // DEFAULT VALUES
            None => Table { columns: Vec::new(), open: None, count: Count::ONE },
        };
        self.note_write(state, self.place(name));
        let own = function_name(name).map(|(_, name)| name.to_owned()).unwrap_or_default();
        let alias = insert.table_alias.as_ref().map_or(own, |alias| alias.alias.value.clone());
        let Some((id, relation)) = found else {
            return self.returning(state, parent, &insert.returning, Source::new(alias, unknown_table()), Count::ANY);
        };
        let columns = insert.columns.iter().filter_map(|name| function_name(name).map(|(_, name)| name));
        let mut names = columns.map(str::to_owned).collect::<Vec<_>>();
        if names.is_empty() && insert.source.is_some() {
            names = relation.columns.iter().map(|column| column.name.clone()).collect();
        }
        let mut row = self.inserted(state, id, relation, &names, &source);
        self.note_change(state, id, self.place(name));
        self.note_constraints(relation, None, &arbiter(insert.on.as_ref()), self.place(name));
        let mut count = source.count;
        match &insert.on {
            Some(OnInsert::OnConflict(OnConflict { action: OnConflictAction::DoNothing, .. })) => count.some = false,
            Some(OnInsert::OnConflict(OnConflict { action: OnConflictAction::DoUpdate(update), .. })) => {
                let existing = self.relation(id);
                let mut rows = Rows::inside(parent);
                rows.sources.push(Source::new(alias.clone(), existing.clone()));
                let excluded = Source { qualified_only: true, ..Source::new("excluded", row.clone()) };
                rows.sources.push(excluded);
                count.some &= update.selection.is_none();
                if let Some(condition) = &update.selection {
                    self.condition(state, &rows, condition);
                }
                let updated = self.assign(state, &rows, id, existing, &update.assignments);
                if row.columns.len() == updated.columns.len() {
                    let pairs = row.columns.into_iter().zip(updated.columns);
                    row.columns = pairs.map(|((name, a), (_, b))| (name, a.join(b))).collect();
                }
            }
            _ => {}
        }
        self.returning(state, parent, &insert.returning, Source::new(alias, row), count)
    }

    /// The row that an INSERT leaves.
    fn inserted(
        &mut self,
        state: &mut State,
        id: RelationId,
        relation: &Relation,
        names: &[String],
        source: &Table,
    ) -> Table {
        let columns = relation.columns.iter().map(|column| {
            let at = names.iter().position(|name| *name == column.name);
            let written = match (at.and_then(|at| source.columns.get(at)), source.open) {
                (Some((_, value)), None) => {
                    let value = self.cast(value.clone(), &column.ty.ty, column.span);
                    let is_given = column.not_null && value.null != Nullness::Never;
                    let need = if is_given { Need::Required } else { Need::Optional };
                    let needs = value.from.iter().map(|path| (path.clone(), need)).collect();
                    self.collected.needs = std::mem::take(&mut self.collected.needs).join(needs);
                    self.fill(id, &column.name, &column.ty.ty, &value);
                    if column.not_null {
                        look_at(state, &value);
                    }
                    Some(value)
                }
                _ if at.is_some() => {
                    let reason = source.open.map_or(Reason::NotUnderstood, |opaque| opaque.reason);
                    let value = self.analysis.any_of(&column.ty.ty, reason, column.span);
                    self.fill(id, &column.name, &column.ty.ty, &value);
                    Some(value.with_null(Nullness::Unproven))
                }
                _ => None,
            };
            let is_filled = column.default.is_some() || column.generated != Generated::No;
            let may_be_null = match &written {
                Some(value) => value.null != Nullness::Never,
                None => !is_filled,
            };
            if column.not_null && may_be_null {
                self.note_not_null(relation, &column.name, column.span);
            }
            let value = match written {
                Some(value) => value,
                None if is_filled => {
                    let value = self.analysis.any_of(&column.ty.ty, Reason::Column, column.span);
                    value.with_null(Nullness::Unproven)
                }
                None => Value::null(),
            };
            let value = if column.not_null { value.not_null() } else { value };
            (column.name.clone(), value)
        });
        Table { columns: columns.collect(), open: None, count: source.count }
    }

    pub(super) fn update(&mut self, state: &mut State, parent: &Rows<'_>, update: &Update) -> Table {
        let TableFactor::Table { name, alias, .. } = &update.table.relation else {
            return Table::unknown(Opaque::new(Reason::NotUnderstood, self.place(&update.table)));
        };
        let found = self.target(name);
        let own = function_name(name).map(|(_, name)| name.to_owned()).unwrap_or_default();
        let alias = alias.as_ref().map_or(own, |alias| alias.name.value.clone());
        let existing = match found {
            Some((id, _)) => self.relation(id),
            None => unknown_table(),
        };
        let mut rows = Rows::inside(parent);
        rows.sources.push(Source::new(alias.clone(), existing.clone()));
        if let Some(UpdateTableFromKind::AfterSet(items) | UpdateTableFromKind::BeforeSet(items)) = &update.from {
            for item in items {
                self.add_item(state, &mut rows, item);
            }
        }
        if let Some(condition) = &update.selection {
            self.condition(state, &rows, condition);
            narrow(&mut rows, condition);
        }
        if let Some((id, relation)) = found {
            let key = self.key_of(state, &rows, id, update.selection.as_ref());
            self.note_lock(state, id, key, self.place(name));
            self.note_change(state, id, self.place(name));
            let columns = assigned(&update.assignments);
            self.note_constraints(relation, Some(&columns), &Arbiter::None, self.place(name));
        }
        self.note_write(state, self.place(name));
        let existing = rows.sources.first().map_or(existing, |source| source.table.clone());
        let updated = match found {
            Some((id, _)) => self.assign(state, &rows, id, existing, &update.assignments),
            None => {
                for assignment in &update.assignments {
                    self.value(state, &rows, &assignment.value);
                }
                existing
            }
        };
        let others = rows.sources.split_off(1.min(rows.sources.len()));
        let count = Count::ANY;
        let mut rows = Rows::inside(parent);
        rows.sources.push(Source::new(alias, updated));
        rows.sources.extend(others);
        self.returned(state, &rows, &update.returning, count)
    }

    /// The row after SET.
    fn assign(
        &mut self,
        state: &mut State,
        rows: &Rows<'_>,
        id: RelationId,
        mut table: Table,
        assignments: &[Assignment],
    ) -> Table {
        let relation = self.analysis.catalog.relation(id);
        for assignment in assignments {
            let targets: Vec<&ObjectName> = match &assignment.target {
                AssignmentTarget::ColumnName(name) => vec![name],
                AssignmentTarget::Tuple(names) => names.iter().collect(),
            };
            let value = self.value(state, rows, &assignment.value);
            let values = match (&targets[..], &value.content) {
                ([_], _) => vec![value],
                (_, Content::Row(row)) => row.columns.iter().map(|(_, value)| value.clone()).collect(),
                _ => vec![Value::unknown(Reason::NotUnderstood, None); targets.len()],
            };
            for (target, value) in targets.into_iter().zip(values) {
                let Some(name) = target.0.last().and_then(|part| part.as_ident()) else { continue };
                let Some(column) = relation.column(&name.value) else { continue };
                let value = self.cast(value, &column.ty.ty, self.name_place(name));
                let needs = value.from.iter().map(|path| (path.clone(), Need::Optional)).collect();
                self.collected.needs = std::mem::take(&mut self.collected.needs).join(needs);
                self.fill(id, &column.name, &column.ty.ty, &value);
                if column.not_null && value.null != Nullness::Never {
                    look_at(state, &value);
                    self.note_not_null(relation, &column.name, self.name_place(name));
                }
                let value = if column.not_null { value.not_null() } else { value };
                if let Some(known) = table.columns.iter_mut().find(|(known, _)| *known == column.name) {
                    known.1 = value;
                }
            }
        }
        table
    }

    pub(super) fn delete(&mut self, state: &mut State, parent: &Rows<'_>, delete: &Delete) -> Table {
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        let mut rows = Rows::inside(parent);
        for item in from.iter().chain(delete.using.iter().flatten()) {
            self.add_item(state, &mut rows, item);
        }
        if let Some(condition) = &delete.selection {
            self.condition(state, &rows, condition);
            narrow(&mut rows, condition);
        }
        let place = from.first().and_then(|item| match &item.relation {
            TableFactor::Table { name, .. } => self.place(name),
            _ => None,
        });
        let target = from.first().and_then(|item| match &item.relation {
            TableFactor::Table { name, .. } => self.target(name),
            _ => None,
        });
        if let Some((id, relation)) = target {
            let key = self.key_of(state, &rows, id, delete.selection.as_ref());
            self.note_lock(state, id, key, place);
            self.note_change(state, id, place);
            self.note_references(relation, place);
        }
        self.note_write(state, place);
        self.returned(state, &rows, &delete.returning, Count::ANY)
    }

    /// The parts of the arguments that a table's primary key is compared with.
    pub(super) fn key_of(
        &mut self,
        state: &mut State,
        rows: &Rows<'_>,
        id: RelationId,
        condition: Option<&Expr>,
    ) -> BTreeSet<InputPath> {
        let relation = self.analysis.catalog.relation(id);
        let [key] = relation.primary_key().unwrap_or_default() else { return BTreeSet::new() };
        let mut open = condition.into_iter().collect::<Vec<_>>();
        while let Some(condition) = open.pop() {
            match condition {
                Expr::Nested(inner) => open.push(inner),
                Expr::BinaryOp { left, op: BinaryOperator::And, right } => open.extend([&**left, &**right]),
                Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
                    for (column, value) in [(left, right), (right, left)] {
                        let name = match &**column {
                            Expr::Identifier(name) => Some(name),
                            Expr::CompoundIdentifier(names) => names.last(),
                            _ => None,
                        };
                        if name.is_some_and(|name| name.value == *key) {
                            return self.value(state, rows, value).from;
                        }
                    }
                }
                _ => {}
            }
        }
        BTreeSet::new()
    }

    fn target(&self, name: &ObjectName) -> Option<(RelationId, &'a Relation)> {
        let (schema, name) = function_name(name)?;
        let id = self.analysis.find_relation(schema, name, &self.search_path)?;
        Some((id, self.analysis.catalog.relation(id)))
    }

    fn returning(
        &mut self,
        state: &mut State,
        parent: &Rows<'_>,
        items: &Option<Vec<SelectItem>>,
        source: Source,
        count: Count,
    ) -> Table {
        let mut rows = Rows::inside(parent);
        rows.sources.push(source);
        self.returned(state, &rows, items, count)
    }

    fn returned(&mut self, state: &mut State, rows: &Rows<'_>, items: &Option<Vec<SelectItem>>, count: Count) -> Table {
        let mut table = Table { columns: Vec::new(), open: None, count };
        for item in items.as_deref().map(embedded::returning).into_iter().flat_map(|(_, items)| items) {
            self.item(state, rows, item, &mut table);
        }
        table
    }

    /// Notes what is written into a column of documents.
    fn fill(&mut self, id: RelationId, column: &str, ty: &Type, value: &Value) {
        let base = self.analysis.catalog.base_type(ty);
        if !(base.is(Builtin::JSON) || base.is(Builtin::JSONB)) {
            return;
        }
        self.note_whole(value);
        let key = (id, column.to_owned());
        let value = Value { from: Default::default(), ..value.clone() };
        let joined = self.collected.fills.remove(&key).join(Some(value));
        self.collected.fills.extend(joined.map(|value| (key, value)));
    }
}

fn arbiter(on: Option<&OnInsert>) -> Arbiter {
    match on {
        Some(OnInsert::OnConflict(OnConflict { conflict_target, .. })) => match conflict_target {
            None => Arbiter::Any,
            Some(ConflictTarget::Columns(columns)) => {
                Arbiter::Columns(columns.iter().map(|column| column.value.clone()).collect())
            }
            Some(ConflictTarget::OnConstraint(name)) => {
                Arbiter::Name(function_name(name).map(|(_, name)| name.to_owned()).unwrap_or_default())
            }
        },
        _ => Arbiter::None,
    }
}

fn assigned(assignments: &[Assignment]) -> Vec<String> {
    let names = assignments.iter().flat_map(|assignment| match &assignment.target {
        AssignmentTarget::ColumnName(name) => vec![name],
        AssignmentTarget::Tuple(names) => names.iter().collect(),
    });
    names.filter_map(|name| name.0.last()?.as_ident().map(|name| name.value.clone())).collect()
}

fn unknown_table() -> Table {
    Table::unknown(Opaque::new(Reason::Undefined, None))
}
