//! The types of event that mutations leave, each once, whichever mutations leave it.

use std::collections::BTreeMap;

use super::Context;
use super::model::{Event, Image, Rust};
use super::types::{Direction, Named};
use crate::manifest::{self, Field, Mutation, Operation, Path, Root, TypeRef};
use crate::naming::words_to_pascal_case;

/// Collects them in the manifest's order. What is wrong with an event is reported with its mutation.
pub(super) fn collect(context: &Context<'_>) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    for mutation in &context.manifest.mutations {
        for declared in &mutation.events {
            let found = event(context, mutation, declared);
            match index.get(found.name.as_str()).and_then(|at| events.get_mut(*at)) {
                Some(known) => merge(known, found),
                None => {
                    index.insert(&declared.event_type.text, events.len());
                    events.push(found);
                }
            }
        }
    }
    name(&mut events);
    events
}

fn event(context: &Context<'_>, mutation: &Mutation, declared: &manifest::Event) -> Event {
    let after = declared.after.as_ref().and_then(|path| followed(context, mutation, path));
    let image = image(context, &declared.entity.text);
    let unknown = || Image { rust: Rust::Runtime("RawJson"), nullable: true };
    let nullable = after.as_ref().is_none_or(|after| after.nullable);
    let before = image.clone().map_or_else(unknown, |rust| Image { rust, nullable: true });
    // Every event of an entity keeps the same document: that is checked where an image is declared.
    let after = image.map(|rust| Image { rust, nullable }).or(after).unwrap_or_else(unknown);
    Event {
        name: declared.event_type.text.clone(),
        rust: String::new(),
        entity: declared.entity.text.clone(),
        operation: declared.operation,
        mutations: vec![mutation.name.text.clone()],
        source: context.sources.location(declared.event_type.span),
        before: (declared.operation != Operation::Create).then_some(before),
        after: (declared.operation != Operation::Delete).then_some(after),
    }
}

/// The type of the entity's declared image.
fn image(context: &Context<'_>, entity: &str) -> Option<Rust> {
    let entity = context.manifest.entities.iter().find(|declared| declared.name.text == entity)?;
    let name = &entity.image.as_ref()?.type_name;
    let type_ref = TypeRef::Named { name: name.text.clone(), span: name.span, nullable: false };
    match context.types.find(&type_ref, Direction::Output, &mut Vec::new())? {
        Named::Object(_) | Named::Union(_) => Some(context.types.rust(&type_ref, Direction::Output, &mut Vec::new())),
        _ => None,
    }
}

/// The type that `path` leads to in the answer, where that is an output type.
fn followed(context: &Context<'_>, mutation: &Mutation, path: &Path) -> Option<Image> {
    if path.root != Root::Response {
        return None;
    }
    let mut fields: &[Field] = &mutation.success;
    let mut nullable = false;
    let mut keys = path.keys.iter().peekable();
    while let Some(key) = keys.next() {
        let field = fields.iter().find(|field| field.key.text == *key)?;
        nullable |= field.type_ref.is_nullable();
        let TypeRef::Named { .. } = field.type_ref else { return None };
        match context.types.find(&field.type_ref, Direction::Output, &mut Vec::new())? {
            Named::Object(_) | Named::Union(_) if keys.peek().is_none() => {
                let rust = context.types.rust(&field.type_ref, Direction::Output, &mut Vec::new());
                return Some(Image { rust, nullable });
            }
            Named::Object(object) => fields = &object.fields,
            _ => return None,
        }
    }
    None
}

/// Two mutations leave the event: what they do not agree on stays open.
fn merge(known: &mut Event, other: Event) {
    known.mutations.extend(other.mutations);
    for (known, other) in [(&mut known.before, other.before), (&mut known.after, other.after)] {
        match (known.as_mut(), other) {
            (Some(image), Some(other)) => {
                image.nullable |= other.nullable;
                if image.rust != other.rust {
                    image.rust = Rust::Runtime("RawJson");
                }
            }
            (Some(image), None) => image.nullable = true,
            (None, Some(other)) => *known = Some(Image { nullable: true, ..other }),
            (None, None) => {}
        }
    }
}

/// Gives each its name in Rust; what cannot be one, or is another's, is numbered.
fn name(events: &mut [Event]) {
    let mut taken = std::collections::HashSet::new();
    for (index, event) in events.iter_mut().enumerate() {
        let name = words_to_pascal_case(&event.name).filter(|name| taken.insert(name.clone()));
        event.rust = name.unwrap_or_else(|| format!("Event{}", index + 1));
    }
}
