//! The bodies of functions against the manifest: keys, codes and events.

mod answer;
mod code;
mod compare;
mod declared;
mod event;
mod fact;
mod fit;
mod image;
mod input;
mod raised;
mod row;
mod unread;

use std::collections::{BTreeMap, BTreeSet};

use super::model::Convention;
use super::{Context, convention, fields, function};
use crate::catalog::{Function, FunctionId, FunctionKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest;
use crate::shape::{self, Shape, Shapes};
use crate::source::Span;
use crate::suggest;
use image::After;
use unread::Inputs;

/// Checks the bodies of all mutations' functions.
pub(super) fn check(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let mutations = context.manifest.mutations.iter();
    let mutations = mutations.filter_map(|declared| Some((declared, function::only(context, declared)?)));
    let plain =
        |id: FunctionId| matches!(context.catalog.function(id).kind, FunctionKind::Function | FunctionKind::Procedure);
    let mutations = mutations.filter(|(_, id)| plain(*id)).collect::<Vec<_>>();
    let functions = mutations.iter().map(|(_, id)| *id);
    let known = declared::known(context, &mutations);
    let shapes = shape::analyse(context.bodies, &known, functions);
    let mut checker = Checker::new(context, &shapes);
    for (declared, id) in mutations {
        let renamed = checker.check(declared, id, diagnostics);
        // A path that starts with a key that is declared under another name is no mistake of its own.
        let paths = declared.events.iter().flat_map(|event| {
            let metadata = event.metadata.iter().map(|(_, path)| path);
            event.id.iter().chain(&event.after).chain(metadata)
        });
        let explained = paths
            .filter(|path| path.root == manifest::Root::Response && path.keys.iter().any(|key| renamed.contains(key)));
        let explained = explained.map(|path| path.written.span).collect::<BTreeSet<_>>();
        diagnostics.retain(|diagnostic| {
            let place = diagnostic.primary.as_ref().map(|label| label.span);
            diagnostic.code != Code::UNKNOWN_PATH || !place.is_some_and(|place| explained.contains(&place))
        });
    }
    checker.finish(diagnostics);
}

/// Checks mutation after mutation; what several of them share is reported once.
struct Checker<'a> {
    context: &'a Context<'a>,
    shapes: &'a Shapes,
    /// The pairs of places that were reported.
    reported: BTreeSet<(Code, Option<Span>, Option<Span>)>,
    /// The after images of every entity's events.
    after: BTreeMap<String, Vec<After>>,
    /// What becomes of the keys of inputs.
    inputs: Inputs<'a>,
}

impl<'a> Checker<'a> {
    fn new(context: &'a Context<'a>, shapes: &'a Shapes) -> Self {
        Self { context, shapes, reported: BTreeSet::new(), after: BTreeMap::new(), inputs: Inputs::default() }
    }

    /// Checks what a function does against what is declared of it; gives the keys that are declared under another name.
    fn check(
        &mut self,
        declared: &'a manifest::Mutation,
        id: FunctionId,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> BTreeSet<String> {
        let Some(shape) = self.shapes.get(id) else { return BTreeSet::new() };
        let function = self.context.catalog.function(id);
        // What is wrong with the convention has been reported: what follows from it is no mistake of its own.
        let mut wrong = Vec::new();
        let answering = convention::find(self.context, declared, function, &mut wrong);
        let never = self.comparisons(shape, diagnostics);
        let mut renamed = BTreeSet::new();
        if answering.convention == Convention::Flat {
            renamed = self.answer(declared, function, shape, diagnostics);
            self.codes(declared, function, shape, &never, diagnostics);
        } else if wrong.is_empty() {
            let fields = fields::find(self.context, declared, function, &answering, &mut Vec::new());
            self.row_answer(declared, function, &answering, &fields, shape, diagnostics);
        }
        self.input_keys(declared, function, shape, diagnostics);
        self.note_uses(declared, function, shape);
        self.events(declared, function, &answering, shape, diagnostics);
        self.facts(declared, function, shape, diagnostics);
        self.mapped_errors(declared, function, shape, diagnostics);
        renamed
    }

    /// Reports comparisons with what a function never gives; gives the constants.
    fn comparisons(&mut self, shape: &Shape, diagnostics: &mut Vec<Diagnostic>) -> Vec<String> {
        let mut constants = Vec::new();
        for (place, comparison) in shape.comparisons.iter().filter(|(_, comparison)| !comparison.may_hold) {
            let constant = &comparison.constant;
            let message = format!("this is never `{constant}`");
            let mut diagnostic = Diagnostic::new(Code::NEVER_EQUAL, message).at(*place, "so this never holds");
            let tested = shape.comparisons.values().map(|comparison| &comparison.constant).collect::<Vec<_>>();
            let mut given = comparison.known.keys().filter(|known| !tested.contains(known));
            let near = suggest::nearest(constant, comparison.known.keys().map(String::as_str));
            let meant = near.map(str::to_owned).or_else(|| given.next().cloned().filter(|_| given.next().is_none()));
            let known = comparison.known.iter().filter(|(known, _)| meant.is_none() || meant.as_ref() == Some(known));
            for (known, written) in known {
                for written in written {
                    diagnostic = diagnostic.and(*written, format!("what is compared may be `{known}`"));
                }
            }
            self.report(suggest::did_you_mean(diagnostic, meant.as_deref()), diagnostics);
            constants.push(constant.clone());
        }
        constants
    }

    /// Reports what concerns functions that several mutations call.
    fn finish(mut self, diagnostics: &mut Vec<Diagnostic>) {
        self.compare_images(diagnostics);
        self.kept_documents(diagnostics);
        self.unread_keys(diagnostics);
    }

    /// Reports a mistake, unless it was reported for another mutation.
    fn report(&mut self, diagnostic: Diagnostic, diagnostics: &mut Vec<Diagnostic>) {
        let primary = diagnostic.primary.as_ref().map(|label| label.span);
        let secondary = diagnostic.secondary.first().map(|label| label.span);
        if self.reported.insert((diagnostic.code, primary, secondary)) {
            diagnostics.push(diagnostic);
        }
    }
}

/// Where a function is named, for mistakes that have no place in its body.
fn name_of(function: &Function) -> Option<Span> {
    function.spans.map(|spans| spans.name)
}

/// Puts the primary label where there is a place, else the message stands alone.
fn at(diagnostic: Diagnostic, span: Option<Span>, text: impl Into<String>) -> Diagnostic {
    match span {
        Some(span) => diagnostic.at(span, text),
        None => diagnostic,
    }
}

/// Adds a secondary label where there is a place.
fn and(diagnostic: Diagnostic, span: Option<Span>, text: impl Into<String>) -> Diagnostic {
    match span {
        Some(span) => diagnostic.and(span, text),
        None => diagnostic,
    }
}

#[cfg(test)]
mod tests;
