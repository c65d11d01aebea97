//! The keys that one comparison did not recognise.

use super::reader::Reader;
use super::stack::Level;
use crate::transform::settings::Transform;
use crate::transform::table::Field;
use crate::transform::text::Text;
use crate::transform::{Missing, Unknown};

/// A key that was read, with its colon.
pub(super) enum Key<'t> {
    /// A field farther on, or one whose key is too long for a comparison.
    Known(usize, &'t Field),
    /// A key that the type does not declare and that is to be dropped.
    Unknown,
    /// The discriminator of the union that the object is a member of, where the member does not declare it.
    Discriminator,
}

/// Reads a key. A known one that is before the cursor, and one that the policy does not drop, are left to the general engine.
#[cold]
#[inline(never)]
pub(super) fn other_key<'a, 't>(
    mut reader: Reader<'a>,
    here: Level<'t>,
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
    if here.union.is_some_and(|union| union.discriminator().as_bytes() == key) {
        return (!here.discriminated).then_some((reader, Key::Discriminator));
    }
    // A selection drops everything that was not selected.
    (here.chosen.is_some() || transform.unknown == Unknown::Drop).then_some((reader, Key::Unknown))
}
