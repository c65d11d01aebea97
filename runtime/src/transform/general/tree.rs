//! JSON of which no type is known: copied without white space, its keys as they are or renamed by rule.

use super::{Direction, Walk};
use crate::transform::buffer::Buffer;
use crate::transform::error::{Error, Problem, shown};
use crate::transform::rename::{Marks, Rule};
use crate::transform::text::{Quoted, quote};

impl<D: Direction, B: Buffer> Walk<'_, D, B> {
    /// Any value; `rule` renames the keys of its objects.
    pub(super) fn tree(&mut self, rule: Option<Rule>) -> Result<(), Error> {
        match self.text.peek() {
            Some(b'{') => self.members(rule),
            Some(b'[') => self.elements(|walk| walk.tree(rule)),
            Some(b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => self.scalar(),
            _ => Err(self.text.expected("a value")),
        }
    }

    /// Any value, left out.
    pub(super) fn drop_value(&mut self) -> Result<(), Error> {
        let len = self.out.len();
        self.tree(None)?;
        self.out.truncate(len);
        Ok(())
    }

    fn members(&mut self, rule: Option<Rule>) -> Result<(), Error> {
        let start = self.text.at;
        let mut marks = Marks::default();
        self.enter()?;
        self.out.push(b'{');
        if self.text.next_token() != Some(b'}') {
            loop {
                self.text.skip_space();
                let at = self.text.at;
                let key = self.text.key()?;
                if key.escaped {
                    D::check_escapes(key.raw, at + 1)?;
                }
                self.tree_key(rule, key, &mut marks);
                self.text.skip_space();
                self.tree(rule).map_err(|error| error.under_key(&key.text()))?;
                match self.text.next_token() {
                    Some(b',') => self.text.at += 1,
                    Some(b'}') => break,
                    _ => return Err(self.text.expected("`,` or `}` behind a member")),
                }
                self.out.push(b',');
            }
        }
        if marks.may_collide() {
            self.collide(start, |_| false)?;
        }
        self.leave(b'}');
        Ok(())
    }

    fn tree_key(&mut self, rule: Option<Rule>, key: Quoted<'_>, marks: &mut Marks) {
        match rule {
            Some(rule) => self.renamed_key(rule, &key.text(), marks),
            None => {
                self.out.push(b'"');
                self.out.append(key.raw);
                self.out.append(b"\":");
            }
        }
    }

    /// Writes the new name of a key whose escapes are resolved.
    pub(super) fn renamed_key(&mut self, rule: Rule, key: &[u8], marks: &mut Marks) {
        if key.iter().any(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
            let mut name = Vec::new();
            rule.rename(key, marks, |piece| name.extend_from_slice(piece));
            quote(&name, |piece| self.out.append(piece));
        } else {
            self.out.push(b'"');
            rule.rename(key, marks, |piece| self.out.append(piece));
            self.out.push(b'"');
        }
        self.out.push(b':');
    }

    /// Refuses two different keys with the same new name, in the object that began at `start` and ends here. Keys that are `aside` do not count.
    #[cold]
    pub(super) fn collide(&self, start: usize, aside: impl Fn(&[u8]) -> bool) -> Result<(), Error> {
        match D::RULE.collision(self.text.since(start), aside) {
            Some(name) => Err(self.text.fail(Problem::Collision { name: shown(&name) })),
            None => Ok(()),
        }
    }
}
