//! Values: short scalars in one or two windows, long strings, and what a selection steps over.

use std::arch::x86_64::{__m256i, _mm256_movemask_epi8, _mm256_or_si256, _mm256_setzero_si256};

use super::memory::{WINDOW, begins, load, store, word};
use super::{digits, others, quotes, specials};
use crate::transform::DEPTH_LIMIT;
use crate::transform::canonical::mode::Mode;
use crate::transform::table::{Field, Value};

/// The longest value of [`short`]: two windows without the last byte.
pub(super) const LONGEST: usize = 2 * WINDOW - 1;

/// What the strings that are longer than a window are most of the time, with their quotes: uuids, and timestamps with microseconds and a time zone.
const UUID: usize = 38;
const TIMESTAMP: usize = 34;

/// Copies a scalar of at most [`LONGEST`] bytes and returns its length; of any other value it may copy some bytes, but returns nothing. `high` collects
/// what was in strings. Where places are gathered, nothing is copied.
///
/// # Safety
/// Two windows can be read, and two can be written where something is copied.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) unsafe fn short<M: Mode>(
    from: *const u8,
    target: *mut u8,
    field: &Field,
    high: &mut __m256i,
) -> Option<usize> {
    if !matches!(field.value(), Value::Scalar | Value::Skipped) {
        return None;
    }
    // SAFETY: within the first window.
    let first = unsafe { *from };
    if first == b'"' {
        // From behind the opening quote on.
        // SAFETY: within two windows.
        let window = unsafe { load(from.add(1)) };
        if !M::GATHERS {
            // SAFETY: the same.
            unsafe {
                *target = b'"';
                store(target.add(1), window);
            }
        }
        *high = _mm256_or_si256(*high, window);
        // What comes next waits for the quote only; whether the string is plain may be found later.
        let (quotes, special) = (quotes(window), specials(window).0);
        if quotes != 0 {
            let end = quotes.trailing_zeros() as usize;
            return (special & ((quotes - 1) & !quotes) == 0).then_some(end + 2);
        }
        if special != 0 {
            return None;
        }
        // SAFETY: within two windows.
        let second = unsafe { load(from.add(WINDOW)) };
        *high = _mm256_or_si256(*high, second);
        if !M::GATHERS {
            // SAFETY: the second window.
            unsafe { store(target.add(WINDOW), second) };
        }
        let special = specials(second).0;
        // A guess at the length does not wait for the end to be found.
        for guess in [UUID, TIMESTAMP] {
            // SAFETY: within two windows.
            let ends = unsafe { *from.add(guess - 1) } == b'"';
            if ends && special & ((1 << (guess - 1 - WINDOW)) - 1) == 0 {
                return Some(guess);
            }
        }
        if special << 1 == 0 {
            return None;
        }
        let end = WINDOW + special.trailing_zeros() as usize;
        // SAFETY: within two windows.
        return unsafe { *from.add(end) == b'"' }.then_some(end + 1);
    }
    // SAFETY: the first window.
    let window = unsafe { load(from) };
    if !M::GATHERS {
        // SAFETY: the same.
        unsafe { store(target, window) };
    }
    if first.wrapping_sub(b'0') < 10 {
        let others = others(window);
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
        return (others != 0 && end > whole + 1).then_some(end);
    }
    match first {
        // SAFETY: the first window.
        b'-' => super::number_len(unsafe { &*from.cast() }, digits(window)),
        // SAFETY: within the first window.
        b'n' => (unsafe { word(from) } == u32::from_le_bytes(*b"null") && field.is_nullable()).then_some(4),
        // SAFETY: the same.
        b't' => (unsafe { word(from) } == u32::from_le_bytes(*b"true")).then_some(4),
        // SAFETY: the same.
        b'f' => (unsafe { word(from.add(1)) } == u32::from_le_bytes(*b"alse")).then_some(5),
        _ => None,
    }
}

/// Copies a string that is long or has escapes, if it ends within the limits: its length, and bits for bytes that are not ASCII. Where places are gathered,
/// nothing is copied.
///
/// # Safety
/// A window can be read from every place up to the first limit, and written up to the second where something is copied.
#[inline(never)]
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) unsafe fn long_string<M: Mode>(
    from: *const u8,
    target: *mut u8,
    limits: (*const u8, *mut u8),
) -> Option<(usize, u32)> {
    let (mut len, mut high) = (1, 0);
    let ends = move |len| from.wrapping_add(len) > limits.0 || !M::GATHERS && target.wrapping_add(len) > limits.1;
    if !M::GATHERS {
        // The opening quote.
        // SAFETY: the caller's.
        unsafe { *target = b'"' };
    }
    while !ends(len) {
        // SAFETY: that was just found.
        let window = unsafe { load(from.add(len)) };
        if !M::GATHERS {
            // SAFETY: the same.
            unsafe { store(target.add(len), window) };
        }
        let (special, seen) = specials(window);
        high |= seen;
        if special == 0 {
            len += WINDOW;
            continue;
        }
        len += special.trailing_zeros() as usize;
        // SAFETY: within the window, and the window behind the limit.
        match unsafe { (*from.add(len), *from.add(len + 1)) } {
            (b'"', _) => {
                len += 1;
                return (!ends(len)).then_some((len, high));
            }
            (b'\\', escaped @ (b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't')) => {
                if !M::GATHERS {
                    // SAFETY: a byte behind the window, within the room behind the limit.
                    unsafe { target.add(len).cast::<[u8; 2]>().write_unaligned([b'\\', escaped]) };
                }
                len += 2;
            }
            _ => return None,
        }
    }
    None
}

