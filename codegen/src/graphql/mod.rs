//! GraphQL's schema language: a schema that stands for the manifest's types, and the schema of the mutations.
//!
//! [`read`] reads a file into a [`Schema`], [`complete`] takes from it what the mutations of a manifest reach, and [`write()`] writes down
//! what clients may send and what they are answered. What GraphQL has no words for (the key behind a name, the SQL type of a scalar, how
//! the member of a union is told) the directive [`DIRECTIVE`] says.

mod complete;
#[cfg(feature = "graphql")]
mod cst;
#[cfg(feature = "graphql")]
mod directive;
#[cfg(feature = "graphql")]
mod read;
mod text;
mod write;

pub use complete::complete;
#[cfg(feature = "graphql")]
pub use read::read;
pub use write::write;

use crate::manifest::{Enum, Name, Object, TypeRef};

/// The directive that says what GraphQL has no words for.
pub const DIRECTIVE: &str = "pgmutate";

/// The types of a schema, in the order in which they stand there.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Schema {
    /// Scalars.
    pub scalars: Vec<Scalar>,
    /// Enums.
    pub enums: Vec<Enum>,
    /// Output types. Fields with arguments are not among their fields: a resolver makes their values.
    pub types: Vec<OutputType>,
    /// Unions and interfaces.
    pub unions: Vec<Union>,
    /// Input types.
    pub inputs: Vec<Object>,
}

/// A scalar.
#[derive(Clone, PartialEq, Debug)]
pub struct Scalar {
    /// Its name.
    pub name: Name,
    /// Its SQL type, where the directive says it.
    pub sql: Option<Name>,
    /// Its Rust type, where the directive says it.
    pub rust: Option<Name>,
    /// What it is.
    pub description: Option<String>,
}

/// An output type.
#[derive(Clone, PartialEq, Debug)]
pub struct OutputType {
    /// Its name and its fields.
    pub object: Object,
    /// The interfaces that it implements.
    pub implements: Vec<Name>,
    /// What the discriminator of a union holds for it: its name unless the directive says otherwise.
    pub value: Option<Name>,
}

/// A union, or an interface.
#[derive(Clone, PartialEq, Debug)]
pub struct Union {
    /// Its name and, of an interface, its fields.
    pub object: Object,
    /// The members of a union; `None` for an interface, whose members are the types that implement it.
    pub members: Option<Vec<Name>>,
    /// The key that tells the member, where the directive says it.
    pub discriminator: Option<Name>,
}

/// Files whose types a manifest takes.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Schemas {
    files: Vec<Schema>,
}

impl Schemas {
    /// Adds the types of one more file.
    pub fn add(&mut self, schema: Schema) {
        self.files.push(schema);
    }

    fn scalars(&self) -> impl Iterator<Item = &Scalar> {
        self.files.iter().flat_map(|schema| &schema.scalars)
    }

    fn enums(&self) -> impl Iterator<Item = &Enum> {
        self.files.iter().flat_map(|schema| &schema.enums)
    }

    fn types(&self) -> impl Iterator<Item = &OutputType> {
        self.files.iter().flat_map(|schema| &schema.types)
    }

    fn unions(&self) -> impl Iterator<Item = &Union> {
        self.files.iter().flat_map(|schema| &schema.unions)
    }

    fn inputs(&self) -> impl Iterator<Item = &Object> {
        self.files.iter().flat_map(|schema| &schema.inputs)
    }
}

/// The names that a type refers to by its fields.
fn references(object: &Object) -> impl Iterator<Item = &str> {
    object.fields.iter().map(|field| TypeRef::named(&field.type_ref).0)
}
