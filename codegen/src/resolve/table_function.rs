//! Functions in FROM: `f(..)`, `unnest(..)`, `ROWS FROM (..)`, JSON_TABLE and XMLTABLE.

use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName as Path, TableAlias, XmlTableColumn,
    XmlTableColumnOption,
};

use super::Resolver;
use super::from::idents;
use super::scope::{Columns, Scope, Typed, row_columns};
use crate::catalog::Builtin;
use crate::sql::embedded::{self, JSON_TABLE, ROWS_FROM};

impl Resolver<'_> {
    pub(super) fn table_function(
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
    pub(super) fn xml_table(&mut self, columns: &[XmlTableColumn], alias: Option<&TableAlias>) -> Vec<(String, Typed)> {
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
    pub(super) fn unnest(
        &mut self,
        arrays: &[Expr],
        alias: Option<&TableAlias>,
        ordinality: bool,
    ) -> Vec<(String, Typed)> {
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
}
