//! The lanes of x86-64 machines with AVX2: 32 bytes in one register.
//!
//! This and what is in it are the only modules of the transform with `unsafe`. Four invariants:
//!
//! - **An [`Avx2`] exists only where the machine has AVX2 and BMI.** [`Avx2::detect`] keeps it, the only place that makes one.
//! - **A round of the [inner loop](sprint) begins only where the document and the output have more than it can use.** It is checked at the head of each
//!   round. What the tables contribute is bounded by their types: a pattern that was found is no longer than its window, a prefix no longer than two; a name
//!   without room is never written here, for its field's key then has no pattern, or its selection is left to the general engine.
//! - **A span is written only within the node of the object that is open.** [`Frames`](crate::transform::canonical::frames::Frames) has room for all of a node
//!   before the first of its spans is written, and each field that is passed goes on by one span. Where a node may have been added, the
//!   array may have moved: the place is found anew.
//! - **What was gathered is [written](emit) with its places checked**: the places of values against what they are copied from, the target against the
//!   output's end.
//!
//! The [portable](super::portable) lanes give the same answers and are what these are tested against.

#![allow(unsafe_code, reason = "the one place for it: functions with target features, raw loads and stores")]

mod emit;
mod gather;
mod memory;
mod sprint;
mod value;

use std::arch::x86_64::{
    __m256i, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_max_epu8, _mm256_min_epu8, _mm256_movemask_epi8,
    _mm256_or_si256, _mm256_set1_epi8, _mm256_sub_epi8, _mm256_xor_si256,
};

use super::{Lanes, Work};
use crate::transform::buffer::Buffer;
use crate::transform::canonical::emit::Emission;
use crate::transform::canonical::mode::Mode;
use crate::transform::canonical::reader::Window;
use crate::transform::canonical::sprint::{Entry, Sprint, Stopped};
use crate::transform::pattern::Pattern;

/// Proof that the machine has AVX2 and BMI.
#[derive(Clone, Copy)]
pub(in crate::transform) struct Avx2(());

impl Avx2 {
    /// Asks the machine; the standard library remembers the answer.
    #[inline]
    pub(in crate::transform) fn detect() -> Option<Self> {
        let found =
            is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("bmi2");
        found.then_some(Self(()))
    }
}

impl Lanes for Avx2 {
    type High = u32;

    #[inline(always)]
    fn call<W: Work<Self>>(self, work: W) -> W::Done {
        #[target_feature(enable = "avx2,bmi1,bmi2")]
        fn compiled<W: Work<Avx2>>(work: W, lanes: Avx2) -> W::Done {
            work.run(lanes)
        }
        // SAFETY: there is an `Avx2`, so the machine has AVX2 and BMI.
        unsafe { compiled(work, self) }
    }

    #[inline(always)]
    fn matches(self, window: &Window, pattern: &Pattern, first: bool) -> bool {
        // SAFETY: there is an `Avx2`.
        let agree = unsafe { same(window, pattern.bytes(first)) };
        (!agree).trailing_zeros() as usize + if first { 2 } else { 0 } >= pattern.len()
    }

    #[inline(always)]
    fn plain(self, window: &Window, from: u32, high: &mut u32) -> usize {
        // SAFETY: there is an `Avx2`.
        let (special, seen) = unsafe { specials(load(window)) };
        *high |= seen;
        (special & !0 << from).trailing_zeros() as usize
    }

    #[inline(always)]
    fn number(self, window: &Window) -> Option<usize> {
        // SAFETY: there is an `Avx2`.
        number_len(window, unsafe { digits(load(window)) })
    }

    #[inline(always)]
    fn is_high(self, high: u32) -> bool {
        high != 0
    }

    const MAKES_ROOM: bool = true;

    #[inline(always)]
    fn sprint<'a, B: Buffer, M: Mode>(
        self,
        sprint: &mut Sprint<'_, 'a, B>,
        entry: Entry<'a>,
        high: &mut u32,
    ) -> Stopped<'a> {
        // SAFETY: there is an `Avx2`, so the machine has AVX2 and BMI.
        unsafe { sprint::run::<B, M>(sprint, entry, high) }
    }

    #[inline(always)]
    fn emit<B: Buffer>(self, emission: &Emission<'_>, out: &mut B) -> Option<()> {
        // SAFETY: there is an `Avx2`.
        unsafe { emit::emit(emission, out) }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(window: &Window) -> __m256i {
    // SAFETY: a window is 32 bytes, and this load asks for no alignment.
    unsafe { _mm256_loadu_si256(window.as_ptr().cast()) }
}

/// A bit for each byte in which the two agree.
#[inline]
#[target_feature(enable = "avx2")]
fn same(left: &Window, right: &Window) -> u32 {
    _mm256_movemask_epi8(_mm256_cmpeq_epi8(load(left), load(right))).cast_unsigned()
}

/// A bit for each quote, backslash and control character, and one for each byte that is not ASCII.
#[inline]
#[target_feature(enable = "avx2")]
fn specials(bytes: __m256i) -> (u32, u32) {
    // With the second bit turned over, quotes (0x22) are 0x20, space and `!` are above, and control characters stay below: one comparison for both.
    let turned = _mm256_xor_si256(bytes, _mm256_set1_epi8(2));
    let low = _mm256_cmpeq_epi8(_mm256_min_epu8(turned, _mm256_set1_epi8(0x20)), turned);
    let backslash = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'\\'.cast_signed()));
    let special = _mm256_movemask_epi8(_mm256_or_si256(low, backslash));
    (special.cast_unsigned(), _mm256_movemask_epi8(bytes).cast_unsigned())
}

