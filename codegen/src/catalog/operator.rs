//! Operators and casts that the sources define.

use super::{ObjectName, Type};
use crate::resolve::CastContext;

/// One CREATE OPERATOR.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OperatorDef {
    /// Its name, without a schema.
    pub name: String,
    /// The type of its left operand; `None` for a prefix operator.
    pub left: Option<Type>,
    /// The type of its right operand.
    pub right: Type,
    /// The function that it calls.
    pub function: ObjectName,
    /// The search path in effect where it was defined.
    pub search_path: Vec<String>,
}

/// One CREATE CAST.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CastDef {
    /// From this type
    pub source: Type,
    /// to this one.
    pub target: Type,
    /// When it is made without being written.
    pub context: CastContext,
}
