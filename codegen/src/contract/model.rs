//! The contract: what SQL and manifest agree on, with every decision made. `emit` writes it down and decides nothing.

/// All mutations of a project and the types that they use.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contract {
    /// The schema of the event log.
    pub log_schema: String,
    /// Settings of the session and their defaults.
    pub settings: Vec<(String, String)>,
    /// Output types, the answers of mutations included, by name.
    pub objects: Vec<Object>,
    /// Unions of output types, by name.
    pub unions: Vec<Union>,
    /// Input types, by name.
    pub inputs: Vec<Input>,
    /// Enums that inputs or arguments use, by name.
    pub enums: Vec<Enum>,
    /// Events, by type.
    pub events: Vec<Event>,
    /// Mutations, by schema and then by name.
    pub mutations: Vec<Mutation>,
}

/// An output type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Object {
    /// Its `__typename`, and its name in Rust.
    pub typename: String,
    /// Its documentation, line by line.
    pub docs: Vec<String>,
    /// `file:line` of its declaration.
    pub source: String,
    /// Its fields in jsonb key order.
    pub fields: Vec<ObjectField>,
}

/// A field of an output type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectField {
    /// Its key in the database.
    pub key: String,
    /// Its name for clients.
    pub name: String,
    /// What it holds.
    pub value: Value,
    /// Whether it may be null or missing.
    pub nullable: bool,
    /// Its type in Rust, without what says that it may be null.
    pub rust: Rust,
    /// Its type as the manifest has it.
    pub graphql: String,
    /// Its documentation, line by line.
    pub docs: Vec<String>,
    /// Which field of its type it is in the manifest, from 0.
    pub position: usize,
}

/// What a field or a list element holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// A string, number or boolean.
    Scalar,
    /// JSON that is passed as it is.
    Opaque,
    /// An output type.
    Object(String),
    /// A union of output types.
    Union(String),
    /// A list.
    List {
        /// What its elements hold.
        element: Box<Value>,
        /// Whether an element may be null.
        nullable: bool,
    },
}

/// A union or an interface of output types.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Union {
    /// Its name, in GraphQL and in Rust.
    pub name: String,
    /// Its documentation, line by line.
    pub docs: Vec<String>,
    /// The fields that every member has; none for a union.
    pub fields: Vec<ObjectField>,
    /// `file:line` of its declaration.
    pub source: String,
    /// The key that tells the member.
    pub discriminator: String,
    /// The key's value and the member's typename.
    pub members: Vec<(String, String)>,
}

/// An input type: a struct that travels as jsonb.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Input {
    /// Its name, in GraphQL and in Rust.
    pub name: String,
    /// Its documentation, line by line.
    pub docs: Vec<String>,
    /// `file:line` of its declaration.
    pub source: String,
    /// Its fields in the manifest's order.
    pub fields: Vec<InputField>,
}

/// A field of an input type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InputField {
    /// Its key in the database.
    pub key: String,
    /// Its name for clients.
    pub name: String,
    /// Its documentation, line by line.
    pub docs: Vec<String>,
    /// Its type as the manifest has it.
    pub graphql: String,
    /// Its type.
    pub rust: Rust,
    /// Whether it may be left out or null: a `Patch`.
    pub nullable: bool,
}

/// An enum of strings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Enum {
    /// Its name, in GraphQL and in Rust.
    pub name: String,
    /// Its documentation, line by line.
    pub docs: Vec<String>,
    /// `file:line` of its declaration.
    pub source: String,
    /// Its values.
    pub values: Vec<EnumValue>,
}

/// A value of an enum.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EnumValue {
    /// The value as it travels.
    pub value: String,
    /// Its documentation, line by line.
    pub docs: Vec<String>,
}

/// A Rust type of an argument or a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Rust {
    /// `bool`, `i32`, `String` and the like.
    Std(&'static str),
    /// A type of `pgmutate::types`.
    Runtime(&'static str),
    /// A type of `pgmutate::types` that is of another: `Range`, `Multirange`.
    RuntimeOf(&'static str, Box<Rust>),
    /// A type of the contract.
    Contract(String),
    /// A path that the manifest names.
    Named(String),
    /// A `Box`: a type that contains itself other than through a list.
    Boxed(Box<Rust>),
    /// A `Vec`; whether elements are `Option`s.
    List(Box<Rust>, bool),
}

/// A type of event, whichever mutations leave it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// Its type, such as `ORDER_CREATED`.
    pub name: String,
    /// Its name in Rust, such as `OrderCreated`.
    pub rust: String,
    /// The entity that it is of.
    pub entity: String,
    /// What happened to the entity.
    pub operation: crate::manifest::Operation,
    /// The mutations that leave it, by name.
    pub mutations: Vec<String>,
    /// `file:line` of its first declaration.
    pub source: String,
    /// The entity before the mutation; none where there was none.
    pub before: Option<Image>,
    /// The entity after the mutation; none where there is none.
    pub after: Option<Image>,
}

/// The entity as an event keeps it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Image {
    /// Its type in Rust.
    pub rust: Rust,
    /// Whether it may be null.
    pub nullable: bool,
}

