//! What FROM brings: tables, joins, queries in parentheses.

use std::sync::Arc;

use sqlparser::ast::{
    Expr, FunctionArguments, Ident, Join, JoinConstraint, JoinOperator, ObjectName as Path, TableAlias, TableFactor,
    TableWithJoins,
};

use super::query::MOST_COLUMNS;
use super::scope::{Columns, Scope, Source, Typed};
use super::{Finding, Meaning, Resolver};
use crate::catalog::{Builtin, ObjectName};
use crate::sql::embedded::USING_ALIAS;

impl Resolver<'_> {
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
            let right = match sees_others(&join.relation) {
                true => self.seeing(&mut star, |resolver| resolver.factor(&join.relation)),
                false => self.factor(&join.relation),
            };
            star = self.join(star, right, join);
        }
        star
    }

    /// Lets names without a table mean these columns as well.
    fn seeing<T>(&mut self, columns: &mut Vec<(String, Typed)>, look: impl FnOnce(&mut Self) -> T) -> T {
        let kept = self.scopes.last_mut().map(|scope| {
            let kept = scope.star.len();
            scope.star.append(columns);
            kept
        });
        let result = look(self);
        if let Some((scope, kept)) = self.scopes.last_mut().zip(kept) {
            // `split_off` at 0 takes all of it without a copy.
            *columns = scope.star.split_off(kept);
        }
        result
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
                let mut visible: Vec<_> = left.iter().chain(&right).cloned().collect();
                let before = self.scopes.last_mut().map(|scope| {
                    let others = scope.star.len();
                    std::mem::replace(&mut scope.seen_from, others)
                });
                self.seeing(&mut visible, |resolver| drop(resolver.expr(condition)));
                if let Some((scope, before)) = self.scopes.last_mut().zip(before) {
                    scope.seen_from = before;
                }
                Vec::new()
            }
            JoinConstraint::Using(names) => {
                let names: Vec<Ident> = names.iter().filter_map(|name| idents(name).pop()).collect();
                for name in &names {
                    let count =
                        |side: &[(String, Typed)]| side.iter().filter(|(other, _)| *other == name.value).count();
                    if count(&left) > 1 || count(&right) > 1 {
                        self.find(name, Finding::AmbiguousColumn(Meaning::OtherColumn));
                    }
                }
                let names = names.into_iter().map(|name| name.value);
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
                scope.add(Source { schema: None, name: alias, columns, whole: row, is_implied: false });
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
    pub(super) fn add_source(
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
            scope.add(Source { schema, name, columns, whole, is_implied: false });
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
}

/// Whether an element of FROM may name columns of what stands before it.
fn sees_others(factor: &TableFactor) -> bool {
    match factor {
        TableFactor::Derived { lateral, .. } => *lateral,
        TableFactor::Table { args, .. } => args.is_some(),
        _ => true,
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
