//! A draft of the manifest, from the SQL alone.
//!
//! Types come from the shapes of answers, inputs from the keys that are read, codes and events from what is answered and logged. What
//! the SQL does not tell is said in a comment beside it, and is never a guess without one.

mod answer;
mod events;
mod given;
mod names;
mod types;
mod writer;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::body::Bodies;
use crate::catalog::{Builtin, Catalog, Function, FunctionId, FunctionKind, Origin, Volatility};
use crate::naming::camel_case;
use crate::shape::domain::{InputPath, InputStep, Json, Reason};
use crate::shape::{self, Known, Shape, Shapes};
use crate::source::Span;
use crate::sql::cursor::significant;
use crate::sql::lexer::{Mode, TokenKind};
use answer::Success;
use types::Types;
use writer::{Entry, Node};

/// The keys of every flat answer.
const STANDARD_KEYS: [&str; 3] = ["code", "message", "success"];

/// A drafted manifest.
#[derive(Clone, Debug)]
pub struct Draft {
    /// JSON with comments; what is not known has a comment that begins with `unknown:`.
    pub text: String,
    /// How many fields, arguments and keys of events there are in it.
    pub fields: usize,
    /// The places in it that are not known, as `inputs.CreateOrderInput.note`.
    pub unknown: Vec<String>,
}

/// Drafts a manifest for the functions that change something and are not called by others.
pub fn infer(bodies: &Bodies<'_>, log_schema: &str) -> Draft {
    let catalog = bodies.catalog;
    let candidates = candidates(bodies);
    let shapes = shape::analyse(bodies, &Known::of_log(log_schema), candidates.iter().copied());
    let shaped = candidates.iter().filter_map(|id| Some((*id, shapes.get(*id)?)));
    let changing = shaped.filter(|(_, shape)| shape.writes.is_some() && shape.facts.ends.is_none());
    let changing = changing.collect::<Vec<_>>();
    // The same functions, called as the draft will have it.
    let mut known = given::known(catalog, log_schema, &changing);
    known.documents.extend(events::kept_columns(catalog).map(|key| (key, Json::unknown(Reason::Column, None))));
    let called = shape::analyse(bodies, &known, changing.iter().map(|(id, _)| *id));
    let of_calls = |id: FunctionId, shape| called.get(id).unwrap_or(shape);
    let changing = changing.into_iter().map(|(id, shape)| (catalog.function(id), shape, of_calls(id, shape)));
    let changing = changing.collect::<Vec<_>>();
    let mut drafter = Drafter {
        catalog,
        shapes: &called,
        types: Types::new(catalog),
        entities: BTreeMap::new(),
        unknown: Vec::new(),
        fields: 0,
    };
    // A name is that of the first type that asks for it: those of answers come first.
    let answers = changing.iter().map(|(function, _, shape)| drafter.success(function, shape)).collect::<Vec<_>>();
    let mut names = HashSet::new();
    let mut mutations = Vec::new();
    for ((function, shape, _), success) in changing.iter().zip(answers) {
        let name = client_name(&function.name.name);
        let is_taken = !names.insert(name.clone());
        let full = || client_name(&format!("{}_{}", function.name.schema, function.name.name));
        let name = if is_taken { full() } else { name };
        mutations.push(drafter.mutation(name, function, shape, success));
    }
    drafter.manifest(log_schema, mutations)
}

/// A function's name for clients: what a quoted name may hold and theirs may not counts as an underscore.
fn client_name(function: &str) -> String {
    camel_case(&function.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "_"))
}

/// What the draft is made of so far.
struct Drafter<'a> {
    catalog: &'a Catalog,
    shapes: &'a Shapes,
    types: Types<'a>,
    entities: BTreeMap<String, Node>,
    unknown: Vec<String>,
    fields: usize,
}

