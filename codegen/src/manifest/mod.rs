//! The type manifest: what the JSON of mutations is called in GraphQL, and which events they leave.
//!
//! [`read`] turns the file into a [`Manifest`] in which every name knows its place, or into diagnostics. It checks the form of
//! the file alone: whether a name exists, here or in the SQL, is decided by `contract`.

mod database_error;
mod path;
mod read;
mod reader;
mod result;
mod strings;
mod type_ref;

pub use database_error::DatabaseError;
pub use path::{Path, Root};
pub(crate) use read::fixed_level;
pub use read::{VERSION, read};
pub use result::{ResultForm, Word};
pub use type_ref::TypeRef;

use std::collections::BTreeMap;

use crate::catalog::QualifiedName;
use crate::diagnostic::{Code, Level};
use crate::naming::camel_case;
use crate::resolve::Majors;
use crate::source::{FileId, Span};

/// A name and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Name {
    /// The text, unescaped.
    pub text: String,
    /// The string literal, quotes included.
    pub span: Span,
}

impl Name {
    /// The schema and the name in it that the text is in SQL; `None` if it is anything else.
    pub fn qualified(&self) -> Option<QualifiedName> {
        QualifiedName::parse(&self.text)
    }
}

/// The whole manifest.
#[derive(Clone, PartialEq, Debug)]
pub struct Manifest {
    /// The file it was read from.
    pub file: FileId,
    /// The major versions of PostgreSQL that may be deployed: the one that the manifest names, or all.
    pub postgres: Majors,
    /// The levels of diagnostics, where they are not the usual ones.
    pub levels: Vec<(Code, Level)>,
    /// The schema of the event log.
    pub log_schema: String,
    /// Files of GraphQL whose types it takes, relative to itself.
    pub schema: Vec<Name>,
    /// The keys of fields of those files, by type and field, where they are not the names in snake case.
    pub schema_keys: Vec<(Name, Name)>,
    /// Settings of the session that functions and policies read.
    pub settings: Vec<Setting>,
    /// Things that mutations change, by entity type.
    pub entities: Vec<Entity>,
    /// Scalars with their SQL and Rust types.
    pub scalars: Vec<Scalar>,
    /// What a schema says of scalars that need no declaration.
    pub scalar_descriptions: BTreeMap<String, String>,
    /// Enums.
    pub enums: Vec<Enum>,
    /// Output types.
    pub types: Vec<Object>,
    /// Unions and interfaces of output types.
    pub unions: Vec<Union>,
    /// Input types.
    pub inputs: Vec<Object>,
    /// Mutations.
    pub mutations: Vec<Mutation>,
}

impl Manifest {
    /// The names of all types, in no particular order.
    pub fn type_names(&self) -> impl Iterator<Item = &Name> {
        let objects = self.types.iter().chain(&self.inputs).map(|it| &it.name);
        let others = self.enums.iter().map(|it| &it.name).chain(self.scalars.iter().map(|it| &it.name));
        objects.chain(others).chain(self.unions.iter().map(|it| &it.name))
    }
}

/// A setting of the session: what a call sets where it says nothing else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting {
    /// Its name, such as `app.tenant_id`.
    pub name: Name,
    /// Its value for a call that does not set it.
    pub default: String,
}

/// An entity: the table that holds it, its key, and where its whole image is kept.
#[derive(Clone, PartialEq, Debug)]
pub struct Entity {
    /// The entity type, as in an event.
    pub name: Name,
    /// The table that a mutation locks and changes, schema-qualified.
    pub table: Name,
    /// The key columns of `table`, one at least.
    pub key: Vec<Name>,
    /// Where an event's before image is read.
    pub image: Option<Image>,
    /// Columns of `table` that hold json, and the types of what they hold.
    pub documents: Vec<Field>,
}

/// A denormalised row that holds the whole of an entity as jsonb.
#[derive(Clone, PartialEq, Debug)]
pub struct Image {
    /// The table, schema-qualified.
    pub table: Name,
    /// Its key columns, in the order of the entity's.
    pub key: Vec<Name>,
    /// Its jsonb column.
    pub column: Name,
    /// The type of the jsonb column's documents.
    pub type_name: Name,
}

/// A custom scalar, or what a built-in one is in this project.
#[derive(Clone, PartialEq, Debug)]
pub struct Scalar {
    /// Its name in GraphQL.
    pub name: Name,
    /// Its SQL type.
    pub sql: Name,
    /// Its Rust type, where it is not the SQL type's own.
    pub rust: Option<Name>,
    /// What it is.
    pub description: Option<String>,
}

/// An enum.
#[derive(Clone, PartialEq, Debug)]
pub struct Enum {
    /// Its name in GraphQL.
    pub name: Name,
    /// Its values.
    pub values: Vec<EnumValue>,
    /// What it is.
    pub description: Option<String>,
}

