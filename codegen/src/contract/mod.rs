//! The contract: what the manifest says against what the SQL says, and what both come to.
//!
//! [`check`] resolves every name, decides every type, cast and statement, and reports every mistake; what it gives is written
//! down by `emit` without another decision. A mutation with a mistake is kept as far as it is known, so that an editor keeps its
//! name.

mod answer;
mod arguments;
mod compose;
mod convention;
mod database_error;
mod endless;
mod event;
mod event_key;
mod events;
mod fields;
mod function;
mod interface;
mod keys;
mod model;
mod names;
mod once;
mod path;
mod scalar;
mod statement;
mod tables;
mod types;
mod violation;

pub(crate) use answer::is_standard;
pub(crate) use convention::{Answering, of_header};
pub use model::{
    Argument, Contract, Convention, DatabaseError, Enum, Event, Image, Input, InputField, Mutation, Object,
    ObjectField, Outcome, Part, Rust, Union, Value,
};
pub(crate) use scalar::name_rust_type;

pub use scalar::{is_known_scalar, is_scalar_as_known};

use std::collections::HashMap;

pub use tables::{Table, TableField, Tables};

use crate::body::{self, Bodies};
use crate::catalog::{Catalog, Security};
use crate::diagnostic::{Code, Diagnostic};
use crate::event_log;
use crate::manifest::{self, Manifest};
use crate::source::{SourceMap, Span};
use types::{Direction, Types};
use violation::Violations;

/// What [`check`] found.
#[derive(Debug)]
pub struct Checked {
    /// The contract, without what is unknown of broken mutations.
    pub contract: Contract,
    /// Mutations whose function is not known: their names and arguments as the manifest has them.
    pub skeletons: Vec<Skeleton>,
    /// Every mistake.
    pub diagnostics: Vec<Diagnostic>,
}

/// A mutation that cannot be called: a name for editors.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skeleton {
    /// Its name in GraphQL.
    pub name: String,
    /// The schema that its function was looked for in.
    pub schema: String,
    /// Its function, as the manifest has it.
    pub function: String,
    /// Its arguments' names and types, as far as the manifest tells them.
    pub arguments: Vec<(String, Rust)>,
    /// What its answers hold.
    pub answers: [Object; 2],
    /// The codes of successful answers.
    pub success_codes: Vec<String>,
    /// The codes of unsuccessful answers.
    pub error_codes: Vec<String>,
}

/// What every step of the check reads.
struct Context<'a> {
    sources: &'a SourceMap,
    catalog: &'a Catalog,
    bodies: &'a Bodies<'a>,
    manifest: &'a Manifest,
    types: Types<'a>,
}

/// Checks the manifest against the catalogue that the bodies are of.
pub fn check(bodies: &Bodies<'_>, manifest: &Manifest) -> Checked {
    let (sources, catalog) = (bodies.sources, bodies.catalog);
    let mut diagnostics = Vec::new();
    let types = Types::collect(catalog, manifest, &mut diagnostics);
    let context = Context { sources, catalog, bodies, manifest, types };
    event::check_entities(&context, &mut diagnostics);
    let types = &context.types;
    names::check(manifest, &mut diagnostics);
    endless::check(&manifest.inputs, &mut diagnostics);
    endless::check(&manifest.types, &mut diagnostics);
    scalar::check(catalog, manifest, &mut diagnostics);
    let rings = endless::Rings::find(&manifest.inputs);
    let outputs = types::containers(manifest);
    let output_rings = endless::Rings::find(&outputs);
    let mut contract = Contract {
        log_schema: manifest.log_schema.clone(),
        settings: manifest
            .settings
            .iter()
            .map(|setting| (setting.name.text.clone(), setting.default.clone()))
            .collect(),
        objects: manifest
            .types
            .iter()
            .map(|object| types::object(types, sources, object, &output_rings, &mut diagnostics))
            .collect(),
        unions: manifest.unions.iter().map(|union| types::union(types, sources, union, &mut diagnostics)).collect(),
        inputs: manifest.inputs.iter().map(|input| types.input(sources, input, &rings, &mut diagnostics)).collect(),
        enums: manifest.enums.iter().map(|definition| types::enumeration(sources, definition)).collect(),
        events: events::collect(&context),
        mutations: Vec::new(),
    };
    let mut skeletons = Vec::new();
    let mut callers: HashMap<String, Span> = HashMap::new();
    for declared in &manifest.mutations {
        match mutation(&context, declared, &mut diagnostics) {
            Some((mutation, objects)) => {
                if let Some(first) = callers.insert(mutation.function.clone(), declared.function.span) {
                    diagnostics.push(
                        Diagnostic::new(
                            Code::FUNCTION_USED_TWICE,
                            format!("two mutations call `{}`", mutation.function),
                        )
                        .at(declared.function.span, "called again here")
                        .and(first, "called first here")
                        .help("a function is the mutation that calls it: give the other a function of its own"),
                    );
                }
                contract.objects.extend(objects);
                contract.mutations.push(mutation);
            }
            None => skeletons.push(skeleton(&context, declared)),
        }
    }
    keys::check(&context, &mut diagnostics);
    contract.objects.sort_by(|a, b| a.typename.cmp(&b.typename));
    contract.unions.sort_by(|a, b| a.name.cmp(&b.name));
    contract.inputs.sort_by(|a, b| a.name.cmp(&b.name));
    contract.events.sort_by(|a, b| a.name.cmp(&b.name));
    contract.enums.sort_by(|a, b| a.name.cmp(&b.name));
    contract.mutations.sort_by(|a, b| (&a.schema, &a.name).cmp(&(&b.schema, &b.name)));
    diagnostics.sort_by_key(|diagnostic| diagnostic.primary.as_ref().map(|label| (label.span, diagnostic.code)));
    once::each(&mut diagnostics);
    Checked { contract, skeletons, diagnostics }
}

