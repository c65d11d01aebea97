//! CREATE EXTENSION: what PostgreSQL's own extensions bring.

use super::Builder;
use crate::catalog::{
    Argument, Body, Builtin, Column, Extension, Function, FunctionKind, Generated, Mode, Origin, Parallel,
    QualifiedName, RelationKind, Returns, Security, Type, TypeKind, Volatility,
};
use crate::resolve::{Builtins, Section, Signature, in_schema};

impl Builder {
    pub(super) fn create_extension(&mut self, name: &str, schema: Option<&str>, path: &[String]) {
        if self.catalog.extensions.contains_key(name) {
            return;
        }
        let schema = match schema {
            Some(schema) => schema.to_owned(),
            None => self.creation_schema(path),
        };
        let section = Builtins::get().extension(name);
        // The language of most bodies is an extension too, that every server has.
        let contents_known = section.is_some() || name == "plpgsql";
        let extension = Extension { name: name.to_owned(), schema: schema.clone(), contents_known };
        self.catalog.extensions.insert(name.to_owned(), extension);
        if let Some(section) = section {
            let origin = self.origin.replace(Origin::Extension(name.to_owned()));
            self.add_contents(section, &schema);
            self.origin = origin;
        }
    }

    fn add_contents(&mut self, section: &Section, schema: &str) {
        for ty in section.types() {
            self.add_type(&QualifiedName::new(schema, ty.name), TypeKind::Base, None);
        }
        for signature in section.all_functions() {
            let function = self.extension_function(signature, schema);
            self.add_function(function);
        }
        for (name, columns) in section.relations() {
            let columns = columns.iter().map(|(name, ty)| Column {
                name: (*name).to_owned(),
                ty: self.known_type(in_schema(&self.catalog, ty, schema)),
                not_null: false,
                default: None,
                generated: Generated::No,
                comment: None,
                span: None,
            });
            let columns = columns.collect();
            let name = QualifiedName::new(schema, name.trim_start_matches('.'));
            let id = self.add_relation(&name, RelationKind::View, None, &[]);
            self.relation_mut(id).columns = columns;
        }
    }

    fn extension_function(&self, signature: &Signature, schema: &str) -> Function {
        let ty = |ty: &Type| self.known_type(in_schema(&self.catalog, ty, schema));
        let last = signature.inputs.len().saturating_sub(1);
        let inputs = signature.inputs.iter().enumerate().map(|(i, input)| Argument {
            mode: if signature.variadic && i == last { Mode::Variadic } else { Mode::In },
            name: input.name.clone(),
            ty: ty(&input.ty),
            default: input.default.then(|| crate::catalog::Text { text: String::new(), span: None }),
            span: None,
        });
        let outputs = signature.outputs.iter().map(|(name, output)| Argument {
            mode: if signature.set { Mode::Table } else { Mode::Out },
            name: Some(name.clone()),
            ty: ty(output),
            default: None,
            span: None,
        });
        let arguments: Vec<Argument> = inputs.chain(outputs).collect();
        let returns = match (signature.outputs.is_empty(), signature.set) {
            (true, set) => Returns::Value { ty: ty(&signature.result), set },
            (false, true) => Returns::Table,
            (false, false) => Returns::Value { ty: ty(&Builtin::RECORD.into()), set: false },
        };
        Function {
            name: QualifiedName::new(schema, &*signature.name),
            kind: signature.kind,
            arguments,
            returns,
            language: if signature.kind == FunctionKind::Aggregate { "internal" } else { "c" }.to_owned(),
            volatility: Volatility::Volatile,
            strict: false,
            security: Security::Invoker,
            owner: None,
            leakproof: false,
            parallel: Parallel::Unsafe,
            settings: Vec::new(),
            comment: None,
            body: Body::None,
            search_path: Vec::new(),
            origin: self.origin(),
            spans: None,
        }
    }
}
