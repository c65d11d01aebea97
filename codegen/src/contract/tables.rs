//! The types of a project as the transform sees them, for tools that make its tables when they run.

use super::model::{Object, Union, Value};
use super::types::{Direction, Named, Types, jsonb_order, union, wrap};
use super::{Checked, names};
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::manifest::{self, Manifest, TypeRef};
use crate::source::SourceMap;

/// Output types, unions and inputs, by name.
#[derive(Clone, Default, Debug)]
pub struct Tables {
    /// What goes to clients: output types, and the answers of mutations where the SQL is known.
    pub objects: Vec<Table>,
    /// Unions of output types.
    pub unions: Vec<Union>,
    /// What clients send; a field that may be left out counts as nullable.
    pub inputs: Vec<Table>,
}

/// A type: its name for clients, and its fields in the order in which jsonb keeps keys.
#[derive(Clone, Debug)]
pub struct Table {
    /// What clients call it.
    pub typename: String,
    /// Its fields.
    pub fields: Vec<TableField>,
}

/// A field of a [`Table`].
#[derive(Clone, Debug)]
pub struct TableField {
    /// Its key in the database.
    pub key: String,
    /// Its name for clients.
    pub name: String,
    /// What it holds.
    pub value: Value,
    /// Whether it may be null or missing.
    pub nullable: bool,
}

impl Tables {
    /// Those of a manifest alone: the answers of mutations are not among them. What is wrong with the types is added to the diagnostics.
    pub(crate) fn of_manifest(manifest: &Manifest, sources: &SourceMap, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let catalog = Catalog::default();
        let types = Types::collect(&catalog, manifest, diagnostics);
        names::check(manifest, diagnostics);
        let tables = |objects: &[manifest::Object], direction, diagnostics: &mut Vec<Diagnostic>| {
            objects.iter().map(|declared| table(&types, declared, direction, diagnostics)).collect()
        };
        Self {
            objects: tables(&manifest.types, Direction::Output, diagnostics),
            unions: manifest.unions.iter().map(|declared| union(&types, sources, declared, diagnostics)).collect(),
            inputs: tables(&manifest.inputs, Direction::Input, diagnostics),
        }
    }

    /// Those of a project whose SQL was read.
    pub(crate) fn of_project(manifest: &Manifest, checked: Checked) -> Self {
        // What is wrong with the manifest's types was reported by the check.
        let mut known = Vec::new();
        let catalog = Catalog::default();
        let types = Types::collect(&catalog, manifest, &mut known);
        let inputs = manifest.inputs.iter().map(|declared| table(&types, declared, Direction::Input, &mut known));
        Self {
            inputs: inputs.collect(),
            objects: checked.contract.objects.into_iter().map(Table::from).collect(),
            unions: checked.contract.unions,
        }
    }
}

impl From<Object> for Table {
    fn from(object: Object) -> Self {
        let fields = object.fields.into_iter().map(|field| TableField {
            key: field.key,
            name: field.name,
            value: field.value,
            nullable: field.nullable,
        });
        Self { typename: object.typename, fields: fields.collect() }
    }
}

fn table(
    types: &Types<'_>,
    declared: &manifest::Object,
    direction: Direction,
    diagnostics: &mut Vec<Diagnostic>,
) -> Table {
    let fields = declared.fields.iter().map(|field| TableField {
        key: field.key.text.clone(),
        name: field.client_name(),
        value: value(types, &field.type_ref, direction, diagnostics),
        nullable: field.type_ref.is_nullable(),
    });
    let mut fields = fields.collect::<Vec<_>>();
    jsonb_order(&mut fields, |field| &field.key);
    Table { typename: declared.name.text.clone(), fields }
}

fn value(types: &Types<'_>, type_ref: &TypeRef, direction: Direction, diagnostics: &mut Vec<Diagnostic>) -> Value {
    let inner = match types.find(type_ref, direction, diagnostics) {
        Some(Named::Scalar(scalar)) if scalar.is_json() => Value::Opaque,
        Some(Named::Input(input)) => Value::Object(input.name.text.clone()),
        Some(Named::Object(object)) => Value::Object(object.name.text.clone()),
        Some(Named::Union(union)) => Value::Union(union.name.text.clone()),
        Some(_) | None => Value::Scalar,
    };
    wrap(type_ref, inner, |element, nullable| Value::List { element: Box::new(element), nullable })
}
