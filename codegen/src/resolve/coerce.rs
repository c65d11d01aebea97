//! Which values become values of another type by themselves, by the rules of `parse_coerce.c`.

use super::Types;
use super::builtins::CastContext;
use crate::catalog::{Builtin, Category, Type, TypeKind};

/// The category of a type, where a call's choice depends on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TypeCategory {
    Builtin(Category),
    Array,
    Enum,
    Composite,
    /// Of an extension, by its letter.
    Letter(char),
}

impl Types<'_> {
    /// Whether a value of `source` can stand where `target` is wanted, by itself.
    pub(super) fn can_coerce(&self, source: &Type, target: &Type, context: CastContext) -> bool {
        if source == target || source.is(Builtin::UNKNOWN) || source.is_unknown() || target.is_unknown() {
            return true;
        }
        if let Type::Builtin(wanted) = target {
            if *wanted == Builtin::ANY {
                return true;
            }
            if wanted.is_polymorphic() {
                return self.fits_polymorphic(source, *wanted);
            }
        }
        let source_base = self.catalog.base_type(source);
        let target_base = self.catalog.base_type(target);
        if source_base == target_base {
            return true;
        }
        if self.cast(source_base, target_base).is_some_and(|weakest| weakest <= context) {
            return true;
        }
        match (source_base, target_base) {
            (Type::Array(source), Type::Array(target)) => self.can_coerce(source, target, context),
            (Type::Array(_), Type::Builtin(Builtin::ANYARRAY)) => true,
            // A row of any kind is a record, and a record may be a row.
            (Type::Defined(_), Type::Builtin(Builtin::RECORD)) => self.is_composite(source_base),
            (Type::Builtin(Builtin::RECORD), Type::Defined(_)) => self.is_composite(target_base),
            // Any value can be stored as text.
            (_, Type::Builtin(_)) if context >= CastContext::Assignment => {
                self.category(target_base) == TypeCategory::Builtin(Category::Text)
                    || context == CastContext::Explicit
                        && self.category(source_base) == TypeCategory::Builtin(Category::Text)
            }
            (_, _) if context == CastContext::Explicit => {
                self.category(source_base) == TypeCategory::Builtin(Category::Text)
            }
            _ => false,
        }
    }

    fn fits_polymorphic(&self, source: &Type, wanted: Builtin) -> bool {
        let base = self.catalog.base_type(source);
        match wanted {
            Builtin::ANYELEMENT | Builtin::ANYCOMPATIBLE => true,
            Builtin::ANYARRAY | Builtin::ANYCOMPATIBLEARRAY => {
                matches!(base, Type::Array(_))
                    || base.is(Builtin::ANYARRAY)
                    || base.is(Builtin::INT2VECTOR)
                    || base.is(Builtin::OIDVECTOR)
            }
            Builtin::ANYNONARRAY | Builtin::ANYCOMPATIBLENONARRAY => !matches!(base, Type::Array(_)),
            Builtin::ANYENUM => self.category(base) == TypeCategory::Enum,
            Builtin::ANYRANGE | Builtin::ANYCOMPATIBLERANGE => self.range_subtype(base).is_some(),
            Builtin::ANYMULTIRANGE | Builtin::ANYCOMPATIBLEMULTIRANGE => self.multirange_range(base).is_some(),
            _ => false,
        }
    }

    pub(super) fn is_composite(&self, ty: &Type) -> bool {
        match self.catalog.base_type(ty) {
            Type::Defined(id) => matches!(self.catalog.type_def(*id).kind, TypeKind::Composite(_) | TypeKind::Row(_)),
            Type::Builtin(builtin) => *builtin == Builtin::RECORD,
            Type::Array(_) | Type::Unknown(_) => false,
        }
    }

    pub(super) fn category(&self, ty: &Type) -> TypeCategory {
        match self.catalog.base_type(ty) {
            Type::Builtin(builtin) => TypeCategory::Builtin(builtin.category()),
            Type::Array(_) => TypeCategory::Array,
            Type::Unknown(_) => TypeCategory::Builtin(Category::Unknown),
            Type::Defined(id) => match &self.catalog.type_def(*id).kind {
                TypeKind::Enum(_) => TypeCategory::Enum,
                TypeKind::Composite(_) | TypeKind::Row(_) => TypeCategory::Composite,
                TypeKind::Range { .. } => TypeCategory::Builtin(Category::Range),
                TypeKind::Multirange { .. } => TypeCategory::Builtin(Category::Multirange),
                TypeKind::Domain(_) | TypeKind::Base => match self.extension_category(*id) {
                    Some('S') => TypeCategory::Builtin(Category::Text),
                    Some('N') => TypeCategory::Builtin(Category::Numeric),
                    Some(letter) => TypeCategory::Letter(letter),
                    None => TypeCategory::Builtin(Category::User),
                },
            },
        }
    }

    pub(super) fn is_preferred(&self, ty: &Type) -> bool {
        matches!(ty, Type::Builtin(builtin) if builtin.is_preferred())
    }

    /// The type of a range's bounds.
    pub(super) fn range_subtype(&self, range: &Type) -> Option<Type> {
        let subtype = match self.catalog.base_type(range) {
            Type::Builtin(Builtin::INT4RANGE) => Builtin::INT4,
            Type::Builtin(Builtin::INT8RANGE) => Builtin::INT8,
            Type::Builtin(Builtin::NUMRANGE) => Builtin::NUMERIC,
            Type::Builtin(Builtin::TSRANGE) => Builtin::TIMESTAMP,
            Type::Builtin(Builtin::TSTZRANGE) => Builtin::TIMESTAMPTZ,
            Type::Builtin(Builtin::DATERANGE) => Builtin::DATE,
            Type::Defined(id) => match &self.catalog.type_def(*id).kind {
                TypeKind::Range { subtype } => return Some(subtype.ty.clone()),
                _ => return None,
            },
            _ => return None,
        };
        Some(subtype.into())
    }

    /// The range that a multirange is of.
    pub(super) fn multirange_range(&self, multirange: &Type) -> Option<Type> {
        let range = match self.catalog.base_type(multirange) {
            Type::Builtin(Builtin::INT4MULTIRANGE) => Builtin::INT4RANGE,
            Type::Builtin(Builtin::INT8MULTIRANGE) => Builtin::INT8RANGE,
            Type::Builtin(Builtin::NUMMULTIRANGE) => Builtin::NUMRANGE,
            Type::Builtin(Builtin::TSMULTIRANGE) => Builtin::TSRANGE,
            Type::Builtin(Builtin::TSTZMULTIRANGE) => Builtin::TSTZRANGE,
            Type::Builtin(Builtin::DATEMULTIRANGE) => Builtin::DATERANGE,
            Type::Defined(id) => match &self.catalog.type_def(*id).kind {
                TypeKind::Multirange { range } => return Some(range.clone()),
                _ => return None,
            },
            _ => return None,
        };
        Some(range.into())
    }

    /// The multirange of a range.
    pub(super) fn range_multirange(&self, range: &Type) -> Option<Type> {
        let builtin = Builtin::all().map(Type::from);
        let defined = self.catalog.types().map(|(id, _)| Type::Defined(id));
        let mut all = builtin.chain(defined);
        all.find(|ty| self.multirange_range(ty).as_ref() == Some(range))
    }

    /// The type that several branches have in common, as of CASE, UNION or ARRAY, by the rules of
    /// `select_common_type`.
    pub(super) fn common<'t>(&self, types: impl IntoIterator<Item = &'t Type>) -> Type {
        let types: Vec<&Type> = types.into_iter().collect();
        if let Some(unknown) = types.iter().find(|ty| ty.is_unknown()) {
            return (*unknown).clone();
        }
        let Some(&first) = types.first() else { return Builtin::TEXT.into() };
        // A domain stays one only where all are of it.
        if types.iter().all(|ty| *ty == first) && !first.is(Builtin::UNKNOWN) {
            return first.clone();
        }
        let mut known = types.iter().map(|ty| self.catalog.base_type(ty)).filter(|ty| !ty.is(Builtin::UNKNOWN));
        // Nothing but literals: text.
        let Some(mut chosen) = known.next() else { return Builtin::TEXT.into() };
        for other in known {
            if chosen != other
                && !self.is_preferred(chosen)
                && self.can_coerce(chosen, other, CastContext::Implicit)
                && !self.can_coerce(other, chosen, CastContext::Implicit)
            {
                chosen = other;
            }
        }
        chosen.clone()
    }
}