/// Resolves one mutation; `None` where its function is not known.
fn mutation(
    context: &Context<'_>,
    declared: &manifest::Mutation,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(Mutation, [Object; 2])> {
    let function = function::find(context, declared, diagnostics)?;
    if !function::check(declared, function, diagnostics) {
        return None;
    }
    let answering = convention::find(context, declared, function, diagnostics);
    convention::check_codes(declared, function, &answering.convention, diagnostics);
    let bound = arguments::bind(context, declared, function, diagnostics);
    let success_codes = answer::success_codes(declared, &answering.convention);
    let [success, error] = answer::objects(context, declared, &success_codes, diagnostics);
    let noop_codes = declared.noop_codes.iter().map(|code| code.text.clone()).collect::<Vec<_>>();
    let error_codes = declared.error_codes.iter().map(|code| code.text.clone()).collect::<Vec<_>>();
    let fields = fields::find(context, declared, function, &answering, diagnostics);
    let own_errors = declared.own_error_codes().map(|code| code.text.clone()).collect::<Vec<_>>();
    let composer = compose::composer(context, function, &answering, &fields, (&success_codes, &own_errors));
    let events = event::plan(context, declared, function, &answering, &bound.arguments, diagnostics);
    let database_errors = database_error::map(context, declared, diagnostics);
    let violations = Violations::of(context, &declared.success, [&success.typename, &error.typename]);
    let name = function.name.to_string();
    let called = match answering.is_procedure {
        true => event_log::caller(&context.manifest.log_schema, function),
        false => name.clone(),
    };
    let statement = statement::StatementPlan {
        log_schema: &context.manifest.log_schema,
        function: &name,
        called: &called,
        composition: composer.compose(),
        arguments: &bound.arguments,
        around: &bound.around,
        fields: declared.success.iter().map(|field| field.key.text.as_str()).collect(),
        success_codes: &success_codes,
        noop_codes: &noop_codes,
        error_codes: &error_codes,
        violations: &violations,
        events,
    }
    .parts();
    let comment = declared.description.as_deref().or(function.comment.as_deref());
    let mutation = Mutation {
        name: declared.name.text.clone(),
        schema: function.name.schema.clone(),
        source: function.spans.map(|spans| context.sources.location(spans.name)).unwrap_or_default(),
        body: body::fingerprint(function, context.sources),
        owner: function.owner.clone().filter(|_| function.security == Security::Definer).unwrap_or_default(),
        docs: types::docs(comment),
        arguments: bound.arguments,
        convention: answering.convention,
        statement,
        success: success.typename.clone(),
        error: error.typename.clone(),
        success_codes,
        noop_codes,
        error_codes,
        database_errors,
        function: name,
    };
    Some((mutation, [success, error]))
}

fn skeleton(context: &Context<'_>, declared: &manifest::Mutation) -> Skeleton {
    let schema = declared.function.qualified().map_or_else(|| "app".to_owned(), |name| name.schema);
    // What is wrong with these types has been reported where they are declared, or is beside the point now.
    let rust = |field: &manifest::Field| context.types.rust(&field.type_ref, Direction::Input, &mut Vec::new());
    let success_codes = answer::success_codes(declared, &Convention::Flat);
    Skeleton {
        name: declared.name.text.clone(),
        schema,
        function: declared.function.text.clone(),
        arguments: declared.all_arguments().map(|field| (field.key.text.clone(), rust(field))).collect(),
        answers: answer::objects(context, declared, &success_codes, &mut Vec::new()),
        success_codes,
        error_codes: declared.error_codes.iter().map(|code| code.text.clone()).collect(),
    }
}
