//! Which fields of an object were there.

use crate::transform::table::Object;

/// A set of field numbers. The first 128 need no allocation.
#[derive(Default)]
pub(super) struct Seen {
    low: [u64; 2],
    high: Vec<bool>,
}

impl Seen {
    /// Adds a number, and tells whether it is new.
    #[inline]
    pub(super) fn insert(&mut self, number: usize) -> bool {
        let Some(word) = self.low.get_mut(number / 64) else { return self.insert_high(number - 128) };
        let bit = 1 << (number % 64);
        let new = *word & bit == 0;
        *word |= bit;
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
        match self.low.get(number / 64) {
            Some(word) => word >> (number % 64) & 1 == 1,
            None => self.high.get(number - 128) == Some(&true),
        }
    }

    /// Whether a field that the type requires may be absent.
    #[inline]
    pub(super) fn lacks(&self, object: &Object) -> bool {
        let ([low, high], [seen_low, seen_high]) = (object.required(), self.low);
        low & !seen_low | high & !seen_high != 0 || object.fields().len() > 128
    }
}
