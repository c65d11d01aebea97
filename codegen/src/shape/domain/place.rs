//! Where knowledge comes from, and where it ends.

use std::collections::BTreeSet;

use super::Join;
use crate::source::Span;

/// Whether a value may be null.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Nullness {
    /// It is never null.
    #[default]
    Never,
    /// Only data tells: a row may be missing, or a caller may pass null. Nothing in the SQL says that it happens.
    Unproven,
    /// Callers may pass it so: the manifest declares that, and nothing in the SQL has looked at it.
    Passed,
    /// The SQL says that it happens: a column without NOT NULL, an outer join, an aggregate of nothing, a NULL on a path.
    Nullable,
}

impl Join for Nullness {
    fn join(self, other: Self) -> Self {
        self.max(other)
    }
}

/// Where a thing is written; several places where several paths write it.
pub type Places = BTreeSet<Span>;

/// More places than these first ones are not kept.
const MAX_PLACES: usize = 50;

/// The places of both, as far as anybody reads them.
pub(super) fn join_places(mut places: Places, others: Places) -> Places {
    places.extend(others);
    while places.len() > MAX_PLACES {
        places.pop_last();
    }
    places
}

/// Why something is not known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// It comes from a caller.
    Input,
    /// A table's json column that no function fills.
    Column,
    /// A function, table or type that no source defines.
    Undefined,
    /// A statement made at run time.
    Dynamic,
    /// Keys that are made at run time.
    DynamicKey,
    /// A function of PostgreSQL or an extension whose result is not followed.
    NotFollowed,
    /// Nothing tells which of several functions is called.
    Overload,
    /// It was not understood.
    NotUnderstood,
    /// It is recursive without a bound, or larger than the analysis follows.
    TooLarge,
    /// Two paths give values of different kinds.
    Mixed,
}

impl Reason {
    /// The reason in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Input => "it comes from the caller",
            Self::Column => "no function fills this column",
            Self::Undefined => "no SQL file defines it",
            Self::Dynamic => "the statement is made at run time",
            Self::DynamicKey => "its keys are made at run time",
            Self::NotFollowed => "the function is not followed",
            Self::Overload => "nothing tells which function is called",
            Self::NotUnderstood => "it was not understood",
            Self::TooLarge => "it has no bound",
            Self::Mixed => "paths give values of different kinds",
        }
    }
}

/// Something that is not known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Opaque {
    /// Why.
    pub reason: Reason,
    /// Where knowledge ends.
    pub span: Option<Span>,
}

impl Opaque {
    /// Knowledge ends at `span`.
    pub fn new(reason: Reason, span: Option<Span>) -> Self {
        // Mixed values have no place, wherever they meet: so it does not matter in which order they do.
        Self { reason, span: span.filter(|_| reason != Reason::Mixed) }
    }
}

impl Join for Opaque {
    fn join(self, other: Self) -> Self {
        self.min(other)
    }
}

/// A part of an argument of the function that was asked about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct InputPath {
    /// The argument's position among the inputs.
    pub argument: usize,
    /// The way into it; empty for the argument itself.
    pub steps: Vec<InputStep>,
}

impl InputPath {
    /// The part below this one.
    pub fn step(&self, step: InputStep) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self { argument: self.argument, steps }
    }
}

/// One step into a jsonb argument.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum InputStep {
    /// The value of a key.
    Key(String),
    /// Any element of an array.
    Element,
}
