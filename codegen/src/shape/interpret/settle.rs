//! Results that rest on one another: recursion is followed until nothing new is learnt, and what is final is kept.

use std::rc::Rc;

use super::Analysis;
use super::state::Summary;
use crate::catalog::{FunctionId, RelationId};
use crate::shape::domain::{Join, Opaque, Reason, Value};

/// A result that others may rest on.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Work {
    /// What a function gives for these arguments.
    Call(FunctionId, Vec<Value>),
    /// What a table's column holds.
    Column(RelationId, String),
    /// The row of a view.
    View(RelationId),
}

/// A result that is being worked out.
pub(super) struct Active {
    work: Work,
    /// What is known of it so far.
    so_far: Rc<Summary>,
    /// Whether it was asked for meanwhile.
    met: bool,
    /// Whether it was worked out to its end once, so that what is known of it is more than nothing.
    ran: bool,
}

/// Results that rest on results are followed so deep.
const MAX_ACTIVE: usize = 60;

/// A function is followed into itself so often, with other arguments each time.
const MAX_NESTED: usize = 6;

/// A result is worked out so often before it is given up.
const MAX_ROUNDS: usize = 8;

/// From this round on, documents are cut off at this depth, so that a recursive one comes to an end.
const CUT_ROUND: usize = 2;
const CUT_DEPTH: usize = 5;

impl Analysis<'_> {
    /// The result of `work`, which `run` works out.
    pub(super) fn settle(
        &self,
        work: Work,
        run: impl Fn() -> Summary,
        give_up: impl Fn(Reason) -> Summary,
    ) -> Rc<Summary> {
        if let Some(known) = self.settled.borrow().get(&work) {
            return Rc::clone(known);
        }
        let at = {
            let mut active = self.active.borrow_mut();
            if let Some(at) = active.iter().position(|active| active.work == work) {
                self.lowest.set(self.lowest.get().min(at));
                if let Some(again) = active.get_mut(at) {
                    again.met = true;
                    return Rc::clone(&again.so_far);
                }
            }
            let nested = active.iter().filter(|active| match (&active.work, &work) {
                (Work::Call(a, _), Work::Call(b, _)) => a == b,
                _ => false,
            });
            if active.len() >= MAX_ACTIVE || nested.count() >= MAX_NESTED {
                return Rc::new(give_up(Reason::TooLarge));
            }
            active.push(Active { work: work.clone(), so_far: Rc::default(), met: false, ran: false });
            active.len() - 1
        };
        let outer = self.lowest.replace(usize::MAX);
        let mut summary = run();
        for round in 1.. {
            if round >= CUT_ROUND && self.is_met(at) {
                summary.result = summary.result.cut(CUT_DEPTH, Opaque::new(Reason::TooLarge, None));
            }
            if !self.learnt(at, &summary) {
                break;
            }
            if round >= MAX_ROUNDS {
                summary = give_up(Reason::TooLarge);
                break;
            }
            summary = run();
        }
        self.active.borrow_mut().truncate(at);
        let summary = Rc::new(summary);
        // What rests on a result that is not final yet has to be worked out again.
        let lowest = self.lowest.get();
        // What was given up for want of fuel may be known to a caller that has more of it.
        if lowest >= at && (at == 0 || !self.is_exhausted() || self.is_hopeless()) {
            self.settled.borrow_mut().insert(work, Rc::clone(&summary));
            self.lowest.set(outer);
        } else {
            self.lowest.set(outer.min(lowest));
        }
        summary
    }

    /// Whether something was asked for of which nothing is known yet.
    pub(super) fn is_beginning(&self) -> bool {
        self.active.borrow().iter().any(|active| active.met && !active.ran)
    }

    fn is_met(&self, at: usize) -> bool {
        self.active.borrow().get(at).is_some_and(|active| active.met)
    }

    /// Takes `summary` into what is known; whether something that was asked for has changed by it.
    fn learnt(&self, at: usize, summary: &Summary) -> bool {
        let mut active = self.active.borrow_mut();
        let Some(active) = active.get_mut(at) else { return false };
        active.ran = true;
        if !active.met {
            return false;
        }
        let joined = (*active.so_far).clone().join(summary.clone());
        if joined == *active.so_far {
            return false;
        }
        active.so_far = Rc::new(joined);
        true
    }
}
