//! A value that cannot be bound.

use std::borrow::Cow;
use std::fmt;

use crate::types::InvalidNumeric;

/// An argument has no representation in its SQL type; nothing was sent.
pub struct BindError(Box<Inner>);

struct Inner {
    function: Option<&'static str>,
    argument: Option<&'static str>,
    /// Where in the argument, such as `.items[2].price`; empty for the argument itself.
    path: String,
    reason: Cow<'static, str>,
}

impl BindError {
    /// `reason` goes on from the value's name: `is not a number`, `has a NUL character`.
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner { function: None, argument: None, path: String::new(), reason: reason.into() }))
    }

    /// The argument's name in SQL.
    pub fn argument(&self) -> Option<&str> {
        self.0.argument
    }

    /// Where in the argument's JSON or array, such as `.items[2].price`; empty for the argument itself.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// What is wrong with the value.
    pub fn reason(&self) -> &str {
        &self.0.reason
    }

    /// The error is about this argument of this function.
    pub(crate) fn of_argument(mut self, function: &'static str, argument: &'static str) -> Self {
        self.0.function = Some(function);
        self.0.argument = Some(argument);
        self
    }

    /// The error is about a call of this function.
    pub(crate) fn of_function(mut self, function: &'static str) -> Self {
        self.0.function = Some(function);
        self
    }

    /// The error is inside the element at `index` of the value that is being written.
    pub(crate) fn at_index(mut self, index: usize) -> Self {
        self.0.path.insert_str(0, &format!("[{index}]"));
        self
    }

    /// The error is inside the field `key` of the value that is being written.
    pub(crate) fn at_key(mut self, key: &str) -> Self {
        self.0.path.insert_str(0, &format!(".{key}"));
        self
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { function, argument, path, reason } = &*self.0;
        match (argument, function) {
            (Some(argument), Some(function)) => write!(f, "argument `{argument}{path}` of `{function}`")?,
            (Some(argument), None) => write!(f, "argument `{argument}{path}`")?,
            (None, Some(function)) => write!(f, "a call of `{function}`")?,
            (None, None) if path.is_empty() => f.write_str("the value")?,
            (None, None) => write!(f, "the value at `{path}`")?,
        }
        write!(f, " {reason}")
    }
}

impl fmt::Debug for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BindError({self})")
    }
}

impl std::error::Error for BindError {}

impl From<InvalidNumeric> for BindError {
    fn from(error: InvalidNumeric) -> Self {
        Self::new(error.to_string())
    }
}
