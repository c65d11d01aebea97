//! What is known of a value before the program runs: a lattice, so that what two paths know can be joined.
//!
//! A [`Value`] is a value of SQL, a [`Json`] a document. Both are sets of possibilities: the least value is no possibility at all
//! (code that is never reached), and a join holds every possibility of its parts. What cannot be known is [`Opaque`], with the
//! reason and the place; it is never guessed.

mod json;
mod place;
mod scalar;
mod value;

pub use json::{Field, Json, Object, Tag};
pub use place::{InputPath, InputStep, Nullness, Opaque, Places, Reason};
pub use scalar::{Literal, Literals, Scalar};
pub use value::{Content, MAX_WEIGHT, Row, Value};

/// What two paths know, as one.
pub trait Join {
    /// Every possibility of `self` and of `other`.
    fn join(self, other: Self) -> Self;
}

impl<T: Join> Join for Option<T> {
    fn join(self, other: Self) -> Self {
        match (self, other) {
            (Some(a), Some(b)) => Some(a.join(b)),
            (Some(only), None) | (None, Some(only)) => Some(only),
            (None, None) => None,
        }
    }
}

impl<T: Join> Join for Box<T> {
    fn join(self, other: Self) -> Self {
        Box::new((*self).join(*other))
    }
}

impl<K: Ord, V: Join> Join for std::collections::BTreeMap<K, V> {
    fn join(mut self, other: Self) -> Self {
        for (key, value) in other {
            let joined = match self.remove(&key) {
                Some(known) => known.join(value),
                None => value,
            };
            self.insert(key, joined);
        }
        self
    }
}

impl<T: Ord> Join for std::collections::BTreeSet<T> {
    fn join(mut self, other: Self) -> Self {
        self.extend(other);
        self
    }
}

#[cfg(test)]
mod tests;
