//! The inner loop with raw pointers: the same steps as [`Sprint::run`], each load and store as one instruction.
//!
//! What makes every access right is written at the head of the loop: there are [`NEAR`] bytes of the document and [`ROOM`] bytes of the output, and no
//! round uses more. A round reads a value of at most [`LONGEST`] bytes, at most 6 bytes of brackets and the window of a key behind them, and writes
//! the value's windows, at most 2 bytes of brackets, a prefix and the window of a name.

use std::arch::x86_64::{
    __m256i, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256, _mm256_setzero_si256,
    _mm256_storeu_si256,
};

use super::{digits, specials};
use crate::transform::canonical::reader::NEAR;
use crate::transform::canonical::sprint::Sprint;
use crate::transform::pattern::{Pattern, Prefix};
use crate::transform::table::{Field, Hint, Object, Value};

const WINDOW: usize = 32;

/// The longest value of a round: two windows without the last byte.
const LONGEST: usize = 2 * WINDOW - 1;

/// What a round writes at most.
const ROOM: usize = LONGEST + 2 + Prefix::ROOM + WINDOW;

const _: () = assert!(LONGEST + 6 + WINDOW <= NEAR && 2 * WINDOW <= NEAR && Pattern::ROOM == WINDOW);

/// A uuid with its quotes.
const UUID: usize = 38;

/// See [`Sprint::run`].
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) fn run<'t, const SELECT: bool>(
    sprint: &mut Sprint<'_, '_, 't>,
    field: &'t Field,
    high: &mut u32,
) -> Option<&'t Field> {
    let (Some(last), Some(last_room)) =
        (sprint.bytes.len().checked_sub(NEAR), sprint.buffer.len().checked_sub(ROOM))
    else {
        return Some(field);
    };
    let (document, output) = (sprint.bytes.as_ptr(), sprint.buffer.as_mut_ptr());
    let (mut at, mut to, mut rest, mut marked, mut field) = (sprint.at, sprint.to, sprint.rest, 0, field);
    let mut seen = _mm256_setzero_si256();
    let stopped = loop {
        if at > last || to > last_room {
            break Some(field);
        }
        // SAFETY: `at + NEAR` is within the document, `to + ROOM` within the output; see there for what is read and written of them.
        let (from, target) = unsafe { (document.add(at), output.add(to)) };
        let Some(len) = (unsafe { value::<SELECT>(field, from, target, &mut seen) }) else { break Some(field) };
        let kept = if SELECT && field.is_skipped() { 0 } else { len };
        at += len;
        to += kept;
        // SAFETY: `len` is at most LONGEST.
        let (from, target) = unsafe { (from.add(len), target.add(kept)) };
        let Some((next, behind)) = rest.split_first() else {
            if SELECT {
                break None;
            }
            let Some((next, behind, read, written)) = (unsafe { next_object(sprint.list, from, target) }) else { break None };
            at += read;
            to += written;
            rest = behind;
            field = next;
            continue;
        };
        // SAFETY: a window behind the longest value is near enough.
        if unsafe { !begins(from, next.stored(), 0) } {
            break None;
        }
        if SELECT && !next.is_skipped() {
            if let Some(mark) = sprint.marks.get_mut(marked) {
                *mark = to;
            }
            marked += 1;
        }
        // SAFETY: there is room for a window behind the longest value.
        unsafe { store(target, load(next.shown().bytes(false).as_ptr())) };
        at += next.stored().len();
        to += next.shown().len();
        rest = behind;
        field = next;
    };
    (sprint.at, sprint.to, sprint.rest, sprint.marked) = (at, to, rest, marked);
    *high |= _mm256_movemask_epi8(seen).cast_unsigned();
    stopped
}

