//! What is known at a point of a body.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::expression::field_of;
use super::fact::{Facts, LateImage, Lock};
use super::outcome::Answers;
use crate::catalog::{RelationId, Type};
use crate::shape::domain::{Content, InputPath, Join, MAX_WEIGHT, Nullness, Places, Tag, Value};
use crate::source::Span;

/// What is known at a point: the variables, and what happened on the way.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct State {
    /// Whether any path comes here.
    pub(super) reachable: bool,
    /// The variables by slot; branches share those that none of them changes.
    pub(super) variables: Vec<Rc<Value>>,
    /// What the last statement left in FOUND, if a condition on it tells anything.
    pub(super) found: Option<Found>,
    /// The variables that a statement filled which may have had no row, as they are if it had one.
    pub(super) fetched: BTreeMap<usize, (Span, Rc<Value>)>,
    /// The variables that hold rows of tables which had been changed before.
    pub(super) late: BTreeMap<usize, LateImage>,
    /// The parts of the caller's arguments that conditions have looked at.
    pub(super) looked_at: BTreeSet<InputPath>,
    /// What happened.
    pub(super) trace: Trace,
    /// The values that were made where paths met, to be counted.
    pub(super) made: Made,
}

/// A number that says nothing of the program.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Made(pub(super) usize);

impl PartialEq for Made {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What FOUND tells of the variables that a statement filled.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Found {
    /// The variables' values if there was a row.
    pub(super) row: Vec<(usize, Rc<Value>)>,
    /// Whether there may have been none.
    pub(super) may_fail: bool,
    /// The PERFORM that left it.
    pub(super) performed: Option<Span>,
}

/// So many events of a function are followed.
const MAX_EVENTS: usize = 60;

/// What happened on a way through a function.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Trace {
    /// The events that were logged, by the place of the call and the constants of their types.
    pub events: BTreeMap<(Span, Vec<String>), Arc<Event>>,
    /// The first statement that may have changed a table.
    pub writes: Option<Span>,
    /// Something that may do anything was called there, so that more may have happened.
    pub unknown: Option<Span>,
    /// The rows that may have been locked first, by place: one where only one way leads here.
    pub locks: BTreeMap<Span, Lock>,
    /// The tables whose rows may have been changed, and where first.
    pub changed: BTreeMap<RelationId, Span>,
}

/// An event that a function logs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Event {
    /// The call.
    pub span: Span,
    /// Whether it is logged on every path.
    pub always: bool,
    /// The arguments of the call by name.
    pub arguments: BTreeMap<String, Argument>,
}

/// An argument of a call that logs an event.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Argument {
    /// Its value.
    pub value: Value,
    /// Where it is written.
    pub places: Places,
}

impl Join for Argument {
    fn join(self, other: Self) -> Self {
        Self { value: self.value.join(other.value), places: self.places.join(other.places) }
    }
}

impl Join for Event {
    fn join(self, other: Self) -> Self {
        Self {
            span: self.span.min(other.span),
            always: self.always && other.always,
            arguments: self.arguments.join(other.arguments),
        }
    }
}

impl Trace {
    /// What happens when `next` follows.
    pub(super) fn then(&mut self, next: &Trace) {
        for (key, event) in &next.events {
            let event = match self.events.remove(key) {
                // It was logged before, or is logged now.
                Some(known) => {
                    let always = known.always || event.always;
                    Arc::new(Event { always, ..Event::clone(&known).join(Event::clone(event)) })
                }
                None => Arc::clone(event),
            };
            self.events.insert(key.clone(), event);
        }
        self.writes = self.writes.or(next.writes);
        self.unknown = self.unknown.or(next.unknown);
        if self.locks.is_empty() {
            self.locks.clone_from(&next.locks);
        }
        for (table, place) in &next.changed {
            self.changed.entry(*table).or_insert(*place);
        }
        *self = std::mem::take(self).bounded();
    }

    /// The same, of which more than the first events are not known.
    fn bounded(mut self) -> Self {
        while self.events.len() > MAX_EVENTS {
            let more = self.events.pop_last().map(|(_, event)| event.span);
            self.unknown = self.unknown.or(more);
        }
        self
    }
}

fn sometimes(mut event: Arc<Event>) -> Arc<Event> {
    if event.always {
        Arc::make_mut(&mut event).always = false;
    }
    event
}

impl Join for Trace {
    fn join(self, other: Self) -> Self {
        let mut others = other.events;
        let mut events = BTreeMap::new();
        for (key, event) in self.events {
            let joined = match others.remove(&key) {
                Some(second) if second == event => event,
                Some(second) => Arc::new(Event::clone(&event).join(Event::clone(&second))),
                None => sometimes(event),
            };
            events.insert(key, joined);
        }
        events.extend(others.into_iter().map(|(key, event)| (key, sometimes(event))));
        let first = |a: Option<Span>, b: Option<Span>| match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let mut changed = self.changed;
        for (table, place) in other.changed {
            let known = changed.entry(table).or_insert(place);
            *known = (*known).min(place);
        }
        let locks = self.locks.join(other.locks);
        let unknown = first(self.unknown, other.unknown);
        Self { events, writes: first(self.writes, other.writes), unknown, locks, changed }.bounded()
    }
}

impl State {
    /// A point that no path reaches, with the same variables.
    pub(super) fn unreachable(&self) -> Self {
        Self { variables: vec![Rc::default(); self.variables.len()], made: self.made, ..Self::default() }
    }

    /// What a variable holds.
    pub(super) fn value(&self, slot: usize) -> Value {
        self.as_seen(self.variables.get(slot).map(|value| (**value).clone()).unwrap_or_default())
    }

