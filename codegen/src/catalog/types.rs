//! Types: how a column or an argument names one, and what the schema defines.

use super::{Builtin, Catalog, ObjectName, Origin, QualifiedName, RelationId, Text};
use crate::source::Span;

/// A type that the sources, an extension or a stub define, in [`Catalog::types`](super::Catalog::types).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TypeId(pub(super) u32);

/// A type.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Type {
    /// A type of `pg_catalog`.
    Builtin(Builtin),
    /// A type that is defined outside `pg_catalog`.
    Defined(TypeId),
    /// An array of any number of dimensions; its element is never an array.
    Array(Box<Type>),
    /// A name that no source defines: it may come from an extension or a schema that was not read.
    Unknown(ObjectName),
}

impl Type {
    /// The array of `self`; an array of arrays is the same array.
    pub fn array(self) -> Self {
        match self {
            Self::Array(_) => self,
            element => Self::Array(Box::new(element)),
        }
    }

    /// Whether it is the built-in type `builtin`.
    pub fn is(&self, builtin: Builtin) -> bool {
        *self == Self::Builtin(builtin)
    }

    /// Whether it, or its element, was not found.
    pub fn is_unknown(&self) -> bool {
        match self {
            Self::Unknown(_) => true,
            Self::Array(element) => element.is_unknown(),
            Self::Builtin(_) | Self::Defined(_) => false,
        }
    }
}

impl From<Builtin> for Type {
    fn from(builtin: Builtin) -> Self {
        Self::Builtin(builtin)
    }
}

/// A type where it is used: resolved, and as it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypeUse {
    /// The resolved type.
    pub ty: Type,
    /// Length, precision and the like, as `format_type` prints them: `20`, `10,2`.
    pub modifier: Option<String>,
    /// The text in the source, such as `core.customer.id%TYPE`.
    pub written: Text,
}

/// One type that is defined outside `pg_catalog`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypeDef {
    /// Its name.
    pub name: QualifiedName,
    /// What it is.
    pub kind: TypeKind,
    /// `COMMENT ON TYPE` or `DOMAIN`.
    pub comment: Option<String>,
    /// Who defines it.
    pub origin: Origin,
    /// Its name where it is defined.
    pub span: Option<Span>,
}

/// What a defined type is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TypeKind {
    /// An enum with its labels in order.
    Enum(Vec<String>),
    /// A composite type of its own.
    Composite(Vec<Field>),
    /// The row type of a table, view or materialised view.
    Row(RelationId),
    /// A domain.
    Domain(Domain),
    /// A range.
    Range {
        /// The type of its bounds.
        subtype: TypeUse,
    },
    /// The multirange of a range.
    Multirange {
        /// The range.
        range: Type,
    },
    /// A base type, of an extension or made with an input function; or one that is only announced.
    Base,
}

/// A field of a composite type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: TypeUse,
    /// Its name where it is defined.
    pub span: Option<Span>,
}

/// A domain over another type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Domain {
    /// The type below, which may be a domain too.
    pub base: TypeUse,
    /// Whether NULL is refused.
    pub not_null: bool,
    /// The default expression.
    pub default: Option<Text>,
    /// The CHECK expressions, with their names.
    pub checks: Vec<DomainCheck>,
}

/// A CHECK of a domain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DomainCheck {
    /// Its name, as it is written or as the server gives it.
    pub name: String,
    /// Whether its name is written.
    pub named: bool,
    /// The expression between the parentheses.
    pub expression: Text,
}

impl Catalog {
    /// The type as `format_type` prints it with an empty search path: `integer`, `core.address[]`.
    pub fn display<'a>(&'a self, ty: &'a Type) -> impl std::fmt::Display + 'a {
        Display { catalog: self, ty, modifier: None, of_column: false }
    }

    /// The type of a column with its length or precision: `character varying(20)`.
    pub fn display_use<'a>(&'a self, ty: &'a TypeUse) -> impl std::fmt::Display + 'a {
        Display { catalog: self, ty: &ty.ty, modifier: ty.modifier.as_deref(), of_column: true }
    }

    /// The type below all domains.
    pub fn base_type<'a>(&'a self, ty: &'a Type) -> &'a Type {
        match ty {
            Type::Defined(id) => match &self.type_def(*id).kind {
                // A domain is made after its base, so this ends.
                TypeKind::Domain(domain) => self.base_type(&domain.base.ty),
                _ => ty,
            },
            _ => ty,
        }
    }
}

struct Display<'a> {
    catalog: &'a Catalog,
    ty: &'a Type,
    modifier: Option<&'a str>,
    /// Whether a missing modifier means something: `character` alone has a length of one.
    of_column: bool,
}

impl std::fmt::Display for Display<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.ty {
            Type::Array(element) => {
                let element = Display { ty: element, ..*self };
                write!(f, "{element}[]")
            }
            Type::Builtin(builtin) => match (self.modifier, builtin.sql_name().split_once(" with")) {
                (None, _) if self.of_column && *builtin == Builtin::BIT => f.write_str("\"bit\""),
                (None, _) if self.of_column && *builtin == Builtin::BPCHAR => f.write_str("bpchar"),
                (None, _) => write!(f, "{builtin}"),
                // Interval fields are words; every other modifier stands in parentheses.
                (Some(words), _) if words.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                    write!(f, "{builtin} {words}")
                }
                (Some(modifier), Some((head, tail))) => write!(f, "{head}({modifier}) with{tail}"),
                (Some(modifier), None) => write!(f, "{builtin}({modifier})"),
            },
            Type::Defined(id) => {
                write!(f, "{}", self.catalog.type_def(*id).name)?;
                self.modifier.map_or(Ok(()), |modifier| write!(f, "({modifier})"))
            }
            Type::Unknown(name) => write!(f, "{name}"),
        }
    }
}
