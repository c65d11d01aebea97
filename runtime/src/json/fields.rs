//! The fields of a struct, read one after the other.

use super::{Members, ReadJson, Reader};
use crate::transform::Error;

/// An object's members on their way into a struct: after the first mistake there is nothing to read, and the mistake is kept.
///
/// The derives read with it, for a struct is then made in one place and its mistakes are answered in another: rustc checks that in a fraction of the time
/// that a `return` for each field takes.
#[doc(hidden)]
pub struct Fields<'a>(Result<Members<'a>, Error>);

impl<'a> Reader<'a> {
    /// The fields under `keys`, which are told apart by their places in `keys`.
    #[doc(hidden)]
    pub fn fields(self, typename: &'static str, keys: &'static [&'static str]) -> Fields<'a> {
        Fields(self.object(typename, keys))
    }
}

impl<'a> Fields<'a> {
    /// The value under the key at this place.
    pub fn read<T: ReadJson>(&mut self, at: usize) -> Option<T> {
        // There is an instance for each type of a field, so what need not know it is elsewhere.
        let Some(value) = self.value(at)? else {
            let missing = T::read_missing();
            if missing.is_none() {
                self.miss(at);
            }
            return missing;
        };
        match T::read_json(value) {
            Ok(value) => Some(value),
            Err(error) => {
                self.fail(at, error);
                None
            }
        }
    }

    /// What stands for the string under the key at this place in `values`.
    pub fn one_of(&mut self, at: usize, values: &[(&'static str, usize)]) -> Option<usize> {
        let members = self.0.as_ref().ok()?;
        match members.one_of(members.key(at), values) {
            Ok(known) => Some(known),
            Err(error) => {
                self.0 = Err(error);
                None
            }
        }
    }

    /// The value at this place, if there is one; nothing after a mistake.
    fn value(&self, at: usize) -> Option<Option<Reader<'a>>> {
        self.0.as_ref().ok().map(|members| members.value(at))
    }

    #[cold]
    fn miss(&mut self, at: usize) {
        if let Ok(members) = &self.0 {
            self.0 = Err(members.missing(members.key(at)));
        }
    }

    #[cold]
    fn fail(&mut self, at: usize, error: Error) {
        if let Ok(members) = &self.0 {
            self.0 = Err(error.under_key(members.key(at).as_bytes()));
        }
    }

    /// The first mistake, for where something could not be read.
    #[cold]
    pub fn mistake<T>(self) -> Result<T, Error> {
        self.0.and_then(|members| Err(members.missing("")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_mistake_is_kept_and_nothing_is_read_behind_it() {
        let mut fields = Reader::new(br#"{"a": "x", "b": true, "c": 1}"#).fields("T", &["a", "b", "c"]);
        assert_eq!(fields.read::<bool>(1), Some(true));
        assert_eq!(fields.read::<i32>(0), None);
        assert_eq!(fields.read::<bool>(1), None);
        assert_eq!(fields.one_of(2, &[("y", 0)]), None);
        let mistake = fields.mistake::<()>().unwrap_err().with_path();
        assert_eq!(mistake.to_string(), "expected a whole number of 32 bits, found `\\\"x\\\"`, at `a` (byte 6)");
    }

    #[test]
    fn what_is_no_object_has_no_fields() {
        let mut fields = Reader::new(b"7").fields("T", &["a"]);
        assert_eq!(fields.read::<Option<i32>>(0), None);
        assert_eq!(fields.mistake::<()>().unwrap_err().to_string(), "expected an object, found a number (byte 0)");
    }

    #[test]
    fn a_member_that_may_be_missing_is_read() {
        let mut fields = Reader::new(b"{}").fields("T", &["a", "b"]);
        assert_eq!(fields.read::<Option<i32>>(0), Some(None));
        assert_eq!(fields.read::<i32>(1), None);
        let mistake = fields.mistake::<()>().unwrap_err().to_string();
        assert!(mistake.contains("b"), "{mistake}");
    }
}
