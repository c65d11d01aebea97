//! CREATE TYPE and DOMAIN.

use super::Builder;
use super::given_name::domain_check;
use crate::catalog::{
    Domain, DomainCheck, Field, QualifiedName, RelationId, Text, Type, TypeDef, TypeId, TypeKind, TypeUse,
};
use crate::source::{SourceMap, Span};
use crate::sql::name::Name;
use crate::sql::statement::{DomainStatement, TypeForm, TypeStatement};

impl Builder {
    /// Adds a type, or gives the one of that name what it is.
    pub(super) fn add_type(&mut self, name: &QualifiedName, kind: TypeKind, span: Option<Span>) -> TypeId {
        if let Some(id) = self.catalog.find_type(&name.schema, &name.name) {
            let origin = self.origin();
            let ty = &mut self.catalog.types[id.0 as usize];
            (ty.kind, ty.span, ty.origin) = (kind, span, origin);
            return id;
        }
        let id = TypeId(self.catalog.types.len() as u32);
        let origin = self.origin();
        self.catalog.types.push(TypeDef { name: name.clone(), kind, comment: None, origin, span });
        self.catalog.schemas.entry(name.schema.clone()).or_default().types.insert(name.name.clone(), id);
        id
    }

    pub(super) fn create_type(&mut self, statement: &TypeStatement, path: &[String], sources: &SourceMap) {
        let name = self.creation_name(&statement.name, path);
        let span = Some(statement.name.span());
        let kind = match &statement.form {
            TypeForm::Enum(labels) => TypeKind::Enum(labels.clone()),
            TypeForm::Composite(fields) => TypeKind::Composite(
                fields
                    .iter()
                    .map(|field| Field {
                        name: field.name.value.to_string(),
                        ty: self.type_use(&field.ty, path, sources),
                        span: Some(field.name.span),
                    })
                    .collect(),
            ),
            TypeForm::Range { subtype, multirange } => {
                let Some(subtype) = subtype else {
                    return self.unknown(statement.name.span(), "a range without SUBTYPE");
                };
                let kind = TypeKind::Range { subtype: self.type_use(subtype, path, sources) };
                let range = self.add_type(&name, kind, span);
                let multirange = match multirange {
                    Some(multirange) => self.creation_name(multirange, path),
                    None => QualifiedName::new(&name.schema, multirange_name(&name.name)),
                };
                self.add_type(&multirange, TypeKind::Multirange { range: Type::Defined(range) }, span);
                return;
            }
            TypeForm::Base => TypeKind::Base,
        };
        self.add_type(&name, kind, span);
    }

    pub(super) fn create_domain(&mut self, statement: &DomainStatement, path: &[String], sources: &SourceMap) {
        let name = self.creation_name(&statement.name, path);
        let mut base = self.type_use(&statement.base, path, sources);
        if let Some(id) = self.catalog.find_type(&name.schema, &name.name)
            && self.is_over(&base.ty, id)
        {
            self.unknown(statement.base.span, "the domain is over itself");
            base.ty = Type::Unknown(crate::catalog::ObjectName::qualified(name.schema.clone(), name.name.clone()));
        }
        let mut domain =
            Domain { base, not_null: statement.not_null, default: statement.default.clone(), checks: Vec::new() };
        for (written, expression) in &statement.checks {
            add_check(&mut domain, &name.name, written.as_ref(), expression);
        }
        self.add_type(&name, TypeKind::Domain(domain), Some(statement.name.span()));
    }

    /// Whether `ty` is the domain `id` or one over it: schema files may name each other in a ring.
    fn is_over(&self, ty: &Type, id: TypeId) -> bool {
        let mut ty = ty;
        loop {
            match ty {
                Type::Array(element) => ty = element,
                Type::Defined(defined) if *defined == id => return true,
                Type::Defined(defined) => match &self.catalog.type_def(*defined).kind {
                    TypeKind::Domain(domain) => ty = &domain.base.ty,
                    _ => return false,
                },
                Type::Builtin(_) | Type::Unknown(_) => return false,
            }
        }
    }

    /// The row type of a relation.
    pub(super) fn add_row_type(&mut self, name: &QualifiedName, relation: RelationId, span: Option<Span>) -> TypeId {
        self.add_type(name, TypeKind::Row(relation), span)
    }

    /// A type that a part of the catalogue brings itself, with its own name as what is written.
    pub(super) fn known_type(&self, ty: Type) -> TypeUse {
        let text = self.catalog.display(&ty).to_string();
        TypeUse { ty, modifier: None, written: Text { text, span: None } }
    }
}

/// Adds a check to a domain.
pub(super) fn add_check(domain: &mut Domain, domain_name: &str, written: Option<&Name>, expression: &Text) {
    let taken = domain.checks.iter().map(|check| Some(&*check.name));
    let name = written.map_or_else(|| domain_check(domain_name, taken), |name| name.value.to_string());
    domain.checks.push(DomainCheck { name, named: written.is_some(), expression: expression.clone() });
}

/// The name that the server gives: `range` becomes `multirange`, or it is added.
fn multirange_name(range: &str) -> String {
    match range.find("range") {
        Some(at) => format!("{}multi{}", &range[..at], &range[at..]),
        None => format!("{range}_multirange"),
    }
}
