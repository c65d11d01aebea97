//! The names that the server gives the columns of a select list and the keys of an index, by the rules of `FigureColname`.

use sqlparser::ast::{AccessExpr, ArrayElemTypeDef, DataType, Expr};

use super::call::trim_function;
use super::from::idents;
use super::written_type;
use crate::catalog::{Catalog, Type};
use crate::source::FileId;

/// Where an expression stands whose name is looked for: the names of types go into it.
pub(crate) struct ColumnNames<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) search_path: &'a [String],
    pub(crate) file: FileId,
}

impl ColumnNames<'_> {
    /// The name that the server gives a column of a select list.
    pub(crate) fn of_column(&self, expr: &Expr) -> String {
        self.figured_name(expr).map_or_else(|| "?column?".to_owned(), |(name, _)| name)
    }

    /// The name that the server gives a key of an index.
    pub(crate) fn of_index_key(&self, expr: &Expr) -> String {
        self.figured_name(expr).map_or_else(|| "expr".to_owned(), |(name, _)| name)
    }

    /// A name, and whether it is more than a type's.
    fn figured_name(&self, expr: &Expr) -> Option<(String, bool)> {
        let strong = |name: &str| Some((name.to_owned(), true));
        match expr {
            Expr::Identifier(name) => strong(&name.value),
            Expr::CompoundIdentifier(path) => path.last().and_then(|name| strong(&name.value)),
            Expr::CompoundFieldAccess { root, access_chain } => {
                let field = access_chain.iter().rev().find_map(|access| match access {
                    AccessExpr::Dot(Expr::Identifier(field)) => Some(field.value.clone()),
                    _ => None,
                });
                field.map(|field| (field, true)).or_else(|| self.figured_name(root))
            }
            Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => self.figured_name(inner),
            Expr::Cast { expr, data_type, .. } => match self.figured_name(expr) {
                Some((name, true)) => Some((name, true)),
                _ => Some((self.type_column_name(data_type), false)),
            },
            Expr::TypedString(string) => Some((self.type_column_name(&string.data_type), false)),
            Expr::Interval(_) => Some(("interval".to_owned(), false)),
            Expr::Case { else_result, .. } => match else_result.as_ref().and_then(|result| self.figured_name(result)) {
                Some((name, true)) => Some((name, true)),
                _ => Some(("case".to_owned(), false)),
            },
            Expr::Function(function) => match idents(&function.name).last() {
                Some(name) if name.value == "array" => strong("array"),
                Some(name) => strong(&name.value),
                None => None,
            },
            Expr::Array(_) => strong("array"),
            Expr::Tuple(_) => strong("row"),
            Expr::Exists { .. } => strong("exists"),
            Expr::Extract { .. } => strong("extract"),
            Expr::Position { .. } => strong("position"),
            Expr::Substring { .. } => strong("substring"),
            Expr::Overlay { .. } => strong("overlay"),
            Expr::Trim { trim_where, .. } => strong(trim_function(trim_where.as_ref())),
            Expr::Ceil { .. } => strong("ceil"),
            Expr::Floor { .. } => strong("floor"),
            Expr::AtTimeZone { .. } => strong("timezone"),
            Expr::Subquery(query) => {
                use sqlparser::ast::{SelectItem, SetExpr};
                let mut body = &*query.body;
                while let SetExpr::SetOperation { left, .. } = body {
                    body = left;
                }
                let SetExpr::Select(select) = body else { return None };
                match select.projection.first()? {
                    SelectItem::UnnamedExpr(expr) => self.figured_name(expr).map(|(name, _)| (name, true)),
                    SelectItem::ExprWithAlias { alias, .. } => strong(&alias.value),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The last word of a type's name in `pg_type`.
    fn type_column_name(&self, ty: &DataType) -> String {
        let ty = match ty {
            DataType::Array(ArrayElemTypeDef::SquareBracket(element, _)) => element,
            other => other,
        };
        match written_type(self.catalog, &ty.to_string(), self.file, self.search_path).ty {
            Type::Builtin(builtin) => builtin.name().to_owned(),
            Type::Defined(id) => self.catalog.type_def(id).name.name.clone(),
            Type::Array(_) => "array".to_owned(),
            Type::Unknown(name) => name.name,
        }
    }
}
