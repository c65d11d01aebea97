//! Raw loads and stores, and the output's memory.

use std::arch::x86_64::{__m256i, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_storeu_si256};
use std::mem::MaybeUninit;

use crate::transform::buffer::{Buffer, Kind};
use crate::transform::pattern::Pattern;

pub(super) const WINDOW: usize = 32;

/// A buffer's memory behind what is filled. Nobody clears it: it is written before it counts as filled.
#[derive(Clone, Copy)]
pub(super) struct Room {
    /// The buffer's beginning: only for telling positions.
    pub(super) base: *mut u8,
    /// The first byte that is not filled.
    pub(super) target: *mut u8,
    /// `wanted` bytes before the end.
    pub(super) last: *mut u8,
}

/// The memory behind what is filled, at least `wanted` bytes.
#[inline(always)]
pub(super) fn room<B: Buffer>(buffer: &mut B, wanted: usize) -> Room {
    if spare(buffer).len() < wanted {
        buffer.reserve(wanted);
    }
    let filled = buffer.len();
    let range = spare(buffer).as_mut_ptr_range();
    let target = range.start.cast::<u8>();
    // There are so many bytes.
    Room { base: target.wrapping_sub(filled), target, last: range.end.cast::<u8>().wrapping_sub(wanted) }
}

#[inline(always)]
fn spare<B: Buffer>(buffer: &mut B) -> &mut [MaybeUninit<u8>] {
    match buffer.kind() {
        Kind::Vec(buffer) => buffer.spare_capacity_mut(),
        Kind::Bytes(buffer) => buffer.spare_capacity_mut(),
    }
}

/// The buffer is filled up to `len` now.
///
/// # Safety
/// Everything up to there was written, within the buffer's capacity.
#[inline(always)]
pub(super) unsafe fn fill<B: Buffer>(buffer: &mut B, len: usize) {
    // SAFETY: the caller's.
    unsafe {
        match buffer.kind() {
            Kind::Vec(buffer) => buffer.set_len(len),
            Kind::Bytes(buffer) => buffer.set_len(len),
        }
    }
}

/// The same as [`room`], with what was written up to `target` filled, and room for some bytes more.
///
/// # Safety
/// Everything from the buffer's end up to `target` was written.
#[cold]
#[inline(never)]
pub(super) unsafe fn more_room<B: Buffer>(buffer: &mut B, written: usize, more: usize, wanted: usize) -> Room {
    // SAFETY: the caller's.
    unsafe { fill(buffer, written) };
    buffer.reserve(more + wanted);
    room(buffer, wanted)
}

/// Whether the text begins with the pattern, or with the pattern from its third byte on.
///
/// # Safety
/// A window can be read.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) unsafe fn begins(from: *const u8, pattern: &Pattern, from_third: bool) -> bool {
    // SAFETY: the caller's window, and 32 bytes of the pattern.
    let same = unsafe { _mm256_cmpeq_epi8(load(from), load(pattern.bytes(from_third).as_ptr())) };
    pattern.is_where(_mm256_movemask_epi8(same).cast_unsigned(), from_third)
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) unsafe fn load(from: *const u8) -> __m256i {
    // SAFETY: the caller has 32 bytes there.
    unsafe { _mm256_loadu_si256(from.cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) unsafe fn store(target: *mut u8, window: __m256i) {
    // SAFETY: the caller has room for 32 bytes there.
    unsafe { _mm256_storeu_si256(target.cast(), window) }
}

/// Copies a window, filled or not.
#[inline(always)]
pub(super) unsafe fn copy(from: *const u8, target: *mut u8) {
    type Window = MaybeUninit<[u8; WINDOW]>;
    // SAFETY: the caller has 32 bytes in both.
    unsafe { target.cast::<Window>().write_unaligned(from.cast::<Window>().read_unaligned()) }
}

#[inline(always)]
pub(super) unsafe fn word(from: *const u8) -> u32 {
    // SAFETY: the caller has four bytes there.
    unsafe { from.cast::<u32>().read_unaligned() }
}
