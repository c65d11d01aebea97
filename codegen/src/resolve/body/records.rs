//! What records hold: the rows that a body puts into them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::resolve::{Columns, Typed};
use crate::source::Span;

/// The records of a body, by where they are declared.
#[derive(Default)]
pub(super) struct Records {
    /// What they are known to hold, from a walk before.
    known: HashMap<Span, Arc<Columns>>,
    /// What this walk saw put into them; `None` for a row that is not known.
    seen: HashMap<Span, Option<Columns>>,
    /// Whether something may have been put into any of them.
    lost: bool,
}

impl Records {
    /// What a record that is declared at `place` holds.
    pub(super) fn held(&self, place: Span) -> Typed {
        Typed { fields: self.known.get(&place).cloned(), ..Typed::unknown() }
    }

    /// Notes a row that is put into the record that is declared at `place`.
    pub(super) fn put(&mut self, place: Span, row: Option<Columns>) {
        let row = row.filter(|row| row.complete);
        match self.seen.get_mut(&place) {
            None => drop(self.seen.insert(place, row)),
            Some(held) => {
                *held = match (held.take(), row) {
                    (Some(held), Some(row)) => Some(either(held, row)),
                    _ => None,
                };
            }
        }
    }

    /// Notes that anything may have been put into any record.
    pub(super) fn forget(&mut self) {
        self.lost = true;
    }

    /// What is known for another walk, if this one learnt anything.
    pub(super) fn learnt(self) -> Option<Self> {
        if self.lost || !self.known.is_empty() {
            return None;
        }
        let known = self.seen.into_iter().filter_map(|(place, row)| Some((place, Arc::new(row?))));
        let known: HashMap<_, _> = known.collect();
        (!known.is_empty()).then(|| Self { known, ..Self::default() })
    }
}

/// The columns of either row: which of them a record holds when it is read is not known.
pub(super) fn either(mut held: Columns, row: Columns) -> Columns {
    held.complete &= row.complete;
    for (name, ty) in row.list {
        match held.list.iter_mut().find(|(other, _)| *other == name) {
            // Fields of fields are not compared: they may be nested without end.
            Some((_, known)) if known.ty == ty.ty => known.fields = None,
            Some((_, known)) => *known = Typed::unknown(),
            None => held.list.push((name, ty)),
        }
    }
    held
}
