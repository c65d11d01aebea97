//! Which fields of an object were there.

use crate::transform::table::Object;

/// A set of field numbers. The first 128 need no allocation.
#[derive(Default)]
pub(super) struct Seen {
    low: u128,
    high: Vec<bool>,
}

impl Seen {
    /// Adds a number, and tells whether it is new.
    #[inline]
    pub(super) fn insert(&mut self, number: usize) -> bool {
        if number >= 128 {
            return self.insert_high(number - 128);
        }
        let bit = 1 << number;
        let new = self.low & bit == 0;
        self.low |= bit;
        new
    }

    #[cold]
    fn insert_high(&mut self, number: usize) -> bool {
        if self.high.len() <= number {
            self.high.resize(number + 1, false);
        }
        self.high.get_mut(number).is_some_and(|seen| !std::mem::replace(seen, true))
    }

    pub(super) fn contains(&self, number: usize) -> bool {
        if number < 128 { self.low >> number & 1 == 1 } else { self.high.get(number - 128) == Some(&true) }
    }

    /// Whether a field that the type requires may be absent.
    #[inline]
    pub(super) fn lacks(&self, object: &Object) -> bool {
        object.required() & !self.low != 0 || object.fields().len() > 128
    }
}
