//! The events of a mutation: their entities, and where their parts are found.

use super::Context;
use super::convention::Answering;
use super::model::Argument;
use super::path::{Follower, Found};
use super::statement::{EventPlan, ImagePlan};
use super::types::{Direction, Named};
use crate::catalog::{Builtin, Category, Column, Function, QualifiedName, Relation, Security, Type};
use crate::diagnostic::{Code, Diagnostic, Label, MOST};
use crate::manifest::{self, Event, LoggedBy, Name, Operation, Path, Root, TypeRef};
use crate::suggest;

/// Checks that every entity's tables and columns exist.
pub(super) fn check_entities(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for entity in &context.manifest.entities {
        if let Some(table) = relation(context, &entity.table, diagnostics) {
            column(table, &entity.key, diagnostics);
            for document in &entity.documents {
                if let Some(column) = column(table, &document.key, diagnostics) {
                    check_json(context, table, column, &document.key, diagnostics);
                }
                context.types.find(&document.type_ref, Direction::Output, diagnostics);
            }
        }
        let Some(image) = &entity.image else { continue };
        if let Some(table) = relation(context, &image.table, diagnostics) {
            column(table, &image.key, diagnostics);
            if let Some(document) = column(table, &image.column, diagnostics) {
                check_document(context, table, document, &image.column, diagnostics);
            }
        }
        let span = image.type_name.span;
        let type_ref = TypeRef::Named { name: image.type_name.text.clone(), span, nullable: false };
        context.types.find(&type_ref, Direction::Output, diagnostics);
    }
}

fn relation<'a>(context: &Context<'a>, name: &Name, diagnostics: &mut Vec<Diagnostic>) -> Option<&'a Relation> {
    let written = name.qualified();
    let found = written.as_ref().and_then(|name| context.catalog.find_relation(&name.schema, &name.name));
    if found.is_none() {
        // Looking for similar names takes time with every table that there is.
        let looked_at = if diagnostics.len() < MOST { usize::MAX } else { 0 };
        let tables = context.catalog.relations().take(looked_at);
        let tables = tables.map(|(_, relation)| (relation.name.to_string(), relation)).collect::<Vec<_>>();
        let near = suggest::nearest(&name.text, tables.iter().map(|(name, _)| name.as_str()));
        let diagnostic = Diagnostic::new(Code::UNKNOWN_TABLE, format!("table `{}` does not exist", name.text))
            .at(name.span, "no SQL file defines it");
        // Of a name alone, the schema is asked for.
        let own = written.or_else(|| QualifiedName::parse(&format!("public.{}", name.text))).map(|name| name.name);
        let elsewhere = tables.iter().find(|(_, relation)| Some(&relation.name.name) == own.as_ref());
        diagnostics.push(match (near.or(elsewhere.map(|(name, _)| name.as_str())), name.text.contains('.')) {
            (None, false) => diagnostic.help("name its schema, as in `core.customer`"),
            (near, _) => suggest::did_you_mean(diagnostic, near),
        });
    }
    found.map(|id| context.catalog.relation(id))
}

/// An image is one jsonb document.
fn check_document(
    context: &Context<'_>,
    table: &Relation,
    column: &Column,
    name: &Name,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let base = context.catalog.base_type(&column.ty.ty);
    if base.is(Builtin::JSONB) || matches!(base, Type::Unknown(_)) {
        return;
    }
    let ty = context.catalog.display_use(&column.ty).to_string();
    let message = format!("column `{}` of `{}` is `{ty}`, not `jsonb`", name.text, table.name);
    let mut diagnostic =
        Diagnostic::new(Code::COLUMN_TYPE, message).at(name.span, "a before image is one jsonb document");
    if let Some(span) = table.span {
        diagnostic = diagnostic.and(span, "the table");
    }
    diagnostics.push(diagnostic.help("name the column that holds the whole entity as jsonb"));
}

/// A document is a json or jsonb.
fn check_json(
    context: &Context<'_>,
    table: &Relation,
    column: &Column,
    name: &Name,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let base = context.catalog.base_type(&column.ty.ty);
    if base.is(Builtin::JSONB) || base.is(Builtin::JSON) || matches!(base, Type::Unknown(_)) {
        return;
    }
    let ty = context.catalog.display_use(&column.ty).to_string();
    let message = format!("column `{}` of `{}` is `{ty}`, not `jsonb` or `json`", name.text, table.name);
    let diagnostic = Diagnostic::new(Code::COLUMN_TYPE, message).at(name.span, "declared to hold documents");
    diagnostics.push(match table.span {
        Some(span) => diagnostic.and(span, "the table"),
        None => diagnostic,
    });
}

fn column<'a>(table: &'a Relation, name: &Name, diagnostics: &mut Vec<Diagnostic>) -> Option<&'a Column> {
    let found = table.column(&name.text);
    if !table.columns_known || found.is_some() {
        return found;
    }
    let mut diagnostic =
        Diagnostic::new(Code::UNKNOWN_COLUMN, format!("table `{}` has no column `{}`", table.name, name.text))
            .at(name.span, "no such column");
    if let Some(span) = table.span {
        diagnostic = diagnostic.and(span, "the table");
    }
    let near = suggest::nearest(&name.text, table.columns.iter().map(|column| column.name.as_str()));
    diagnostics.push(match near {
        Some(_) => suggest::did_you_mean(diagnostic, near),
        None => {
            let columns = table.columns.iter().map(|column| format!("`{}`", column.name)).collect::<Vec<_>>();
            diagnostic.note(format!("its columns: {}", columns.join(", ")))
        }
    });
    None
}

