//! Functions, procedures and aggregates.

use super::{Builtin, Catalog, Origin, QualifiedName, Text, Type, TypeKind, TypeUse};
use crate::source::Span;

/// A function, procedure or aggregate in [`Catalog::functions`](super::Catalog::functions).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FunctionId(pub(super) u32);

/// One function, procedure or aggregate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Function {
    /// Its name; overloads share it.
    pub name: QualifiedName,
    /// Function, procedure, aggregate or window function.
    pub kind: FunctionKind,
    /// All parameters in the order in which they are written, the columns of RETURNS TABLE last.
    pub arguments: Vec<Argument>,
    /// What RETURNS says.
    pub returns: Returns,
    /// The language in lower case.
    pub language: String,
    /// IMMUTABLE, STABLE or VOLATILE.
    pub volatility: Volatility,
    /// Whether a NULL argument gives NULL without a call.
    pub strict: bool,
    /// Whose rights it runs with.
    pub security: Security,
    /// The role that the last OWNER TO names, if there is one and it names a role.
    pub owner: Option<String>,
    /// Whether it is LEAKPROOF.
    pub leakproof: bool,
    /// PARALLEL.
    pub parallel: Parallel,
    /// SET clauses, in order.
    pub settings: Vec<Setting>,
    /// COMMENT ON FUNCTION.
    pub comment: Option<String>,
    /// Its body.
    pub body: Body,
    /// The search path in effect where it was defined, which the server uses to resolve its header.
    pub search_path: Vec<String>,
    /// Who defines it.
    pub origin: Origin,
    /// Where it is; none for an extension's.
    pub spans: Option<FunctionSpans>,
}

/// Where a function is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FunctionSpans {
    /// Its name with its schema.
    pub name: Span,
    /// The statement without the body.
    pub header: Span,
    /// The whole statement.
    pub statement: Span,
}

/// What `pg_proc.prokind` says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FunctionKind {
    /// CREATE FUNCTION
    Function,
    /// CREATE PROCEDURE
    Procedure,
    /// CREATE AGGREGATE
    Aggregate,
    /// CREATE FUNCTION ... WINDOW
    Window,
}

/// One parameter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Argument {
    /// IN, OUT, INOUT, VARIADIC, or a column of RETURNS TABLE.
    pub mode: Mode,
    /// Its name.
    pub name: Option<String>,
    /// Its type.
    pub ty: TypeUse,
    /// The default expression.
    pub default: Option<Text>,
    /// The whole parameter.
    pub span: Option<Span>,
}

/// How a parameter carries values.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Mode {
    /// Into the function.
    In,
    /// Out of it.
    Out,
    /// Both.
    InOut,
    /// Into it, any number.
    Variadic,
    /// A column of RETURNS TABLE.
    Table,
}

impl Mode {
    /// Whether a call gives a value for it.
    pub fn is_input(self) -> bool {
        matches!(self, Self::In | Self::InOut | Self::Variadic)
    }

    /// Whether the result holds a value for it.
    pub fn is_output(self) -> bool {
        matches!(self, Self::Out | Self::InOut | Self::Table)
    }

    /// As `pg_proc.proargmodes` has it.
    pub fn letter(self) -> char {
        match self {
            Self::In => 'i',
            Self::Out => 'o',
            Self::InOut => 'b',
            Self::Variadic => 'v',
            Self::Table => 't',
        }
    }
}

/// What RETURNS says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Returns {
    /// No RETURNS: a procedure, or a function whose OUT parameters are its result.
    Parameters,
    /// One value, or a set of them.
    Value {
        /// The type.
        ty: TypeUse,
        /// SETOF.
        set: bool,
    },
    /// RETURNS TABLE: the arguments of mode [`Mode::Table`].
    Table,
}

/// IMMUTABLE, STABLE or VOLATILE.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Volatility {
    /// The same result for ever.
    Immutable,
    /// The same result within a statement; may not write.
    Stable,
    /// Anything; the default.
    Volatile,
}

/// Whose rights a function runs with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Security {
    /// The caller's; the default.
    Invoker,
    /// The owner's.
    Definer,
}

/// PARALLEL
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Parallel {
    /// The default.
    Unsafe,
    /// Only in the leader.
    Restricted,
    /// Anywhere.
    Safe,
}

/// One SET clause of a function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting {
    /// The setting in lower case.
    pub name: String,
    /// Its values without quotes; more than one only for lists such as `search_path`. None is FROM CURRENT.
    pub values: Option<Vec<String>>,
}

