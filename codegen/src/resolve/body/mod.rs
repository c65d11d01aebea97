//! The names in the bodies of functions.

mod code;
mod variables;
mod verdict;
mod walk;

use std::collections::BTreeMap;

use self::code::Code;
use self::variables::Frames;
use self::walk::Walk;
use super::{Finding, Types};
use crate::catalog::{Catalog, Function, Origin};
use crate::diagnostic::Diagnostic;
use crate::source::SourceMap;
use crate::sql::embedded::{self, Tally};

/// What became of looking at all bodies.
#[derive(Clone, Default, Debug)]
pub struct Checked {
    /// Names that do not exist, and calls that no overload accepts.
    pub diagnostics: Vec<Diagnostic>,
    /// How much of the bodies was read.
    pub tally: Tally,
    /// How many bodies were read.
    pub bodies: usize,
}

/// Looks at the body of every function of the sources.
pub fn check(catalog: &Catalog, sources: &SourceMap) -> Checked {
    let checked = embedded::with_deep_stack(|| {
        let types = Types::new(catalog);
        let mut checked = Checked::default();
        for (_, function) in catalog.functions().filter(|(_, function)| function.origin == Origin::Source) {
            if let Some(code) = code::read(function, sources) {
                checked.bodies += 1;
                add(&mut checked.tally, code.tally());
                checked.diagnostics.extend(findings(catalog, &types, function, &code));
            }
        }
        checked.diagnostics.sort_by_key(|diagnostic| diagnostic.primary.as_ref().map(|label| label.span));
        checked.tally.unknown.sort_by_key(|unknown| unknown.span);
        checked
    });
    // Without a stack nothing was read, and nothing is claimed.
    checked.unwrap_or_default()
}

fn add(sum: &mut Tally, tally: Tally) {
    sum.statements += tally.statements;
    sum.expressions += tally.expressions;
    sum.unknown.extend(tally.unknown);
}

fn findings(catalog: &Catalog, types: &Types<'_>, function: &Function, code: &Code) -> Vec<Diagnostic> {
    let Some(spans) = function.spans else { return Vec::new() };
    let search_path = function.fixed_search_path().unwrap_or(&function.search_path);
    let mut walk = Walk {
        types,
        catalog,
        search_path,
        file: spans.statement.file,
        variables: Frames::of(function, catalog),
        temporary: BTreeMap::new(),
        findings: Vec::new(),
        makes_unseen_tables: false,
    };
    match code {
        Code::Plpgsql(body) => {
            if let Ok(block) = &body.block {
                walk.block(block);
            }
        }
        Code::Sql(commands) => commands.iter().for_each(|command| walk.command(command)),
        Code::Expression(expression) => walk.expression(expression),
    }
    let unseen = walk.makes_unseen_tables;
    let mut findings = walk.findings;
    findings.sort_by_key(|(span, ..)| *span);
    findings.dedup();
    let is_told = |finding: &Finding| {
        !(unseen
            && matches!(finding, Finding::NoRelation(name) if name.schema.as_deref().is_none_or(|s| s == "pg_temp")))
    };
    let told = findings.iter().filter(|(_, _, finding)| is_told(finding));
    told.filter_map(|finding| verdict::judge(catalog, function, search_path, finding)).collect()
}
