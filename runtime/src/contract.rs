//! What the generator knows of a mutation and hands to the runtime: plain statics, decided at build time.

use crate::transform::{Object, Selected, Selection, SelectionError};

/// A mutation as the generator checked it: its function, its statement and the shapes of its answers.
#[derive(Debug)]
pub struct Contract {
    /// Its name in the manifest and in GraphQL, such as `createOrder`.
    pub name: &'static str,
    /// The SQL function, schema-qualified, such as `app.create_order`.
    pub function: &'static str,
    /// Where the function is defined: `file:line`.
    pub source: &'static str,
    /// What tells the function's body from every other: the first half of the SHA-256 of its text in UTF-8, whose lines end with `\n`, in
    /// hexadecimal. Empty where the body is no string.
    pub body: &'static str,
    /// The role whose rights the function runs with, where it is SECURITY DEFINER and the files say whose it is; empty otherwise.
    pub owner: &'static str,
    /// The schema that holds the event log, such as `app`.
    pub log_schema: &'static str,
    /// What a call sets in its session, whether it says so or not.
    pub settings: &'static [Setting],
    /// The function's arguments, in the order in which they are bound.
    pub arguments: &'static [Argument],
    /// The statement, in parts.
    pub statement: &'static [Part],
    /// The codes that answers may have, those of successful ones first.
    pub codes: &'static [&'static str],
    /// Errors of the database that are unsuccessful answers; the first that fits is taken.
    pub database_errors: &'static [DatabaseError],
    /// The shape of a successful answer.
    pub success: &'static Object,
    /// The shape of an unsuccessful answer.
    pub error: &'static Object,
}

impl Contract {
    /// Compiles what a client asked for of the answer, which is one of two types, that of a success and that of an error, as a GraphQL union of them.
    ///
    /// Compile it once for an operation and use it for every call ([`Mutation::selecting`](crate::Mutation::selecting)). What only one of the types has
    /// stands under a condition: `{ __typename ... on CreateOrderSuccess { order { total id } } ... on CreateOrderError { code message } }`.
    ///
    /// # Errors
    /// When a field or type does not exist in the answer, and as [`Selection::new`].
    pub fn selection(&self, selected: &[Selected]) -> Result<Selection, SelectionError> {
        Selection::among(&[self.success, self.error], selected)
    }

    /// Compiles a selection that is written as in GraphQL.
    ///
    /// # Errors
    /// When it cannot be read, and see [`selection`](Self::selection).
    pub fn parse_selection(&self, text: &str) -> Result<Selection, SelectionError> {
        self.selection(&Selected::parse(text)?)
    }
}

/// An error of the database that the manifest maps to an answer.
#[derive(Debug)]
pub struct DatabaseError {
    /// Its SQLSTATE.
    pub sqlstate: &'static str,
    /// The constraint that it is of; any, where there is none.
    pub constraint: Option<&'static str>,
    /// The answer, as the database would give it.
    pub response: &'static str,
}

/// A setting of the session that the manifest declares.
#[derive(Debug)]
pub struct Setting {
    /// Its name, such as `app.tenant_id`.
    pub name: &'static str,
    /// Its value for a call whose [`Context`](crate::Context) does not set it.
    pub default: &'static str,
}

/// An argument of a mutation's function.
#[derive(Debug)]
pub struct Argument {
    /// Its name in SQL.
    pub name: &'static str,
    /// Its SQL type as the user wrote it, such as `uuid`.
    pub sql_type: &'static str,
    /// Whether it has a DEFAULT, so that the call may leave it out.
    pub optional: bool,
}

/// A part of a statement. A statement without optional arguments is one [`Part::Text`].
#[derive(Debug)]
pub enum Part {
    /// SQL as it stands; every argument before the first optional one is `$1`, `$2`, ... in it.
    Text(&'static str),
    /// An optional argument in the call: `, name => $n` where it is given (with the cast, `, name => $n::cast`), nothing where it is left out.
    /// The comma is left out where it is the first argument.
    Optional {
        /// Index into [`Contract::arguments`].
        argument: usize,
        /// The text around the placeholder: before it (`, phone => `) and behind it (`::text`).
        before: &'static str,
        /// See `before`.
        after: &'static str,
    },
    /// The value of an argument outside the call (in an event): `$n` where it is given, `NULL` where it is left out.
    Value(usize),
    /// The response in the row that is answered: the column itself, or a call that keeps it under an idempotency key on its way.
    Response,
    /// The FROM that makes the call's settings before anything is read; nothing where there are none. A statement without this part, because it reads
    /// tables itself and is planned before it runs, has them made ahead of it.
    Settings,
    /// The WHERE without which nothing runs: that the transaction was begun; nothing where the statement is its own transaction.
    Guard,
}

/// What stands in for a contract where the derive found a mistake: so one mistake is one error. It is never executed.
#[doc(hidden)]
pub static SKELETON: Contract = Contract {
    name: "",
    function: "",
    source: "",
    body: "",
    owner: "",
    log_schema: "",
    settings: &[],
    arguments: &[],
    statement: &[],
    codes: &[],
    database_errors: &[],
    success: &Object::new("Skeleton", &[]),
    error: &Object::new("Skeleton", &[]),
};
