//! What a call has to fit: a function or an operator, of the server or of the sources.

use crate::catalog::{Builtin, Catalog, Function, FunctionId, FunctionKind, Mode, Type};

/// Major versions of PostgreSQL: any of those that the data knows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Majors(u8);

impl Majors {
    /// The oldest that is known.
    pub const OLDEST: u32 = 14;
    /// The newest that is known.
    pub const NEWEST: u32 = 18;
    /// All that are known.
    pub const ALL: Self = Self((1 << (Self::NEWEST - Self::OLDEST + 1)) - 1);
    /// None.
    pub const NONE: Self = Self(0);

    /// One major; `None` if nothing is known of it.
    pub fn of(major: u32) -> Option<Self> {
        (Self::OLDEST..=Self::NEWEST).contains(&major).then(|| Self(1 << (major - Self::OLDEST)))
    }

    /// `*`, or numbers with commas between them; one that is not known counts for nothing.
    pub(super) fn parse(list: &str) -> Self {
        if list == "*" {
            return Self::ALL;
        }
        let majors = list.split(',').filter_map(|major| Self::of(major.parse().ok()?));
        Self(majors.fold(0, |all, major| all | major.0))
    }

    /// Whether some are in both.
    pub fn overlap(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Those of either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl std::fmt::Display for Majors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let numbers =
            (Self::OLDEST..=Self::NEWEST).filter(|&major| Self::of(major).is_some_and(|one| self.overlap(one)));
        let numbers: Vec<String> = numbers.map(|major| major.to_string()).collect();
        match numbers.as_slice() {
            [first @ .., last] if !first.is_empty() => write!(f, "{} and {last}", first.join(", ")),
            other => f.write_str(&other.concat()),
        }
    }
}

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
    /// The majors that have it; all for one of the catalogue.
    pub majors: Majors,
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
            majors: Majors::ALL,
        }
    }

    /// A procedure as CALL sees it.
    pub(super) fn of_procedure(id: FunctionId, procedure: &Function) -> Self {
        let inputs = procedure.arguments.iter().map(|argument| Input {
            name: argument.name.clone(),
            ty: argument.ty.ty.clone(),
            default: argument.default.is_some(),
        });
        Self { inputs: inputs.collect(), ..Self::of(id, procedure) }
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
    /// The majors that have it.
    pub majors: Majors,
}
