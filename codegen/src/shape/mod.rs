//! What functions answer, read and do, found without running them.
//!
//! An abstract interpreter runs every function on what is known of its arguments: nothing but their types. It follows both sides of
//! every branch, calls into other functions and views, and loops until nothing new is learnt. What it cannot know is *opaque*, with
//! the reason and the place, and never guessed. `docs/shapes.md` lists what it follows.

pub mod domain;
mod interpret;
mod render;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use interpret::{Answer, Argument, Comparison, Event, Facts, LateImage, Lock, Need, Raise, Read, Trace};
pub(crate) use interpret::{conditions, constraint_name, is_custom, sqlstate};
pub use render::render;

use crate::body::Bodies;
use crate::catalog::FunctionId;
use crate::source::Span;
use crate::sql::embedded;
use domain::{InputPath, Tag, Value};

/// What functions answer, read and do.
#[derive(Debug, Default)]
pub struct Shapes {
    functions: BTreeMap<FunctionId, Shape>,
}

/// What one function answers, reads and does, on all of its paths.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shape {
    /// What it returns; for a function that returns a set, one of the rows.
    pub result: Value,
    /// What happened on the paths that return, told apart by what they answer.
    pub paths: BTreeMap<Tag, Trace>,
    /// The rows that it returns, told apart by the constants that say how it went, each with what happened on the way.
    pub answers: Vec<Answer>,
    /// Which parts of its arguments it reads.
    pub reads: BTreeMap<InputPath, Read>,
    /// Which parts of its arguments become columns of new rows.
    pub needs: BTreeMap<InputPath, Need>,
    /// Its first statement that writes to a table, or that of a function it calls.
    pub writes: Option<Span>,
    /// Calls of functions that are not there, in schemas that the sources define.
    pub undefined: BTreeSet<(Span, String)>,
    /// Its own comparisons of what other functions gave with constants.
    pub comparisons: BTreeMap<Span, Comparison>,
    /// What it does beside answering.
    pub facts: Facts,
}

impl Shapes {
    /// What is known of a function that was asked for.
    pub fn get(&self, id: FunctionId) -> Option<&Shape> {
        self.functions.get(&id)
    }
}

/// Analyses `functions` of the catalogue that the bodies are of, and all that they call. `log_schema` holds the event log, whose SQL is
/// part of the catalogue.
pub fn analyse(bodies: &Bodies<'_>, log_schema: &str, functions: impl IntoIterator<Item = FunctionId>) -> Shapes {
    let wanted = functions.into_iter().collect::<BTreeSet<_>>();
    let shapes = embedded::with_deep_stack(|| {
        let analysis = interpret::Analysis::new(bodies, log_schema);
        let shapes = wanted.iter().map(|id| {
            let summary = analysis.function(*id);
            let shape = Shape {
                result: summary.result.clone(),
                paths: summary.paths.clone(),
                answers: summary.answers.values().cloned().collect(),
                reads: summary.reads.clone(),
                needs: summary.needs.clone(),
                writes: summary.writes,
                undefined: summary.undefined.clone(),
                comparisons: summary.comparisons.clone(),
                facts: summary.facts.clone(),
            };
            (*id, shape)
        });
        Shapes { functions: shapes.collect() }
    });
    // Without a stack nothing is known, which fails nothing.
    shapes.unwrap_or_default()
}
