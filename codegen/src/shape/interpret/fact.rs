//! What a function does beside answering: the errors it can raise, what it locks first, and slips that its text shows.

use std::collections::{BTreeMap, BTreeSet};

use super::Frame;
use super::raise::Raise;
use super::state::State;
use crate::catalog::RelationId;
use crate::shape::domain::{InputPath, Join, Places};
use crate::source::Span;

/// What is learnt of a function, on all of its paths.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    /// The errors that leave it, with the places that raise them.
    pub raises: BTreeMap<Raise, Places>,
    /// Its first statement that ends the transaction.
    pub ends: Option<Span>,
    /// Where FOUND is asked after a PERFORM that always gives a row, and that PERFORM.
    pub found: BTreeMap<Span, Span>,
    /// Where an event's before image was read after a change of its table: by the place of the argument.
    pub late_images: BTreeMap<Span, LateImage>,
}

/// A before image that is none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LateImage {
    /// Where it is read.
    pub read: Span,
    /// Where its table was changed before.
    pub changed: Span,
}

/// The first row that a way through a function locks.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Lock {
    /// The table.
    pub table: RelationId,
    /// The parts of the arguments that its key is compared with.
    pub key: BTreeSet<InputPath>,
}

impl Join for Lock {
    fn join(self, other: Self) -> Self {
        Self { key: self.key.join(other.key), ..self }
    }
}

impl Join for Facts {
    fn join(mut self, other: Self) -> Self {
        self.absorb(&other);
        self
    }
}

impl Facts {
    /// Takes in what a called function does.
    pub(super) fn absorb(&mut self, other: &Facts) {
        for (raise, places) in &other.raises {
            self.raises.entry(raise.clone()).or_default().extend(places);
        }
        self.ends = self.ends.or(other.ends);
        self.found.extend(&other.found);
        self.late_images.extend(&other.late_images);
    }
}

impl Frame<'_> {
    /// Notes that a row is locked or changed.
    pub(super) fn note_lock(
        &mut self,
        state: &mut State,
        table: RelationId,
        key: BTreeSet<InputPath>,
        at: Option<Span>,
    ) {
        if let (true, Some(at)) = (state.trace.locks.is_empty(), at) {
            state.trace.locks.insert(at, Lock { table, key });
        }
    }

    /// Notes that a table's rows are changed.
    pub(super) fn note_change(&mut self, state: &mut State, table: RelationId, at: Option<Span>) {
        if let Some(at) = at {
            state.trace.changed.entry(table).or_insert(at);
        }
    }

    /// Forgets which tables were read, for the next statement.
    pub(super) fn begin_reading(&mut self) {
        self.scanned.clear();
    }

    /// The change, before this statement, of a table that it read.
    pub(super) fn read_after_change(&self, before: &BTreeMap<RelationId, Span>) -> Option<Span> {
        self.scanned.iter().find_map(|table| before.get(table).copied())
    }

    /// Notes what a variable was filled with: rows of a table that had been changed already, or not.
    pub(super) fn note_filled(&mut self, state: &mut State, slot: usize, read: Span, changed: Option<Span>) {
        match changed {
            Some(changed) => {
                state.late.insert(slot, LateImage { read, changed });
            }
            None => {
                state.late.remove(&slot);
            }
        }
    }

    /// Notes a before image that an event is given in a variable.
    pub(super) fn note_before_image(&mut self, state: &State, place: Option<Span>) {
        let Some(place) = place else { return };
        let text = self.analysis.sources.file(place.file).text().get(place.range()).unwrap_or_default();
        let Some((slot, _)) = self.variables.find(&[&text.to_lowercase()]) else { return };
        if let Some(late) = state.late.get(&slot) {
            self.collected.facts.late_images.insert(place, *late);
        }
    }

    /// Notes that FOUND is asked.
    pub(super) fn note_found(&mut self, state: &State, place: Option<Span>) {
        let performed = state.found.as_ref().and_then(|found| found.performed.filter(|_| !found.may_fail));
        if let (Some(place), Some(performed)) = (place, performed) {
            self.collected.facts.found.insert(place, performed);
        }
    }
}
