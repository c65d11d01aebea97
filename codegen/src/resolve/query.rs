//! The columns of a query.

use std::sync::Arc;

use sqlparser::ast::{
    Cte, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Ident, Join, JoinConstraint, JoinOperator,
    LimitClause, ObjectName as Path, OrderByKind, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
    Statement, TableAlias, TableFactor, TableWithJoins, With, XmlTableColumn, XmlTableColumnOption,
};

use super::scope::{Columns, Scope, Source, Typed, row_columns};
use super::{ColumnNames, Finding, Resolver};
use crate::catalog::{Builtin, ObjectName};
use crate::sql::embedded::{self, ADDED_COLUMNS, BOOLEAN_MARK, JSON_TABLE, ROWS_FROM, USING_ALIAS};

/// How many columns a query may have, as on the server.
const MOST_COLUMNS: usize = 1664;

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
                self.clauses(query, &columns);
                columns
            }
            SetExpr::SetOperation { left, right, .. } => {
                let left = self.side(left);
                let right = self.side(right);
                let columns = self.united(left, right);
                self.clauses(query, &columns);
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
                self.clauses(query, &columns);
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
    fn clauses(&mut self, query: &Query, columns: &Columns) {
        let mut scope = Scope::new();
        scope.star.clone_from(&columns.list);
        scope.complete = columns.complete;
        self.scopes.push(scope);
        self.order_and_limit(query);
        self.scopes.pop();
    }

    fn order_and_limit(&mut self, query: &Query) {
        if let Some(order) = &query.order_by
            && let OrderByKind::Expressions(expressions) = &order.kind
        {
            for order in expressions {
                self.expr(&order.expr);
            }
        }
        if let Some(LimitClause::LimitOffset { limit, offset, .. }) = &query.limit_clause {
            limit.iter().for_each(|limit| drop(self.expr(limit)));
            offset.iter().for_each(|offset| drop(self.expr(&offset.value)));
        }
        if let Some(quantity) = query.fetch.as_ref().and_then(|fetch| fetch.quantity.as_ref()) {
            self.expr(quantity);
        }
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
        let output: Vec<(String, Typed)> = columns.list.clone();
        // GROUP BY, DISTINCT ON and ORDER BY may name what the SELECT gives.
        let mut outer = Scope::new();
        outer.star = output;
        outer.complete = columns.complete;
        let at = self.scopes.len() - 1;
        self.scopes.insert(at, outer);
        if let GroupByExpr::Expressions(expressions, _) = &select.group_by {
            expressions.iter().for_each(|expr| drop(self.expr(expr)));
        }
        if let Some(sqlparser::ast::Distinct::On(expressions)) = &select.distinct {
            expressions.iter().for_each(|expr| drop(self.expr(expr)));
        }
        for window in &select.named_window {
            if let sqlparser::ast::NamedWindowExpr::WindowSpec(spec) = &window.1 {
                self.window(spec);
            }
        }
        if let Some(query) = query {
            self.order_and_limit(query);
        }
        self.scopes.remove(at);
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

    /// Adds what one element of FROM brings to the innermost scope.
    pub(super) fn from(&mut self, table: &TableWithJoins) {
        let star = self.joined(table);
        if let Some(scope) = self.scopes.last_mut() {
            scope.star.extend(star);
            // No query shows so many.
            if scope.star.len() > 10 * MOST_COLUMNS {
                scope.star.truncate(10 * MOST_COLUMNS);
                scope.complete = false;
            }
        }
    }

    /// The columns that `*` shows of a join.
    fn joined(&mut self, table: &TableWithJoins) -> Vec<(String, Typed)> {
        let mut star = self.factor(&table.relation);
        for join in &table.joins {
            let right = self.factor(&join.relation);
            star = self.join(star, right, join);
        }
        star
    }

    fn join(&mut self, left: Vec<(String, Typed)>, right: Vec<(String, Typed)>, join: &Join) -> Vec<(String, Typed)> {
        let constraint = match &join.join_operator {
            JoinOperator::Join(constraint)
            | JoinOperator::Inner(constraint)
            | JoinOperator::Left(constraint)
            | JoinOperator::LeftOuter(constraint)
            | JoinOperator::Right(constraint)
            | JoinOperator::RightOuter(constraint)
            | JoinOperator::FullOuter(constraint)
            | JoinOperator::CrossJoin(constraint) => constraint,
            _ => &JoinConstraint::None,
        };
        let mut alias = None;
        let shared: Vec<String> = match constraint {
            JoinConstraint::On(condition) => {
                // The condition sees both sides, which are among the sources by now.
                let visible: Vec<_> = left.iter().chain(&right).cloned().collect();
                let added = visible.len();
                if let Some(scope) = self.scopes.last_mut() {
                    scope.star.extend(visible);
                }
                self.expr(condition);
                if let Some(scope) = self.scopes.last_mut() {
                    let kept = scope.star.len() - added;
                    scope.star.truncate(kept);
                }
                Vec::new()
            }
            JoinConstraint::Using(names) => {
                let names = names.iter().filter_map(|name| idents(name).last().map(|ident| ident.value.clone()));
                let (aliases, names): (Vec<String>, Vec<String>) =
                    names.partition(|name| name.starts_with(USING_ALIAS));
                alias = aliases.first().and_then(|alias| alias.split('\0').nth(1)).map(str::to_owned);
                names
            }
            JoinConstraint::Natural => {
                let both = |name: &String| right.iter().any(|(other, _)| other == name);
                left.iter().map(|(name, _)| name).filter(|name| both(name)).cloned().collect()
            }
            JoinConstraint::None => Vec::new(),
        };
        let is_shared = |name: &String| shared.contains(name);
        let merged = shared.iter().filter_map(|name| {
            let of = |side: &[(String, Typed)]| side.iter().find(|(other, _)| other == name).map(|(_, ty)| ty.clone());
            let ty = match (of(&left), of(&right)) {
                (Some(left), Some(right)) => self.common(&[&left, &right]),
                (Some(ty), None) | (None, Some(ty)) => ty,
                (None, None) => return None,
            };
            Some((name.clone(), ty))
        });
        let merged: Vec<_> = merged.collect();
        if let Some(alias) = alias {
            let columns = Columns::all(merged.clone());
            let row = self.row_of(&columns);
            if let Some(scope) = self.scopes.last_mut() {
                scope.add(Source { schema: None, name: alias, columns, whole: row });
            }
        }
        let rest = left.into_iter().chain(right).filter(|(name, _)| !is_shared(name));
        merged.into_iter().chain(rest).collect()
    }

    pub(super) fn factor(&mut self, factor: &TableFactor) -> Vec<(String, Typed)> {
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let parts = idents(name);
                let Some(object) = object_name(&parts) else { return self.opaque(alias.as_ref()) };
                let (columns, row) = self.relation(&object, parts.last());
                self.add_source(&object.name, object.schema.clone(), columns, row, alias.as_ref())
            }
            TableFactor::Table { name, alias, args: Some(args), with_ordinality, .. } => {
                self.table_function(name, &args.args, alias.as_ref(), *with_ordinality)
            }
            TableFactor::Function { name, args, alias, with_ordinality, .. } => {
                self.table_function(name, args, alias.as_ref(), *with_ordinality)
            }
            TableFactor::UNNEST { alias, array_exprs, with_ordinality, .. } => {
                self.unnest(array_exprs, alias.as_ref(), *with_ordinality)
            }
            TableFactor::Derived { subquery, alias, lateral, .. } => {
                // What else stands in this FROM is out of its reach.
                let own = self.scopes.last_mut().filter(|_| !lateral);
                let around = own.map(|scope| std::mem::replace(scope, Scope::new()));
                let columns = self.query(subquery);
                if let (Some(around), Some(scope)) = (around, self.scopes.last_mut()) {
                    *scope = around;
                }
                let row = self.row_of(&columns);
                self.add_source("", None, columns, row, alias.as_ref())
            }
            TableFactor::TableFunction { expr: Expr::Function(function), alias } => {
                let args = match &function.args {
                    FunctionArguments::List(list) => list.args.clone(),
                    _ => Vec::new(),
                };
                self.table_function(&function.name, &args, alias.as_ref(), false)
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => self.joined(table_with_joins),
            TableFactor::NestedJoin { table_with_joins, alias: Some(alias) } => {
                self.scopes.push(Scope::new());
                let star = self.joined(table_with_joins);
                let complete = self.scopes.pop().is_some_and(|scope| scope.complete);
                let columns = Columns { list: star, complete };
                let row = self.row_of(&columns);
                self.add_source("", None, columns, row, Some(alias))
            }
            TableFactor::XmlTable { row_expression, passing, columns, alias, .. } => {
                self.expr(row_expression);
                passing.arguments.iter().for_each(|argument| drop(self.expr(&argument.expr)));
                self.xml_table(columns, alias.as_ref())
            }
            _ => self.opaque(None),
        }
    }

    /// A source of which nothing is known but its name.
    fn opaque(&mut self, alias: Option<&TableAlias>) -> Vec<(String, Typed)> {
        self.add_source("", None, Columns::unknown(), Typed::unknown(), alias)
    }

    /// Adds a source under its alias or its own name; gives its columns.
    fn add_source(
        &mut self,
        own_name: &str,
        schema: Option<String>,
        columns: Columns,
        whole: Typed,
        alias: Option<&TableAlias>,
    ) -> Vec<(String, Typed)> {
        let names = alias.into_iter().flat_map(|alias| &alias.columns).map(|column| column.name.value.clone());
        let columns = columns.renamed(names);
        let list = columns.list.clone();
        let name = alias.map_or_else(|| own_name.to_owned(), |alias| alias.name.value.clone());
        let schema = if alias.is_some() { None } else { schema };
        if let Some(scope) = self.scopes.last_mut() {
            // A table that is named thousands of times would take its columns as often.
            let columns = if scope.width > 10 * MOST_COLUMNS { Columns::unknown() } else { columns };
            scope.complete &= columns.complete;
            scope.add(Source { schema, name, columns, whole });
        }
        list
    }

    pub(super) fn row_of(&self, columns: &Columns) -> Typed {
        Typed { fields: Some(Arc::new(columns.clone())), ..Typed::of(Builtin::RECORD) }
    }

    /// The columns and the row of a relation: of WITH, of the sources, or of the server's own.
    pub(super) fn relation(&mut self, name: &ObjectName, place: Option<&Ident>) -> (Columns, Typed) {
        if name.schema.is_none()
            && let Some((_, columns)) = self.ctes.iter().rev().find(|(cte, _)| *cte == name.name)
        {
            let columns = columns.clone();
            let row = self.row_of(&columns);
            return (columns, row);
        }
        if let Some(id) = self.types.catalog.resolve_relation(name, self.search_path) {
            self.relations_read.insert(id);
            let relation = self.types.catalog.relation(id);
            let list = relation.columns.iter().map(|column| (column.name.clone(), Typed::from(&column.ty))).collect();
            let row = Typed::of(crate::catalog::Type::Defined(relation.row_type));
            return (Columns { list, complete: relation.columns_known }, row);
        }
        if let Some(columns) = self.temporary(name) {
            let row = self.row_of(&columns);
            return (columns, row);
        }
        if let Some(columns) = self.types.server_relation(name) {
            let list = columns.iter().map(|(name, ty)| ((*name).to_owned(), Typed::of(ty.clone())));
            let mut columns = Columns::all(list.collect());
            // Every table has columns of the system, and their names are not in the list.
            columns.complete = false;
            let row = self.row_of(&columns);
            return (columns, row);
        }
        if let Some(place) = place {
            self.find(place, Finding::NoRelation(name.clone()));
        }
        (Columns::unknown(), Typed::unknown())
    }

    fn table_function(
        &mut self,
        name: &Path,
        args: &[FunctionArg],
        alias: Option<&TableAlias>,
        ordinality: bool,
    ) -> Vec<(String, Typed)> {
        let own_name = idents(name).last().map(|ident| ident.value.clone()).unwrap_or_default();
        if own_name == JSON_TABLE {
            return self.json_table(args, alias);
        }
        if own_name == ROWS_FROM {
            return self.rows_from(args, alias, ordinality);
        }
        if own_name == "unnest" {
            let arrays: Vec<Expr> = args
                .iter()
                .filter_map(|arg| match arg {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
                    _ => None,
                })
                .collect();
            return self.unnest(&arrays, alias, ordinality);
        }
        let call = self.call(name, args, &[]);
        let definitions: Vec<_> = alias.into_iter().flat_map(|alias| &alias.columns).collect();
        let name = alias.map_or(own_name.as_str(), |alias| alias.name.value.as_str()).to_owned();
        let (columns, whole) = if definitions.iter().any(|column| column.data_type.is_some()) {
            let typed = definitions.iter().map(|column| {
                let ty = column.data_type.as_ref().map_or_else(Typed::unknown, |ty| self.data_type(ty));
                (column.name.value.clone(), ty)
            });
            let columns = Columns::all(typed.collect());
            let row = self.row_of(&columns);
            (columns, row)
        } else if let Some(columns) = row_columns(self.types.catalog, &call.ty) {
            (columns, call.ty)
        } else if call.ty.is_unknown() || call.ty.ty.is(Builtin::RECORD) {
            (Columns::unknown(), Typed::unknown())
        } else {
            let column = call.only_output.unwrap_or(name);
            (Columns::all(vec![(column, call.ty.clone())]), call.ty)
        };
        self.with_ordinality(&own_name, columns, whole, alias, ordinality)
    }

    /// `JSON_TABLE(...)`: its columns, each of the type that it is given.
    fn json_table(&mut self, args: &[FunctionArg], alias: Option<&TableAlias>) -> Vec<(String, Typed)> {
        let mut columns = Columns::all(Vec::new());
        for column in embedded::json_table_columns(args) {
            match column {
                Some((name, ty)) => columns.list.push((name.value.clone(), self.data_type(ty))),
                None => columns.complete = false,
            }
        }
        let whole = self.row_of(&columns);
        self.add_source("json_table", None, columns, whole, alias)
    }

    /// `XMLTABLE(...)`
    fn xml_table(&mut self, columns: &[XmlTableColumn], alias: Option<&TableAlias>) -> Vec<(String, Typed)> {
        let typed = columns.iter().map(|column| {
            let ty = match &column.option {
                XmlTableColumnOption::NamedInfo { r#type, .. } => self.data_type(r#type),
                XmlTableColumnOption::ForOrdinality => Typed::of(Builtin::INT4),
            };
            (column.name.value.clone(), ty)
        });
        let columns = Columns::all(typed.collect());
        let whole = self.row_of(&columns);
        self.add_source("xmltable", None, columns, whole, alias)
    }

    /// `ROWS FROM (f(), g())`: the columns of all.
    fn rows_from(
        &mut self,
        args: &[FunctionArg],
        alias: Option<&TableAlias>,
        ordinality: bool,
    ) -> Vec<(String, Typed)> {
        let mut columns = Columns::all(Vec::new());
        for arg in args {
            let FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Function(function))) = arg else {
                columns.complete = false;
                continue;
            };
            let FunctionArguments::List(list) = &function.args else { continue };
            // As a table of its own, whose columns are then taken together.
            self.scopes.push(Scope::new());
            let own = self.table_function(&function.name, &list.args, None, false);
            columns.complete &= self.scopes.pop().is_some_and(|scope| scope.complete);
            columns.list.extend(own);
        }
        let whole = self.row_of(&columns);
        self.with_ordinality("", columns, whole, alias, ordinality)
    }

    fn with_ordinality(
        &mut self,
        own_name: &str,
        mut columns: Columns,
        whole: Typed,
        alias: Option<&TableAlias>,
        ordinality: bool,
    ) -> Vec<(String, Typed)> {
        let mut whole = whole;
        if ordinality {
            columns.list.push(("ordinality".to_owned(), Typed::of(Builtin::INT8)));
            whole = self.row_of(&columns);
        }
        self.add_source(own_name, None, columns, whole, alias)
    }

    /// `unnest(a, b)`: a column for each array, or those of its rows.
    fn unnest(&mut self, arrays: &[Expr], alias: Option<&TableAlias>, ordinality: bool) -> Vec<(String, Typed)> {
        let mut columns = Columns::all(Vec::new());
        let single = arrays.len() == 1;
        let mut whole = Typed::unknown();
        for array in arrays {
            let array = self.expr(array);
            let element = self.element(&array);
            let name = alias.filter(|_| single).map_or("unnest", |alias| alias.name.value.as_str());
            match row_columns(self.types.catalog, &element) {
                Some(fields) => {
                    columns.list.extend(fields.list);
                    columns.complete &= fields.complete;
                }
                None => columns.list.push((name.to_owned(), element.clone())),
            }
            columns.complete &= !element.is_unknown();
            whole = element;
        }
        if !single {
            whole = self.row_of(&columns);
        }
        self.with_ordinality("unnest", columns, whole, alias, ordinality)
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

/// The names of a path; a part that is no name ends it.
pub(super) fn idents(name: &Path) -> Vec<Ident> {
    name.0.iter().map_while(|part| part.as_ident().cloned()).collect()
}

/// The schema and the name at the end of a path.
pub(super) fn object_name(parts: &[Ident]) -> Option<ObjectName> {
    match parts {
        [] => None,
        [name] => Some(ObjectName::bare(name.value.clone())),
        [.., schema, name] => Some(ObjectName::qualified(schema.value.clone(), name.value.clone())),
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
