//! The function of a mutation: that it exists, and that it can be one.

use super::Context;
use crate::catalog::{Builtin, Function, FunctionId, FunctionKind, QualifiedName, Security, Type, Volatility};
use crate::diagnostic::{Code, Diagnostic, MOST};
use crate::manifest;
use crate::source::Span;
use crate::suggest;

/// Finds the function that `declared` names.
pub(super) fn find<'a>(
    context: &Context<'a>,
    declared: &manifest::Mutation,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<&'a Function> {
    let (name, span) = (&declared.function.text, declared.function.span);
    let Some(function) = declared.function.qualified() else {
        if name.contains('.') {
            diagnostics.push(unknown(context, name, span));
            return None;
        }
        diagnostics.push(
            Diagnostic::new(Code::UNKNOWN_FUNCTION, format!("`{name}` does not name a schema"))
                .at(span, "a schema-qualified name is expected")
                .help(format!(
                    "write `{}`: which function is called must not depend on a search_path",
                    qualified(context, name)
                )),
        );
        return None;
    };
    let overloads = context.catalog.overloads(&function.schema, &function.name);
    match overloads {
        [] => {
            // Looking for similar names takes time with every function that there is.
            diagnostics.push(if diagnostics.len() < MOST { unknown(context, name, span) } else { missing(name, span) });
            None
        }
        [only] => Some(context.catalog.function(*only)),
        several => {
            diagnostics.push(ambiguous(context, name, span, several));
            None
        }
    }
}

/// The function that `declared` names, if it is exactly one.
pub(super) fn only(context: &Context<'_>, declared: &manifest::Mutation) -> Option<FunctionId> {
    let function = declared.function.qualified()?;
    match context.catalog.overloads(&function.schema, &function.name) {
        [only] => Some(*only),
        _ => None,
    }
}

/// `name` with the schema that has a function of this name; with an example's where none has.
fn qualified(context: &Context<'_>, name: &str) -> String {
    let own = QualifiedName::parse(&format!("app.{name}")).map(|example| example.name);
    let found = context.catalog.functions().find(|(_, function)| Some(&function.name.name) == own.as_ref());
    found.map_or_else(|| format!("app.{name}"), |(_, function)| function.name.to_string())
}

fn shown_name<'n>((name, _): &'n (String, &Function)) -> &'n str {
    name
}

fn missing(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::UNKNOWN_FUNCTION, format!("function `{name}` does not exist"))
        .at(span, "no SQL file defines it")
}

fn unknown(context: &Context<'_>, name: &str, span: Span) -> Diagnostic {
    let diagnostic = missing(name, span);
    let functions = context.catalog.functions().map(|(_, function)| (function.name.to_string(), function));
    let functions = functions.collect::<Vec<_>>();
    // Another mutation's function is hardly meant.
    let taken = |name: &str| context.manifest.mutations.iter().any(|mutation| mutation.function.text == name);
    let free = functions.iter().filter(|(name, _)| !taken(name));
    let written = QualifiedName::parse(name);
    let is_schema = |function: &Function| written.as_ref().is_some_and(|name| name.schema == function.name.schema);
    let is_name = |function: &Function| written.as_ref().is_some_and(|name| name.name == function.name.name);
    let near = suggest::nearest(name, free.clone().filter(|(_, it)| is_schema(it)).map(shown_name))
        // A function of this name in another schema is nearer than a slip of the pen there.
        .or_else(|| free.clone().find(|(_, it)| is_name(it)).map(shown_name))
        .or_else(|| suggest::nearest(name, free.map(shown_name)));
    let found = near.and_then(|near| functions.iter().find(|(name, _)| name == near));
    let place = found.and_then(|(_, function)| function.spans).map(|spans| spans.name);
    let diagnostic = match place {
        Some(place) => diagnostic.and(place, "a function with a similar name"),
        // An error of a build names the SQL: here, all of it.
        None => diagnostic.note(format!("{} functions were read from the SQL", functions.len())),
    };
    suggest::did_you_mean(diagnostic, near)
}

fn ambiguous(context: &Context<'_>, name: &str, span: Span, overloads: &[FunctionId]) -> Diagnostic {
    let mut diagnostic =
        Diagnostic::new(Code::AMBIGUOUS_FUNCTION, format!("function `{name}` is defined {} times", overloads.len()))
            .at(span, "which of them is called?");
    for id in overloads {
        if let Some(spans) = context.catalog.function(*id).spans {
            diagnostic = diagnostic.and(spans.name, "defined here");
        }
    }
    diagnostic.help("give the function of the mutation a name of its own")
}

/// Whether the function answers `json` rather than `jsonb`.
pub(super) fn answers_json(context: &Context<'_>, function: &Function) -> bool {
    matches!(context.catalog.base_type(&function.result_type()), Type::Builtin(Builtin::JSON))
}

/// Checks what the header of the function says; whether it can be called at all.
pub(super) fn check(declared: &manifest::Mutation, function: &Function, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let callable = matches!(function.kind, FunctionKind::Function | FunctionKind::Procedure);
    let Some(spans) = function.spans else { return callable };
    let name = function.name.to_string();
    let mut report = |diagnostic: Diagnostic| {
        diagnostics.push(diagnostic.and(declared.function.span, "a mutation calls it"));
    };
    if !callable {
        report(
            Diagnostic::new(Code::NOT_A_FUNCTION, format!("`{name}` is neither a function nor a procedure"))
                .at(spans.name, format!("this is {}", kind(function.kind)))
                .help("write it as CREATE FUNCTION ... RETURNS jsonb"),
        );
        return false;
    }
    if function.volatility != Volatility::Volatile {
        let word = if function.volatility == Volatility::Stable { "STABLE" } else { "IMMUTABLE" };
        report(
            Diagnostic::new(Code::NOT_VOLATILE, format!("`{name}` is declared {word}, so it cannot write"))
                .at(spans.name, "PostgreSQL refuses every INSERT, UPDATE and DELETE in it")
                .help(format!("remove {word}: VOLATILE is the default")),
        );
    }
    if function.security == Security::Definer && function.fixed_search_path().is_none() {
        report(
            Diagnostic::new(Code::NO_SEARCH_PATH, format!("`{name}` is SECURITY DEFINER without a search_path"))
                .at(spans.name, "whoever calls it decides which tables it means")
                .help("add `SET search_path = pg_catalog, pg_temp` and name schemas in the body")
                .note("CREATE FUNCTION in PostgreSQL's documentation, \"Writing SECURITY DEFINER Functions Safely\""),
        );
    }
    true
}

fn kind(kind: FunctionKind) -> &'static str {
    match kind {
        FunctionKind::Function => "a function",
        FunctionKind::Procedure => "a procedure",
        FunctionKind::Aggregate => "an aggregate",
        FunctionKind::Window => "a window function",
    }
}
