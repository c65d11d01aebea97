//! The types, functions and operators that an expression may use: the server's, those of extensions, the catalogue's.

use std::borrow::Cow;
use std::collections::HashMap;

use super::builtins::{Builtins, CastContext, Section};
use super::signature::{Majors, Operator, Signature};
use crate::catalog::{Catalog, FunctionKind, ObjectName, OperatorDef, Type, TypeId, TypeKind};

/// What the server, the created extensions and the catalogue know.
pub struct Types<'a> {
    pub(super) catalog: &'a Catalog,
    server: &'static Section,
    /// The majors that the server may be of.
    majors: Majors,
    /// Of extensions and of the sources, with the types that the catalogue gave them.
    operators: HashMap<&'a str, Vec<Operator>>,
    casts: HashMap<(Type, Type), CastContext>,
    categories: HashMap<TypeId, char>,
}

impl<'a> Types<'a> {
    /// What is known with this catalogue on a server of any of `majors`.
    pub fn new(catalog: &'a Catalog, majors: Majors) -> Self {
        let builtins = Builtins::get();
        let mut types = Self {
            catalog,
            server: builtins.server(),
            majors,
            operators: HashMap::new(),
            casts: HashMap::new(),
            categories: HashMap::new(),
        };
        for extension in catalog.extensions() {
            if let Some(section) = builtins.extension(&extension.name) {
                types.add(section, &extension.schema);
            }
        }
        for operator in catalog.operators() {
            let known = Operator {
                left: operator.left.clone(),
                right: operator.right.clone(),
                result: types.result_of(operator),
                majors: Majors::ALL,
            };
            types.operators.entry(&operator.name).or_default().push(known);
        }
        let casts = catalog.casts().iter().map(|cast| ((cast.source.clone(), cast.target.clone()), cast.context));
        types.casts.extend(casts);
        types
    }

    /// What the function of an operator gives.
    fn result_of(&self, operator: &OperatorDef) -> Type {
        let operands = operator.left.iter().chain([&operator.right]);
        let overloads = self.overloads(&operator.function, &operator.search_path);
        let own = overloads.iter().find(|function| function.inputs.iter().map(|input| &input.ty).eq(operands.clone()));
        own.map_or_else(|| Type::Unknown(operator.function.clone()), |function| function.result.clone())
    }

    fn add(&mut self, section: &'static Section, schema: &str) {
        let catalog = self.catalog;
        let resolve = |ty: &Type| in_schema(catalog, ty, schema);
        for (name, operator) in section.all_operators() {
            self.operators.entry(name).or_default().push(Operator {
                left: operator.left.as_ref().map(resolve),
                right: resolve(&operator.right),
                result: resolve(&operator.result),
                majors: operator.majors,
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
        let server = self.server.operators(name).iter().filter(|operator| operator.majors.overlap(self.majors));
        server.chain(self.operators.get(name).into_iter().flatten())
    }

    /// Whether operators of a type may be missing here: it is a base type of which nothing else is known.
    pub(super) fn is_opaque(&self, ty: &Type) -> bool {
        match self.catalog.base_type(ty) {
            Type::Builtin(_) => false,
            Type::Array(element) => self.is_opaque(element),
            Type::Defined(id) => matches!(self.catalog.type_def(*id).kind, TypeKind::Base),
            Type::Unknown(_) => true,
        }
    }

    pub(super) fn extension_category(&self, id: TypeId) -> Option<char> {
        self.categories.get(&id).copied()
    }

    /// Whether an operator for these operands may come from an extension of which nothing is known, or that somebody created by hand.
    pub(super) fn may_have_operator(&self, name: &str, operands: &[&Type]) -> bool {
        let takes = |operator: &Operator| {
            let wanted: Vec<&Type> = operator.left.iter().chain([&operator.right]).collect();
            let fits = |(wanted, given): (&&Type, &&Type)| {
                !wanted.is_unknown() && self.can_coerce(given, wanted, CastContext::Implicit)
            };
            wanted.len() == operands.len() && wanted.iter().zip(operands).all(fits)
        };
        self.catalog.extensions().any(|extension| !extension.contents_known)
            || Builtins::get().extensions().any(|(_, section)| section.operators(name).iter().any(takes))
    }

    /// The overloads that a name may mean, in the order of the search path.
    pub fn overloads(&self, name: &ObjectName, search_path: &[String]) -> Vec<Cow<'static, Signature>> {
        let of_schema = |schema: &str| {
            let ids = self.catalog.overloads(schema, &name.name).iter();
            ids.map(|&id| Cow::Owned(Signature::of(id, self.catalog.function(id)))).collect::<Vec<_>>()
        };
        let server = || {
            let functions = self.server.functions(&name.name).iter();
            functions.filter(|function| function.majors.overlap(self.majors)).map(Cow::Borrowed)
        };
        match name.schema.as_deref() {
            Some("pg_catalog") => server().collect(),
            Some(schema) => of_schema(schema),
            None => server().chain(search_path.iter().flat_map(|schema| of_schema(schema))).collect(),
        }
    }

    /// The procedures that a CALL may mean, with their output parameters among the others.
    pub(super) fn procedures(&self, name: &ObjectName, search_path: &[String]) -> Vec<Signature> {
        let schemas = match &name.schema {
            Some(schema) => std::slice::from_ref(schema),
            None => search_path,
        };
        let ids = schemas.iter().flat_map(|schema| self.catalog.overloads(schema, &name.name));
        let functions = ids.map(|&id| (id, self.catalog.function(id)));
        functions
            .filter(|(_, function)| function.kind == FunctionKind::Procedure)
            .map(|(id, function)| Signature::of_procedure(id, function))
            .collect()
    }

    /// The functions of that name in `pg_catalog` of every major.
    pub(super) fn of_every_major(&self, name: &ObjectName) -> &'static [Signature] {
        let is_server = name.schema.as_deref().is_none_or(|schema| schema == "pg_catalog");
        if is_server { self.server.functions(&name.name) } else { &[] }
    }

    /// The columns of a table of the server's own.
    pub(super) fn server_relation(&self, name: &ObjectName) -> Option<&'static [(&'static str, Type)]> {
        let schema = name.schema.as_deref().unwrap_or("pg_catalog");
        self.server.relation(&format!("{schema}.{}", name.name), self.majors)
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
