//! The keys of inputs that no function reads: callers fill them, and nothing happens.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checker, and, name_of};
use crate::catalog::{Builtin, Function};
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{Mutation, Object, Root, TypeRef};
use crate::shape::Shape;
use crate::shape::domain::{InputPath, InputStep};
use crate::source::Span;

/// Inputs in inputs are followed so deep, and through so many parts of a function's arguments.
const MAX_DEPTH: usize = 8;
const MAX_PARTS: usize = 5_000;

/// What becomes of the keys of inputs, in all functions that take them.
#[derive(Default)]
pub(super) struct Inputs<'a> {
    taken: BTreeMap<&'a str, Taken<'a>>,
    /// Inputs of which a mistake has been reported that says more.
    pub(super) explained: BTreeSet<String>,
    /// Whether there was more than is followed.
    is_cut: bool,
}

/// What becomes of the keys of one input.
struct Taken<'a> {
    input: &'a Object,
    used: BTreeSet<&'a str>,
    /// A function that takes it.
    function: Option<Span>,
}

/// What is used of a function's arguments.
struct Uses<'s> {
    shape: &'s Shape,
    /// Parts that events take.
    events: BTreeSet<InputPath>,
    /// Whether more may be used than what was seen.
    is_open: bool,
}

impl Uses<'_> {
    /// Whether a part is read, or handed on in what it is a part of.
    fn has(&self, part: &InputPath) -> bool {
        let is_below = |path: &InputPath| path.argument == part.argument && path.steps.starts_with(&part.steps);
        let holders = (0..=part.steps.len()).rev().map(|depth| InputPath {
            argument: part.argument,
            steps: part.steps.iter().take(depth).cloned().collect(),
        });
        // What begins as the part does comes right behind it.
        self.is_open
            || self.shape.reads.range(part..).next().is_some_and(|(path, _)| is_below(path))
            || self.events.range(part..).next().is_some_and(is_below)
            || holders.into_iter().any(|holder| self.shape.wholes.contains(&holder) || self.events.contains(&holder))
    }
}

impl<'a> Checker<'a> {
    /// Notes which keys of its inputs a function uses.
    pub(super) fn note_uses(&mut self, declared: &'a Mutation, function: &Function, shape: &Shape) {
        let arguments = function.inputs().map(|input| input.name.as_deref()).collect::<Vec<_>>();
        let paths = declared.events.iter().flat_map(|event| {
            let metadata = event.metadata.iter().map(|(_, path)| path);
            std::iter::once(&event.id).chain(&event.after).chain(metadata)
        });
        let of_argument = paths.filter_map(|path| {
            let Root::Argument(name) = &path.root else { return None };
            let argument = arguments.iter().position(|argument| *argument == Some(name))?;
            let steps = path.keys.iter().map(|key| InputStep::Key(key.clone())).collect();
            Some(InputPath { argument, steps })
        });
        let is_open = shape.has_unseen || shape.paths.values().any(|trace| trace.unknown.is_some());
        let mut uses = Uses { shape, events: of_argument.collect(), is_open };
        let mut left = MAX_PARTS;
        for (argument, input) in function.inputs().enumerate() {
            let Some(field) = input.name.as_deref().and_then(|name| declared.argument(name)) else { continue };
            // Of a row every key is a column.
            let base = self.context.catalog.base_type(&input.ty.ty);
            uses.is_open = is_open || !(base.is(Builtin::JSON) || base.is(Builtin::JSONB));
            let root = InputPath { argument, steps: Vec::new() };
            self.note_used(&field.type_ref, &root, &uses, name_of(function), &mut left);
        }
    }

    fn note_used(
        &mut self,
        type_ref: &'a TypeRef,
        at: &InputPath,
        uses: &Uses<'_>,
        function: Option<Span>,
        left: &mut usize,
    ) {
        if let TypeRef::List { element, .. } = type_ref {
            return self.note_used(element, &at.step(InputStep::Element), uses, function, left);
        }
        let Some(input) = self.input_type(type_ref) else { return };
        let fresh = || Taken { input, used: BTreeSet::new(), function };
        let taken = self.inputs.taken.entry(&input.name.text).or_insert_with(fresh);
        if at.steps.len() >= MAX_DEPTH {
            // An input in itself: what is deeper is taken for read.
            taken.used.extend(input.fields.iter().map(|field| field.key.text.as_str()));
            return;
        }
        if input.fields.len() > *left {
            self.inputs.is_cut = true;
            return;
        }
        let parts = input.fields.iter().map(|field| (field, at.step(InputStep::Key(field.key.text.clone()))));
        let parts = parts.collect::<Vec<_>>();
        let used = parts.iter().filter(|(_, part)| uses.has(part)).map(|(field, _)| field.key.text.as_str());
        taken.used.extend(used);
        for (field, part) in parts {
            *left = left.saturating_sub(1);
            self.note_used(&field.type_ref, &part, uses, function, left);
        }
    }

    /// Reports keys that no function uses.
    pub(super) fn unread_keys(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        let inputs = std::mem::take(&mut self.inputs);
        // Inputs without an end have been reported.
        if inputs.is_cut || diagnostics.iter().any(|diagnostic| diagnostic.code == Code::ENDLESS_TYPE) {
            return;
        }
        for taken in inputs.taken.values().filter(|taken| !inputs.explained.contains(&taken.input.name.text)) {
            let name = &taken.input.name;
            let unread = taken.input.fields.iter().filter(|field| !taken.used.contains(field.key.text.as_str()));
            let unread = unread.collect::<Vec<_>>();
            if taken.used.is_empty() && unread.len() > 1 {
                let message = format!("no key of `{}` is read", name.text);
                let diagnostic = Diagnostic::new(Code::UNREAD_INPUT_KEY, message).at(name.span, "the input");
                let diagnostic = and(diagnostic, taken.function, "this function takes it");
                self.report(diagnostic.help("read them, or take the argument out"), diagnostics);
                continue;
            }
            for field in unread {
                let message = format!("`{}` of `{}` is never read", field.key.text, name.text);
                let diagnostic = Diagnostic::new(Code::UNREAD_INPUT_KEY, message)
                    .at(field.key.span, "what callers write here has no effect");
                let diagnostic = and(diagnostic, taken.function, "this function takes the input");
                self.report(diagnostic.help("read it, or remove it from the input"), diagnostics);
            }
        }
    }
}
