//! A draft of the manifest, from the SQL alone.
//!
//! Types come from the shapes of answers, inputs from the keys that are read, codes and events from what is answered and logged. What
//! the SQL does not tell is said in a comment beside it, and is never a guess without one.

mod events;
mod names;
mod types;
mod writer;

use std::collections::{BTreeMap, HashMap};

use crate::body::Bodies;
use crate::catalog::{Builtin, Catalog, Function, FunctionId, FunctionKind, Origin, Volatility};
use crate::naming::camel_case;
use crate::shape::domain::{Content, InputPath, InputStep, Json, Literals, Object, Tag};
use crate::shape::{self, Need, Shape};
use crate::source::Span;
use crate::sql::cursor::significant;
use crate::sql::lexer::{Mode, TokenKind};
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
    let shapes = shape::analyse(bodies, log_schema, candidates.iter().copied());
    let shaped = candidates.iter().filter_map(|id| Some((catalog.function(*id), shapes.get(*id)?)));
    let changing = shaped.filter(|(_, shape)| shape.writes.is_some()).collect::<Vec<_>>();
    let mut drafter =
        Drafter { catalog, types: Types::new(catalog), entities: BTreeMap::new(), unknown: Vec::new(), fields: 0 };
    // A name is that of the first type that asks for it: those of answers come first.
    let answers = changing.iter().map(|(function, shape)| drafter.success(function, shape)).collect::<Vec<_>>();
    let mut mutations = Vec::new();
    for ((function, shape), success) in changing.iter().zip(answers) {
        mutations.push(drafter.mutation(function, shape, success));
    }
    drafter.manifest(log_schema, mutations)
}

/// What the draft is made of so far.
struct Drafter<'a> {
    catalog: &'a Catalog,
    types: Types<'a>,
    entities: BTreeMap<String, Node>,
    unknown: Vec<String>,
    fields: usize,
}

/// What a successful answer holds.
struct Success {
    /// Keys, types, and why a type is not known.
    fields: Vec<(String, String, Option<String>)>,
    comment: Option<String>,
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

    fn success(&mut self, function: &Function, shape: &Shape) -> Success {
        let Content::Json(json) = &shape.result.content else {
            return Success {
                fields: Vec::new(),
                comment: Some("the answer is no flat object; see the result conventions".into()),
            };
        };
        let object = json.objects.get(&Tag::Success).or_else(|| json.objects.get(&Tag::Other));
        let Some(object) = object else {
            return Success { fields: Vec::new(), comment: Some("no successful answer was found".into()) };
        };
        let own = object.fields.iter().filter(|(key, _)| !STANDARD_KEYS.contains(&key.as_str()));
        let fields = own.map(|(key, field)| {
            let (mut ty, unknown) = self.types.output(&field.value, key, &function.name.name);
            if !field.always {
                ty.truncate(ty.trim_end_matches('!').len());
            }
            (key.clone(), ty, unknown)
        });
        let fields = fields.collect();
        let comment = object.rest.map(|_| "there may be other keys, whose names are made at run time".to_owned());
        Success { fields, comment }
    }

    fn mutation(&mut self, function: &Function, shape: &Shape, success: Success) -> Entry {
        let name = camel_case(&function.name.name);
        let place = format!("mutations.{name}");
        let mut entries = vec![Entry::text("function", function.name.to_string())];
        let arguments = self.arguments(function, shape, &place);
        if !arguments.is_empty() {
            entries.push(Entry::new("arguments", Node::Object(arguments)));
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
        if let Content::Json(json) = &shape.result.content {
            let succeeded = codes(json, Tag::Success);
            if !succeeded.is_empty() && succeeded != ["SUCCESS"] {
                entries.push(Entry::new("success_codes", Node::List(succeeded)));
            }
            let mut failed = codes(json, Tag::Failure);
            failed.extend(codes(json, Tag::Other).into_iter().filter(|code| code != "SUCCESS"));
            entries.push(Entry::new("errors", Node::List(failed)));
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
            let base = self.catalog.base_type(&input.ty.ty);
            let is_json = base.is(Builtin::JSON) || base.is(Builtin::JSONB);
            let (ty, unknown) = if is_json {
                let wanted = format!("{}_input", function.name.name);
                self.types.input(&root, shape, &wanted)
            } else {
                (self.types.scalar(&input.ty.ty), None)
            };
            let is_null =
                input.default.as_ref().is_some_and(|default| default.text.trim().to_lowercase().starts_with("null"));
            let is_key = base.is(Builtin::UUID) || name == "id" || name.ends_with("_id");
            let is_known = is_json || is_null || is_key || input.default.is_some() || shape.needs.contains_key(&root);
            let is_nullable = is_null
                || (!is_json && !is_key && input.default.is_none() && shape.needs.get(&root) == Some(&Need::Optional));
            let ty = if is_nullable { ty } else { format!("{ty}!") };
            let unknown = unknown.or_else(|| (!is_known).then(|| "whether it may be null".to_owned()));
            self.fields += 1;
            self.unknown.extend(unknown.is_some().then(|| format!("{place}.arguments.{name}")));
            entries.push(Entry::text(name, ty).unknown(unknown));
        }
        entries
    }
}

/// The functions that may be mutations: of the sources, not STABLE, no triggers, and called by no other function.
fn candidates(bodies: &Bodies<'_>) -> Vec<FunctionId> {
    let catalog = bodies.catalog;
    let own = catalog.functions().filter(|(_, function)| {
        function.origin == Origin::Source
            && function.kind == FunctionKind::Function
            && function.volatility == Volatility::Volatile
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

/// The codes of these answers, in the order in which they are written.
fn codes(json: &Json, tag: Tag) -> Vec<String> {
    let Some(scalar) =
        json.objects.get(&tag).and_then(|object: &Object| object.fields.get("code")?.value.scalar.as_ref())
    else {
        return Vec::new();
    };
    let Literals::Of(literals) = &scalar.literals else { return Vec::new() };
    let mut codes = literals.iter().map(|(code, places)| (places.first().copied(), code.text())).collect::<Vec<_>>();
    codes.sort_unstable();
    codes.into_iter().map(|(_, code)| code.to_owned()).collect()
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