impl Drafter<'_> {
    fn manifest(mut self, log_schema: &str, mutations: Vec<Entry>) -> Draft {
        let mut entries = vec![Entry::new("version", Node::Number(1))];
        entries.push(Entry::new("event_log", Node::Object(vec![Entry::text("schema", log_schema)])));
        let entities = std::mem::take(&mut self.entities);
        let entities = entities.into_iter().map(|(name, entity)| Entry::new(name, entity)).collect::<Vec<_>>();
        let types = std::mem::replace(&mut self.types, Types::new(self.catalog)).finish();
        self.unknown.extend(types.unknown);
        self.fields += types.fields;
        let sections = [
            ("entities", entities),
            ("scalars", types.scalars),
            ("enums", types.enums),
            ("types", types.objects),
            ("inputs", types.inputs),
        ];
        for (name, section) in sections {
            if !section.is_empty() {
                entries.push(Entry::new(name, Node::Object(section)));
            }
        }
        entries.push(Entry::new("mutations", Node::Object(mutations)));
        let text = format!("{}\n", writer::write(&Node::Object(entries), 0));
        Draft { text, fields: self.fields, unknown: self.unknown }
    }

    fn mutation(&mut self, name: String, function: &Function, shape: &Shape, success: Success) -> Entry {
        let place = format!("mutations.{name}");
        let mut entries = vec![Entry::text("function", function.name.to_string())];
        if let Some(result) = success.result {
            entries.push(Entry::text("result", result));
        }
        let (context, arguments): (Vec<_>, Vec<_>) =
            self.arguments(function, shape, &place).into_iter().partition(|entry| is_of_server(&entry.key));
        if !arguments.is_empty() {
            entries.push(Entry::new("arguments", Node::Object(arguments)));
        }
        if !context.is_empty() {
            self.unknown.push(format!("{place}.context"));
            let why = "whether the server fills it, and no client: it is called so".to_owned();
            entries.push(Entry::new("context", Node::Object(context)).unknown(Some(why)));
        }
        self.fields += success.fields.len();
        let mut unknown = Vec::new();
        let fields = success.fields.iter().map(|(key, ty, comment)| {
            unknown.extend(comment.is_some().then(|| format!("{place}.success.{key}")));
            Entry::text(key, ty).unknown(comment.clone())
        });
        let fields = fields.collect();
        unknown.extend(success.comment.is_some().then(|| format!("{place}.success")));
        self.unknown.append(&mut unknown);
        entries.push(Entry::new("success", Node::Object(fields)).unknown(success.comment.clone()));
        let answer::Codes { success: succeeded, noops, errors, comment } = &success.codes;
        if !succeeded.is_empty() && succeeded != &["SUCCESS"] {
            entries.push(Entry::new("success_codes", Node::List(succeeded.clone())));
        }
        if !noops.is_empty() {
            self.unknown.push(format!("{place}.noops"));
            let why = "whether these change nothing: they are called so".to_owned();
            entries.push(Entry::new("noops", Node::List(noops.clone())).unknown(Some(why)));
        }
        if let Some(errors) = errors {
            self.unknown.extend(comment.is_some().then(|| format!("{place}.errors")));
            entries.push(Entry::new("errors", Node::List(errors.clone())).unknown(comment.clone()));
        }
        if let Some(event) = self.event(function, shape, &success, &place) {
            entries.push(event);
        }
        Entry::new(name, Node::Object(entries))
    }

    fn arguments(&mut self, function: &Function, shape: &Shape, place: &str) -> Vec<Entry> {
        let inputs = function.inputs().enumerate().filter_map(|(i, input)| Some((i, input, input.name.as_deref()?)));
        let mut entries = Vec::new();
        for (i, input, name) in inputs {
            let root = InputPath { argument: i, steps: Vec::new() };
            let is_json = given::is_json(self.catalog, function, i);
            let (ty, unknown) = if is_json {
                let wanted = format!("{}_input", function.name.name);
                self.types.input(&root, shape, &wanted)
            } else {
                (self.types.scalar(&input.ty.ty), None)
            };
            let is_key = given::is_key(self.catalog, function, i);
            let is_known = is_json || is_key || input.default.is_some() || shape.needs.contains_key(&root);
            let ty = if given::is_nullable(self.catalog, function, i, shape) { ty } else { format!("{ty}!") };
            let unknown = unknown.or_else(|| (!is_known).then(|| "whether it may be null".to_owned()));
            self.fields += 1;
            self.unknown.extend(unknown.is_some().then(|| format!("{place}.arguments.{name}")));
            entries.push(Entry::text(name, ty).unknown(unknown));
        }
        entries
    }
}

