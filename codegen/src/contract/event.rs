//! The events of a mutation: their entities, and where their parts are found.

use super::Context;
use super::model::Argument;
use super::statement::{EventPlan, ImagePlan};
use super::types::{Direction, Named};
use crate::catalog::{Function, Relation, Security};
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{self, Event, LoggedBy, Name, Operation, Path, Root, TypeRef};
use crate::suggest;

/// Checks that every entity's tables and columns exist.
pub(super) fn check_entities(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for entity in &context.manifest.entities {
        if let Some(table) = relation(context, &entity.table, diagnostics) {
            column(table, &entity.key, diagnostics);
        }
        let Some(image) = &entity.image else { continue };
        if let Some(table) = relation(context, &image.table, diagnostics) {
            column(table, &image.key, diagnostics);
            column(table, &image.column, diagnostics);
        }
        let span = image.type_name.span;
        let type_ref = TypeRef::Named { name: image.type_name.text.clone(), span, nullable: false };
        context.types.find(&type_ref, Direction::Output, diagnostics);
    }
}

fn relation<'a>(context: &Context<'a>, name: &Name, diagnostics: &mut Vec<Diagnostic>) -> Option<&'a Relation> {
    let found = name.text.split_once('.').and_then(|(schema, table)| context.catalog.find_relation(schema, table));
    if found.is_none() {
        let tables = context.catalog.relations().map(|(_, relation)| relation.name.to_string()).collect::<Vec<_>>();
        let near = suggest::nearest(&name.text, tables.iter().map(String::as_str));
        let diagnostic = Diagnostic::new(Code::UNKNOWN_TABLE, format!("table `{}` does not exist", name.text))
            .at(name.span, "no SQL file defines it");
        diagnostics.push(match (near, name.text.contains('.')) {
            (None, false) => diagnostic.help("name its schema: `core.customer`"),
            _ => suggest::did_you_mean(diagnostic, near),
        });
    }
    found.map(|id| context.catalog.relation(id))
}

fn column(table: &Relation, name: &Name, diagnostics: &mut Vec<Diagnostic>) {
    if !table.columns_known || table.column(&name.text).is_some() {
        return;
    }
    let mut diagnostic =
        Diagnostic::new(Code::UNKNOWN_COLUMN, format!("table `{}` has no column `{}`", table.name, name.text))
            .at(name.span, "this column");
    if let Some(span) = table.span {
        diagnostic = diagnostic.and(span, "the table");
    }
    let near = suggest::nearest(&name.text, table.columns.iter().map(|column| column.name.as_str()));
    diagnostics.push(suggest::did_you_mean(diagnostic, near));
}

/// Resolves the events that `declared` leaves.
pub(super) fn plan<'a>(
    context: &Context<'a>,
    declared: &'a manifest::Mutation,
    function: &Function,
    arguments: &[Argument],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<EventPlan<'a>> {
    let plans = declared.events.iter().filter_map(|event| {
        let entity = entity(context, event, diagnostics)?;
        let metadata = event.metadata.iter().map(|(key, path)| (key.text.as_str(), path)).collect::<Vec<_>>();
        for path in std::iter::once(&event.id).chain(&event.after).chain(metadata.iter().map(|(_, path)| *path)) {
            check_path(context, declared, function, arguments, path, diagnostics);
        }
        let image = match (event.operation, event.logged_by) {
            (Operation::Create, _) | (_, LoggedBy::Function) => None,
            (Operation::Update | Operation::Delete, LoggedBy::Runtime) => image(event, entity, function, diagnostics),
        };
        check_after(event, diagnostics);
        Some(EventPlan {
            event_type: &event.event_type.text,
            entity: &event.entity.text,
            operation: event.operation,
            logged_by: event.logged_by,
            id: &event.id,
            image,
            after: event.after.as_ref(),
            metadata,
        })
    });
    plans.collect()
}

fn entity<'a>(context: &Context<'a>, event: &Event, diagnostics: &mut Vec<Diagnostic>) -> Option<&'a manifest::Entity> {
    let name = &event.entity;
    let found = context.manifest.entities.iter().find(|entity| entity.name.text == name.text);
    if found.is_none() {
        let names = context.manifest.entities.iter().map(|entity| entity.name.text.as_str());
        let diagnostic = Diagnostic::new(Code::UNKNOWN_ENTITY, format!("entity `{}` is not declared", name.text))
            .at(name.span, "not under `entities`");
        diagnostics.push(suggest::did_you_mean(diagnostic, suggest::nearest(&name.text, names)));
    }
    found
}

