//! Names and types in queries and expressions: what each means, and whether it exists.

mod body;
mod builtins;
mod call;
mod change;
mod check;
mod coerce;
mod column_name;
mod expression;
mod from;
mod overload;
mod query;
mod scope;
mod signature;
mod standing;
mod table_function;
mod temporary;
mod types;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

pub use builtins::{Builtins, CastContext, Section};
pub use check::{Checked, check};
pub(crate) use column_name::ColumnNames;
pub use overload::{Applied, Choice, Given, NoOperator};
pub use scope::{Columns, NoVariables, Typed, Variable, Variables};
pub use signature::{Input, Majors, Operator, Signature};
use sqlparser::ast::Ident;
pub use types::Types;
pub(crate) use types::in_schema;

use crate::catalog::{Builtin, Catalog, FunctionId, ObjectName, RelationId};
use crate::source::{FileId, Span};
use crate::sql::cursor::{Cursor, significant};
use crate::sql::embedded;
use crate::sql::lexer::{Mode, PositionMap};
use crate::sql::type_name::TypeName;

/// What is wrong with a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Finding {
    /// There is no such table or view.
    NoRelation(ObjectName),
    /// There is no such column, nor a variable.
    NoColumn,
    /// A column's name that could be something else.
    AmbiguousColumn(Meaning),
    /// The table or row of this name has no such column.
    NoColumnOf(String),
    /// A row of this type has no such field.
    NoField(String),
    /// Nothing in FROM has this name, nor is it a variable.
    NoSource,
    /// There is no such type.
    NoType(ObjectName),
    /// No overload accepts the call.
    NoFunction {
        /// The name that is called.
        name: ObjectName,
        /// The types of the values.
        values: Vec<String>,
        /// The overloads that there are.
        overloads: Vec<String>,
        /// The majors of PostgreSQL that have one which accepts it, none of which is deployed.
        elsewhere: Majors,
    },
    /// What is assigned to is not declared.
    NoVariable,
    /// Several overloads of a function accept what it is called with, none better than the others.
    Ambiguous {
        /// The function.
        name: ObjectName,
        /// The types it is called with.
        values: Vec<String>,
        /// The overloads that there are.
        overloads: Vec<String>,
    },
    /// A value of this type is written to a column of another, which does not take it.
    NoAssignment {
        /// The value's type.
        value: String,
        /// The column's type.
        column: String,
        /// Whether a written cast leads there.
        castable: bool,
    },
    /// No operator takes these operands.
    NoOperator {
        /// Its left operand's type; `None` for a prefix operator.
        left: Option<String>,
        /// Its right operand's type.
        right: String,
    },
}

/// What else a column's name could be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// A variable or a parameter of a PL/pgSQL body.
    Variable,
    /// A column of something else in the same FROM.
    OtherColumn,
}

/// Looks at queries and expressions of one function or view.
pub struct Resolver<'a> {
    types: &'a Types<'a>,
    search_path: &'a [String],
    file: FileId,
    variables: &'a dyn Variables,
    scopes: Vec<scope::Scope>,
    ctes: Vec<(String, Columns)>,
    temporary: Option<&'a BTreeMap<String, Columns>>,
    findings: Vec<(Span, String, Finding)>,
    relations_read: BTreeSet<RelationId>,
    functions_called: BTreeSet<FunctionId>,
}

impl<'a> Resolver<'a> {
    /// Names are looked up along `search_path`; places are of `file`.
    pub fn new(types: &'a Types<'a>, search_path: &'a [String], file: FileId, variables: &'a dyn Variables) -> Self {
        Self {
            types,
            search_path,
            file,
            variables,
            scopes: Vec::new(),
            ctes: Vec::new(),
            temporary: None,
            findings: Vec::new(),
            relations_read: BTreeSet::new(),
            functions_called: BTreeSet::new(),
        }
    }

    /// What is wrong, each with its place and the name that is written there.
    pub fn findings(&self) -> &[(Span, String, Finding)] {
        &self.findings
    }

    /// The tables and views that were read or changed.
    pub fn relations_read(&self) -> &BTreeSet<RelationId> {
        &self.relations_read
    }

    /// The functions of the catalogue that were called.
    pub fn functions_called(&self) -> &BTreeSet<FunctionId> {
        &self.functions_called
    }

    fn find(&mut self, place: &Ident, finding: Finding) {
        if let Some(span) = embedded::place(self.file, place.span) {
            self.findings.push((span, place.value.clone(), finding));
        }
    }

    fn temporary(&self, name: &ObjectName) -> Option<Columns> {
        let is_temporary = name.schema.as_deref().is_none_or(|schema| schema == "pg_temp");
        self.temporary.filter(|_| is_temporary)?.get(&name.name).cloned()
    }
}

/// Resolves a type from its text.
fn written_type(catalog: &Catalog, text: &str, file: FileId, search_path: &[String]) -> Typed {
    let tokens = significant(text, Mode::Server);
    let map = PositionMap::shifted(file, 0);
    let mut cursor = Cursor::new(text, &tokens, &map);
    match TypeName::parse(&mut cursor) {
        Some(name) => {
            let ty = catalog.resolve_type_name(&name, search_path);
            Typed { ty, modifier: name.modifier, fields: None }
        }
        None => Typed::of(Builtin::UNKNOWN),
    }
}
