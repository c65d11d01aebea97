//! Queries.

use sqlparser::ast::{
    BinaryOperator, Expr, GroupByExpr, LimitClause, Query, Select, SelectItem, SelectItemQualifiedWildcardKind,
    SetExpr, Statement, TableFactor, Value as Constant,
};

use super::Frame;
use super::scope::{Count, Rows, Source, Table};
use super::state::State;
use crate::resolve::ColumnNames;
use crate::shape::domain::{Content, Join, Literals, Nullness, Opaque, Reason, Value};

/// A recursive query is followed so often.
const MAX_ROUNDS: usize = 4;

impl Frame<'_> {
    /// The rows of a query that stands inside `parent`.
    pub(super) fn query(&mut self, state: &mut State, parent: &Rows<'_>, query: &Query) -> Table {
        let mut rows = Rows::inside(parent);
        if let Some(with) = &query.with {
            for cte in &with.cte_tables {
                let name = cte.alias.name.value.clone();
                let names = cte.alias.columns.iter().map(|column| column.name.value.clone()).collect::<Vec<_>>();
                let mut table = rename(self.cte(state, &mut rows, &name, &names, with.recursive, &cte.query), &names);
                if with.recursive {
                    table.count.many = true;
                }
                rows.ctes.insert(name, table);
            }
        }
        let mut table = self.set(state, &rows, &query.body);
        self.locked(state, &rows, query);
        match &query.limit_clause {
            None => {}
            Some(LimitClause::LimitOffset { limit, offset, .. }) => {
                let limit = limit.as_ref().map(|limit| match limit {
                    Expr::Value(value) => match &value.value {
                        Constant::Number(number, _) => number.parse::<u64>().ok(),
                        _ => None,
                    },
                    _ => None,
                });
                match limit {
                    Some(Some(1)) => table.count.many = false,
                    Some(Some(0) | None) => table.count.some = false,
                    _ => {}
                }
                table.count.some &= offset.is_none();
            }
            Some(LimitClause::OffsetCommaLimit { .. }) => table.count.some = false,
        }
        table
    }

    /// FOR UPDATE and the like lock the rows of the first table.
    fn locked(&mut self, state: &mut State, rows: &Rows<'_>, query: &Query) {
        let SetExpr::Select(select) = &*query.body else { return };
        let Some(TableFactor::Table { name, .. }) = select.from.first().map(|item| &item.relation) else { return };
        if query.locks.is_empty() {
            return;
        }
        let Some((schema, own)) = super::function::function_name(name) else { return };
        if let Some(id) = self.analysis.find_relation(schema, own, &self.search_path) {
            let key = self.key_of(state, rows, id, select.selection.as_ref());
            self.note_lock(state, id, key, self.place(name));
        }
    }

    fn cte(
        &mut self,
        state: &mut State,
        rows: &mut Rows<'_>,
        name: &str,
        names: &[String],
        recursive: bool,
        query: &Query,
    ) -> Table {
        if !recursive {
            return self.query(state, rows, query);
        }
        let empty = Table { columns: Vec::new(), open: None, count: Count::ANY };
        let mut known = match &*query.body {
            // The first part gives the columns.
            SetExpr::SetOperation { left, .. } => rename(self.set(state, rows, left), names),
            _ => empty,
        };
        for _ in 0..MAX_ROUNDS {
            rows.ctes.insert(name.to_owned(), known.clone());
            let next = rename(self.query(state, rows, query), names);
            if next.columns == known.columns {
                return next;
            }
            known = next;
        }
        Table::unknown(Opaque::new(Reason::TooLarge, None))
    }

    fn set(&mut self, state: &mut State, rows: &Rows<'_>, body: &SetExpr) -> Table {
        match body {
            SetExpr::Select(select) => self.select(state, rows, select),
            SetExpr::Query(query) => self.query(state, rows, query),
            SetExpr::SetOperation { left, op, right, .. } => {
                let left = self.set(state, rows, left);
                let right = self.maybe(state, |frame, state| frame.set(state, rows, right));
                match op {
                    sqlparser::ast::SetOperator::Union => self.union(left, right),
                    _ => Table { count: Count { some: false, ..left.count }, ..left },
                }
            }
            SetExpr::Values(values) => {
                let mut table: Option<Table> = None;
                for row in &values.rows {
                    let values = row.content.iter().map(|value| self.value(state, rows, value));
                    let columns = values.enumerate().map(|(i, value)| (format!("column{}", i + 1), value));
                    let next = Table { columns: columns.collect(), open: None, count: Count::ONE };
                    table = Some(match table {
                        Some(known) => self.union(known, next),
                        None => next,
                    });
                }
                table.unwrap_or_else(|| Table::unknown(Opaque::new(Reason::NotUnderstood, None)))
            }
            SetExpr::Insert(statement) | SetExpr::Update(statement) | SetExpr::Delete(statement) => {
                self.statement(state, rows, statement)
            }
            SetExpr::Merge(statement) => self.statement(state, rows, statement),
            SetExpr::Table(table) => match table.table_name.as_deref() {
                Some(name) => self.named_table(rows, table.schema_name.as_deref(), name),
                None => Table::unknown(Opaque::new(Reason::NotUnderstood, None)),
            },
        }
    }

    fn union(&self, left: Table, right: Table) -> Table {
        if left.columns.len() != right.columns.len() {
            return left.union(right);
        }
        let mut joined = left.clone().union(right.clone());
        for ((target, (_, a)), (_, b)) in joined.columns.iter_mut().zip(left.columns).zip(right.columns) {
            target.1 = self.analysis.unify(vec![a, b], None).into_iter().fold(Value::default(), Join::join);
        }
        joined
    }

    /// A statement of SQL; its rows are those it returns.
    pub(super) fn statement(&mut self, state: &mut State, rows: &Rows<'_>, statement: &Statement) -> Table {
        match statement {
            Statement::Query(query) => self.query(state, rows, query),
            Statement::Insert(insert) => self.insert(state, rows, insert),
            Statement::Update(update) => self.update(state, rows, update),
            Statement::Delete(delete) => self.delete(state, rows, delete),
            Statement::Call(call) => {
                let place = self.place(call);
                self.call_procedure(state, rows, call, place);
                Table { columns: Vec::new(), open: None, count: Count::ANY }
            }
            other => {
                let place = self.place(other);
                if matches!(other, Statement::Merge(_)) {
                    self.note_write(state, place);
                }
                self.collected.has_unseen = true;
                Table::unknown(Opaque::new(Reason::NotFollowed, place))
            }
        }
    }

    fn select(&mut self, state: &mut State, parent: &Rows<'_>, select: &Select) -> Table {
        let before = state.trace.clone();
        let mut rows = Rows::inside(parent);
        let mut count = Count::ONE;
        for item in &select.from {
            count = count.times(self.add_item(state, &mut rows, item));
        }
        if let Some(condition) = &select.selection {
            self.condition(state, &rows, condition);
            narrow(&mut rows, condition);
            count.some = false;
        }
        rows.grouped = match &select.group_by {
            GroupByExpr::Expressions(keys, _) => {
                for key in keys {
                    self.value(state, &rows, key);
                }
                !keys.is_empty()
            }
            GroupByExpr::All(_) => true,
        };
        let mut table = Table { columns: Vec::new(), open: None, count };
        for item in &select.projection {
            self.item(state, &rows, item, &mut table);
        }
        if let Some(having) = &select.having {
            self.condition(state, &rows, having);
            table.count.some = false;
        }
        if rows.aggregated.get() && !rows.grouped {
            table.count = Count { some: select.having.is_none(), many: false };
        }
        if !count.some && state.trace != before {
            // What is done for each row is not done where there is none.
            state.trace = before.join(std::mem::take(&mut state.trace));
        }
        table
    }

    /// Adds the columns of an item behind SELECT or RETURNING.
    pub(super) fn item(&mut self, state: &mut State, rows: &Rows<'_>, item: &SelectItem, table: &mut Table) {
        match item {
            SelectItem::UnnamedExpr(expr) => {
                let value = self.value(state, rows, expr);
                let analysis = self.analysis;
                let names = ColumnNames { catalog: analysis.catalog, search_path: &self.search_path, file: self.file };
                table.columns.push((names.of_column(expr), value));
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                let value = self.value(state, rows, expr);
                table.columns.push((alias.value.clone(), value));
            }
            SelectItem::Wildcard(_) => {
                for source in rows.sources.iter().filter(|source| !source.qualified_only) {
                    spread(source, table);
                }
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                let name = name.0.last().and_then(|part| part.as_ident()).map(|name| name.value.as_str());
                let source = name.and_then(|name| rows.sources.iter().find(|source| source.name == name));
                let variable = || {
                    let (slot, _) = self.variables.find(&[name?])?;
                    Some(state.value(slot))
                };
                match source {
                    Some(source) => spread(source, table),
                    None => match variable().or_else(|| rows.column(name?)) {
                        Some(value) => spread_row(&value, table),
                        None => open(table, Reason::Undefined),
                    },
                }
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(expr), _) => {
                let value = self.value(state, rows, expr);
                spread_row(&value, table);
            }
            SelectItem::ExprWithAliases { .. } => open(table, Reason::NotUnderstood),
        }
    }
}

