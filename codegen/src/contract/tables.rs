//! The types of a project as the transform sees them, for tools that make its tables when they run.

use super::model::{Object, ObjectField, Union, Value};
use super::types::{Direction, Named, Types, jsonb_order, object, union, wrap};
use super::{Checked, names};
use crate::diagnostic::Diagnostic;
use crate::manifest::{self, Manifest, TypeRef};
use crate::naming::camel_case;

/// Output types, unions and inputs, by name.
#[derive(Clone, Default, Debug)]
pub struct Tables {
    /// What goes to clients: output types, and the answers of mutations where the SQL is known.
    pub objects: Vec<Object>,
    /// Unions of output types.
    pub unions: Vec<Union>,
    /// What clients send; a field that may be left out counts as nullable.
    pub inputs: Vec<Object>,
}

impl Tables {
    /// Those of a manifest alone: the answers of mutations are not among them. What is wrong with the types is added to the diagnostics.
    pub(crate) fn of_manifest(manifest: &Manifest, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let types = Types::collect(manifest, diagnostics);
        names::check(manifest, diagnostics);
        Self {
            objects: manifest.types.iter().map(|declared| object(&types, declared, diagnostics)).collect(),
            unions: manifest.unions.iter().map(|declared| union(&types, declared, diagnostics)).collect(),
            inputs: inputs(&types, manifest, diagnostics),
        }
    }

    /// Those of a project whose SQL was read.
    pub(crate) fn of_project(manifest: &Manifest, checked: Checked) -> Self {
        // What is wrong with the manifest's types was reported by the check.
        let mut known = Vec::new();
        let types = Types::collect(manifest, &mut known);
        let inputs = inputs(&types, manifest, &mut known);
        Self { objects: checked.contract.objects, unions: checked.contract.unions, inputs }
    }
}

fn inputs(types: &Types<'_>, manifest: &Manifest, diagnostics: &mut Vec<Diagnostic>) -> Vec<Object> {
    manifest.inputs.iter().map(|declared| input(types, declared, diagnostics)).collect()
}

fn input(types: &Types<'_>, declared: &manifest::Object, diagnostics: &mut Vec<Diagnostic>) -> Object {
    let fields = declared.fields.iter().map(|field| ObjectField {
        key: field.key.text.clone(),
        name: field.name.as_ref().map_or_else(|| camel_case(&field.key.text), |name| name.text.clone()),
        value: input_value(types, &field.type_ref, diagnostics),
        nullable: field.type_ref.is_nullable(),
    });
    let mut fields = fields.collect::<Vec<_>>();
    jsonb_order(&mut fields);
    Object { typename: declared.name.text.clone(), fields }
}

fn input_value(types: &Types<'_>, type_ref: &TypeRef, diagnostics: &mut Vec<Diagnostic>) -> Value {
    let inner = match types.find(type_ref, Direction::Input, diagnostics) {
        Some(Named::Scalar(scalar)) if scalar.is_json() => Value::Opaque,
        Some(Named::Input(input)) => Value::Object(input.name.text.clone()),
        Some(_) | None => Value::Scalar,
    };
    wrap(type_ref, inner, |element, nullable| Value::List { element: Box::new(element), nullable })
}
