//! What is known beside the SQL: what a manifest declares of callers and of kept documents.

use std::collections::{BTreeMap, HashMap};

use super::domain::{Json, Nullness};
use crate::catalog::{FunctionId, RelationId};

/// What is known beside the SQL.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The schema of the event log, whose SQL is part of the catalogue.
    pub log_schema: String,
    /// What callers give for the inputs of functions, by position; nothing is known of the others.
    pub inputs: HashMap<FunctionId, Vec<Option<Input>>>,
    /// What json columns of tables are declared to hold: where no function fills them, that is what they hold.
    pub documents: BTreeMap<(RelationId, String), Json>,
}

/// What a caller gives for an input.
#[derive(Clone, Debug)]
pub struct Input {
    /// Whether it may be NULL.
    pub null: Nullness,
    /// What a document has in it.
    pub document: Option<Json>,
}

impl Known {
    /// Nothing but the schema of the event log.
    pub fn of_log(log_schema: &str) -> Self {
        Self { log_schema: log_schema.to_owned(), ..Self::default() }
    }
}