/// Where the before image comes from: with the caller's rights where the function runs with them, else from `install`'s function.
fn image<'a>(
    event: &Event,
    entity: &'a manifest::Entity,
    function: &Function,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ImagePlan<'a>> {
    let Some(image) = &entity.image else {
        diagnostics.push(
            Diagnostic::new(
                Code::NO_IMAGE,
                format!("the before image of `{}` cannot be read", event.event_type.text),
            )
            .at(event.entity.span, "an update or a delete keeps what was there before")
            .and(entity.name.span, "this entity has no `image`")
            .help("declare where its document is kept: \"image\": { \"table\": ..., \"key\": ..., \"column\": ..., \"type\": ... }"),
        );
        return None;
    };
    if event.id.root == Root::Response {
        diagnostics.push(
            Diagnostic::new(Code::IMAGE_KEY, "the before image is read before the function answers")
                .at(event.id.written.span, "this key is known only afterwards")
                .help("take the key from an argument: `$customer_id` or `$input.id`"),
        );
        return None;
    }
    Some(match function.security {
        Security::Definer => ImagePlan::Function { entity: &entity.name.text },
        Security::Invoker => ImagePlan::Inline {
            table: &entity.table.text,
            key: &entity.key.text,
            image_table: &image.table.text,
            image_key: &image.key.text,
            image_column: &image.column.text,
        },
    })
}

fn check_after(event: &Event, diagnostics: &mut Vec<Diagnostic>) {
    match (event.operation, &event.after) {
        (Operation::Delete, Some(after)) => diagnostics.push(
            Diagnostic::new(Code::AFTER_IMAGE, "a deleted entity has no after image")
                .at(after.written.span, "there is nothing after a DELETE")
                .help("remove `after`"),
        ),
        (Operation::Create | Operation::Update, None) => diagnostics.push(
            Diagnostic::new(Code::AFTER_IMAGE, format!("`{}` needs `after`", event.event_type.text))
                .at(event.span, "what does the entity look like now?")
                .help("name the key of the answer that holds it: \"after\": \"customer\""),
        ),
        _ => {}
    }
}

/// Follows a path through arguments and types as far as they are known.
fn check_path(
    context: &Context<'_>,
    declared: &manifest::Mutation,
    function: &Function,
    arguments: &[Argument],
    path: &Path,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let unknown = |what: String, key: &str, near: Option<&str>| {
        let diagnostic = Diagnostic::new(Code::UNKNOWN_PATH, format!("{what} has no `{key}`"))
            .at(path.written.span, "this path leads nowhere");
        suggest::did_you_mean(diagnostic, near)
    };
    let (mut fields, mut keys) = match &path.root {
        Root::Response => (Some(&declared.success), path.keys.as_slice()),
        Root::Argument(name) => {
            let Some(argument) = arguments.iter().find(|argument| argument.name == *name) else {
                let names = arguments.iter().map(|argument| argument.name.as_str());
                let mut diagnostic = unknown(
                    format!("function `{}`", function.name),
                    &format!("${name}"),
                    suggest::nearest(name, names),
                );
                if let Some(spans) = function.spans {
                    diagnostic = diagnostic.and(spans.name, "its arguments");
                }
                // Where the declared argument is gone too, that is the mistake, and it has been reported.
                if !declared.arguments.iter().any(|field| field.key.text == *name) {
                    diagnostics.push(diagnostic);
                }
                return;
            };
            let field = declared.arguments.iter().find(|field| field.key.text == argument.name);
            (field.and_then(|field| fields_of(context, &field.type_ref, Direction::Input)), path.keys.as_slice())
        }
    };
    while let (Some(known), [key, rest @ ..]) = (fields, keys) {
        let Some(field) = known.iter().find(|field| field.key.text == *key) else {
            let names = known.iter().map(|field| field.key.text.as_str());
            diagnostics.push(unknown(format!("`{}`", path.written.text), key, suggest::nearest(key, names)));
            return;
        };
        let direction = if path.root == Root::Response { Direction::Output } else { Direction::Input };
        fields = fields_of(context, &field.type_ref, direction);
        keys = rest;
    }
}

/// The fields of an object type; `None` for what has none or is not known.
fn fields_of<'a>(context: &Context<'a>, type_ref: &TypeRef, direction: Direction) -> Option<&'a Vec<manifest::Field>> {
    let TypeRef::Named { .. } = type_ref else { return None };
    match context.types.find(type_ref, direction, &mut Vec::new())? {
        Named::Object(object) | Named::Input(object) => Some(&object.fields),
        Named::Scalar(_) | Named::Enum(_) | Named::Union(_) => None,
    }
}