/// What is read to be stepped over. The compiler makes a function of its own for it: where [`short`] is called from one place only, it is no call.
struct Passed;

impl Mode for Passed {
    const SELECTS: bool = true;
    const GATHERS: bool = true;
}

/// A field of any scalar, or null.
static ANY: Field = Field::new("any", "any", Value::Skipped).nullable();

/// Steps over an object or a list of anything, not deeper than `depth`, if it ends before `last`: its length, and bits for bytes that are not ASCII. `fields`
/// are those that its outermost objects are likely to have: their keys need not be searched for their ends.
///
/// # Safety
/// Two windows can be read from every place up to `last`.
#[inline(never)]
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) unsafe fn skip(from: *const u8, last: *const u8, depth: usize, fields: &[Field]) -> Option<(usize, u32)> {
    let (mut known, mut unknown, mut outermost) = (fields, &[][..], 0);
    const _: () = assert!(DEPTH_LIMIT <= 128);
    // One bit for each that is open, set for an object.
    let (mut objects, mut open) = (0_u128, 0_usize);
    let (mut at, mut high, mut seen) = (0, 0, _mm256_setzero_si256());
    loop {
        let here = from.wrapping_add(at);
        if here > last {
            return None;
        }
        // SAFETY: two windows can be read here, and nothing is written.
        if let Some(len) = unsafe { short::<Passed>(here, std::ptr::null_mut(), &ANY, &mut seen) } {
            at += len;
        } else {
            // SAFETY: a window can be read here.
            match unsafe { (*here, *here.add(1)) } {
                (b'{', b'}') | (b'[', b']') if open < depth => at += 2,
                (first @ (b'{' | b'['), _) if open < depth => {
                    (objects, open) = (objects << 1 | u128::from(first == b'{'), open + 1);
                    at += 1;
                    if first == b'{' {
                        if outermost == 0 || open == outermost {
                            (known, outermost) = (fields, open);
                        }
                        let rest = if open == outermost { &mut known } else { &mut unknown };
                        // SAFETY: the caller's.
                        at = unsafe { skip_key(from, at, last, rest, &mut high)? };
                    }
                    continue;
                }
                // SAFETY: the caller's.
                (b'"', _) => at = unsafe { skip_string(from, at, last, &mut high)? },
                // SAFETY: the window.
                (b'-' | b'0'..=b'9', _) => at += unsafe { super::number_len(&*here.cast(), digits(load(here)))? },
                _ => return None,
            }
        }
        loop {
            if open == 0 {
                return Some((at, high | _mm256_movemask_epi8(seen).cast_unsigned()));
            }
            let here = from.wrapping_add(at);
            if here > last {
                return None;
            }
            // SAFETY: a window can be read here.
            match unsafe { (*here, *here.add(1), objects & 1 == 1) } {
                (b',', b' ', object) => {
                    at += 2;
                    if object {
                        let rest = if open == outermost { &mut known } else { &mut unknown };
                        // SAFETY: the caller's.
                        at = unsafe { skip_key(from, at, last, rest, &mut high)? };
                    }
                    break;
                }
                (b'}', _, true) | (b']', _, false) => {
                    (objects, open) = (objects >> 1, open - 1);
                    at += 1;
                }
                _ => return None,
            }
        }
    }
}

/// Where a key with its colon ends that begins `at` bytes from `from`. If it is that of the first of the known fields, these go on to the next.
///
/// # Safety
/// See [`skip`].
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
unsafe fn skip_key(from: *const u8, at: usize, last: *const u8, known: &mut &[Field], high: &mut u32) -> Option<usize> {
    let here = from.wrapping_add(at);
    if here > last {
        return None;
    }
    if let Some((field, behind)) = known.split_first() {
        // SAFETY: a window can be read here.
        if unsafe { begins(here, field.stored(), true) } {
            *known = behind;
            return Some(at + field.stored().len() - 2);
        }
    }
    // SAFETY: the same.
    if unsafe { *here } != b'"' {
        return None;
    }
    // SAFETY: the caller's.
    let at = unsafe { skip_string(from, at, last, high)? };
    // SAFETY: a string ends before `last`.
    (unsafe { (*from.add(at), *from.add(at + 1)) } == (b':', b' ')).then_some(at + 2)
}

/// Where a string ends that begins `at` bytes from `from`: not behind `last`.
///
/// # Safety
/// See [`skip`].
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
unsafe fn skip_string(from: *const u8, at: usize, last: *const u8, high: &mut u32) -> Option<usize> {
    let mut at = at + 1;
    while from.wrapping_add(at) <= last {
        // SAFETY: that was just found.
        let (special, seen) = specials(unsafe { load(from.add(at)) });
        *high |= seen;
        if special == 0 {
            at += WINDOW;
            continue;
        }
        at += special.trailing_zeros() as usize;
        // SAFETY: within the window, and a byte behind it.
        match unsafe { (*from.add(at), *from.add(at + 1)) } {
            (b'"', _) => return (from.wrapping_add(at + 1) <= last).then_some(at + 1),
            (b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at += 2,
            _ => return None,
        }
    }
    None
}
