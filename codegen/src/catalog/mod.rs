//! The catalogue: what the server would know after running the user's SQL, read from the files alone.

mod build;
mod builtin;
mod function;
mod name;
mod operator;
mod relation;
pub mod render;
mod types;

use std::collections::{BTreeMap, BTreeSet};

pub use build::read;
pub use builtin::{Builtin, Category};
pub use function::{
    Argument, Body, Function, FunctionId, FunctionKind, FunctionSpans, Mode, Parallel, ReturnKind, Returns, Security,
    Setting, Volatility,
};
pub use name::{ObjectName, QualifiedName, Quoted};
pub use operator::{CastDef, OperatorDef};
pub use relation::{
    Attachment, AttachmentKind, Column, Computed, Constraint, ConstraintKind, Firing, Generated, IndexKey, Relation,
    RelationId, RelationKind, RowSecurity, UniqueIndex,
};
pub use types::{Domain, DomainCheck, Field, Type, TypeDef, TypeId, TypeKind, TypeUse};

use crate::source::Span;

/// A piece of the source, as it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Where it is; none for what an extension or the server brings.
    pub span: Option<Span>,
}

/// Who defines an object.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Origin {
    /// The user's SQL.
    Source,
    /// A stub file, that declares what other schemas bring.
    External,
    /// The extension of that name.
    Extension(String),
}

/// Everything that the sources define.
#[derive(Clone, Default, Debug)]
pub struct Catalog {
    schemas: BTreeMap<String, Schema>,
    functions: Vec<Function>,
    relations: Vec<Relation>,
    types: Vec<TypeDef>,
    operators: Vec<OperatorDef>,
    casts: Vec<CastDef>,
    extensions: BTreeMap<String, Extension>,
    unknown: Vec<Unknown>,
    /// The names in statements that were not understood, and so may be defined by them.
    unread: BTreeSet<String>,
    /// Names that something had before it was renamed, moved or dropped.
    former: BTreeSet<String>,
    statements: usize,
}

/// One schema: its objects by name.
#[derive(Clone, Default, Debug)]
pub struct Schema {
    functions: BTreeMap<String, Vec<FunctionId>>,
    relations: BTreeMap<String, RelationId>,
    types: BTreeMap<String, TypeId>,
}

/// One CREATE EXTENSION.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Extension {
    /// Its name.
    pub name: String,
    /// The schema that holds its objects.
    pub schema: String,
    /// Whether its functions and types are known; those of PostgreSQL's contrib are.
    pub contents_known: bool,
}

/// A statement, or a part of one, that was not understood.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Unknown {
    /// Where it is.
    pub span: Span,
    /// What was not understood, in a few words and lower case.
    pub reason: String,
}

impl Catalog {
    /// Every schema with its name, in the order of names.
    pub fn schemas(&self) -> impl Iterator<Item = (&str, &Schema)> {
        self.schemas.iter().map(|(name, schema)| (name.as_str(), schema))
    }

    /// The schema of that name.
    pub fn schema(&self, name: &str) -> Option<&Schema> {
        self.schemas.get(name)
    }

    /// The function behind `id`, which is of this catalogue.
    pub fn function(&self, id: FunctionId) -> &Function {
        &self.functions[id.0 as usize]
    }

    /// The table, view or sequence behind `id`, which is of this catalogue.
    pub fn relation(&self, id: RelationId) -> &Relation {
        &self.relations[id.0 as usize]
    }

    /// The type behind `id`, which is of this catalogue.
    pub fn type_def(&self, id: TypeId) -> &TypeDef {
        &self.types[id.0 as usize]
    }

    /// Every function with its id, by name and then by input types.
    pub fn functions(&self) -> impl Iterator<Item = (FunctionId, &Function)> {
        self.schemas.values().flat_map(|s| s.functions.values()).flatten().map(|&id| (id, self.function(id)))
    }

    /// Every table, view and sequence with its id, by name.
    pub fn relations(&self) -> impl Iterator<Item = (RelationId, &Relation)> {
        self.schemas.values().flat_map(|s| s.relations.values()).map(|&id| (id, self.relation(id)))
    }

    /// Every type with its id, by name; row types included.
    pub fn types(&self) -> impl Iterator<Item = (TypeId, &TypeDef)> {
        self.schemas.values().flat_map(|s| s.types.values()).map(|&id| (id, self.type_def(id)))
    }

    /// All overloads of `schema.name`.
    pub fn overloads(&self, schema: &str, name: &str) -> &[FunctionId] {
        self.schemas.get(schema).and_then(|s| s.functions.get(name)).map_or(&[], Vec::as_slice)
    }

    /// The table, view or sequence `schema.name`.
    pub fn find_relation(&self, schema: &str, name: &str) -> Option<RelationId> {
        self.schemas.get(schema)?.relations.get(name).copied()
    }

    /// The type `schema.name`, also a table's row type.
    pub fn find_type(&self, schema: &str, name: &str) -> Option<TypeId> {
        self.schemas.get(schema)?.types.get(name).copied()
    }

    /// The operators that the sources define, in their order.
    pub fn operators(&self) -> &[OperatorDef] {
        &self.operators
    }

    /// The casts that the sources define, in their order.
    pub fn casts(&self) -> &[CastDef] {
        &self.casts
    }

    /// The extensions that the sources create, by name.
    pub fn extensions(&self) -> impl Iterator<Item = &Extension> {
        self.extensions.values()
    }

    /// What was not understood, by place.
    pub fn unknown(&self) -> &[Unknown] {
        &self.unknown
    }

    /// Whether a statement that was not understood has this name in it, and so may define it.
    pub fn is_mentioned_unread(&self, name: &str) -> bool {
        self.unread.contains(name)
    }

    /// Whether something had this name before it was renamed, moved or dropped. The server keeps what a view, a default or a check
    /// means, not its words, so that these may still have the name.
    pub fn is_former(&self, name: &str) -> bool {
        self.former.contains(name)
    }

    /// How many statements were read.
    pub fn statements(&self) -> usize {
        self.statements
    }
}