/// A value of an enum.
#[derive(Clone, PartialEq, Debug)]
pub struct EnumValue {
    /// Its name, the same in JSON and GraphQL.
    pub name: Name,
    /// What it means.
    pub description: Option<String>,
    /// Why it should not be used any more, if it should not.
    pub deprecated: Option<String>,
}

/// An object type, of answers or of inputs.
#[derive(Clone, PartialEq, Debug)]
pub struct Object {
    /// Its name in GraphQL.
    pub name: Name,
    /// Its fields.
    pub fields: Vec<Field>,
    /// What it is.
    pub description: Option<String>,
}

/// A field of an object type.
#[derive(Clone, PartialEq, Debug)]
pub struct Field {
    /// Its key in the database.
    pub key: Name,
    /// Its name in GraphQL, where that is not the key in camel case.
    pub name: Option<Name>,
    /// Its type.
    pub type_ref: TypeRef,
    /// What it is.
    pub description: Option<String>,
}

impl Field {
    /// What clients call it.
    pub fn client_name(&self) -> String {
        self.name.as_ref().map_or_else(|| camel_case(&self.key.text), |name| name.text.clone())
    }
}

/// A union or interface: which member an object is, a string inside it tells.
#[derive(Clone, PartialEq, Debug)]
pub struct Union {
    /// Its name in GraphQL.
    pub name: Name,
    /// The key whose value tells the member.
    pub discriminator: Name,
    /// The value and the type it stands for.
    pub members: Vec<(Name, Name)>,
    /// The fields that every member of an interface has; `None` for a union.
    pub fields: Option<Vec<Field>>,
    /// What it is.
    pub description: Option<String>,
}

/// A mutation.
#[derive(Clone, PartialEq, Debug)]
pub struct Mutation {
    /// Its name in GraphQL, such as `createOrder`.
    pub name: Name,
    /// Its function, schema-qualified.
    pub function: Name,
    /// Types of arguments that SQL alone does not tell (jsonb inputs, nullability).
    pub arguments: Vec<Field>,
    /// Arguments that the server fills, and no client.
    pub context: Vec<Field>,
    /// How the function answers, where its header does not tell.
    pub result: Option<ResultForm>,
    /// What a successful answer holds beside `code`, `message` and `success`.
    pub success: Vec<Field>,
    /// The codes of a successful answer.
    pub success_codes: Vec<Name>,
    /// The codes of a successful answer that changed nothing.
    pub noop_codes: Vec<Name>,
    /// The codes of an unsuccessful answer.
    pub error_codes: Vec<Name>,
    /// Errors of the database that are answers of its own; the first that fits is taken.
    pub database_errors: Vec<DatabaseError>,
    /// The events of a successful answer.
    pub events: Vec<Event>,
    /// Whether it says anything of events: an empty list says that there are none.
    pub says_events: bool,
    /// What it does.
    pub description: Option<String>,
}

impl Mutation {
    /// Everything that is declared of the function's arguments, whoever fills them.
    pub fn all_arguments(&self) -> impl Iterator<Item = &Field> + Clone {
        self.arguments.iter().chain(&self.context)
    }

    /// Whether an error of the database is answered with this code.
    pub fn maps_to(&self, code: &str) -> bool {
        self.database_errors.iter().any(|error| error.code.text == code)
    }

    /// The codes of unsuccessful answers that the function gives itself.
    pub fn own_error_codes(&self) -> impl Iterator<Item = &Name> {
        self.error_codes.iter().filter(|code| !self.maps_to(&code.text))
    }

    /// What is declared of one argument.
    pub fn argument(&self, name: &str) -> Option<&Field> {
        self.all_arguments().find(|field| field.key.text == name)
    }
}

/// An event that a successful mutation leaves.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// The whole declaration.
    pub span: Span,
    /// Its type, such as `ORDER_CREATED`.
    pub event_type: Name,
    /// The entity type.
    pub entity: Name,
    /// What happened to the entity.
    pub operation: Operation,
    /// Where that is written.
    pub operation_span: Span,
    /// Where the columns of the entity's key are found, in their order; one at least.
    pub id: Vec<Path>,
    /// Where the entity as it is now is found.
    pub after: Option<Path>,
    /// What else is kept, by key.
    pub metadata: Vec<(Name, Path)>,
    /// Who writes the event.
    pub logged_by: LoggedBy,
    /// Whether an answer that changed nothing leaves it as well.
    pub on_noop: bool,
}

/// What happened to an entity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    /// It came to be.
    Create,
    /// It changed.
    Update,
    /// It is gone.
    Delete,
}

impl Operation {
    /// As in `mutation_events.operation`.
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Create => "CREATE",
            Operation::Update => "UPDATE",
            Operation::Delete => "DELETE",
        }
    }
}

/// Who writes an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LoggedBy {
    /// The runtime, in the statement that calls the function.
    Runtime,
    /// The SQL function itself.
    Function,
}
