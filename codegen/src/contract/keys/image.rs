//! The after images of one entity, event by event: whoever reads them expects the same keys.

use std::collections::BTreeSet;

use super::super::types::{Direction, Named};
use super::{Checker, at, declared};
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{self, Field, Mutation, Operation, Root, TypeRef};
use crate::shape::Event;
use crate::shape::domain::Content;
use crate::source::Span;

/// What an event keeps as the entity after it.
pub(super) struct After {
    event_type: String,
    operation: Operation,
    keys: BTreeSet<String>,
    place: Option<Span>,
}

impl Checker<'_> {
    /// Notes the after image that a function logs, where all of its keys are known.
    pub(super) fn note_logged_after(&mut self, event: &manifest::Event, logged: &Event) {
        let entity = self.context.manifest.entities.iter().find(|entity| entity.name.text == event.entity.text);
        // It has been compared with the declared image, key by key.
        if entity.is_some_and(|entity| entity.image.is_some()) {
            return;
        }
        let Some(after) = logged.arguments.get("after") else { return };
        let Content::Json(json) = &after.value.content else { return };
        let mut objects = json.objects.values();
        let (Some(object), None, None) = (objects.next(), objects.next(), json.opaque) else { return };
        if object.rest.is_some() || object.fields.values().any(|field| !field.always) {
            return;
        }
        let keys = object.fields.keys().cloned().collect();
        self.note_after(event, keys, after.places.first().copied().or(Some(logged.span)));
    }

    /// Notes the after image that the manifest declares: a key of the answer that is an output type.
    pub(super) fn note_declared_after(&mut self, declared: &Mutation, event: &manifest::Event) {
        let Some(path) = event.after.as_ref().filter(|path| path.root == Root::Response) else { return };
        let mut fields: &[Field] = &declared.success;
        for key in &path.keys {
            let Some(field) = fields.iter().find(|field| field.key.text == *key) else { return };
            let found = self.context.types.find(&field.type_ref, Direction::Output, &mut Vec::new());
            match (&field.type_ref, found) {
                (TypeRef::Named { .. }, Some(Named::Object(object))) => fields = &object.fields,
                _ => return,
            }
        }
        let keys = fields.iter().map(|field| field.key.text.clone()).collect();
        self.note_after(event, keys, Some(path.written.span));
    }

    fn note_after(&mut self, event: &manifest::Event, keys: BTreeSet<String>, place: Option<Span>) {
        let after = After { event_type: event.event_type.text.clone(), operation: event.operation, keys, place };
        self.after.entry(event.entity.text.clone()).or_default().push(after);
    }

    /// Compares what functions write into columns of documents with what is declared of them.
    pub(super) fn kept_documents(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        for column in declared::columns(self.context) {
            let Some(json) = self.shapes.document(column.table, &column.name).cloned() else { continue };
            let table = self.context.catalog.relation(column.table);
            let place = table.column(&column.name).and_then(|column| column.span).or(Some(column.span));
            self.compare(&json, &column.type_ref, &column.name, place, diagnostics);
        }
    }

    /// Reports entities whose events keep different keys.
    pub(super) fn compare_images(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        for (name, images) in std::mem::take(&mut self.after) {
            let entity = self.context.manifest.entities.iter().find(|entity| entity.name.text == name);
            let declared = entity.and_then(|entity| entity.image.as_ref()).and_then(|image| {
                let object = self.context.manifest.types.iter().find(|object| object.name.text == image.type_name.text);
                let keys = object?.fields.iter().map(|field| field.key.text.clone()).collect::<BTreeSet<_>>();
                Some((keys, format!("the image of `{name}`"), Some(image.type_name.span)))
            });
            let first = || {
                let of = |operation| images.iter().find(move |image| image.operation == operation);
                let image = of(Operation::Create).or_else(|| of(Operation::Update))?;
                Some((image.keys.clone(), format!("`{}`", image.event_type), image.place))
            };
            let Some((keys, what, other)) = declared.or_else(first) else { continue };
            let Some(image) = images.iter().find(|image| image.keys != keys) else { continue };
            let list = |keys: Vec<&String>| keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
            let message = format!("the after image of `{}` has other keys than {what}", image.event_type);
            let mut diagnostic = at(Diagnostic::new(Code::IMAGES_DIFFER, message), image.place, "this image");
            if let Some(other) = other {
                diagnostic = diagnostic.and(other, "the other one");
            }
            let (lacks, more) =
                (keys.difference(&image.keys).collect::<Vec<_>>(), image.keys.difference(&keys).collect::<Vec<_>>());
            if !lacks.is_empty() {
                diagnostic = diagnostic.note(format!("it lacks {}", list(lacks)));
            }
            if !more.is_empty() {
                diagnostic = diagnostic.note(format!("it has {} as well", list(more)));
            }
            self.report(diagnostic.help("keep the same document in every event of an entity"), diagnostics);
        }
    }
}