/// Copies a scalar of at most [`LONGEST`] bytes and returns its length; of any other value it may copy some bytes, but returns nothing.
///
/// # Safety
/// Two windows can be read and two can be written.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
unsafe fn value<const SELECT: bool>(field: &Field, from: *const u8, target: *mut u8, seen: &mut __m256i) -> Option<usize> {
    if !matches!(field.value(), Value::Scalar) && !(SELECT && field.is_skipped()) {
        return None;
    }
    // SAFETY: within the first window.
    let (window, first) = unsafe { (load(from), *from) };
    // SAFETY: the first window.
    unsafe { store(target, window) };
    match first {
        b'"' => {
            *seen = _mm256_or_si256(*seen, window);
            let (special, _) = specials(window);
            // Without the opening quote.
            let special = special & (special - 1);
            if special != 0 {
                let end = special.trailing_zeros() as usize;
                // SAFETY: within the first window.
                return unsafe { *from.add(end) == b'"' }.then_some(end + 1);
            }
            // SAFETY: within two windows.
            let (second, uuid) = unsafe { (load(from.add(WINDOW)), field.hinted() == Hint::Uuid && *from.add(UUID - 1) == b'"') };
            *seen = _mm256_or_si256(*seen, second);
            // SAFETY: the second window.
            unsafe { store(target.add(WINDOW), second) };
            let (special, _) = specials(second);
            // A guess at the length does not wait for the end to be found.
            if uuid && special & ((1 << (UUID - 1 - WINDOW)) - 1) == 0 {
                return Some(UUID);
            }
            if special << 1 == 0 {
                return None;
            }
            let end = WINDOW + special.trailing_zeros() as usize;
            // SAFETY: within two windows.
            unsafe { *from.add(end) == b'"' }.then_some(end + 1)
        }
        b'0'..=b'9' => {
            let others = !digits(window);
            let whole = others.trailing_zeros() as usize;
            if others == 0 || first == b'0' && whole > 1 {
                return None;
            }
            // SAFETY: within the first window.
            if unsafe { *from.add(whole) } != b'.' {
                return Some(whole);
            }
            let others = others & (others - 1);
            let end = others.trailing_zeros() as usize;
            (others != 0 && end > whole + 1).then_some(end)
        }
        // SAFETY: within the first window.
        b'n' => (unsafe { word(from) } == u32::from_le_bytes(*b"null") && field.is_nullable()).then_some(4),
        // SAFETY: the same.
        b't' => (unsafe { word(from) } == u32::from_le_bytes(*b"true")).then_some(4),
        // SAFETY: the same.
        b'f' => (unsafe { word(from.add(1)) } == u32::from_le_bytes(*b"alse")).then_some(5),
        _ => None,
    }
}

/// Goes on to the first field of the next object of a list: the field, those behind it, and how many bytes were read and written.
///
/// # Safety
/// Six bytes and a window can be read; two bytes, a prefix and a window can be written.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
unsafe fn next_object<'t>(
    list: Option<&'t Object>,
    from: *const u8,
    target: *mut u8,
) -> Option<(&'t Field, &'t [Field], usize, usize)> {
    const BETWEEN: u32 = u32::from_le_bytes(*b"}, {");
    let object = list?;
    let (first, behind) = object.fields().split_first()?;
    let prefix = object.prefix();
    if prefix.is_none() {
        return None;
    }
    // SAFETY: four bytes and a window.
    if unsafe { word(from) != BETWEEN || !begins(from.add(4), first.stored(), 2) } {
        return None;
    }
    // SAFETY: two bytes, a prefix of two windows, and a window behind its length.
    unsafe {
        target.cast::<[u8; 2]>().write_unaligned(*b"},");
        store(target.add(2), load(prefix.bytes().as_ptr()));
        store(target.add(2 + WINDOW), load(prefix.bytes().as_ptr().add(WINDOW)));
        store(target.add(2 + prefix.len()), load(first.shown().bytes(false).as_ptr()));
    }
    Some((first, behind, 4 + first.stored().len() - 2, 2 + prefix.len() + first.shown().len()))
}

/// Whether the text begins with the pattern from its byte `skipped` (0 or 2) on.
///
/// # Safety
/// A window can be read.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
unsafe fn begins(from: *const u8, pattern: &Pattern, skipped: usize) -> bool {
    // SAFETY: the caller's window, and 32 bytes of the pattern.
    let same = unsafe { _mm256_cmpeq_epi8(load(from), load(pattern.bytes(skipped == 2).as_ptr())) };
    let differ = !_mm256_movemask_epi8(same).cast_unsigned();
    differ.trailing_zeros() as usize + skipped >= pattern.len()
}

#[inline]
#[target_feature(enable = "avx2")]
unsafe fn load(from: *const u8) -> __m256i {
    // SAFETY: the caller has 32 bytes there.
    unsafe { _mm256_loadu_si256(from.cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
unsafe fn store(target: *mut u8, window: __m256i) {
    // SAFETY: the caller has room for 32 bytes there.
    unsafe { _mm256_storeu_si256(target.cast(), window) }
}

#[inline]
#[target_feature(enable = "avx2")]
unsafe fn word(from: *const u8) -> u32 {
    // SAFETY: the caller has four bytes there.
    unsafe { from.cast::<u32>().read_unaligned() }
}
