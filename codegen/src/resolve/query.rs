//! The columns of a query.

use sqlparser::ast::{
    Cte, Expr, GroupByExpr, Ident, LimitClause, ObjectName as Path, OrderByKind, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, Statement, With,
};

use super::from::idents;
use super::scope::{Columns, Scope, Typed, meant, row_columns};
use super::{ColumnNames, Finding, Meaning, Resolver};
use crate::catalog::{Builtin, ObjectName};
use crate::sql::embedded::{ADDED_COLUMNS, BOOLEAN_MARK};

/// How many columns a query may have, as on the server.
pub(super) const MOST_COLUMNS: usize = 1664;

impl Resolver<'_> {
    /// The columns that a query gives, with literals taken for text.
    pub fn query(&mut self, query: &Query) -> Columns {
        let mut columns = self.raw_query(query);
        for (_, ty) in &mut columns.list {
            *ty = ty.clone().settled();
        }
        columns
    }

    /// As [`Self::query`], with literals that still take any type.
    pub(super) fn raw_query(&mut self, query: &Query) -> Columns {
        let ctes = self.ctes.len();
        if let Some(with) = &query.with {
            self.with(with);
        }
        let columns = self.body(&query.body, query);
        self.ctes.truncate(ctes);
        columns
    }

    fn with(&mut self, with: &With) {
        for cte in &with.cte_tables {
            if let Some(added) = cte.alias.name.value.strip_prefix(ADDED_COLUMNS) {
                let added = added.split('\0').skip(1).map(|name| match name.strip_suffix(BOOLEAN_MARK) {
                    Some(name) => (name.to_owned(), Typed::of(Builtin::BOOL)),
                    None => (name.to_owned(), Typed::unknown()),
                });
                if let Some((_, columns)) = self.ctes.last_mut() {
                    columns.list.extend(added);
                }
                continue;
            }
            let columns = match (&*cte.query.body, with.recursive) {
                (SetExpr::SetOperation { left, .. }, true) => self.recursive(cte, left),
                _ => self.query(&cte.query),
            };
            let columns = columns.renamed(cte.alias.columns.iter().map(|column| column.name.value.clone()));
            self.ctes.push((cte.alias.name.value.clone(), columns));
        }
    }

    /// A query that may name itself has the columns of its first part.
    fn recursive(&mut self, cte: &Cte, first: &SetExpr) -> Columns {
        let ctes = self.ctes.len();
        if let Some(with) = &cte.query.with {
            self.with(with);
        }
        let start = self.findings.len();
        let mut columns = self.body(first, &cte.query);
        // The whole is looked at below, where these findings come again.
        self.findings.truncate(start);
        for (_, ty) in &mut columns.list {
            *ty = ty.clone().settled();
        }
        self.ctes.truncate(ctes);
        let named = columns.clone().renamed(cte.alias.columns.iter().map(|column| column.name.value.clone()));
        self.ctes.push((cte.alias.name.value.clone(), named));
        self.query(&cte.query);
        self.ctes.pop();
        columns
    }

    fn body(&mut self, body: &SetExpr, query: &Query) -> Columns {
        match body {
            SetExpr::Select(select) => self.select(select, Some(query)),
            SetExpr::Query(inner) => {
                let columns = self.raw_query(inner);
                self.clauses(query, &columns, false);
                columns
            }
            SetExpr::SetOperation { left, right, .. } => {
                let left = self.side(left);
                let right = self.side(right);
                let columns = self.united(left, right);
                self.clauses(query, &columns, false);
                columns
            }
            SetExpr::Values(values) => {
                let rows: Vec<Vec<Typed>> =
                    values.rows.iter().map(|row| row.content.iter().map(|expr| self.expr(expr)).collect()).collect();
                let width = rows.first().map_or(0, Vec::len);
                let column = |i: usize| {
                    let values: Vec<&Typed> = rows.iter().filter_map(|row| row.get(i)).collect();
                    // A literal of an only row still takes any type.
                    let ty = if let [only] = values.as_slice() { (*only).clone() } else { self.common(&values) };
                    (format!("column{}", i + 1), ty)
                };
                let columns = Columns::all((0..width).map(column).collect());
                self.clauses(query, &columns, true);
                columns
            }
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement)
            | SetExpr::Merge(statement) => self.statement(statement),
            SetExpr::Table(table) => {
                let parts = table.schema_name.iter().chain(&table.table_name).cloned().collect::<Vec<_>>();
                let name = match parts.as_slice() {
                    [schema, name] => ObjectName::qualified(schema.clone(), name.clone()),
                    [name] => ObjectName::bare(name.clone()),
                    _ => return Columns::unknown(),
                };
                self.relation(&name, None).0
            }
        }
    }

    fn side(&mut self, body: &SetExpr) -> Columns {
        match body {
            SetExpr::Select(select) => self.select(select, None),
            SetExpr::Query(query) => self.raw_query(query),
            SetExpr::SetOperation { left, right, .. } => {
                let left = self.side(left);
                let right = self.side(right);
                self.united(left, right)
            }
            other => {
                let empty = empty_query(other.clone());
                self.raw_query(&empty)
            }
        }
    }

    fn united(&mut self, left: Columns, right: Columns) -> Columns {
        let complete = left.complete && right.complete;
        let mut right = right.list.into_iter();
        let list = left.list.into_iter().map(|(name, ty)| {
            let ty = match right.next() {
                Some((_, other)) => self.common(&[&ty, &other]),
                None if complete => ty,
                None => Typed::unknown(),
            };
            (name, ty)
        });
        Columns { list: list.collect(), complete: left.complete }
    }

    /// ORDER BY and LIMIT behind something else than a SELECT: its columns are all there is to name.
    ///
    /// Of VALUES the limit may name them as well, which is another error.
    fn clauses(&mut self, query: &Query, columns: &Columns, limit_sees: bool) {
        let mut scope = Scope::new();
        scope.star.clone_from(&columns.list);
        scope.complete = columns.complete;
        self.scopes.push(scope);
        self.order(query, &Output { columns, items: &[] });
        if !limit_sees {
            self.scopes.pop();
        }
        self.limit(query);
        if limit_sees {
            self.scopes.pop();
        }
    }

    fn order(&mut self, query: &Query, output: &Output<'_>) {
        if let Some(order) = &query.order_by
            && let OrderByKind::Expressions(expressions) = &order.kind
        {
            expressions.iter().for_each(|order| self.by_output(&order.expr, output));
        }
    }

    fn limit(&mut self, query: &Query) {
        if let Some(LimitClause::LimitOffset { limit, offset, .. }) = &query.limit_clause {
            limit.iter().for_each(|limit| drop(self.expr(limit)));
            offset.iter().for_each(|offset| drop(self.expr(&offset.value)));
        }
        if let Some(quantity) = query.fetch.as_ref().and_then(|fetch| fetch.quantity.as_ref()) {
            self.expr(quantity);
        }
    }

    /// An expression of ORDER BY or DISTINCT ON: a name alone is that of a column of the output, if there is one.
    fn by_output(&mut self, expr: &Expr, output: &Output<'_>) {
        match alone(expr) {
            Some(name) if output.has(name) => {
                if output.differ(name) {
                    self.find(name, Finding::AmbiguousColumn(Meaning::OtherColumn));
                }
            }
            Some(name) if !output.columns.complete && !self.is_column_here(name) => {}
            _ => drop(self.expr(expr)),
        }
    }

    /// An expression of GROUP BY: a name alone is that of a column of FROM, if there is one, or else of the output.
    fn by_input(&mut self, expr: &Expr, output: &Output<'_>) {
        match expr {
            Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) => {
                sets.iter().flatten().for_each(|expr| self.by_input(expr, output));
            }
            Expr::Tuple(list) => list.iter().for_each(|expr| self.by_input(expr, output)),
            _ => match alone(expr) {
                Some(name) if !self.is_column_here(name) && (output.has(name) || !output.columns.complete) => {}
                _ => drop(self.expr(expr)),
            },
        }
    }

    /// Whether the innermost query has a column of this name.
    fn is_column_here(&self, name: &Ident) -> bool {
        self.scopes.last().is_some_and(|scope| meant(scope.seen(), &name.value).is_some())
    }

    fn select(&mut self, select: &Select, query: Option<&Query>) -> Columns {
        self.scopes.push(Scope::new());
        for table in &select.from {
            self.from(table);
        }
        let columns = self.projection(&select.projection);
        for condition in select.selection.iter().chain(&select.having) {
            self.expr(condition);
        }
        let output = Output { columns: &columns, items: &select.projection };
        if let GroupByExpr::Expressions(expressions, _) = &select.group_by {
            expressions.iter().for_each(|expr| self.by_input(expr, &output));
        }
        if let Some(sqlparser::ast::Distinct::On(expressions)) = &select.distinct {
            expressions.iter().for_each(|expr| self.by_output(expr, &output));
        }
        for window in &select.named_window {
            if let sqlparser::ast::NamedWindowExpr::WindowSpec(spec) = &window.1 {
                self.window(spec);
            }
        }
        if let Some(query) = query {
            self.order(query, &output);
            self.limit(query);
        }
        self.scopes.pop();
        columns
    }

    /// The columns of a select list, also of RETURNING.
    pub(super) fn projection(&mut self, items: &[SelectItem]) -> Columns {
        let names = ColumnNames { catalog: self.types.catalog, search_path: self.search_path, file: self.file };
        let mut columns = Columns::all(Vec::new());
        for item in items {
            match item {
                SelectItem::UnnamedExpr(Expr::CompoundFieldAccess { root, access_chain })
                    if super::expression::is_every_field(access_chain) =>
                {
                    let row = self.expr(root);
                    self.expand(&row, &mut columns);
                }
                SelectItem::UnnamedExpr(expr) => {
                    let ty = self.expr(expr);
                    columns.list.push((names.of_column(expr), ty));
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    let ty = self.expr(expr);
                    columns.list.push((alias.value.clone(), ty));
                }
                SelectItem::ExprWithAliases { expr, .. } => {
                    self.expr(expr);
                    columns.complete = false;
                }
                SelectItem::Wildcard(_) => {
                    let scope = self.scopes.last().cloned().unwrap_or_default();
                    columns.list.extend(scope.star);
                    columns.complete &= scope.complete;
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(expr), _) => {
                    let row = self.expr(expr);
                    self.expand(&row, &mut columns);
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                    self.qualified_star(name, &mut columns);
                }
            }
            // A view over a view that shows it twice, and so on, would grow without end.
            if columns.list.len() > MOST_COLUMNS {
                columns.list.truncate(MOST_COLUMNS);
                columns.complete = false;
                break;
            }
        }
        columns
    }

    fn qualified_star(&mut self, name: &Path, columns: &mut Columns) {
        let parts = idents(name);
        let Some(last) = parts.last() else { return };
        let found = self.source_named(&parts[..parts.len() - 1], &last.value).map(|source| source.columns.clone());
        if let Some(found) = found {
            self.refuse_row(&parts, last);
            columns.list.extend(found.list);
            columns.complete &= found.complete;
            return;
        }
        // `variable.*`
        let row = self.path(&parts);
        self.expand(&row, columns);
    }

    fn expand(&mut self, row: &Typed, columns: &mut Columns) {
        match row_columns(self.types.catalog, row) {
            Some(fields) => {
                columns.list.extend(fields.list);
                columns.complete &= fields.complete;
            }
            None => columns.complete = false,
        }
    }

    /// Looks at a statement that changes rows; gives what it returns.
    pub fn statement(&mut self, statement: &Statement) -> Columns {
        match statement {
            Statement::Query(query) => self.query(query),
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            Statement::Merge(merge) => self.merge(merge),
            Statement::Call(function) => self.procedure(function),
            _ => Columns::unknown(),
        }
    }

    /// Looks at an expression that may name columns of tables that are not known.
    pub(super) fn in_unknown_table(&mut self, expr: &Expr) {
        self.scopes.push(Scope { complete: false, ..Scope::default() });
        self.expr(expr);
        self.scopes.pop();
    }

    /// Looks at the expressions of OVER and WINDOW.
    pub(super) fn window(&mut self, spec: &sqlparser::ast::WindowSpec) {
        spec.partition_by.iter().for_each(|expr| drop(self.expr(expr)));
        spec.order_by.iter().for_each(|order| drop(self.expr(&order.expr)));
    }
}

/// What a query gives, as far as its last clauses may name it.
struct Output<'q> {
    columns: &'q Columns,
    /// What is behind SELECT.
    items: &'q [SelectItem],
}

impl Output<'_> {
    fn has(&self, name: &Ident) -> bool {
        self.columns.find(&name.value).is_some()
    }

    /// Whether columns of two tables have this name: the same column twice is one.
    fn differ(&self, name: &Ident) -> bool {
        let tables = self.items.iter().filter_map(|item| match item {
            SelectItem::UnnamedExpr(Expr::CompoundIdentifier(path)) => match path.as_slice() {
                [table, column] if column.value == name.value => Some(&table.value),
                _ => None,
            },
            _ => None,
        });
        let mut tables = tables;
        tables.next().is_some_and(|first| tables.any(|other| other != first))
    }
}

/// The name that an expression is, with or without parentheses.
fn alone(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Identifier(name) => Some(name),
        Expr::Nested(inner) => alone(inner),
        _ => None,
    }
}

/// A query that has nothing but this body.
fn empty_query(body: SetExpr) -> Query {
    Query {
        with: None,
        body: Box::new(body),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    }
}
