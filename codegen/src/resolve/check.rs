//! Every name in the SQL: in bodies, and in what stands outside of them.

use std::collections::HashMap;

use super::body::{self, Triggers};
use super::standing::Standing;
use super::verdict::Judge;
use super::{Majors, Types};
use crate::body::Bodies;
use crate::catalog::{Catalog, Origin};
use crate::diagnostic::{Code, Diagnostic, Label};
use crate::source::Span;
use crate::sql::embedded::{self, Tally};

/// What became of looking at all of the SQL.
#[derive(Clone, Default, Debug)]
pub struct Checked {
    /// Names that do not exist, and calls and operators that nothing accepts.
    pub diagnostics: Vec<Diagnostic>,
    /// How much of the bodies was read.
    pub tally: Tally,
    /// How many bodies were read.
    pub bodies: usize,
    /// How many expressions outside of bodies were read: defaults, checks, keys of indexes, policies, conditions of triggers.
    pub standing: Tally,
}

/// Looks at the body of every function of the sources, and at every query and expression outside of them, for a server of any of
/// `majors`.
pub fn check(bodies: &Bodies<'_>, majors: Majors) -> Checked {
    let checked = embedded::with_deep_stack(|| {
        let (catalog, sources) = (bodies.catalog, bodies.sources);
        let types = Types::new(catalog, majors);
        let judge = Judge::new(catalog, sources, majors);
        let triggers = Triggers::of(catalog);
        let mut checked = Checked::default();
        for (id, function) in catalog.functions().filter(|(_, function)| function.origin == Origin::Source) {
            let code = bodies.read(id);
            let Some(tally) = code.tally() else { continue };
            checked.bodies += 1;
            add(&mut checked.tally, tally);
            checked.diagnostics.extend(body::findings(&types, &judge, &triggers, (id, function), &code));
        }
        let (diagnostics, tally) = (Vec::new(), Tally::default());
        let mut standing = Standing { catalog, sources, types: &types, judge: &judge, diagnostics, tally };
        standing.check();
        checked.diagnostics.append(&mut standing.diagnostics);
        checked.standing = standing.tally;
        checked.diagnostics.sort_by_key(|diagnostic| diagnostic.primary.as_ref().map(|label| label.span));
        checked.tally.unknown.sort_by_key(|unknown| unknown.span);
        checked.standing.unknown.sort_by_key(|unknown| unknown.span);
        checked
    });
    // Without a stack nothing was read, and nothing is claimed.
    checked.unwrap_or_default()
}

fn add(sum: &mut Tally, tally: &Tally) {
    sum.statements += tally.statements;
    sum.expressions += tally.expressions;
    sum.unknown.extend(tally.unknown.iter().cloned());
}

impl Checked {
    /// A warning for each piece of SQL that was not understood: nothing is known of it, so nothing in it is checked.
    ///
    /// One slip makes the parser stumble more than once, so a body is reported at its first place, and a file that is `torn`, because
    /// something in it is not closed, not again.
    pub fn not_understood(&self, catalog: &Catalog, torn: impl Fn(Span) -> bool) -> Vec<Diagnostic> {
        let warn = |span: Span, reason: &str| {
            Diagnostic::new(Code::NOT_UNDERSTOOD, format!("this SQL is not understood: {reason}"))
                .at(span, "not checked")
                .help("if PostgreSQL does not accept it either, mend it")
        };
        let statements = catalog.unknown().iter().filter(|unknown| !torn(unknown.span));
        let mut warnings = statements.map(|unknown| warn(unknown.span, &unknown.reason)).collect::<Vec<_>>();
        warnings.extend(self.standing.unknown.iter().map(|unknown| warn(unknown.span, &unknown.reason)));
        let mut functions: Vec<Span> =
            catalog.functions().filter_map(|(_, function)| Some(function.spans?.statement)).collect();
        functions.sort_unstable();
        let around = |span: Span| {
            let at = functions.partition_point(|statement| statement.start_key() <= span.start_key());
            functions.get(at.wrapping_sub(1)).filter(|statement| statement.contains(span))
        };
        let mut unknown = self.tally.unknown.as_slice();
        while let Some((first, rest)) = unknown.split_first() {
            let function = around(first.span);
            let same = rest.iter().take_while(|next| function.is_some_and(|whole| whole.contains(next.span))).count();
            let warning = warn(first.span, &first.reason);
            warnings.push(match same {
                0 => warning,
                more => warning.note(format!("{more} more in this body, which may follow from it")),
            });
            unknown = rest.get(same..).unwrap_or_default();
        }
        warnings
    }

    /// The mistakes. A name that is wrong in one place of a body is wrong in all of them, and a function that does not exist is missing in
    /// every body that calls it: that is one mistake.
    pub fn mistakes(self) -> Vec<Diagnostic> {
        let mut found: Vec<Diagnostic> = Vec::new();
        let mut first: HashMap<(Code, String, Vec<String>), usize> = HashMap::new();
        for diagnostic in self.diagnostics {
            let notes = if diagnostic.code == Code::UNKNOWN_CALL { Vec::new() } else { diagnostic.notes.clone() };
            let key = (diagnostic.code, diagnostic.message.clone(), notes);
            let known = first.get(&key).and_then(|&at| found.get_mut(at));
            match (known, &diagnostic.primary) {
                (Some(first), Some(label)) => {
                    first.secondary.push(Label { span: label.span, text: "and here".to_owned() });
                }
                _ => {
                    first.insert(key, found.len());
                    found.push(diagnostic);
                }
            }
        }
        found
    }
}
