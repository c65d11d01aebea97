//! The events that a function logs against the declared ones.

use super::super::function;
use super::super::types::{Direction, Named};
use super::row::success_trace;
use super::{Checker, at, name_of};
use crate::catalog::Function;
use crate::contract::convention::Answering;
use crate::contract::model::Convention;
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{self, LoggedBy, Mutation, Name, Operation, Root, TypeRef};
use crate::shape::domain::{Content, InputPath, InputStep, Join, Literals, Nullness, Tag, Value};
use crate::shape::{Event, Shape, Trace};
use crate::source::Span;
use crate::suggest;

impl Checker<'_> {
    pub(super) fn events(
        &mut self,
        declared: &Mutation,
        function: &Function,
        answering: &Answering,
        shape: &Shape,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        // Where success is not told apart, an answer may be a successful one.
        let (trace, is_certain) = match &answering.convention {
            Convention::Flat => match shape.paths.get(&Tag::Success).or_else(|| shape.paths.get(&Tag::Other)) {
                Some(trace) => (trace.clone(), declared.noop_codes.is_empty()),
                None => return,
            },
            // What follows a row of a set is not told apart by that row.
            Convention::Composite(_) | Convention::Row { .. } if !answering.is_set => {
                match success_trace(declared, answering, shape) {
                    Some(found) => found,
                    None => return,
                }
            }
            _ => (shape.paths.values().cloned().reduce(Join::join).unwrap_or_default(), !answering.is_set),
        };
        let trace = &trace;
        for event in declared.events.iter().filter(|event| event.logged_by == LoggedBy::Runtime) {
            self.note_declared_after(declared, event);
        }
        self.logged_failures(declared, shape, diagnostics);
        let mut left = trace.events.values().collect::<Vec<_>>();
        let mut unmatched = Vec::new();
        for event in &declared.events {
            let wanted = &event.event_type.text;
            match left.iter().position(|logged| constant(logged, "event_type").is_some_and(|(text, _)| text == *wanted))
            {
                Some(at) => {
                    let logged = left.remove(at);
                    self.matched(declared, event, logged, is_certain, diagnostics);
                }
                None => unmatched.push(event),
            }
        }
        // A type that is made at run time may be any.
        if left.iter().any(|logged| constant(logged, "event_type").is_none()) {
            return;
        }
        for event in unmatched.into_iter().filter(|event| event.logged_by == LoggedBy::Function) {
            match left.pop() {
                Some(logged) => self.other_type(event, logged, diagnostics),
                None if trace.unknown.is_none() => self.not_logged(event, function, trace, diagnostics),
                None => {}
            }
        }
        for logged in left {
            let Some((text, place)) = constant(logged, "event_type") else { continue };
            let message = format!("`{}` logs the event `{text}`, which is not declared", function.name);
            let mut diagnostic =
                at(Diagnostic::new(Code::UNDECLARED_EVENT, message), place.or(Some(logged.span)), "logged here");
            diagnostic = match declared.events.first() {
                Some(event) => diagnostic.and(event.event_type.span, "the declared event"),
                None => diagnostic.and(declared.name.span, "the mutation declares no event"),
            };
            self.report(diagnostic.help("declare it with \"logged_by\": \"function\", or do not log it"), diagnostics);
        }
    }

    fn matched(
        &mut self,
        declared: &Mutation,
        event: &manifest::Event,
        logged: &Event,
        is_certain: bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let name = &event.event_type.text;
        if event.logged_by == LoggedBy::Runtime {
            let message = format!("the event `{name}` is logged by the function and by the runtime");
            let diagnostic = Diagnostic::new(Code::EVENT_DOUBLED, message)
                .at(logged.span, "logged here")
                .and(event.event_type.span, "and by the runtime, as declared here")
                .help("declare \"logged_by\": \"function\", or remove the call");
            return self.report(diagnostic, diagnostics);
        }
        if !logged.always && is_certain {
            let message = format!("`{}` logs `{name}` on some of its successful paths only", declared.function.text);
            let diagnostic = Diagnostic::new(Code::EVENT_SOMETIMES, message)
                .at(logged.span, "not every path comes here")
                .and(event.event_type.span, "declared for every success here");
            self.report(diagnostic, diagnostics);
        }
        self.differs(event, logged, "entity_type", "entity", &event.entity, diagnostics);
        let operation = Name { text: event.operation.as_str().to_owned(), span: event.operation_span };
        self.differs(event, logged, "operation", "operation", &operation, diagnostics);
        self.logged_id(declared, event, logged, diagnostics);
        self.missing_key(event, logged, diagnostics);
        self.images(event, logged, diagnostics);
        self.note_logged_after(event, logged);
        self.metadata(event, logged, diagnostics);
    }

    /// An event for an answer that is no success tells readers of what did not happen.
    fn logged_failures(&mut self, declared: &Mutation, shape: &Shape, diagnostics: &mut Vec<Diagnostic>) {
        let Some(trace) = shape.paths.get(&Tag::Failure) else { return };
        for logged in trace.events.values().filter(|logged| logged.always) {
            let Some((text, place)) = constant(logged, "event_type") else { continue };
            let message = format!("`{}` logs `{text}` and answers that it failed", declared.function.text);
            let diagnostic = at(Diagnostic::new(Code::FAILURE_LOGGED, message), place, "logged on every failing path");
            let diagnostic = diagnostic.and(declared.name.span, "the mutation");
            self.report(
                diagnostic.help("log behind the last check; to undo what was done, RAISE instead of answering"),
                diagnostics,
            );
        }
    }

    /// The id that is logged must be the declared one, as far as both come from arguments.
    fn logged_id(
        &mut self,
        declared: &Mutation,
        event: &manifest::Event,
        logged: &Event,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        // A key of several columns is logged as `entity_key`, whose members nothing is known of.
        let [path] = event.id.as_slice() else { return };
        let Root::Argument(name) = &path.root else { return };
        let Some(function) = function::only(self.context, declared) else { return };
        let function = self.context.catalog.function(function);
        let inputs = function.inputs().map(|input| input.name.as_deref().unwrap_or_default()).collect::<Vec<_>>();
        let Some(argument) = inputs.iter().position(|input| input == name) else { return };
        let steps = path.keys.iter().map(|key| InputStep::Key(key.clone())).collect();
        let wanted = InputPath { argument, steps };
        let Some(id) = logged.arguments.get("entity_id") else { return };
        if id.value.from.is_empty() || id.value.from.contains(&wanted) {
            return;
        }
        let found = id.value.from.iter().map(|path| {
            let mut text = format!("${}", inputs.get(path.argument).copied().unwrap_or_default());
            for step in &path.steps {
                match step {
                    InputStep::Key(key) => text.push_str(&format!(".{key}")),
                    InputStep::Element => text.push_str("[]"),
                }
            }
            text
        });
        let found = found.collect::<Vec<_>>().join(" or ");
        let written = &path.written;
        let message = format!(
            "the SQL logs `{}` with the id `{found}`, the manifest declares `{}`",
            event.event_type.text, written.text
        );
        let place = id.places.first().copied().or(Some(logged.span));
        let diagnostic = at(Diagnostic::new(Code::EVENT_DIFFERS, message), place, "this id");
        self.report(diagnostic.and(written.span, "declared here"), diagnostics);
    }

    /// The log refuses an event without a key, and the mutation fails with it.
    fn missing_key(&mut self, event: &manifest::Event, logged: &Event, diagnostics: &mut Vec<Diagnostic>) {
        let name = &event.event_type.text;
        let keys = ["entity_id", "entity_key"].map(|argument| logged.arguments.get(argument));
        let mut given = keys.into_iter().flatten().filter(|key| !key.value.is_only_null());
        let (key, message, label) = match (given.next(), given.next()) {
            (None, _) => {
                let Some(key) = keys.into_iter().flatten().next() else { return };
                (key, format!("the SQL logs `{name}` without a key"), "this is NULL")
            }
            (Some(key), None) if key.value.null >= Nullness::Passed => {
                (key, format!("the SQL logs `{name}` with a key that may be NULL"), "NULL on some paths")
            }
            _ => return,
        };
        let place = key.places.first().copied().or(Some(logged.span));
        let diagnostic = at(Diagnostic::new(Code::EVENT_DIFFERS, message), place, label);
        let diagnostic = diagnostic.and(event.event_type.span, "the declared event");
        let help = format!("log the key of the `{}`, and answer before where there is none", event.entity.text);
        self.report(diagnostic.help(help), diagnostics);
    }

    fn other_type(&mut self, event: &manifest::Event, logged: &Event, diagnostics: &mut Vec<Diagnostic>) {
        let Some((text, place)) = constant(logged, "event_type") else { return };
        let name = &event.event_type.text;
        let message = format!("the SQL logs the event `{text}`, the manifest declares `{name}`");
        let diagnostic = at(Diagnostic::new(Code::EVENT_DIFFERS, message), place.or(Some(logged.span)), "logged here")
            .and(event.event_type.span, format!("declared as `{name}` here"))
            .help("give both the same type");
        self.report(diagnostic, diagnostics);
    }

    fn not_logged(
        &mut self,
        event: &manifest::Event,
        function: &Function,
        trace: &Trace,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let name = &event.event_type.text;
        let message = format!("`{}` does not log the event `{name}`", function.name);
        let mut diagnostic = at(
            Diagnostic::new(Code::EVENT_NOT_LOGGED, message),
            name_of(function),
            "no successful path calls log_cdc_event",
        );
        diagnostic = diagnostic.and(event.event_type.span, "declared to be logged by the function here");
        if let Some(write) = trace.writes {
            diagnostic = diagnostic.and(write, "it changes a table here");
        }
        self.report(diagnostic.help("call log_cdc_event, or declare \"logged_by\": \"runtime\""), diagnostics);
    }

    fn differs(
        &mut self,
        event: &manifest::Event,
        logged: &Event,
        argument: &str,
        what: &str,
        declared: &Name,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let Some((text, place)) = constant(logged, argument) else { return };
        if text == declared.text {
            return;
        }
        let name = &event.event_type.text;
        let message =
            format!("the SQL logs `{name}` with the {what} `{text}`, the manifest declares `{}`", declared.text);
        let diagnostic =
            at(Diagnostic::new(Code::EVENT_DIFFERS, message), place.or(Some(logged.span)), format!("this {what}"));
        self.report(diagnostic.and(declared.span, "declared here"), diagnostics);
    }

    /// Compares what is logged as `before` and `after` with the entity's type.
    fn images(&mut self, event: &manifest::Event, logged: &Event, diagnostics: &mut Vec<Diagnostic>) {
        let entity = self.context.manifest.entities.iter().find(|entity| entity.name.text == event.entity.text);
        let image = entity.and_then(|entity| entity.image.as_ref());
        for (argument, is_there) in
            [("before", event.operation != Operation::Create), ("after", event.operation != Operation::Delete)]
        {
            let Some(value) = logged.arguments.get(argument) else { continue };
            let place = value.places.first().copied().or(Some(logged.span));
            let operation = event.operation.as_str();
            if is_there == value.value.is_only_null() || (!is_there && value.value.content != Content::Never) {
                let what = if is_there { "has no" } else { "has an" };
                let message =
                    format!("the logged {operation} event `{}` {what} `{argument}` image", event.event_type.text);
                let diagnostic = at(Diagnostic::new(Code::EVENT_DIFFERS, message), place, "this argument");
                let diagnostic = diagnostic.and(event.operation_span, "the declared operation");
                self.report(diagnostic, diagnostics);
                continue;
            }
            let Some(image) = image else { continue };
            let name = &image.type_name;
            let type_ref = TypeRef::Named { name: name.text.clone(), span: name.span, nullable: true };
            if let (Content::Json(json), Some(Named::Object(object))) =
                (&value.value.content, self.context.types.find(&type_ref, Direction::Output, &mut Vec::new()))
            {
                for answered in json.objects.values() {
                    self.declared_object(answered, object, place, diagnostics);
                }
            }
        }
    }

    /// Compares the keys of the logged metadata with the declared ones.
    fn metadata(&mut self, event: &manifest::Event, logged: &Event, diagnostics: &mut Vec<Diagnostic>) {
        let metadata = logged.arguments.get("metadata");
        let content = metadata.map_or(&Content::Never, |metadata| &metadata.value.content);
        let written = metadata.and_then(|metadata| metadata.places.first().copied()).or(Some(logged.span));
        let mut reported = false;
        let objects = match content {
            Content::Json(json) if json.opaque.is_none() => json.objects.values().collect(),
            _ => Vec::new(),
        };
        for object in objects.into_iter().filter(|object| object.rest.is_none()) {
            let extra =
                object.fields.iter().find(|(key, _)| !event.metadata.iter().any(|(name, _)| name.text == **key));
            let missing = event.metadata.iter().find(|(name, _)| !object.fields.contains_key(&name.text));
            let message = match (extra, missing) {
                (Some((key, _)), Some((name, _))) => {
                    format!("the SQL logs the metadata `{key}`, the manifest declares `{}`", name.text)
                }
                (Some((key, _)), None) => format!("the SQL logs the metadata `{key}`, which is not declared"),
                (None, Some((name, _))) => not_logged_metadata(name),
                (None, None) => continue,
            };
            reported = true;
            let place = extra.and_then(|(_, field)| field.places.first().copied());
            let diagnostic = at(Diagnostic::new(Code::EVENT_DIFFERS, message), place.or(written), "this metadata");
            let declared = missing.map_or(event.event_type.span, |(name, _)| name.span);
            let near = extra
                .and_then(|(key, _)| suggest::nearest(key, event.metadata.iter().map(|(name, _)| name.text.as_str())));
            self.report(suggest::did_you_mean(diagnostic.and(declared, "declared here"), near), diagnostics);
        }
        let message = match (event.metadata.first(), content) {
            (Some((name, _)), Content::Never) => not_logged_metadata(name),
            (None, Content::Json(_) | Content::Scalar(_)) => {
                format!("the SQL logs `{}` with metadata, of which none are declared", event.event_type.text)
            }
            _ => return,
        };
        if reported {
            return;
        }
        let diagnostic = at(Diagnostic::new(Code::EVENT_DIFFERS, message), written, "this metadata");
        let declared = event.metadata.first().map_or(event.event_type.span, |(name, _)| name.span);
        self.report(diagnostic.and(declared, "declared here"), diagnostics);
    }
}

fn not_logged_metadata(name: &Name) -> String {
    format!("the SQL does not log the declared metadata `{}`", name.text)
}

/// The constant that an argument of the logging call is, and where it is written.
fn constant(event: &Event, argument: &str) -> Option<(String, Option<Span>)> {
    let argument = event.arguments.get(argument)?;
    let literal = argument.value.constant()?;
    let written = match &argument.value {
        Value { content: Content::Scalar(scalar), .. } => match &scalar.literals {
            Literals::Of(literals) => literals.get(literal).and_then(|places| places.first().copied()),
            Literals::Any => None,
        },
        _ => None,
    };
    Some((literal.text().to_owned(), written.or(argument.places.first().copied())))
}
