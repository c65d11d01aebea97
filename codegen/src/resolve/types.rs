//! The types, functions and operators that an expression may use: the server's, those of extensions, the catalogue's.

use std::borrow::Cow;
use std::collections::HashMap;

use super::builtins::{Builtins, CastContext, Section};
use super::signature::{Operator, Signature};
use crate::catalog::{Catalog, ObjectName, Type, TypeId};

/// What the server, the created extensions and the catalogue know.
pub struct Types<'a> {
    pub(super) catalog: &'a Catalog,
    server: &'static Section,
    /// Of extensions, with the types that the catalogue gave them.
    operators: HashMap<&'static str, Vec<Operator>>,
    casts: HashMap<(Type, Type), CastContext>,
    categories: HashMap<TypeId, char>,
}

impl<'a> Types<'a> {
    /// What is known with this catalogue.
    pub fn new(catalog: &'a Catalog) -> Self {
        let builtins = Builtins::get();
        let mut types = Self {
            catalog,
            server: builtins.server(),
            operators: HashMap::new(),
            casts: HashMap::new(),
            categories: HashMap::new(),
        };
        for extension in catalog.extensions() {
            if let Some(section) = builtins.extension(&extension.name) {
                types.add(section, &extension.schema);
            }
        }
        types
    }

    fn add(&mut self, section: &'static Section, schema: &str) {
        let catalog = self.catalog;
        let resolve = |ty: &Type| in_schema(catalog, ty, schema);
        for (name, operator) in section.all_operators() {
            self.operators.entry(name).or_default().push(Operator {
                left: operator.left.as_ref().map(resolve),
                right: resolve(&operator.right),
                result: resolve(&operator.result),
            });
        }
        for (source, target, context) in section.all_casts() {
            self.casts.insert((resolve(source), resolve(target)), context);
        }
        for ty in section.types() {
            if let Some(id) = catalog.find_type(schema, ty.name) {
                self.categories.insert(id, ty.category);
            }
        }
    }

    pub(super) fn cast(&self, source: &Type, target: &Type) -> Option<CastContext> {
        self.server.cast(source, target).or_else(|| self.casts.get(&(source.clone(), target.clone())).copied())
    }

    pub(super) fn operators(&self, name: &str) -> impl Iterator<Item = &Operator> {
        self.server.operators(name).iter().chain(self.operators.get(name).into_iter().flatten())
    }

    pub(super) fn extension_category(&self, id: TypeId) -> Option<char> {
        self.categories.get(&id).copied()
    }

    /// The overloads that a name may mean, in the order of the search path.
    pub fn overloads(&self, name: &ObjectName, search_path: &[String]) -> Vec<Cow<'static, Signature>> {
        let of_schema = |schema: &str| {
            let ids = self.catalog.overloads(schema, &name.name).iter();
            ids.map(|&id| Cow::Owned(Signature::of(id, self.catalog.function(id)))).collect::<Vec<_>>()
        };
        let server = || self.server.functions(&name.name).iter().map(Cow::Borrowed);
        match name.schema.as_deref() {
            Some("pg_catalog") => server().collect(),
            Some(schema) => of_schema(schema),
            None => server().chain(search_path.iter().flat_map(|schema| of_schema(schema))).collect(),
        }
    }

    /// The columns of a table of the server's own.
    pub(super) fn server_relation(&self, name: &ObjectName) -> Option<&'static [(&'static str, Type)]> {
        match name.schema.as_deref() {
            Some(schema) => self.server.relation(&format!("{schema}.{}", name.name)),
            None => self.server.relation(&format!("pg_catalog.{}", name.name)),
        }
    }
}

/// A type of an extension's data, as the catalogue has it.
pub(crate) fn in_schema(catalog: &Catalog, ty: &Type, schema: &str) -> Type {
    match ty {
        Type::Unknown(name) => match catalog.find_type(schema, &name.name) {
            Some(id) => Type::Defined(id),
            None => ty.clone(),
        },
        Type::Array(element) => in_schema(catalog, element, schema).array(),
        Type::Builtin(_) | Type::Defined(_) => ty.clone(),
    }
}
