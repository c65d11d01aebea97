//! The keys that one comparison did not recognise.

use super::lanes::Lanes;
use super::mode::Mode;
use super::reader::Reader;
use super::walk::{Here, Walk};
use crate::transform::buffer::Buffer;
use crate::transform::settings::Transform;
use crate::transform::table::Field;
use crate::transform::text::Text;
use crate::transform::{Missing, Unknown};

/// A key that was read, with its colon.
enum Key<'t> {
    /// A field farther on, or one whose key is too long for a comparison.
    Known(usize, &'t Field),
    /// A key that the type does not declare and that is to be dropped.
    Unknown,
    /// The discriminator of the union that the object is a member of, where the member does not declare it.
    Discriminator,
}

impl<'a, L: Lanes, B: Buffer, M: Mode> Walk<'_, 'a, L, B, M> {
    /// Reads a key that was not expected: steps over those that are unknown to the next that is known, or to the object's end.
    #[inline(always)]
    pub(super) fn other_key(&mut self, here: &mut Here<'a>, first: bool) -> Option<Option<&'a Field>> {
        let mut first = first;
        while self.reader.byte(0) != b'}' {
            let (reader, key) = read_key(self.reader, *here, first, self.transform)?;
            self.reader = reader;
            first = false;
            match key {
                Key::Known(number, field) => {
                    let rest = here.fields().get(number + 1..)?;
                    if M::SELECTS {
                        self.pass(here, rest)?;
                    }
                    here.rest = rest;
                    if M::SELECTS && field.is_skipped() {
                        self.skip()?;
                        continue;
                    }
                    if M::GATHERS {
                        return Some(Some(field));
                    }
                    if M::SELECTS {
                        // A response name without room is left to the general engine.
                        self.output.put(field.shown().bytes(false), field.shown().len());
                    } else {
                        self.output.put_text(b",\"");
                        self.output.put_text(field.name().as_bytes());
                        self.output.put_text(b"\":");
                    }
                    return Some(Some(field));
                }
                Key::Unknown => self.skip()?,
                Key::Discriminator => {
                    here.discriminated = true;
                    self.skip()?;
                }
            }
        }
        self.end(here).map(|()| None)
    }
}

/// Reads a key. A known one that is before the cursor, and one that the policy does not drop, are left to the general engine.
#[cold]
#[inline(never)]
fn read_key<'a, 't>(
    mut reader: Reader<'a>,
    here: Here<'t>,
    first: bool,
    transform: &Transform,
) -> Option<(Reader<'a>, Key<'t>)> {
    let rest = reader.rest();
    let mut text = Text::new(if first { rest } else { rest.strip_prefix(b", ")? });
    if text.peek() != Some(b'"') {
        return None;
    }
    let quoted = text.string().ok()?;
    if quoted.escaped || !text.take(b':') || !text.take(b' ') {
        return None;
    }
    reader.skip(text.at + if first { 0 } else { 2 });

    let (key, fields, cursor) = (quoted.raw, here.fields(), here.cursor());
    let order = |field: &Field| field.key().len().cmp(&key.len()).then_with(|| field.key().as_bytes().cmp(key));
    if let Ok(number) = fields.binary_search_by(order) {
        let passed = fields.get(cursor..number)?;
        let complete = transform.missing == Missing::Allow || passed.iter().all(Field::is_optional);
        return complete.then_some((reader, Key::Known(number, fields.get(number)?)));
    }
    if here.place.union.is_some_and(|union| union.discriminator().as_bytes() == key) {
        return (!here.discriminated).then_some((reader, Key::Discriminator));
    }
    // A selection drops everything that was not selected.
    (here.chosen.is_some() || transform.unknown == Unknown::Drop).then_some((reader, Key::Unknown))
}
