//! A text that is no value of a type.

use std::fmt;

/// A text that is no value of the type it was read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidText {
    expected: &'static str,
}

impl InvalidText {
    pub(crate) const fn new(expected: &'static str) -> Self {
        Self { expected }
    }

    /// What is expected, such as ``a date, such as `2026-01-31` ``.
    pub const fn expected(&self) -> &'static str {
        self.expected
    }
}

impl fmt::Display for InvalidText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the text is not {}", self.expected)
    }
}

impl std::error::Error for InvalidText {}
