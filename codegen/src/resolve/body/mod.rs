//! The names in the bodies of functions.

mod records;
mod triggers;
mod variables;
mod walk;

use self::records::Records;
pub(super) use self::triggers::Triggers;
use self::variables::Frames;
use self::walk::Walk;
use super::verdict::{Holder, Judge};
use super::{Finding, Types};
use crate::body::Code;
use crate::catalog::{Function, FunctionId};
use crate::diagnostic::Diagnostic;
use crate::plpgsql;
use crate::sql::body::BodyStatement;

/// What is wrong in a function's body.
pub(super) fn findings(
    types: &Types<'_>,
    judge: &Judge<'_>,
    triggers: &Triggers,
    (id, function): (FunctionId, &Function),
    code: &Code,
) -> Vec<Diagnostic> {
    let Some(spans) = function.spans else { return Vec::new() };
    let catalog = types.catalog;
    let holder = Holder::body(function);
    let search_path = function.fixed_search_path().unwrap_or(&function.search_path);
    let rows = triggers.rows(catalog, id);
    let walk = |records: Records| {
        let mut walk = Walk {
            types,
            catalog,
            search_path,
            file: spans.statement.file,
            variables: Frames::of(function, &rows, catalog),
            temporary: rows.transition_tables.clone(),
            records,
            findings: Vec::new(),
            makes_unseen_tables: false,
        };
        match code {
            Code::Plpgsql(body) => {
                if let Ok(block) = &body.block {
                    walk.variables.set_conflict_with_columns(conflict_is_error(function, body));
                    walk.block(block);
                }
            }
            Code::Sql(body) => body.statements.iter().for_each(|statement| match statement {
                BodyStatement::Command(command) => drop(walk.command(command)),
                BodyStatement::Return(value) => walk.expression(value),
            }),
            Code::None => {}
        }
        walk
    };
    let mut walked = walk(Records::default());
    // What is put into a record may stand behind what reads it, as in a loop.
    if let Some(records) = walked.records.learnt() {
        walked = walk(records);
    }
    let unseen = walked.makes_unseen_tables;
    let mut findings = walked.findings;
    findings.sort_by_key(|(span, ..)| *span);
    findings.dedup();
    let is_told = |finding: &Finding| {
        !(unseen
            && matches!(finding, Finding::NoRelation(name) if name.schema.as_deref().is_none_or(|s| s == "pg_temp")))
    };
    let told = findings.iter().filter(|(_, _, finding)| is_told(finding));
    told.filter_map(|finding| judge.judge(&holder, search_path, finding)).collect()
}

/// Whether a name that is a column's and a variable's is an error: unless the body or the function says which of them is meant.
fn conflict_is_error(function: &Function, body: &plpgsql::ast::Body) -> bool {
    let option = body.options.iter().rev().find(|option| &*option.name.value == "variable_conflict");
    if let Some(option) = option {
        return option.value.as_ref().is_none_or(|value| &*value.value == "error");
    }
    let setting = function.settings.iter().rev().find(|setting| setting.name == "plpgsql.variable_conflict");
    // What is current where the function is made is not known.
    setting.is_none_or(|setting| setting.values.as_ref().is_some_and(|values| values.iter().all(|it| it == "error")))
}
