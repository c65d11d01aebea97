//! The keys that a function reads from its jsonb arguments against the declared input types.

use std::collections::BTreeMap;

use super::super::types::{Direction, Named};
use super::{Checker, at, fit};
use crate::catalog::Function;
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{Mutation, Object, TypeRef};
use crate::shape::domain::{InputPath, InputStep};
use crate::shape::{Read, Shape};
use crate::source::Span;
use crate::suggest;

/// The reads of an input's keys.
#[derive(Default)]
struct Reads<'s> {
    known: Vec<String>,
    unknown: Vec<(String, &'s Read)>,
}

impl<'a> Checker<'a> {
    pub(super) fn input_keys(
        &mut self,
        declared: &Mutation,
        function: &Function,
        shape: &Shape,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let arguments = function.inputs().map(|input| input.name.as_deref()).collect::<Vec<_>>();
        let mut by_input: BTreeMap<Span, (&Object, Reads<'_>)> = BTreeMap::new();
        for (path, read) in &shape.reads {
            let Some(Some(argument)) = arguments.get(path.argument) else { continue };
            let Some(field) = declared.argument(argument) else { continue };
            let Some((input, key)) = self.owner(&field.type_ref, path) else { continue };
            let entry = by_input.entry(input.name.span).or_insert_with(|| (input, Reads::default()));
            match input.fields.iter().find(|field| field.key.text == key) {
                Some(field) => {
                    entry.1.known.push(key.to_owned());
                    self.read_type(read, &field.type_ref, key, diagnostics);
                }
                None => entry.1.unknown.push((key.to_owned(), read)),
            }
        }
        for (input, reads) in by_input.values() {
            // Which of its keys is meant by what is read is told there.
            if !reads.unknown.is_empty() {
                self.inputs.explained.insert(input.name.text.clone());
            }
            self.unknown_keys(input, reads, diagnostics);
        }
    }

    /// The input that holds the last key of a path, and that key.
    fn owner<'p>(&self, root: &TypeRef, path: &'p InputPath) -> Option<(&'a Object, &'p str)> {
        let (last, before) = path.steps.split_last()?;
        let InputStep::Key(key) = last else { return None };
        let mut type_ref = root;
        for step in before {
            type_ref = match (step, type_ref) {
                (InputStep::Element, TypeRef::List { element, .. }) => element,
                (InputStep::Key(key), TypeRef::Named { .. }) => {
                    let input = self.input_type(type_ref)?;
                    &input.fields.iter().find(|field| field.key.text == *key)?.type_ref
                }
                _ => return None,
            };
        }
        Some((self.input_type(type_ref)?, key))
    }

    pub(super) fn input_type(&self, type_ref: &TypeRef) -> Option<&'a Object> {
        if !matches!(type_ref, TypeRef::Named { .. }) {
            return None;
        }
        match self.context.types.find(type_ref, Direction::Input, &mut Vec::new()) {
            Some(Named::Input(input)) => Some(input),
            _ => None,
        }
    }

    fn read_type(&mut self, read: &Read, type_ref: &TypeRef, key: &str, diagnostics: &mut Vec<Diagnostic>) {
        if !matches!(type_ref, TypeRef::Named { .. }) {
            return;
        }
        let catalog = self.context.catalog;
        let found = match self.context.types.find(type_ref, Direction::Input, &mut Vec::new()) {
            Some(Named::Scalar(scalar)) if !scalar.is_json() => {
                read.types.iter().find(|ty| !fit::input(catalog, ty, scalar, type_ref.named().0))
            }
            _ => None,
        };
        let Some(ty) = found else { return };
        let ty = catalog.display(ty);
        let message = format!("`{key}` is read as `{ty}`, and declared `{type_ref}`");
        let diagnostic =
            at(Diagnostic::new(Code::INPUT_KEY_TYPE, message), read.places.first().copied(), format!("read as `{ty}`"));
        self.report(diagnostic.and(type_ref.named().1, "declared here"), diagnostics);
    }

    fn unknown_keys(&mut self, input: &Object, reads: &Reads<'_>, diagnostics: &mut Vec<Diagnostic>) {
        let unread = input.fields.iter().filter(|field| !reads.known.contains(&field.key.text)).collect::<Vec<_>>();
        for (key, read) in &reads.unknown {
            let near = suggest::nearest(key, unread.iter().map(|field| field.key.text.as_str()));
            let message = format!("the SQL reads the key `{key}`, which `{}` does not have", input.name.text);
            let place = read.places.first().copied();
            let mut diagnostic = at(Diagnostic::new(Code::UNKNOWN_INPUT_KEY, message), place, "read here");
            let field = near.and_then(|near| input.fields.iter().find(|field| field.key.text == near));
            diagnostic = match field {
                Some(field) => diagnostic.and(field.key.span, "declared here under another name"),
                None => diagnostic.and(input.name.span, "declared without it here"),
            };
            if let (None, [only], [_]) = (field, unread.as_slice(), reads.unknown.as_slice()) {
                diagnostic = diagnostic.note(format!("the declared `{}` is never read", only.key.text));
            }
            for other in read.places.iter().skip(1).take(3) {
                diagnostic = diagnostic.and(*other, "and here");
            }
            self.report(suggest::did_you_mean(diagnostic, near), diagnostics);
        }
    }
}
