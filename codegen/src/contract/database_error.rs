//! Errors of the database that are a mutation's own answers: which they are, and what is answered.

use std::collections::HashMap;

use super::Context;
use super::model::DatabaseError;
use crate::diagnostic::{Code, Diagnostic};
use crate::json::quoted;
use crate::manifest::{self, Name};
use crate::shape;
use crate::suggest;

/// Classes of errors that no function raises for a reason of its own: connections, transactions, operators at work. `PGM` is this tool's.
const FOREIGN: [&str; 5] = ["08", "25", "57", "58", "PGM"];

/// Resolves what the manifest maps; mistakes are reported and left out.
pub(super) fn map(
    context: &Context<'_>,
    declared: &manifest::Mutation,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<DatabaseError> {
    let mut before: HashMap<(String, Option<&str>), &Name> = HashMap::new();
    let mut mapped = Vec::new();
    for error in &declared.database_errors {
        let sqlstate = sqlstate(&error.sqlstate, diagnostics);
        let is_declared = code(declared, &error.code, diagnostics);
        let exists = error.constraint.as_ref().is_none_or(|name| constraint(context, name, diagnostics));
        let Some(sqlstate) = sqlstate else { continue };
        let constraint = error.constraint.as_ref().map(|name| name.text.as_str());
        let first = before.get(&(sqlstate.clone(), None)).or_else(|| before.get(&(sqlstate.clone(), constraint)));
        if let Some(first) = first {
            diagnostics.push(
                Diagnostic::new(Code::MANIFEST_DUPLICATE, format!("SQLSTATE {sqlstate} is mapped already"))
                    .at(error.sqlstate.span, "never reached: the first that fits is taken")
                    .and(first.span, "mapped first here")
                    .help("remove one of them, or put the one with the `constraint` first"),
            );
            continue;
        }
        before.insert((sqlstate.clone(), constraint), &error.sqlstate);
        if is_declared && exists {
            mapped.push(DatabaseError {
                sqlstate,
                constraint: error.constraint.as_ref().map(|name| name.text.clone()),
                response: response(&error.code.text, error.message.as_deref()),
            });
        }
    }
    mapped
}

/// The answer as the database would give it.
fn response(code: &str, message: Option<&str>) -> String {
    let message = message.map_or_else(|| "null".to_owned(), quoted);
    format!("{{\"code\": {}, \"message\": {message}, \"success\": false}}", quoted(code))
}

/// The SQLSTATE that is meant.
fn sqlstate(name: &Name, diagnostics: &mut Vec<Diagnostic>) -> Option<String> {
    let Some(sqlstate) = shape::sqlstate(&name.text) else {
        let diagnostic = Diagnostic::new(Code::MANIFEST_FORM, format!("`{}` is no SQLSTATE", name.text))
            .at(name.span, "five digits and capitals, or the name of a condition, are expected");
        diagnostics.push(suggest::did_you_mean(diagnostic, suggest::nearest(&name.text, shape::conditions())));
        return None;
    };
    if FOREIGN.iter().any(|class| sqlstate.starts_with(class)) {
        diagnostics.push(
            Diagnostic::new(Code::MANIFEST_FORM, format!("SQLSTATE {sqlstate} cannot be mapped"))
                .at(name.span, "this is no error of the mutation itself")
                .help("leave it to the caller: it is told apart by the kind of the error"),
        );
        return None;
    }
    Some(sqlstate)
}

fn code(declared: &manifest::Mutation, code: &Name, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let known = declared.error_codes.iter().map(|code| code.text.as_str()).collect::<Vec<_>>();
    if known.contains(&code.text.as_str()) {
        return true;
    }
    let message = format!("a database error is mapped to `{}`, which is no code of an error", code.text);
    let diagnostic = Diagnostic::new(Code::MAPPED_CODE, message)
        .at(code.span, "not among `errors`")
        .and(declared.name.span, "the mutation");
    let near = suggest::nearest(&code.text, known.iter().copied());
    diagnostics.push(match near {
        Some(_) => suggest::did_you_mean(diagnostic, near),
        None => diagnostic.help(format!("declare it: add \"{}\" to `errors` of the mutation", code.text)),
    });
    false
}

/// Whether the SQL has the constraint, or raises errors in its name.
pub(super) fn constraint(context: &Context<'_>, name: &Name, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let mut known = Vec::new();
    for (_, relation) in context.catalog.relations() {
        for constraint in &relation.constraints {
            match constraint.name.clone() {
                Some(name) => known.push(name),
                // PostgreSQL numbers it, and nothing tells how.
                None if name.text.starts_with(&format!("{}_", relation.name.name)) => return true,
                None => {}
            }
        }
        known.extend(relation.unique_indexes.iter().filter_map(|index| index.name.clone()));
    }
    for (_, definition) in context.catalog.types() {
        if let crate::catalog::TypeKind::Domain(domain) = &definition.kind {
            known.extend(domain.checks.iter().map(|check| check.name.clone()));
        }
    }
    let raised = crate::sql_text::literal(&name.text);
    if known.contains(&name.text) || context.sources.files().any(|(_, file)| file.text().contains(&raised)) {
        return true;
    }
    let diagnostic = Diagnostic::new(Code::UNKNOWN_CONSTRAINT, format!("constraint `{}` does not exist", name.text))
        .at(name.span, "no SQL file defines it, or raises an error of this name");
    diagnostics.push(suggest::did_you_mean(diagnostic, suggest::nearest(&name.text, known.iter().map(String::as_str))));
    false
}
