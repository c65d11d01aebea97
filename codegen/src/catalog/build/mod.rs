//! Statements to the catalogue.

mod alter;
mod apply;
mod attach;
mod comment;
mod drop;
mod extension;
mod function;
mod given_name;
mod index;
mod inherit;
mod lookup;
mod needs;
mod read;
mod relation;
mod schedule;
mod sequence;
#[cfg(test)]
mod tests;
mod types;
mod view;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use given_name::Taken;
use index::IndexColumns;
pub use read::read;

use super::{Catalog, Column, ObjectName, Origin, Relation, RelationId, Unknown};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::sql::statement::{Query, Statement};

/// A search path as SET gives it.
type SearchPath = Arc<[String]>;

/// One statement with what its meaning depends on.
struct Item {
    statement: Statement,
    /// The search path where it stands.
    path: SearchPath,
    /// The whole statement.
    span: Span,
    /// Whether it stands in a DO block, which makes an object only where there is none.
    conditional: bool,
    /// What its query reads and calls, if it has one.
    query: QueryNames,
}

/// The names that a query may take its columns from.
#[derive(Default)]
struct QueryNames {
    relations: Vec<ObjectName>,
    functions: Vec<ObjectName>,
}

/// A view or table whose columns come from a query that has not been looked at.
struct PendingQuery {
    relation: RelationId,
    query: Query,
    /// The names that are written behind the relation's.
    columns: Vec<String>,
    /// CREATE RECURSIVE VIEW
    recursive: bool,
    path: SearchPath,
}

/// The catalogue while it grows.
#[derive(Default)]
struct Builder {
    catalog: Catalog,
    diagnostics: Vec<Diagnostic>,
    origin: Option<Origin>,
    /// Queries that are looked at when all they may name is there.
    pending: Vec<PendingQuery>,
    /// What each view reads, so that it goes with it.
    reads: BTreeMap<RelationId, Vec<RelationId>>,
    /// The tables that inherit from a table, or are its partitions.
    children: BTreeMap<RelationId, Vec<RelationId>>,
    /// The sequences that go with the columns of a table.
    sequences: BTreeMap<RelationId, Vec<RelationId>>,
    /// The names that the constraints and indexes of a relation have.
    taken: HashMap<RelationId, Taken>,
    /// For each name of a constraint or an index, the relations that have had one of it, the latest last.
    holders: HashMap<String, Vec<RelationId>>,
    /// The columns of the indexes of a table, in the order in which the indexes were made.
    index_columns: HashMap<RelationId, Vec<IndexColumns>>,
    /// Where each object was defined by a schema file, to tell a second definition.
    defined: BTreeMap<(&'static str, String), Span>,
}

impl Builder {
    fn origin(&self) -> Origin {
        self.origin.clone().unwrap_or(Origin::Source)
    }

    /// Notes that something had this name.
    fn forget(&mut self, name: impl Into<String>) {
        self.catalog.former.insert(name.into());
    }

    fn unknown(&mut self, span: Span, reason: impl Into<String>) {
        self.catalog.unknown.push(Unknown { span, reason: reason.into() });
    }

    /// Notes a definition in a schema file; another one in another file is a mistake, and does not count.
    fn defines(&mut self, kind: &'static str, object: String, span: Span) -> bool {
        match self.defined.get(&(kind, object.clone())) {
            Some(&first) if first.file != span.file => {
                let message = format!("{kind} `{object}` is defined twice");
                self.diagnostics.push(
                    Diagnostic::new(Code::DUPLICATE_DEFINITION, message)
                        .at(span, "defined again here")
                        .and(first, "first defined here")
                        .note("the order of schema files means nothing, so nothing tells which one counts")
                        .help("remove one of them; or, if the files are applied in order, give them as migrations"),
                );
                false
            }
            _ => {
                self.defined.insert((kind, object), span);
                true
            }
        }
    }

    fn relation_mut(&mut self, id: RelationId) -> &mut Relation {
        &mut self.catalog.relations[id.0 as usize]
    }

    fn column_mut(&mut self, id: RelationId, name: &str) -> Option<&mut Column> {
        self.relation_mut(id).columns.iter_mut().find(|column| column.name == name)
    }
}
