//! Scalars: their SQL types and the constants they are known to be.

use std::collections::{BTreeMap, BTreeSet};

use super::place::join_places;
use super::{Join, Places};
use crate::catalog::{Builtin, Type};

/// More constants than this are no enumeration any more.
const MAX_LITERALS: usize = 48;

/// A scalar.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Scalar {
    /// Its SQL type; more than one where paths differ.
    pub types: BTreeSet<Type>,
    /// What it may be.
    pub literals: Literals,
}

/// What a scalar may be.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Literals {
    /// One of these constants, each with the places where it is written.
    Of(BTreeMap<Literal, Places>),
    /// Any value of its type.
    Any,
}

/// A constant.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Literal {
    /// `true` or `false`
    Bool(bool),
    /// A number as it is written.
    Number(String),
    /// A text.
    Text(String),
}

impl Literal {
    /// The constant as text.
    pub fn text(&self) -> &str {
        match self {
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
            Self::Number(text) | Self::Text(text) => text,
        }
    }
}

impl Scalar {
    /// Any value of `ty`.
    pub fn of(ty: impl Into<Type>) -> Self {
        Self { types: BTreeSet::from([ty.into()]), literals: Literals::Any }
    }

    /// The constant `literal`, written at `places`.
    pub fn literal(literal: Literal, places: Places) -> Self {
        let builtin = match &literal {
            Literal::Bool(_) => Builtin::BOOL,
            Literal::Number(number) if number.contains(['.', 'e', 'E']) => Builtin::NUMERIC,
            Literal::Number(number) if number.parse::<i32>().is_ok() => Builtin::INT4,
            Literal::Number(number) if number.parse::<i64>().is_ok() => Builtin::INT8,
            Literal::Number(_) => Builtin::NUMERIC,
            // As in SQL, a quoted constant has no type until something gives it one.
            Literal::Text(_) => Builtin::UNKNOWN,
        };
        let literals = Literals::Of(BTreeMap::from([(literal, places)]));
        Self { types: BTreeSet::from([builtin.into()]), literals }
    }

    /// The only constant it can be.
    pub fn only(&self) -> Option<&Literal> {
        match &self.literals {
            Literals::Of(literals) if literals.len() == 1 => literals.keys().next(),
            _ => None,
        }
    }

    /// The only type it can be of.
    pub fn only_type(&self) -> Option<&Type> {
        if self.types.len() == 1 { self.types.first() } else { None }
    }
}

impl Join for Literals {
    fn join(self, other: Self) -> Self {
        let (Self::Of(mut joined), Self::Of(others)) = (self, other) else { return Self::Any };
        for (literal, places) in others {
            let known = joined.remove(&literal).unwrap_or_default();
            joined.insert(literal, join_places(known, places));
        }
        if joined.len() > MAX_LITERALS { Self::Any } else { Self::Of(joined) }
    }
}

impl Join for Scalar {
    fn join(self, other: Self) -> Self {
        Self { types: self.types.join(other.types), literals: self.literals.join(other.literals) }
    }
}
