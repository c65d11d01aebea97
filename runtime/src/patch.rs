//! A value that may be left out, be null or be given: the three states of a field in a partial update.

/// A value of a partial update. Absent and null are two things: what is absent stays as it is, what is null is cleared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Patch<T> {
    /// Left out: an optional argument takes its DEFAULT, a JSON field is not written.
    #[default]
    Absent,
    /// Given as NULL.
    Null,
    /// Given as this value.
    Value(T),
}

impl<T> Patch<T> {
    /// Whether it is left out.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Whether it is given as NULL.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The value, where one is given.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// The same state with a reference to the value.
    pub const fn as_ref(&self) -> Patch<&T> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Null => Patch::Null,
            Self::Value(value) => Patch::Value(value),
        }
    }

    /// The same state with the value changed by `change`.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Null => Patch::Null,
            Self::Value(value) => Patch::Value(change(value)),
        }
    }
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

/// `None` is NULL, not absent: who has an `Option` in hand has something to say.
impl<T> From<Option<T>> for Patch<T> {
    fn from(value: Option<T>) -> Self {
        match value {
            Some(value) => Self::Value(value),
            None => Self::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_a_value_or_null() {
        assert_eq!(Patch::from(Some(1)), Patch::Value(1));
        assert_eq!(Patch::<i32>::from(None), Patch::Null);
        assert_eq!(Patch::from(1), Patch::Value(1));
        assert_eq!(Patch::<i32>::default(), Patch::Absent);
    }

    #[test]
    fn its_state_is_kept() {
        let states = [Patch::Absent, Patch::Null, Patch::Value(1)];
        assert_eq!(
            states.map(|patch| patch.as_ref().map(|value| value + 1)),
            [Patch::Absent, Patch::Null, Patch::Value(2)]
        );
        assert_eq!(states.map(Patch::value), [None, None, Some(1)]);
        assert_eq!(
            states.map(|patch| (patch.is_absent(), patch.is_null())),
            [(true, false), (false, true), (false, false)]
        );
    }
}
