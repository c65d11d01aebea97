//! Selections: what a GraphQL client asked for, compiled once against the tables and used for many documents.
//!
//! A selection becomes a table of its own, in which the fields that were not selected are marked to be stepped over, and the others have their response
//! names. Where the selection's order is jsonb's everywhere, fields are written as they come; otherwise it is found first where each value is.

mod compile;
mod parse;

use std::fmt;

use bytes::BytesMut;

use super::engine;
use super::pattern::Prefix;
use super::settings::Transform;
use super::table::{Field, Object};
use super::{Engine, Error};

/// How deep selections may be nested.
const DEPTH: usize = 64;

/// Something that is asked for, in the order in which it is to be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selected {
    /// A field by the client's name.
    Field {
        /// Its name in the response, where that is another.
        alias: Option<String>,
        /// Its name in the type.
        name: String,
        /// What is asked for of its objects; empty for everything else.
        under: Vec<Selected>,
    },
    /// The `__typename`.
    Typename {
        /// Its name in the response, where that is another.
        alias: Option<String>,
    },
    /// What is asked for only of objects of one type: `... on Card { lastFour }`.
    On {
        /// The concrete type.
        typename: String,
        /// What is asked for of it.
        under: Vec<Selected>,
    },
}

impl Selected {
    /// Reads what is written as in GraphQL, between braces and including them.
    ///
    /// # Errors
    /// When it cannot be read: arguments, directives and named fragments belong to the GraphQL server.
    pub fn parse(text: &str) -> Result<Vec<Self>, SelectionError> {
        parse::parse(text)
    }
}

/// A selection that was compiled for a type.
///
/// A field that was selected and is absent is answered with `null`. What was not selected is only checked to be JSON.
///
/// ```
/// use pgmutate::transform::{Field, Object, Selection, Value};
///
/// static CUSTOMER: Object = Object::new("Customer", &[
///     Field::new("id", "id", Value::Scalar),
///     Field::new("email", "email", Value::Scalar),
///     Field::new("first_name", "firstName", Value::Scalar).nullable(),
/// ]);
///
/// let selection = Selection::parse(&CUSTOMER, "{ name: firstName id }")?;
/// let mut out = Vec::new();
/// selection.run(br#"{"id": 7, "email": "ada@example.com", "first_name": "Ada"}"#, &mut out)?;
/// assert_eq!(out, br#"{"name":"Ada","id":7}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Selection {
    settings: Transform,
    pub(super) choices: Vec<Choice>,
    /// Whether jsonb's order is the order of the selection everywhere.
    pub(super) in_order: bool,
    /// Whether the canonical engine can do it.
    pub(super) canonical: bool,
}

/// What is selected of the objects at one place: of each type that may be there.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) types: Vec<Chosen>,
}

/// What is selected of the objects of one type.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) object: &'static Object,
    /// Its number among the types of its choice.
    pub(super) number: u32,
    /// The type's fields: those that are not selected are marked, the others have their response names.
    pub(super) fields: Vec<Field>,
    /// For each field, what is selected of its objects.
    pub(super) choices: Vec<Option<usize>>,
    /// It is an element of a list, and of all types that may be there only scalars are selected: these objects are written as they end.
    pub(super) early: bool,
    /// What was asked for, in order.
    pub(super) slots: Vec<Slot>,
    /// What is written of it in that order where places are gathered, with what is written of the objects that are embedded in it.
    pub(super) steps: Vec<Step>,
    /// How many spans its node has: its own, one for each field, and the nodes that are embedded in it.
    pub(super) spans: usize,
    /// How far its node is behind the span that refers to it, where it is embedded in the node of the object around it; else zero.
    pub(super) embedded: usize,
    /// What comes before the fields where they are written as they come.
    pub(super) prefix: Prefix,
}

#[derive(Debug)]
pub(super) struct Slot {
    /// The response name, as it is written behind another: `,"name":`.
    pub(super) key: String,
    pub(super) what: What,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    Typename,
    Field {
        number: usize,
        /// What is selected of its objects.
        choice: Option<usize>,
    },
}

/// A text that is written, and what behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// A key, with the typename behind it where that is asked for; the first of an object begins with its brace. Or the brace at the end of an embedded object.
    pub(super) text: Prefix,
    pub(super) holds: Holds,
    /// Which of the spans behind the node's own tells where the value is.
    pub(super) span: usize,
}