/// Resolves the events that `declared` leaves.
pub(super) fn plan<'a>(
    context: &Context<'a>,
    declared: &'a manifest::Mutation,
    function: &Function,
    answering: &Answering,
    arguments: &[Argument],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<EventPlan<'a>> {
    check_paths(&Follower { context, declared, function, answering, arguments }, diagnostics);
    let plans = declared.events.iter().filter_map(|event| {
        let entity = entity(context, event, diagnostics)?;
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
            metadata: event.metadata.iter().map(|(key, path)| (key.text.as_str(), path)).collect(),
            on_noop: event.on_noop,
        })
    });
    plans.collect()
}

/// Reports paths that lead nowhere, those that stray at the same key as one mistake, and ids that are no uuid.
fn check_paths(follower: &Follower<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let mut lost: Vec<(&Path, usize, Diagnostic)> = Vec::new();
    for event in &follower.declared.events {
        let metadata = event.metadata.iter().map(|(_, path)| path);
        for (index, path) in std::iter::once(&event.id).chain(&event.after).chain(metadata).enumerate() {
            match follower.follow(path) {
                Ok(found) if index == 0 && event.logged_by == LoggedBy::Runtime => {
                    let reported = diagnostics.len();
                    diagnostics.extend(no_uuid(follower.context, path, &found));
                    if diagnostics.len() == reported {
                        diagnostics.extend(other_key(follower.context, event, &found));
                    }
                }
                Ok(_) => {}
                Err(stray) => {
                    let same = |(first, known, _): &&mut (&Path, usize, Diagnostic)| {
                        let until = |path: &Path| path.keys.get(..=stray.known).map(<[String]>::to_vec);
                        *known == stray.known && first.root == path.root && until(first) == until(path)
                    };
                    match lost.iter_mut().find(same) {
                        Some((_, _, first)) => {
                            first
                                .secondary
                                .push(Label { span: path.written.span, text: "nor does this one".to_owned() });
                        }
                        None => lost.push((path, stray.known, stray.diagnostic)),
                    }
                }
            }
        }
    }
    diagnostics.extend(lost.into_iter().map(|(_, _, diagnostic)| diagnostic));
}

/// The event log keeps every entity under a uuid: an id that is plainly something else is a mistake.
fn no_uuid(context: &Context<'_>, path: &Path, found: &Found<'_>) -> Option<Diagnostic> {
    let ty = match found {
        Found::Argument(argument) if argument.marker != "Uuid" => argument.sql_type.clone(),
        Found::Column(ty) => match context.catalog.base_type(ty) {
            Type::Builtin(builtin) if *builtin != Builtin::UUID && builtin.category() != Category::Text => {
                context.catalog.display(ty).to_string()
            }
            _ => return None,
        },
        Found::Value(type_ref) => {
            let named = context.types.find(type_ref, Direction::Output, &mut Vec::new());
            let text = match (type_ref, named) {
                (TypeRef::Named { .. }, Some(Named::Scalar(scalar))) => {
                    // A custom scalar's SQL type may be a domain over uuid.
                    let known = scalar.builtin();
                    known.is_none_or(|known| {
                        [Builtin::TEXT, Builtin::UUID, Builtin::JSONB, Builtin::JSON].contains(&known)
                    })
                }
                (_, None) => true,
                _ => false,
            };
            if text {
                return None;
            }
            type_ref.to_string()
        }
        Found::Argument(_) | Found::Unknown => return None,
    };
    let message = format!("the id of an event is a uuid, and `{}` is `{ty}`", path.written.text);
    Some(
        Diagnostic::new(Code::EVENT_ID, message)
            .at(path.written.span, "this is not a uuid")
            .help("name the entity's key: `order.id` in the answer, or an argument such as `$customer_id`"),
    )
}

/// An entity whose key is no uuid cannot be found by one.
fn other_key(context: &Context<'_>, event: &Event, found: &Found<'_>) -> Option<Diagnostic> {
    let is_uuid = match found {
        Found::Argument(argument) => argument.marker == "Uuid",
        Found::Column(ty) => context.catalog.base_type(ty).is(Builtin::UUID),
        Found::Value(_) | Found::Unknown => false,
    };
    let entity = context.manifest.entities.iter().find(|entity| entity.name.text == event.entity.text)?;
    let name = entity.table.qualified()?;
    let table = context.catalog.relation(context.catalog.find_relation(&name.schema, &name.name)?);
    let column = table.column(&entity.key.text)?;
    let base = context.catalog.base_type(&column.ty.ty);
    if !is_uuid || base.is(Builtin::UUID) || matches!(base, Type::Unknown(_)) {
        return None;
    }
    let ty = context.catalog.display_use(&column.ty).to_string();
    let (entity_name, key) = (&entity.name.text, &entity.key.text);
    let message = format!("the key of the entity `{entity_name}` is `{ty}`, and `{}` is a uuid", event.id.written.text);
    let mut diagnostic = Diagnostic::new(Code::EVENT_ID, message)
        .at(event.id.written.span, "this is not its key")
        .and(entity.key.span, "the key");
    if let Some(span) = column.span {
        diagnostic = diagnostic.and(span, format!("`{key}` is declared as `{ty}` here"));
    }
    Some(diagnostic.help("name a table whose key is the uuid that the event is about"))
}

fn entity<'a>(context: &Context<'a>, event: &Event, diagnostics: &mut Vec<Diagnostic>) -> Option<&'a manifest::Entity> {
    let name = &event.entity;
    let found = context.manifest.entities.iter().find(|entity| entity.name.text == name.text);
    if found.is_none() {
        let looked_at = if diagnostics.len() < MOST { usize::MAX } else { 0 };
        let names = context.manifest.entities.iter().take(looked_at);
        let names = names.map(|entity| entity.name.text.as_str());
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
            table: entity.table.qualified()?,
            key: &entity.key.text,
            image_table: image.table.qualified()?,
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