fn open(table: &mut Table, reason: Reason) {
    table.open = table.open.join(Some(Opaque::new(reason, None)));
}

fn spread(source: &Source, table: &mut Table) {
    let columns = source.table.columns.iter().filter(|(name, _)| !source.merged.contains(name));
    for (name, value) in columns {
        table.columns.push((name.clone(), value.clone()));
    }
    table.open = table.open.join(source.table.open);
}

fn spread_row(value: &Value, table: &mut Table) {
    match &value.content {
        Content::Row(row) => {
            let columns = row.columns.iter().map(|(name, field)| (name.clone(), field.clone().or_null(value.null)));
            table.columns.extend(columns);
        }
        Content::Unknown(opaque) => table.open = table.open.join(Some(*opaque)),
        _ => open(table, Reason::NotUnderstood),
    }
}

/// The table with these names for its first columns.
pub(super) fn rename(mut table: Table, names: &[String]) -> Table {
    for (column, name) in table.columns.iter_mut().zip(names) {
        column.0.clone_from(name);
    }
    table
}

/// What a condition that holds says of the columns.
pub(super) fn narrow(rows: &mut Rows<'_>, condition: &Expr) {
    match condition {
        Expr::Nested(inner) => narrow(rows, inner),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            narrow(rows, left);
            narrow(rows, right);
        }
        Expr::IsNotNull(inner) => with_path(inner, |path| rows.refine(path, |value| value.null = Nullness::Never)),
        Expr::IsNull(inner) => with_path(inner, |path| rows.refine(path, |value| *value = Value::null())),
        Expr::BinaryOp { left, op, right } if is_strict(op) => {
            for side in [left, right] {
                with_path(side, |path| rows.refine(path, |value| value.null = Nullness::Never));
            }
            if *op == BinaryOperator::Eq
                && let Expr::Value(constant) = &**right
                && let Some(text) = constant.value.clone().into_string()
            {
                let literal = crate::shape::domain::Literal::Text(text);
                with_path(left, |path| {
                    rows.refine(path, |value| {
                        if let Content::Scalar(scalar) = &mut value.content {
                            scalar.literals = Literals::Of([(literal.clone(), Default::default())].into());
                        }
                    });
                });
            }
        }
        Expr::InList { expr, negated: false, .. } | Expr::Like { expr, negated: false, .. } => {
            with_path(expr, |path| rows.refine(path, |value| value.null = Nullness::Never));
        }
        _ => {}
    }
}

/// Whether an operator gives NULL for a NULL, so that a condition of it does not hold.
pub(super) fn is_strict(op: &BinaryOperator) -> bool {
    use BinaryOperator as Op;
    matches!(
        op,
        Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq | Op::AtArrow | Op::Question | Op::PGOverlap
    )
}

fn with_path(expr: &Expr, work: impl FnOnce(&[&str])) {
    match expr {
        Expr::Identifier(name) => work(&[name.value.as_str()]),
        Expr::CompoundIdentifier(names) => {
            work(&names.iter().map(|name| name.value.as_str()).collect::<Vec<_>>());
        }
        Expr::Nested(inner) => with_path(inner, work),
        _ => {}
    }
}
