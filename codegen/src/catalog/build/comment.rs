//! COMMENT ON.

use super::{Builder, lookup};
use crate::source::Span;
use crate::sql::statement::{CommentStatement, CommentTarget};

impl Builder {
    pub(super) fn comment(&mut self, statement: &CommentStatement, path: &[String], span: Span) {
        let text = statement.text.clone();
        let found = match &statement.target {
            CommentTarget::Relation(name) => {
                let relation = self.relation_named(name, path);
                relation.map(|id| self.relation_mut(id).comment = text)
            }
            CommentTarget::Column(name) => {
                let table = lookup::table_of_column(name);
                let relation = table.as_ref().and_then(|table| self.catalog.resolve_relation(table, path));
                let column = &*name.last().value;
                match relation {
                    // Comments on the fields of a composite type are not kept.
                    None => table.and_then(|table| self.catalog.resolve_type(&table, path)).map(drop),
                    Some(id) => self.column_mut(id, column).map(|column| column.comment = text),
                }
            }
            CommentTarget::Function(reference) => match self.functions_referred(reference, path).as_slice() {
                [id] => {
                    self.catalog.functions[id.0 as usize].comment = text;
                    Some(())
                }
                _ => None,
            },
            CommentTarget::Type(name) => match self.catalog.resolve_type(&lookup::object_name(name), path) {
                Some(crate::catalog::Type::Defined(id)) => {
                    self.catalog.types[id.0 as usize].comment = text;
                    Some(())
                }
                _ => None,
            },
        };
        if found.is_none() {
            self.unknown(span, "the object of this comment is not defined");
        }
    }
}
