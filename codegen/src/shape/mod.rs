//! What functions answer, read and do, found without running them.
//!
//! An abstract interpreter runs every function on what is known of its arguments: nothing but their types. It follows both sides of
//! every branch, calls into other functions and views, and loops until nothing new is learnt. What it cannot know is *opaque*, with
//! the reason and the place, and never guessed. `docs/shapes.md` lists what it follows.

pub mod domain;
mod interpret;
mod known;
mod render;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use interpret::{Answer, Argument, Comparison, Event, Facts, LateImage, Lock, Need, Raise, Read, Trace};
pub(crate) use interpret::{conditions, is_custom, sqlstate};
pub use known::{Input, Known};
pub use render::render;

use crate::body::Bodies;
use crate::catalog::{FunctionId, RelationId};
use crate::source::Span;
use crate::sql::embedded;
use domain::{InputPath, Json, Nullness, Tag, Value};

/// What functions answer, read and do.
#[derive(Debug, Default)]
pub struct Shapes {
    functions: BTreeMap<FunctionId, Shape>,
    documents: BTreeMap<(RelationId, String), Json>,
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
    /// Which parts of its arguments are handed on whole to where their keys are not followed.
    pub wholes: BTreeSet<InputPath>,
    /// Whether a part of the function was not seen, which may read anything.
    pub has_unseen: bool,
    /// Which parts of its arguments become columns of new rows.
    pub needs: BTreeMap<InputPath, Need>,
    /// Its first statement that writes to a table, or that of a function it calls.
    pub writes: Option<Span>,
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

    /// What functions write into a json column of which something is declared; `None` where none does.
    pub fn document(&self, table: RelationId, column: &str) -> Option<&Json> {
        self.documents.get(&(table, column.to_owned()))
    }
}

/// Analyses `functions` of the catalogue that the bodies are of, and all that they call.
pub fn analyse(bodies: &Bodies<'_>, known: &Known, functions: impl IntoIterator<Item = FunctionId>) -> Shapes {
    let wanted = functions.into_iter().collect::<BTreeSet<_>>();
    let shapes = embedded::with_deep_stack(|| {
        let analysis = interpret::Analysis::new(bodies, known);
        let shapes = wanted.iter().map(|id| {
            let summary = analysis.function(*id);
            let shape = Shape {
                result: summary.result.clone(),
                paths: summary.paths.clone(),
                answers: summary.answers.values().cloned().collect(),
                reads: summary.reads.clone(),
                wholes: summary.wholes.clone(),
                has_unseen: summary.has_unseen,
                needs: summary.needs.clone(),
                writes: summary.writes,
                comparisons: summary.comparisons.clone(),
                facts: summary.facts.clone(),
            };
            (*id, shape)
        });
        let functions = shapes.collect();
        let filled = known.documents.keys().filter_map(|key| {
            let value = analysis.filled(key.0, &key.1)?;
            Some((key.clone(), Json { null: Nullness::Never, ..value.to_json() }))
        });
        Shapes { functions, documents: filled.collect() }
    });
    // Without a stack nothing is known, which fails nothing.
    shapes.unwrap_or_default()
}