/// Where the body of a function is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Body {
    /// A string: dollar-quoted, single-quoted or E''. The span holds the quotes.
    Quoted(Span),
    /// `BEGIN ATOMIC ... END` or `RETURN expression`.
    Inline(Span),
    /// It is not SQL: a symbol of a library, an extension's or a stub's.
    None,
}

impl Function {
    /// The parameters for which a call gives values, in order.
    pub fn inputs(&self) -> impl Iterator<Item = &Argument> {
        self.arguments.iter().filter(|argument| argument.mode.is_input())
    }

    /// The parameters that make up the result, in order.
    pub fn outputs(&self) -> impl Iterator<Item = &Argument> {
        self.arguments.iter().filter(|argument| argument.mode.is_output())
    }

    /// The schemas of its own `SET search_path`, if it has one.
    pub fn fixed_search_path(&self) -> Option<&[String]> {
        self.settings.iter().rev().find(|setting| setting.name == "search_path").and_then(|s| s.values.as_deref())
    }

    /// Whether a call gives rows, any number of them.
    pub fn returns_set(&self) -> bool {
        match &self.returns {
            Returns::Table => true,
            Returns::Value { set, .. } => *set,
            Returns::Parameters => false,
        }
    }

    /// `pg_proc.prorettype`: one output gives its own type, several give `record`.
    pub fn result_type(&self) -> Type {
        let mut outputs = self.outputs();
        match (&self.returns, outputs.next(), outputs.next()) {
            (_, Some(only), None) if self.kind != FunctionKind::Procedure => only.ty.ty.clone(),
            (_, Some(_), _) => Builtin::RECORD.into(),
            (Returns::Value { ty, .. }, None, _) => ty.ty.clone(),
            (_, None, _) => Builtin::VOID.into(),
        }
    }

    /// What a caller gets.
    pub fn return_kind(&self, catalog: &Catalog) -> ReturnKind {
        match &self.returns {
            Returns::Table => ReturnKind::Table,
            _ if self.outputs().next().is_some() => ReturnKind::Out,
            Returns::Parameters => ReturnKind::Void,
            Returns::Value { set: true, .. } => ReturnKind::SetOf,
            Returns::Value { ty, .. } => catalog.return_kind_of(&ty.ty),
        }
    }
}

impl Catalog {
    fn return_kind_of(&self, ty: &Type) -> ReturnKind {
        match ty {
            Type::Builtin(Builtin::VOID) => ReturnKind::Void,
            Type::Builtin(Builtin::TRIGGER) => ReturnKind::Trigger,
            Type::Builtin(Builtin::EVENT_TRIGGER) => ReturnKind::EventTrigger,
            Type::Builtin(Builtin::JSON) => ReturnKind::Json,
            Type::Builtin(Builtin::JSONB) => ReturnKind::Jsonb,
            Type::Builtin(Builtin::RECORD) => ReturnKind::Record,
            Type::Defined(id) => match &self.type_def(*id).kind {
                TypeKind::Composite(_) => ReturnKind::Composite,
                TypeKind::Row(_) => ReturnKind::Row,
                TypeKind::Domain(domain) => self.return_kind_of(&domain.base.ty),
                _ => ReturnKind::Scalar,
            },
            Type::Builtin(_) | Type::Array(_) => ReturnKind::Scalar,
            Type::Unknown(_) => ReturnKind::Unknown,
        }
    }
}

/// What a caller gets from a function.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ReturnKind {
    /// One value of a base type, an enum, a range or an array.
    Scalar,
    /// `json`
    Json,
    /// `jsonb`
    Jsonb,
    /// A composite type of its own.
    Composite,
    /// A row of a table or view.
    Row,
    /// `record` without columns.
    Record,
    /// `SETOF`
    SetOf,
    /// `RETURNS TABLE`
    Table,
    /// OUT or INOUT parameters.
    Out,
    /// Nothing.
    Void,
    /// A trigger function.
    Trigger,
    /// A function of an event trigger.
    EventTrigger,
    /// A type that no source defines.
    Unknown,
}

impl ReturnKind {
    /// The word in the catalogue's JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Json => "json",
            Self::Jsonb => "jsonb",
            Self::Composite => "composite",
            Self::Row => "row",
            Self::Record => "record",
            Self::SetOf => "setof",
            Self::Table => "table",
            Self::Out => "out",
            Self::Void => "void",
            Self::Trigger => "trigger",
            Self::EventTrigger => "event_trigger",
            Self::Unknown => "unknown",
        }
    }
}