/// A mutation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mutation {
    /// Its name in GraphQL, such as `createOrder`.
    pub name: String,
    /// The SQL schema of its function: the Rust module.
    pub schema: String,
    /// Its function, schema-qualified and quoted as SQL needs it.
    pub function: String,
    /// `file:line` of the function.
    pub source: String,
    /// What tells its body from every other; empty where that is no string.
    pub body: String,
    /// The role whose rights it runs with, where it is SECURITY DEFINER and the files say whose it is; empty otherwise.
    pub owner: String,
    /// Its documentation, line by line.
    pub docs: Vec<String>,
    /// The function's arguments.
    pub arguments: Vec<Argument>,
    /// How the function answers.
    pub convention: Convention,
    /// The statement.
    pub statement: Vec<Part>,
    /// The typename of a successful answer.
    pub success: String,
    /// The typename of an unsuccessful answer.
    pub error: String,
    /// The codes of successful answers.
    pub success_codes: Vec<String>,
    /// The codes of successful answers that changed nothing.
    pub noop_codes: Vec<String>,
    /// The codes of unsuccessful answers.
    pub error_codes: Vec<String>,
    /// Errors of the database that are answers; the first that fits is taken.
    pub database_errors: Vec<DatabaseError>,
}

/// An error of the database that is an unsuccessful answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DatabaseError {
    /// Its SQLSTATE.
    pub sqlstate: String,
    /// The constraint that it is of; any, where there is none.
    pub constraint: Option<String>,
    /// The answer, as the database would give it.
    pub response: String,
}

/// How a function answers, and what of it is a success.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Convention {
    /// One JSON document: a success if its `success` is true. Its other keys are the fields.
    Flat,
    /// A row with columns that tell how it went.
    Composite(Outcome),
    /// A row: a success if it is there, that is if any of its columns is not NULL.
    Row {
        /// The code of an answer without a row; none where that breaks the contract.
        missing: Option<String>,
    },
    /// Rows, any number of them: a success whenever the function returns.
    List,
    /// OUT parameters: a success whenever the function returns.
    Out,
    /// One value: a success whenever the function returns.
    Scalar,
    /// Nothing: a success whenever the function returns.
    Void,
}

impl Convention {
    /// The word for it in the manifest.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Composite(_) => "composite",
            Self::Row { .. } => "row",
            Self::List => "list",
            Self::Out => "out",
            Self::Scalar => "scalar",
            Self::Void => "void",
        }
    }
}

/// The columns of a composite that tell how it went. Without `success` the code tells: it is one of the codes of success, or of error.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Outcome {
    /// A boolean: whether the mutation did what it was asked to.
    pub success: Option<String>,
    /// A text or an enum: the code.
    pub code: Option<String>,
    /// A text for people.
    pub message: Option<String>,
    /// A boolean: whether anything changed.
    pub changed: Option<String>,
}

/// An argument of a mutation's function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Argument {
    /// Its name in SQL.
    pub name: String,
    /// Its SQL type as PostgreSQL prints it.
    pub sql_type: String,
    /// The marker in `pgmutate::sql` of the built-in type that it is bound as.
    pub marker: String,
    /// Its Rust type.
    pub rust: Rust,
    /// Whether NULL may be passed.
    pub nullable: bool,
    /// Whether it is VARIADIC: its array is passed as a whole, which a call must say.
    pub variadic: bool,
    /// Whether it has a DEFAULT, so that a call may leave it out.
    pub optional: bool,
    /// Whether the server fills it, and no client.
    pub context: bool,
    /// The DEFAULT as it is written.
    pub default: Option<String>,
    /// `file:line` of the argument.
    pub source: String,
    /// Its documentation, line by line.
    pub docs: Vec<String>,
}

/// A part of a statement; see `pgmutate::contract::Part`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// SQL as it stands.
    Text(String),
    /// An optional argument in the call.
    Optional {
        /// Index of the argument.
        argument: usize,
        /// The text before the placeholder.
        before: String,
        /// The text behind it.
        after: String,
    },
    /// An optional argument's value outside the call.
    Value(usize),
    /// The response in the row that is answered, which may be kept on its way.
    Response,
    /// Where the settings of the session are made, in a FROM that everything after it reads.
    Settings,
    /// Where the statement makes sure that it runs in the transaction that was begun for it.
    Guard,
}
