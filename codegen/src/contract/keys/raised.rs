//! Database errors that the manifest maps, against those that a function can raise.

use super::super::database_error;
use super::{Checker, and, name_of};
use crate::catalog::Function;
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::Mutation;
use crate::shape::{self, Shape};
use crate::sql_text::literal;

/// Violations of constraints.
const INTEGRITY: &str = "23";

impl Checker<'_> {
    /// Reports a mapping of what cannot happen, where it is known that it cannot.
    pub(super) fn mapped_errors(
        &mut self,
        declared: &Mutation,
        function: &Function,
        shape: &Shape,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let traces = shape.paths.values().chain(shape.answers.iter().map(|answer| &answer.trace));
        if declared.database_errors.is_empty() || traces.into_iter().any(|trace| trace.unknown.is_some()) {
            return;
        }
        let raises = &shape.facts.raises;
        if raises.keys().any(|raise| raise.sqlstate.is_none()) {
            return;
        }
        for error in &declared.database_errors {
            let Some(sqlstate) = shape::sqlstate(&error.sqlstate.text) else { continue };
            let constraint = error.constraint.as_ref().map(|name| name.text.as_str());
            let happens = raises.keys().any(|raise| {
                raise.sqlstate.as_deref() == Some(sqlstate.as_str())
                    && constraint.is_none_or(|name| raise.constraint.as_deref().is_none_or(|raised| raised == name))
            });
            // What expressions raise is not followed; nor are triggers, whose own errors are written somewhere.
            let is_followed = sqlstate.starts_with(INTEGRITY) || shape::is_custom(&sqlstate);
            let written = literal(constraint.unwrap_or(&sqlstate));
            let is_written = self.context.sources.files().any(|(_, file)| file.text().contains(&written));
            // One that does not exist has been reported.
            let exists = |name| database_error::constraint(self.context, name, &mut Vec::new());
            if happens || !is_followed || is_written || !error.constraint.as_ref().is_none_or(exists) {
                continue;
            }
            let what = constraint.map(|name| format!(" of `{name}`")).unwrap_or_default();
            let message = format!("`{}` never raises SQLSTATE {sqlstate}{what}", function.name);
            let span = error.constraint.as_ref().map_or(error.sqlstate.span, |name| name.span);
            let diagnostic = Diagnostic::new(Code::ERROR_NEVER_RAISED, message).at(span, "mapped here");
            let diagnostic = and(diagnostic, name_of(function), "neither it nor what it calls");
            self.report(
                diagnostic.help("remove the mapping, or name the constraint that can be violated"),
                diagnostics,
            );
        }
    }
}
