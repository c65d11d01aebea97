//! Objects whose type is told by one of their fields, wherever among them it is.

use super::{Direction, Walk};
use crate::transform::buffer::Buffer;
use crate::transform::error::{Error, Problem, shown};
use crate::transform::table::{Object, Union};

impl<D: Direction, B: Buffer> Walk<'_, D, B> {
    pub(super) fn union(&mut self, union: &'static Union) -> Result<(), Error> {
        if self.text.peek() != Some(b'{') {
            return Err(self.mismatch("an object"));
        }
        if !D::UNIONS {
            return Err(self.text.fail(Problem::UnionInput));
        }
        let member = self.look_for_member(union)?;
        self.object(member, Some(union.discriminator()))
    }

    /// Reads ahead to the discriminator: `__typename` is written before the first field, and the discriminator may be the last.
    pub(super) fn look_for_member(&mut self, union: &'static Union) -> Result<&'static Object, Error> {
        let (text, len, depth) = (self.text, self.out.len(), self.depth);
        self.enter()?;
        let member = self.read_to_member(union)?;
        self.text = text;
        self.out.truncate(len);
        self.depth = depth;
        Ok(member)
    }

    fn read_to_member(&mut self, union: &'static Union) -> Result<&'static Object, Error> {
        let discriminator = union.discriminator();
        while self.text.next_token() == Some(b'"') {
            let key = self.text.key()?.text();
            self.text.skip_space();
            if *key == *discriminator.as_bytes() {
                let at = self.text.at;
                if self.text.peek() != Some(b'"') {
                    return Err(Error::new(Problem::NoDiscriminator(discriminator), at).under_key(&key));
                }
                let value = self.text.string()?.text();
                let unknown = || Problem::UnknownMember { key: discriminator, value: shown(&value) };
                return union.member(&value).ok_or_else(|| Error::new(unknown(), at).under_key(&key));
            }
            self.drop_value().map_err(|error| error.under_key(&key))?;
            if self.text.next_token() != Some(b',') {
                break;
            }
            self.text.at += 1;
        }
        match self.text.peek() {
            Some(b'}') => Err(self.text.fail(Problem::NoDiscriminator(discriminator))),
            _ => Err(self.text.expected("`,` and a key, or `}`")),
        }
    }
}
