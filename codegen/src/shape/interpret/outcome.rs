//! Rows that a function returns, told apart by the constants that say how it went.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Frame;
use super::state::{Summary, Trace};
use crate::shape::domain::{Content, Join, Row, Value};

/// The columns whose constants tell one answer from another.
const TELLING: [&str; 9] =
    ["success", "succeeded", "is_success", "ok", "code", "status", "error_code", "error_class", "state_changed"];

/// More answers than these are not told apart.
const MOST: usize = 64;

/// What a function returns with certain constants, and what happened on the way.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Answer {
    /// What it returns.
    pub value: Value,
    /// What happened.
    pub trace: Trace,
}

impl Join for Answer {
    fn join(self, other: Self) -> Self {
        Self { value: self.value.join(other.value), trace: self.trace.join(other.trace) }
    }
}

/// Answers by the constants that tell them apart.
pub(in crate::shape) type Answers = BTreeMap<String, Answer>;

impl Frame<'_> {
    /// Notes a returned row; `called` is the call that gave it, if it was one.
    pub(super) fn note_answer(&mut self, value: &Value, trace: &Trace, called: Option<&Summary>) {
        if !matches!(value.content, Content::Row(_) | Content::Never) {
            return;
        }
        let answers = &mut self.collected.answers;
        match called.filter(|called| called.answers.len() > 1) {
            Some(called) => {
                for (key, answer) in &called.answers {
                    let mut happened = trace.clone();
                    // What the callee does for other answers has not happened.
                    happened.events.retain(|event, logged| {
                        let of_callee = called.answers.values().any(|answer| answer.trace.events.contains_key(event));
                        !of_callee || answer.trace.events.contains_key(event) || logged.always
                    });
                    for (event, logged) in &mut happened.events {
                        if !logged.always && answer.trace.events.get(event).is_some_and(|logged| logged.always) {
                            Arc::make_mut(logged).always = true;
                        }
                    }
                    insert(answers, key.clone(), Answer { value: answer.value.clone(), trace: happened });
                }
            }
            None => insert(answers, key(value), Answer { value: value.clone(), trace: trace.clone() }),
        }
    }
}

fn insert(answers: &mut Answers, key: String, answer: Answer) {
    let key = if answers.len() < MOST || answers.contains_key(&key) { key } else { String::new() };
    let joined = match answers.remove(&key) {
        Some(known) => known.join(answer),
        None => answer,
    };
    answers.insert(key, joined);
}

fn key(value: &Value) -> String {
    match &value.content {
        Content::Row(row) => of_row(row),
        _ => "NULL".to_owned(),
    }
}

fn of_row(row: &Row) -> String {
    let telling = row.columns.iter().filter(|(name, _)| TELLING.contains(&name.as_str()));
    let constants = telling.filter_map(|(name, value)| Some(format!("{name}={}", value.only()?.text())));
    let constants = constants.collect::<Vec<_>>().join("\n");
    let is_null = row.columns.iter().all(|(_, value)| value.is_only_null());
    if is_null { "NULL".to_owned() } else { constants }
}
