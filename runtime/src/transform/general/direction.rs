//! What differs between the way to the client and the way back.

use super::Found;
use crate::transform::buffer::Buffer;
use crate::transform::error::{Error, Problem};
use crate::transform::pattern::Pattern;
use crate::transform::rename::Rule;
use crate::transform::settings::Transform;
use crate::transform::table::{Field, Object};
use crate::transform::text::escape_len;
use crate::transform::{Missing, Unknown};

pub(in crate::transform) trait Direction {
    const RULE: Rule;
    /// Whether the type of a union's member can be told: GraphQL has no unions in input.
    const UNIONS: bool;

    fn policies(settings: &Transform) -> (Unknown, Missing);
    /// Writes the `__typename` where there is one, and tells whether it did.
    fn write_typename(object: &'static Object, out: &mut impl Buffer) -> bool;
    /// The field that has this key (or name). `cursor` is where the next one is guessed to be.
    fn find(object: &'static Object, key: &[u8], cursor: &mut usize) -> Option<Found>;
    /// The field's key as this side writes it without spaces.
    fn compact(field: &Field) -> &Pattern;
    /// Writes the key that the other side expects.
    fn write_key(field: &'static Field, first: bool, out: &mut impl Buffer);
    /// Checks the escapes of a string for what the other side cannot take.
    fn check_escapes(raw: &[u8], at: usize) -> Result<(), Error>;
    /// How the side that wrote the document calls the field.
    fn shown_name(field: &'static Field) -> &'static str;
    /// A field that may have been meant by an unknown key.
    fn suggest(object: &'static Object, key: &[u8]) -> Option<&'static str> {
        let alike = |word: &str| word.as_bytes().eq_ignore_ascii_case(key);
        object.fields().iter().find(|field| alike(field.key()) || alike(field.name())).map(Self::shown_name)
    }
}

/// From the database to the client.
pub(in crate::transform) struct Forward;

/// From the client to the database.
pub(in crate::transform) struct Backward;

/// How many fields behind the cursor are tried one by one: optional fields are often absent.
const LOOK_AHEAD: usize = 8;

impl Direction for Forward {
    const RULE: Rule = Rule::ToCamel;
    const UNIONS: bool = true;

    fn policies(settings: &Transform) -> (Unknown, Missing) {
        (settings.unknown, settings.missing)
    }

    #[inline]
    fn write_typename(object: &'static Object, out: &mut impl Buffer) -> bool {
        out.append(b"\"__typename\":\"");
        out.append(object.typename().as_bytes());
        out.push(b'"');
        true
    }

    #[inline]
    fn find(object: &'static Object, key: &[u8], cursor: &mut usize) -> Option<Found> {
        let fields = object.fields();
        let ahead = fields.iter().enumerate().skip(*cursor).take(LOOK_AHEAD);
        for (number, field) in ahead {
            if field.key().as_bytes() == key {
                *cursor = number + 1;
                return Some((number, field));
            }
        }
        let order = |field: &Field| field.key().len().cmp(&key.len()).then_with(|| field.key().as_bytes().cmp(key));
        let number = fields.binary_search_by(order).ok()?;
        *cursor = number + 1;
        Some((number, fields.get(number)?))
    }

    #[inline]
    fn compact(field: &Field) -> &Pattern {
        field.sent()
    }

    #[inline]
    fn write_key(field: &'static Field, first: bool, out: &mut impl Buffer) {
        write_key(field.shown(), field.name(), first, out);
    }

    #[inline]
    fn check_escapes(_: &[u8], _: usize) -> Result<(), Error> {
        Ok(())
    }

    fn shown_name(field: &'static Field) -> &'static str {
        field.key()
    }
}

impl Direction for Backward {
    const RULE: Rule = Rule::ToSnake;
    const UNIONS: bool = false;

    fn policies(_: &Transform) -> (Unknown, Missing) {
        (Unknown::Refuse, Missing::Refuse)
    }

    #[inline]
    fn write_typename(_: &'static Object, _: &mut impl Buffer) -> bool {
        false
    }

    #[inline]
    fn find(object: &'static Object, name: &[u8], cursor: &mut usize) -> Option<Found> {
        let number = object.names().find(object.fields(), name)?;
        *cursor = number + 1;
        Some((number, object.fields().get(number)?))
    }

    #[inline]
    fn compact(field: &Field) -> &Pattern {
        field.shown()
    }

    #[inline]
    fn write_key(field: &'static Field, first: bool, out: &mut impl Buffer) {
        write_key(field.sent(), field.key(), first, out);
    }

    /// jsonb holds every character but one.
    #[cold]
    fn check_escapes(raw: &[u8], at: usize) -> Result<(), Error> {
        let mut offset = 0;
        while let Some(rest) = raw.get(offset..).filter(|rest| !rest.is_empty()) {
            if rest.starts_with(b"\\u0000") {
                return Err(Error::new(Problem::NullCharacter, at + offset));
            }
            offset += if rest.starts_with(b"\\") { escape_len(rest).unwrap_or(2) } else { 1 };
        }
        Ok(())
    }

    fn shown_name(field: &'static Field) -> &'static str {
        field.name()
    }
}

/// Writes a key in one step, if it has room in the pattern.
#[inline]
fn write_key(pattern: &Pattern, key: &str, first: bool, out: &mut impl Buffer) {
    if pattern.is_none() {
        return write_long_key(key, first, out);
    }
    if first {
        out.append(pattern.text().get(1..).unwrap_or_default());
    } else {
        out.append_short(pattern.bytes(false), pattern.len());
    }
}

#[cold]
fn write_long_key(key: &str, first: bool, out: &mut impl Buffer) {
    out.append(if first { b"\"" } else { b",\"" });
    out.append(key.as_bytes());
    out.append(b"\":");
}