/// Whether an argument is called like what a server knows of its caller.
fn is_of_server(name: &str) -> bool {
    const KNOWN: [&str; 9] = [
        "tenant_id",
        "actor_id",
        "actor",
        "current_user_id",
        "acting_user_id",
        "caller_id",
        "request_id",
        "correlation_id",
        "trace_id",
    ];
    let plain = ["p_", "in_", "_", "v_"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
    KNOWN.contains(&plain)
}

/// The functions that may be mutations: of the sources, not STABLE, no triggers, and called by no other function.
fn candidates(bodies: &Bodies<'_>) -> Vec<FunctionId> {
    let catalog = bodies.catalog;
    let own = catalog.functions().filter(|(_, function)| {
        function.origin == Origin::Source
            && matches!(function.kind, FunctionKind::Function | FunctionKind::Procedure)
            && function.volatility == Volatility::Volatile
            // Which of several is meant cannot be said.
            && catalog.overloads(&function.name.schema, &function.name.name).len() == 1
            && !function.result_type().is(Builtin::TRIGGER)
    });
    // Who calls what, by schema and name; a name alone may be of any schema.
    let mut called: HashMap<(Option<String>, String), Vec<Span>> = HashMap::new();
    for span in catalog.functions().filter_map(|(_, function)| Some(function.spans?.statement)) {
        let text = bodies.sources.file(span.file).text().get(span.range()).unwrap_or_default();
        for name in called_in(text) {
            called.entry(name).or_default().push(span);
        }
    }
    let is_root = |function: &Function| {
        let own = function.spans.map(|spans| spans.statement);
        let name = function.name.name.clone();
        let names = [(Some(function.name.schema.clone()), name.clone()), (None, name)];
        let mut callers = names.iter().filter_map(|name| called.get(name)).flatten();
        callers.all(|caller| Some(*caller) == own)
    };
    own.filter(|(_, function)| is_root(function)).map(|(id, _)| id).collect()
}

/// The names in front of an opening parenthesis, with their schemas, in a definition and in the quoted body of it.
fn called_in(text: &str) -> Vec<(Option<String>, String)> {
    let mut names = Vec::new();
    // Inside the quotes it is SQL as well.
    for part in text.split("$$").flat_map(|part| part.split("$function$")) {
        let tokens = significant(part, Mode::Server);
        let name = |at: usize| {
            let token = tokens.get(at)?;
            let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier);
            is_name.then(|| token.text(part).trim_matches('"').to_lowercase())
        };
        for at in (1..tokens.len()).filter(|at| tokens.get(*at).is_some_and(|token| token.text(part) == "(")) {
            let Some(called) = name(at - 1) else { continue };
            let is_qualified = at > 2 && tokens.get(at - 2).is_some_and(|token| token.kind == TokenKind::Dot);
            let schema = if is_qualified { name(at - 3) } else { None };
            names.push((schema, called));
        }
    }
    names
}

/// The way to a part of an argument, as a manifest writes it.
fn path_text(function: &Function, path: &InputPath) -> Option<String> {
    let mut text = format!("${}", function.inputs().nth(path.argument)?.name.as_deref()?);
    for step in &path.steps {
        let InputStep::Key(key) = step else { return None };
        text.push('.');
        text.push_str(key);
    }
    Some(text)
}
