//! What a call has to fit: a function or an operator, of the server or of the sources.

use crate::catalog::{Builtin, Catalog, Function, FunctionId, FunctionKind, Mode, Type};

/// A function as a call sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    /// Its name, without a schema.
    pub name: String,
    /// The parameters that a call gives.
    pub inputs: Vec<Input>,
    /// Whether the last parameter takes any number of values.
    pub variadic: bool,
    /// The result of one row.
    pub result: Type,
    /// The parameters that make up the result; a single one names its column.
    pub outputs: Vec<(String, Type)>,
    /// Whether it gives rows, any number of them.
    pub set: bool,
    /// Function, procedure, aggregate or window function.
    pub kind: FunctionKind,
    /// The function of the catalogue; `None` for one of the server.
    pub function: Option<FunctionId>,
}

/// A parameter that a call gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Input {
    /// Its name.
    pub name: Option<String>,
    /// Its type.
    pub ty: Type,
    /// Whether a call may leave it out.
    pub default: bool,
}

impl Signature {
    /// The signature of a function of the catalogue.
    pub fn of(id: FunctionId, function: &Function) -> Self {
        let inputs = function.inputs().map(|argument| Input {
            name: argument.name.clone(),
            ty: argument.ty.ty.clone(),
            default: argument.default.is_some(),
        });
        let outputs: Vec<_> = function
            .outputs()
            .map(|argument| (argument.name.clone().unwrap_or_default(), argument.ty.ty.clone()))
            .collect();
        Self {
            name: function.name.name.clone(),
            inputs: inputs.collect(),
            variadic: function.arguments.iter().any(|argument| argument.mode == Mode::Variadic),
            result: function.result_type(),
            outputs,
            set: function.returns_set(),
            kind: function.kind,
            function: Some(id),
        }
    }

    /// The type of the parameter at `position` of a call with `count` values, if VARIADIC is spread.
    pub(super) fn spread_type(&self, position: usize) -> Option<Type> {
        let last = self.inputs.len().checked_sub(1)?;
        if !self.variadic || position < last {
            return self.inputs.get(position).map(|input| input.ty.clone());
        }
        match &self.inputs.get(last)?.ty {
            Type::Array(element) => Some((**element).clone()),
            Type::Builtin(Builtin::ANYARRAY) => Some(Builtin::ANYELEMENT.into()),
            Type::Builtin(Builtin::ANYCOMPATIBLEARRAY) => Some(Builtin::ANYCOMPATIBLE.into()),
            other => Some(other.clone()),
        }
    }

    /// `name(integer, text)`
    pub fn display(&self, catalog: &Catalog) -> String {
        let inputs: Vec<String> = self.inputs.iter().map(|input| catalog.display(&input.ty).to_string()).collect();
        format!("{}({})", self.name, inputs.join(", "))
    }
}

/// An operator.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Operator {
    /// Its left operand; `None` for a prefix operator.
    pub left: Option<Type>,
    /// Its right operand.
    pub right: Type,
    /// Its result.
    pub result: Type,
}
