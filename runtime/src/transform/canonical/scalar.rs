//! Strings, numbers, booleans and nulls, copied as they are checked.
//!
//! Everything returns nothing where the text is not what was expected, and the engine gives up.

use super::lanes::Lanes;
use super::output::Output;
use super::reader::Reader;
use crate::transform::buffer::Buffer;
use crate::transform::text::{escape_len, number_len};

const UUID: usize = 36;

/// Any scalar; `null` only where it may be.
#[inline(always)]
pub(super) fn scalar<L: Lanes, B: Buffer>(
    lanes: L,
    reader: &mut Reader<'_>,
    output: &mut Output<B>,
    high: &mut L::High,
    nullable: bool,
) -> Option<()> {
    match reader.byte(0) {
        b'"' => string(lanes, reader, output, high),
        b'-' | b'0'..=b'9' => number(lanes, reader, output),
        _ => literal(reader, output, nullable),
    }
}

/// A string, from its opening quote on.
#[inline(always)]
pub(super) fn string<L: Lanes, B: Buffer>(
    lanes: L,
    reader: &mut Reader<'_>,
    output: &mut Output<B>,
    high: &mut L::High,
) -> Option<()> {
    let window = reader.window(0)?;
    output.preview(window, 0)?;
    let mut plain = lanes.plain(window, 1, high);
    loop {
        reader.skip(plain);
        output.keep(plain);
        if plain < window.len() {
            match reader.byte(0) {
                b'"' => break,
                b'\\' => escape(reader, output)?,
                _ => return None,
            }
        }
        let window = reader.window(0)?;
        output.preview(window, 0)?;
        plain = lanes.plain(window, 0, high);
    }
    reader.skip(1);
    output.keep(1);
    Some(())
}

#[inline(always)]
fn escape<B: Buffer>(reader: &mut Reader<'_>, output: &mut Output<B>) -> Option<()> {
    let window = reader.window(0)?;
    let len = escape_len(window).ok()?;
    reader.skip(len);
    output.put(window, len)
}

/// A string that is a uuid most of the time. Its length is a guess that does not wait for the string's end to be found.
#[inline(always)]
pub(super) fn uuid<L: Lanes, B: Buffer>(
    lanes: L,
    reader: &mut Reader<'_>,
    output: &mut Output<B>,
    high: &mut L::High,
    nullable: bool,
) -> Option<()> {
    const LAST: usize = UUID + 2 - 32;
    let (first, last) = (reader.window(0)?, reader.window(LAST)?);
    if first.first() != Some(&b'"') {
        return scalar(lanes, reader, output, high, nullable);
    }
    if lanes.plain(first, 1, high) < 32 || lanes.plain(last, 0, high) != 31 || last.last() != Some(&b'"') {
        return string(lanes, reader, output, high);
    }
    output.preview(first, 0)?;
    output.preview(last, LAST)?;
    reader.skip(UUID + 2);
    output.keep(UUID + 2);
    Some(())
}

#[inline(always)]
fn number<L: Lanes, B: Buffer>(lanes: L, reader: &mut Reader<'_>, output: &mut Output<B>) -> Option<()> {
    let window = reader.window(0)?;
    match lanes.number(window) {
        Some(len) => {
            reader.skip(len);
            output.put(window, len)
        }
        None => long_number(reader, output),
    }
}

#[inline(always)]
fn long_number<B: Buffer>(reader: &mut Reader<'_>, output: &mut Output<B>) -> Option<()> {
    let rest = reader.rest();
    let number = rest.get(..number_len(rest)?)?;
    output.put_text(number)?;
    reader.skip(number.len());
    Some(())
}

#[inline(always)]
fn literal<B: Buffer>(reader: &mut Reader<'_>, output: &mut Output<B>, nullable: bool) -> Option<()> {
    let window = reader.window(0)?;
    let len = match window {
        [b't', b'r', b'u', b'e', ..] => 4,
        [b'f', b'a', b'l', b's', b'e', ..] => 5,
        [b'n', b'u', b'l', b'l', ..] if nullable => 4,
        _ => return None,
    };
    reader.skip(len);
    output.put(window, len)
}