/// A bit for each quote.
#[inline]
#[target_feature(enable = "avx2")]
fn quotes(bytes: __m256i) -> u32 {
    _mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'"'.cast_signed()))).cast_unsigned()
}

/// A bit for each digit.
#[inline]
#[target_feature(enable = "avx2")]
fn digits(bytes: __m256i) -> u32 {
    let values = _mm256_sub_epi8(bytes, _mm256_set1_epi8(b'0'.cast_signed()));
    let digits = _mm256_cmpeq_epi8(_mm256_min_epu8(values, _mm256_set1_epi8(9)), values);
    _mm256_movemask_epi8(digits).cast_unsigned()
}

/// A bit for each byte that is no digit.
#[inline]
#[target_feature(enable = "avx2")]
fn others(bytes: __m256i) -> u32 {
    let values = _mm256_sub_epi8(bytes, _mm256_set1_epi8(b'0'.cast_signed()));
    let others = _mm256_cmpeq_epi8(_mm256_max_epu8(values, _mm256_set1_epi8(10)), values);
    _mm256_movemask_epi8(others).cast_unsigned()
}

/// The length of the number at the window's start, given where digits are; nothing where it has an exponent, reaches the window's end or is none.
#[inline(always)]
fn number_len(window: &Window, digits: u32) -> Option<usize> {
    let sign = usize::from(window.first() == Some(&b'-'));
    let whole = (!(digits >> sign)).trailing_zeros() as usize;
    let mut len = sign + whole;
    let leading_zero = window.get(sign) == Some(&b'0') && whole > 1;
    if whole == 0 || leading_zero {
        return None;
    }
    if window.get(len) == Some(&b'.') {
        let fraction = (!(digits >> (len + 1).min(31))).trailing_zeros() as usize;
        if fraction == 0 {
            return None;
        }
        len += 1 + fraction;
    }
    // A byte behind the window could be one more digit, and an exponent is rare.
    match window.get(len) {
        None | Some(b'e' | b'E') => None,
        Some(_) => Some(len),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::transform::canonical::Portable;

    /// Bytes that matter, among some that do not.
    fn byte() -> impl Strategy<Value = u8> {
        prop_oneof![any::<u8>(), prop::sample::select(&b"\"\\\x00\x1f !#-+.eE0123456789,}] "[..])]
    }

    fn digit() -> impl Strategy<Value = u8> {
        prop::sample::select(&b"00123456789......-eE,"[..])
    }

    proptest! {
        #[test]
        fn agrees_with_the_portable_lanes(window in prop::array::uniform32(byte()), number in prop::array::uniform32(digit()), len in 0..=32usize) {
            let Some(lanes) = Avx2::detect() else { return Ok(()) };
            for from in [0, 1] {
                let mut window = window;
                if from == 1 {
                    window[0] = b'"';
                }
                let (mut high, mut portable_high) = (0, 0);
                let plain = lanes.plain(&window, from, &mut high);
                prop_assert_eq!(plain, Portable.plain(&window, from, &mut portable_high));
                if plain == 32 {
                    prop_assert_eq!(lanes.is_high(high), Portable.is_high(portable_high));
                }
            }
            if let Some(found) = lanes.number(&number) {
                prop_assert_eq!(crate::transform::text::number_len(&number), Some(found));
            }
            let text: String = window.iter().take(len).map(|byte| char::from(byte & 0x7F)).collect();
            let pattern = Pattern::key("", &text, "");
            let mut same = window.map(|byte| byte & 0x7F);
            prop_assert!(lanes.matches(&same, &pattern, false) && Portable.matches(&same, &pattern, false));
            if len > 2 {
                let mut shifted = same;
                shifted.rotate_left(2);
                prop_assert!(lanes.matches(&shifted, &pattern, true) && Portable.matches(&shifted, &pattern, true));
            }
            if len > 0 {
                same[len - 1] ^= 1;
                prop_assert!(!lanes.matches(&same, &pattern, false) && !Portable.matches(&same, &pattern, false));
            }
            prop_assert!(!lanes.matches(&window, &Pattern::NONE, false) && !Portable.matches(&window, &Pattern::NONE, false));
        }
    }
}
