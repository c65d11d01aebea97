//! An object of the files or of the database, in the one form in which both are compared.

use crate::catalog::QualifiedName;
use crate::source::Span;

/// What an object is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Kind {
    /// A function, procedure or aggregate.
    Function,
    /// A table, view or sequence.
    Relation,
    /// An enum, composite type, domain or range.
    Type,
    /// A schema, which only has rights.
    Schema,
}

impl Kind {
    /// The word for people.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Relation => "relation",
            Self::Type => "type",
            Self::Schema => "schema",
        }
    }
}

/// What tells an object from every other: `app.f(integer)`.
pub(super) type Key = (Kind, String);

/// One object.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) kind: Kind,
    /// Schema and name.
    pub(super) name: QualifiedName,
    /// The name for people; of a function with the types of its inputs, so that overloads differ.
    pub(super) shown: String,
    /// Its number in the database; none in the files.
    pub(super) oid: Option<u32>,
    /// Where it is defined; none in the database.
    pub(super) place: Option<Span>,
    /// The object's own facts first, under an empty name, then those of its columns or fields, in order.
    pub(super) parts: Vec<Part>,
    /// Whether `parts` holds all columns or fields.
    pub(super) complete: bool,
    /// Keys, checks and indexes, triggers and policies.
    pub(super) rules: Vec<Rule>,
    /// Indexes that a partition has of its parent, in the database: the files may define them, and need not.
    pub(super) inherited: Vec<Rule>,
    /// Whether code in the files that nobody reads here names it: it may tie more to it.
    pub(super) is_in_code: bool,
    /// The search path along which its expressions are read.
    pub(super) search_path: Vec<String>,
}

impl Object {
    pub(super) fn key(&self) -> Key {
        (self.kind, self.shown.clone())
    }
}

/// An object itself or a column of it.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// The column's name; empty for the object.
    pub(super) name: String,
    pub(super) place: Option<Span>,
    pub(super) facts: Vec<Fact>,
}

/// One fact, such as the type of a column.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    /// What it is of, the same words on both sides.
    pub(super) what: String,
    pub(super) value: Value,
}

impl Fact {
    pub(super) fn text(what: impl Into<String>, text: impl Into<String>) -> Self {
        Self { what: what.into(), value: Value::Text(text.into()) }
    }
}

/// What a fact says.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Value {
    /// Words that both sides write alike.
    Text(String),
    /// SQL that the server keeps in a form of its own.
    Sql(Sql),
    /// The body of a function, character for character.
    Body(String),
    /// It cannot be known from this side, and is not compared.
    Unknown,
}

/// An expression or a query.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Sql {
    pub(super) text: String,
    pub(super) asked: Asked,
}

/// In what surroundings SQL stands.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Asked {
    /// A value of this type without columns: a default.
    Value {
        /// The type.
        ty: String,
    },
    /// A condition over the row of this table before and after.
    OfTrigger {
        /// The table.
        table: String,
    },
    /// A value over the columns of this table: a check, a generated column, a key of an index.
    OfTable {
        /// The table.
        table: String,
    },
    /// A check of a domain over this type, that names `VALUE`.
    OfDomain {
        /// The type below.
        base: String,
    },
    /// A query that gives these columns.
    Query {
        /// The columns, quoted.
        columns: String,
    },
}

/// What a table or domain demands of its values, and what is tied to it.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) kind: RuleKind,
    /// Its name; none where the files leave it to the server.
    pub(super) name: Option<String>,
    /// Such as `UNIQUE (email)`, without expressions.
    pub(super) form: String,
    /// The same without what the server leaves out where it is usual; mostly the same text.
    pub(super) short: String,
    /// Whether the form can be told from this side; otherwise only the name is compared.
    pub(super) is_known: bool,
    /// Its expressions, in order.
    pub(super) expressions: Vec<Sql>,
    /// The search path along which they are read, where it is not the object's.
    pub(super) search_path: Option<Vec<String>>,
    pub(super) place: Option<Span>,
}

/// What a rule is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RuleKind {
    /// A key, a check, a unique index: what values must keep to.
    Constraint,
    /// An index that demands nothing.
    Index,
    /// A trigger.
    Trigger,
    /// A policy of row security.
    Policy,
}

impl RuleKind {
    /// The word for people.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Constraint => "constraint",
            Self::Index => "index",
            Self::Trigger => "trigger",
            Self::Policy => "policy",
        }
    }
}

impl Rule {
    /// A constraint of this form.
    pub(super) fn constraint(name: Option<String>, form: String, expressions: Vec<Sql>, place: Option<Span>) -> Self {
        let short = form.clone();
        Rule { kind: RuleKind::Constraint, name, form, short, is_known: true, expressions, search_path: None, place }
    }
}