/// What is written behind a text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Holds {
    /// Nothing.
    Nothing,
    Scalar,
    /// What is written before the object is put in order: JSON of no known type, and objects that are [early](Chosen::early).
    Written,
    /// Other objects: what is selected of them.
    Objects(usize),
    /// An object whose node is embedded: so many steps write it, where it is there.
    Embedded(usize),
}

impl Choice {
    /// Whether the objects are written as they end: see [`Chosen::early`].
    #[inline(always)]
    pub(super) fn is_early(&self) -> bool {
        self.types.first().is_some_and(|chosen| chosen.early)
    }

    /// What is selected of an object of this type.
    #[inline(always)]
    pub(super) fn of(&self, object: &Object) -> Option<&Chosen> {
        self.types.iter().find(|chosen| std::ptr::eq(chosen.object, object))
    }
}

impl Selection {
    /// Compiles a selection for a type.
    ///
    /// # Errors
    /// When a field or type does not exist, a response name is given to two fields, an object is asked for without its fields, or the selection is too deep or
    /// too large.
    pub fn new(object: &'static Object, selected: &[Selected]) -> Result<Self, SelectionError> {
        Self::among(&[object], selected)
    }

    /// Compiles a selection for documents that may each be of one of these types: as for a union, where a field belongs to one of them, the selection says
    /// so (`... on CreateOrderSuccess { order { id } }`). The first is that of [`run`](Self::run).
    ///
    /// # Errors
    /// When there is no type, and see [`new`](Self::new).
    pub fn among(objects: &[&'static Object], selected: &[Selected]) -> Result<Self, SelectionError> {
        let Some(object) = objects.first() else { return Err(SelectionError::new("there is no type".to_owned())) };
        compile::compile(Transform::new(object), objects, selected)
    }

    /// Compiles a selection that is written as in GraphQL: `{ id total: sum items { sku } payment { ... on Card { lastFour } } }`.
    ///
    /// # Errors
    /// When it cannot be read, and see [`new`](Self::new).
    pub fn parse(object: &'static Object, text: &str) -> Result<Self, SelectionError> {
        Self::new(object, &Selected::parse(text)?)
    }

    /// The same selection under the policy and limits of `settings`; the type and the policy for unknown keys are not taken over.
    pub fn settings(mut self, settings: &Transform) -> Self {
        self.settings = Transform { object: self.settings.object, ..*settings };
        self
    }

    /// The same selection with another engine.
    pub fn engine(mut self, engine: Engine) -> Self {
        self.settings.engine = engine;
        self
    }

    /// Transforms a document, and appends what was selected to `out`.
    ///
    /// # Errors
    /// When the document is not JSON, or a selected field breaks a policy. `out` is then as it was before the call.
    pub fn run(&self, document: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        engine::select(&self.settings, self, document, out)
    }

    /// The same for a document that is of this one of the [types](Self::among).
    ///
    /// # Errors
    /// See [`run`](Self::run). A document of another type is refused as no object.
    pub fn run_of(&self, object: &'static Object, document: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        engine::select(&Transform { object, ..self.settings }, self, document, out)
    }

    /// Whether documents of this type can be selected from.
    pub(crate) fn is_of(&self, object: &'static Object) -> bool {
        self.choices.first().is_some_and(|choice| choice.of(object).is_some())
    }

    /// The same as [`run`](Self::run), into a [`BytesMut`].
    ///
    /// # Errors
    /// See [`run`](Self::run).
    pub fn run_into(&self, document: &[u8], out: &mut BytesMut) -> Result<(), Error> {
        engine::select(&self.settings, self, document, out)
    }
}

/// Why a selection cannot be compiled.
#[derive(Debug, PartialEq, Eq)]
pub struct SelectionError {
    pub(super) path: Vec<String>,
    pub(super) reason: String,
}

impl SelectionError {
    fn new(reason: String) -> Self {
        Self { path: Vec::new(), reason }
    }

    fn under(mut self, name: &str) -> Self {
        self.path.insert(0, name.to_owned());
        self
    }
}

impl fmt::Display for SelectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        if self.path.is_empty() { Ok(()) } else { write!(f, ", under `{}`", self.path.join(".")) }
    }
}

impl std::error::Error for SelectionError {}
