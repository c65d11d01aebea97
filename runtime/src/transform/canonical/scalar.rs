//! Strings, numbers, booleans and nulls, copied as they are checked.
//!
//! Everything returns nothing where the text is not what was expected, and the engine gives up.

use super::lanes::Lanes;
use super::output::Output;
use super::reader::{Reader, Window};
use crate::transform::buffer::Buffer;
use crate::transform::text::{escape_len, number_len};

const UUID: usize = 36;

/// Any scalar; `null` only where it may be.
#[inline(always)]
pub(super) fn scalar<L: Lanes, B: Buffer>(
    lanes: L,
    reader: &mut Reader<'_>,
    output: &mut Output<'_, B>,
    high: &mut L::High,
    nullable: bool,
) -> Option<()> {
    let window = reader.window(0)?;
    // Most of what is copied here stays: a string's first part, or all of the value.
    output.preview(window, 0);
    match window.first() {
        Some(b'"') => string_from(window, lanes, reader, output, high),
        Some(b'-' | b'0'..=b'9') => number(window, lanes, reader, output),
        _ => literal(window, reader, output, nullable),
    }
}

/// A string, from its opening quote on.
#[inline(always)]
pub(super) fn string<L: Lanes, B: Buffer>(
    lanes: L,
    reader: &mut Reader<'_>,
    output: &mut Output<'_, B>,
    high: &mut L::High,
) -> Option<()> {
    let window = reader.window(0)?;
    output.preview(window, 0);
    string_from(window, lanes, reader, output, high)
}

/// A string whose first window was copied.
#[inline(always)]
fn string_from<'a, L: Lanes, B: Buffer>(
    mut window: &'a Window,
    lanes: L,
    reader: &mut Reader<'a>,
    output: &mut Output<'_, B>,
    high: &mut L::High,
) -> Option<()> {
    let mut plain = lanes.plain(window, 1, high);
    loop {
        match window.get(plain) {
            Some(b'"') => {
                reader.skip(plain + 1);
                output.keep(plain + 1);
                return Some(());
            }
            None => {
                reader.skip(window.len());
                output.keep(window.len());
            }
            Some(b'\\') => {
                reader.skip(plain);
                output.keep(plain);
                escape(reader, output)?;
            }
            Some(_) => return None,
        }
        window = reader.window(0)?;
        output.preview(window, 0);
        plain = lanes.plain(window, 0, high);
    }
}

#[inline(always)]
fn escape<B: Buffer>(reader: &mut Reader<'_>, output: &mut Output<'_, B>) -> Option<()> {
    let window = reader.window(0)?;
    let len = escape_len(window).ok()?;
    reader.skip(len);
    output.put(window, len);
    Some(())
}

/// A string that is a uuid most of the time. Its length is a guess that does not wait for the string's end to be found.
#[inline(always)]
pub(super) fn uuid<L: Lanes, B: Buffer>(
    lanes: L,
    reader: &mut Reader<'_>,
    output: &mut Output<'_, B>,
    high: &mut L::High,
    nullable: bool,
) -> Option<()> {
    const LAST: usize = UUID + 2 - 32;
    let (first, last) = (reader.window(0)?, reader.window(LAST)?);
    let quoted = first.first() == Some(&b'"') && last.last() == Some(&b'"');
    if !quoted || lanes.plain(first, 1, high) < 32 || lanes.plain(last, 0, high) != 31 {
        return scalar(lanes, reader, output, high, nullable);
    }
    output.preview(first, 0);
    output.preview(last, LAST);
    reader.skip(UUID + 2);
    output.keep(UUID + 2);
    Some(())
}

#[inline(always)]
fn number<L: Lanes, B: Buffer>(
    window: &Window,
    lanes: L,
    reader: &mut Reader<'_>,
    output: &mut Output<'_, B>,
) -> Option<()> {
    let Some(len) = lanes.number(window) else { return long_number(reader, output) };
    reader.skip(len);
    output.keep(len);
    Some(())
}

#[inline(always)]
fn long_number<B: Buffer>(reader: &mut Reader<'_>, output: &mut Output<'_, B>) -> Option<()> {
    let rest = reader.rest();
    let number = rest.get(..number_len(rest)?)?;
    output.put_text(number);
    reader.skip(number.len());
    Some(())
}

#[inline(always)]
fn literal<B: Buffer>(
    window: &Window,
    reader: &mut Reader<'_>,
    output: &mut Output<'_, B>,
    nullable: bool,
) -> Option<()> {
    let len = match window {
        [b't', b'r', b'u', b'e', ..] => 4,
        [b'f', b'a', b'l', b's', b'e', ..] => 5,
        [b'n', b'u', b'l', b'l', ..] if nullable => 4,
        _ => return None,
    };
    reader.skip(len);
    output.keep(len);
    Some(())
}