    /// The same value; of a part of the caller's arguments that was looked at, nobody knows any more whether it is NULL here.
    pub(super) fn as_seen(&self, mut value: Value) -> Value {
        let is_passed = value.null == Nullness::Passed
            || matches!(&value.content, Content::Json(json) if json.null == Nullness::Passed);
        if !is_passed || !value.from.iter().any(|path| self.looked_at.contains(path)) {
            return value;
        }
        value.null = value.null.min(Nullness::Unproven);
        if let Content::Json(json) = &mut value.content {
            json.null = json.null.min(Nullness::Unproven);
        }
        value
    }

    /// What a variable, or a field of it, holds.
    pub(super) fn field(&self, slot: usize, path: &[&str]) -> Value {
        let Some(value) = self.variables.get(slot) else { return Value::default() };
        match path.split_first() {
            None => self.as_seen((**value).clone()),
            Some((first, rest)) => {
                self.as_seen(rest.iter().fold(field_of(value, first), |value, name| field_of(&value, name)))
            }
        }
    }

    /// Ends the path.
    pub(super) fn end(&mut self) {
        *self = self.unreachable();
    }
}

impl Join for State {
    fn join(self, other: Self) -> Self {
        match (self.reachable, other.reachable) {
            (false, _) => return other,
            (_, false) => return self,
            _ => {}
        }
        let found = if self.found == other.found { self.found } else { None };
        let mut fetched = self.fetched;
        fetched.retain(|slot, value| other.fetched.get(slot) == Some(value));
        let longest = self.variables.len().max(other.variables.len());
        let mut variables = self.variables;
        let mut made = self.made.0 + other.made.0 + self.trace.events.len() + other.trace.events.len();
        variables.resize(longest, Rc::default());
        for (known, value) in variables.iter_mut().zip(other.variables) {
            made += join_shared(known, &value);
        }
        let mut late = self.late;
        late.extend(other.late);
        let looked_at = self.looked_at.join(other.looked_at);
        let trace = self.trace.join(other.trace);
        Self { reachable: true, variables, found, fetched, late, looked_at, trace, made: Made(made) }
    }
}

/// Joins `value` into `known`, which stays shared where that changes nothing; gives the number of values that were made.
pub(super) fn join_shared(known: &mut Rc<Value>, value: &Rc<Value>) -> usize {
    if Rc::ptr_eq(known, value) {
        return 0;
    }
    let joined = (**known).clone().join((**value).clone()).bounded();
    let made = joined.weight(MAX_WEIGHT);
    if joined != **known {
        *known = Rc::new(joined);
    }
    made
}

/// Whether a part of a caller's argument must be given, as far as the columns tell that it is written to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Need {
    /// It is written to a column that may be NULL, or something else takes its place.
    Optional,
    /// It is written to a NOT NULL column.
    Required,
}

impl Join for Need {
    fn join(self, other: Self) -> Self {
        self.max(other)
    }
}

/// A part of a caller's argument that a function reads.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Read {
    /// The types that it is taken for; empty where it is only passed on or tested.
    pub types: BTreeSet<Type>,
    /// Where it is read.
    pub places: Places,
}

impl Join for Read {
    fn join(self, other: Self) -> Self {
        Self { types: self.types.join(other.types), places: self.places.join(other.places) }
    }
}

/// A comparison of what another function gave with a constant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Comparison {
    /// The constant.
    pub constant: String,
    /// Whether it may hold.
    pub may_hold: bool,
    /// What was given, where that is known, with the places where it is written.
    pub known: BTreeMap<String, Places>,
}

impl Join for Comparison {
    fn join(self, other: Self) -> Self {
        Self { constant: self.constant, may_hold: self.may_hold || other.may_hold, known: self.known.join(other.known) }
    }
}

/// What a function gives and does, on all of its paths.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::shape) struct Summary {
    /// What it returns; for a function that returns a set, one of the rows.
    pub result: Value,
    /// What happened on the paths that return, told apart by what they answer.
    pub paths: BTreeMap<Tag, Trace>,
    /// Rows that it returns, told apart by the constants that say how it went.
    pub answers: Answers,
    /// Which parts of the arguments it reads.
    pub reads: BTreeMap<InputPath, Read>,
    /// Which parts of the arguments are handed on whole to where their keys are not followed.
    pub wholes: BTreeSet<InputPath>,
    /// Whether a part of it was not seen.
    pub has_unseen: bool,
    /// Which parts of the arguments become columns of new rows.
    pub needs: BTreeMap<InputPath, Need>,
    /// What it writes into tables' json columns.
    pub(super) fills: BTreeMap<(RelationId, String), Value>,
    /// Whether it writes to tables, and its first statement that does.
    pub writes: Option<Span>,
    /// Comparisons with constants, of what another function gave.
    pub comparisons: BTreeMap<Span, Comparison>,
    /// What it does beside.
    pub facts: Facts,
}

impl Summary {
    /// What happened on any path.
    pub(super) fn trace(&self) -> Trace {
        let mut traces = self.paths.values().cloned();
        let first = traces.next().unwrap_or_default();
        traces.fold(first, Join::join)
    }
}

impl Join for Summary {
    fn join(self, other: Self) -> Self {
        let writes = match (self.writes, other.writes) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self {
            result: self.result.join(other.result),
            paths: self.paths.join(other.paths),
            answers: self.answers.join(other.answers),
            reads: self.reads.join(other.reads),
            wholes: self.wholes.join(other.wholes),
            has_unseen: self.has_unseen || other.has_unseen,
            needs: self.needs.join(other.needs),
            fills: self.fills.join(other.fills),
            writes,
            comparisons: self.comparisons.join(other.comparisons),
            facts: self.facts.join(other.facts),
        }
    }
}
