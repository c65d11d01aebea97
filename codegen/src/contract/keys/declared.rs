//! What the manifest declares of callers and of kept documents, for those who follow functions.

use std::collections::BTreeMap;

use super::super::Context;
use super::super::types::{Direction, Named};
use crate::catalog::{Builtin, FunctionId, RelationId};
use crate::manifest::{Field, Mutation, TypeRef};
use crate::shape::domain::{self, Json, Nullness, Object, Opaque, Reason, Scalar};
use crate::shape::{Input, Known};
use crate::source::Span;

/// A type holds others, and they hold others: of so many values a declared document is made.
const MAX_VALUES: usize = 600;

/// A column of documents, and what is declared of it.
pub(super) struct Column {
    pub(super) table: RelationId,
    pub(super) name: String,
    pub(super) type_ref: TypeRef,
    /// Where the column is named.
    pub(super) span: Span,
}

/// Everything that the manifest declares.
pub(super) fn known(context: &Context<'_>, mutations: &[(&Mutation, FunctionId)]) -> Known {
    let mut known = Known::of_log(&context.manifest.log_schema);
    for (declared, id) in mutations {
        known.inputs.insert(*id, inputs(context, declared, *id));
    }
    for column in columns(context) {
        let mut left = MAX_VALUES;
        let document = document(context, &column.type_ref, Direction::Output, &mut left);
        // That there may be none is what the column says.
        let document = Json { null: Nullness::Never, ..document };
        known.documents.insert((column.table, column.name), document);
    }
    known
}

/// The columns of documents that the manifest declares.
pub(super) fn columns(context: &Context<'_>) -> Vec<Column> {
    let mut columns: BTreeMap<(RelationId, String), Column> = BTreeMap::new();
    for entity in &context.manifest.entities {
        let image = entity.image.iter().map(|image| {
            let (name, span) = (image.type_name.text.clone(), image.type_name.span);
            (&image.table, &image.column, TypeRef::Named { name, span, nullable: true })
        });
        let own = entity.documents.iter().map(|field| (&entity.table, &field.key, field.type_ref.clone()));
        for (table, column, type_ref) in image.chain(own) {
            let Some(table) = table.qualified() else { continue };
            let Some(table) = context.catalog.find_relation(&table.schema, &table.name) else { continue };
            let declared = Column { table, name: column.text.clone(), type_ref, span: column.span };
            columns.entry((table, column.text.clone())).or_insert(declared);
        }
    }
    columns.into_values().collect()
}

/// What callers give for the inputs of a function.
fn inputs(context: &Context<'_>, declared: &Mutation, id: FunctionId) -> Vec<Option<Input>> {
    let function = context.catalog.function(id);
    let inputs = function.inputs().map(|input| {
        let field = declared.argument(input.name.as_deref()?)?;
        let base = context.catalog.base_type(&input.ty.ty);
        let is_json = base.is(Builtin::JSON) || base.is(Builtin::JSONB);
        let is_null_default =
            input.default.as_ref().is_some_and(|default| default.text.trim().to_lowercase().starts_with("null"));
        let null = if field.type_ref.is_nullable() || is_null_default { Nullness::Passed } else { Nullness::Never };
        let mut left = MAX_VALUES;
        let document = is_json.then(|| document(context, &field.type_ref, Direction::Input, &mut left));
        Some(Input { null, document: document.map(|json| Json { null: Nullness::Never, ..json }) })
    });
    inputs.collect()
}

/// A document of a declared type; `left` counts the values that it may still have.
fn document(context: &Context<'_>, type_ref: &TypeRef, direction: Direction, left: &mut usize) -> Json {
    let mut json = match left.checked_sub(1) {
        Some(fewer) => {
            *left = fewer;
            match type_ref {
                TypeRef::List { element, .. } => Json::array(document(context, element, direction, left)),
                TypeRef::Named { .. } => named(context, type_ref, direction, left),
            }
        }
        None => Json::unknown(Reason::TooLarge, None),
    };
    if type_ref.is_nullable() {
        json.null = if direction == Direction::Input { Nullness::Passed } else { Nullness::Nullable };
    }
    json
}

fn named(context: &Context<'_>, type_ref: &TypeRef, direction: Direction, left: &mut usize) -> Json {
    let reason = if direction == Direction::Input { Reason::Input } else { Reason::Column };
    let unknown = || Json::unknown(reason, None);
    match context.types.find(type_ref, direction, &mut Vec::new()) {
        Some(Named::Object(object)) => object_of(context, &object.fields, None, direction, left),
        // What is read beside the declared keys is reported, and is not known.
        Some(Named::Input(input)) => {
            object_of(context, &input.fields, Some(Opaque::new(reason, None)), direction, left)
        }
        // A caller's scalars are not followed: what they are read as is compared with what is declared.
        Some(Named::Scalar(scalar)) if direction == Direction::Output && !scalar.is_json() => {
            scalar.builtin().map_or_else(unknown, |builtin| Json::scalar(Scalar::of(builtin)))
        }
        Some(Named::Enum(_)) if direction == Direction::Output => Json::scalar(Scalar::of(Builtin::TEXT)),
        Some(Named::Scalar(_) | Named::Enum(_) | Named::Union(_)) | None => unknown(),
    }
}

fn object_of(
    context: &Context<'_>,
    fields: &[Field],
    rest: Option<Opaque>,
    direction: Direction,
    left: &mut usize,
) -> Json {
    if fields.len() > *left {
        return Json::unknown(Reason::TooLarge, None);
    }
    let fields = fields.iter().map(|field| {
        let value = document(context, &field.type_ref, direction, left);
        let always = !field.type_ref.is_nullable();
        (field.key.text.clone(), domain::Field { value, always, places: Default::default() })
    });
    Json::object(Object { fields: fields.collect(), rest })
}
