//! Which SQL types a declared scalar can stand for.

use super::super::scalar::Scalar;
use crate::catalog::{Builtin, Catalog, Category, Type, TypeKind};

/// Whether a value of `ty`, as JSON, is one of the declared scalar.
pub(super) fn output(catalog: &Catalog, ty: &Type, scalar: Scalar<'_>, name: &str) -> bool {
    let Some(kind) = kind(catalog, ty) else { return true };
    match scalar.builtin() {
        _ if name == "ID" => kind != Kind::Boolean,
        Some(Builtin::INT2 | Builtin::INT4) => kind == Kind::Integer,
        Some(Builtin::INT8) => matches!(kind, Kind::Integer | Kind::Text),
        Some(Builtin::FLOAT4 | Builtin::FLOAT8) => matches!(kind, Kind::Integer | Kind::Number),
        Some(Builtin::NUMERIC) => matches!(kind, Kind::Integer | Kind::Number | Kind::Text),
        Some(Builtin::BOOL) => kind == Kind::Boolean,
        Some(Builtin::UUID) => matches!(kind, Kind::Uuid | Kind::Text),
        Some(Builtin::TIMESTAMP | Builtin::TIMESTAMPTZ) => matches!(kind, Kind::Moment | Kind::Text),
        Some(Builtin::DATE) => matches!(kind, Kind::Date | Kind::Text),
        Some(Builtin::TEXT | Builtin::VARCHAR) => !matches!(kind, Kind::Boolean | Kind::Integer | Kind::Number),
        // Any other scalar has a form of its own.
        _ => true,
    }
}

/// Whether the text of a declared scalar can be read as `ty`.
pub(super) fn input(catalog: &Catalog, ty: &Type, scalar: Scalar<'_>, name: &str) -> bool {
    let Some(kind) = kind(catalog, ty) else { return true };
    if kind == Kind::Text || kind == Kind::Other {
        return true;
    }
    match scalar.builtin() {
        _ if name == "ID" => kind != Kind::Boolean,
        Some(Builtin::INT2 | Builtin::INT4 | Builtin::INT8) => matches!(kind, Kind::Integer | Kind::Number),
        Some(Builtin::FLOAT4 | Builtin::FLOAT8 | Builtin::NUMERIC) => kind == Kind::Number,
        Some(Builtin::BOOL) => kind == Kind::Boolean,
        Some(Builtin::UUID) => kind == Kind::Uuid,
        Some(Builtin::TIMESTAMP | Builtin::TIMESTAMPTZ | Builtin::DATE) => matches!(kind, Kind::Moment | Kind::Date),
        Some(Builtin::TEXT | Builtin::VARCHAR) => !matches!(kind, Kind::Boolean | Kind::Integer | Kind::Number),
        _ => true,
    }
}

/// The labels of an enum; none for other types.
pub(super) fn labels(catalog: &Catalog, ty: &Type) -> Vec<String> {
    match catalog.base_type(ty) {
        Type::Defined(id) => match &catalog.type_def(*id).kind {
            TypeKind::Enum(labels) => labels.clone(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// What a value looks like in JSON, and what it means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Boolean,
    Integer,
    Number,
    Text,
    Uuid,
    Moment,
    Date,
    /// A string with a meaning of its own.
    Other,
}

fn kind(catalog: &Catalog, ty: &Type) -> Option<Kind> {
    match catalog.base_type(ty) {
        Type::Builtin(builtin) => Some(match *builtin {
            Builtin::BOOL => Kind::Boolean,
            Builtin::INT2 | Builtin::INT4 | Builtin::INT8 => Kind::Integer,
            Builtin::NUMERIC | Builtin::FLOAT4 | Builtin::FLOAT8 => Kind::Number,
            Builtin::UUID => Kind::Uuid,
            Builtin::TIMESTAMP | Builtin::TIMESTAMPTZ => Kind::Moment,
            Builtin::DATE => Kind::Date,
            Builtin::UNKNOWN => Kind::Text,
            builtin if builtin.category() == Category::Text => Kind::Text,
            builtin if builtin.category() == Category::Pseudo => return None,
            _ => Kind::Other,
        }),
        Type::Defined(id) => match &catalog.type_def(*id).kind {
            TypeKind::Enum(_) => Some(Kind::Text),
            _ => None,
        },
        Type::Array(_) | Type::Unknown(_) => None,
    }
}
