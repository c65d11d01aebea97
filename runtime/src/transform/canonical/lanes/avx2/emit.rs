//! Writes what was gathered with raw loads and stores.
//!
//! A position up to `last` has [`ROOM`] bytes behind it: a key, a short value and brackets. It is checked before each key, and behind each node.
//! What is read is checked by its position: two windows in the document, in its tail or in what was written.

use std::ptr::NonNull;

use super::memory::{Room, WINDOW, copy, fill, more_room, room};
use crate::transform::buffer::Buffer;
use crate::transform::canonical::emit::{Emission, SHORT};
use crate::transform::canonical::frames::Span;
use crate::transform::canonical::reader::NEAR;
use crate::transform::pattern::Prefix;
use crate::transform::select::{Choice, Chosen, Holds, Step};

/// What is behind a position up to `last`: at least what is written between two checks.
const ROOM: usize = super::sprint::ROOM;

/// Up to this length a value is copied window by window: a call takes longer.
const INLINE: usize = 1024;

const _: () = assert!(Prefix::ROOM + SHORT + 2 <= ROOM);
const _: () = assert!(SHORT == 2 * WINDOW && Prefix::ROOM == 2 * WINDOW);
const _: () = assert!(NEAR + SHORT <= 2 * NEAR);

pub(super) struct Emitter<'w, 'e, B> {
    pub(super) emission: &'w Emission<'e>,
    pub(super) out: &'w mut B,
    /// The output's beginning: only for telling positions.
    pub(super) base: *mut u8,
    /// Up to where a step may begin.
    pub(super) last: *mut u8,
}

/// Appends all of it to the output. After a failure only what is behind the output's end has changed, or it has grown.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) fn emit<B: Buffer>(emission: &Emission<'_>, out: &mut B) -> Option<()> {
    let Room { base, target, last } = room(out, ROOM);
    let mut emitter = Emitter { emission, out, base, last };
    // SAFETY: there is room.
    let end = unsafe { emitter.node(0, emission.choices.first()?, target)? };
    let len = emitter.written(end.as_ptr());
    // SAFETY: everything before the end was written.
    unsafe { fill(emitter.out, len) };
    Some(())
}

impl<B: Buffer> Emitter<'_, '_, B> {
    #[inline(always)]
    fn written(&self, target: *mut u8) -> usize {
        target.addr().wrapping_sub(self.base.addr())
    }

    /// Makes room for a step and `more` bytes.
    ///
    /// # Safety
    /// Everything before the target was written.
    #[cold]
    #[inline(never)]
    unsafe fn grow(&mut self, target: *mut u8, more: usize) -> *mut u8 {
        // SAFETY: the caller's.
        let room = unsafe { more_room(self.out, self.written(target), more, ROOM) };
        (self.base, self.last) = (room.base, room.last);
        room.target
    }

    /// # Safety
    /// Everything before the target was written.
    #[inline(always)]
    unsafe fn make_room(&mut self, target: *mut u8) -> *mut u8 {
        // SAFETY: the caller's.
        if target > self.last { unsafe { self.grow(target, self.emission.document.len() / 4) } } else { target }
    }

    /// Writes an object, a list or null. Returns where it ends, which is not behind `last`.
    ///
    /// # Safety
    /// The target is not behind `last`, and everything before it was written.
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    unsafe fn node(&mut self, node: usize, choice: &Choice, mut target: *mut u8) -> Option<NonNull<u8>> {
        match self.emission.spans.get(node)?.len {
            Span::NULL => {
                // SAFETY: there is room.
                unsafe { target.cast::<[u8; 4]>().write_unaligned(*b"null") };
                target = target.wrapping_add(4);
            }
            Span::LIST => {
                // SAFETY: there is room.
                unsafe { target.cast::<[u8; 2]>().write_unaligned(*b"[]") };
                let mut next = self.emission.spans.get(node + 1)?.at as usize;
                target = target.wrapping_add(if next == 0 { 2 } else { 1 });
                while next != 0 {
                    // SAFETY: there is room for one step at the first element, and behind each.
                    target = unsafe { self.make_room(target) };
                    let Span { at: behind, len: what } = *self.emission.spans.get(next)?;
                    // SAFETY: the same.
                    let end = unsafe {
                        match choice.types.get(what as usize) {
                            Some(chosen) => self.object(next, chosen, target)?,
                            None => self.node(next, choice, target)?,
                        }
                    };
                    next = behind as usize;
                    target = end.as_ptr();
                    // SAFETY: there is a byte of room behind an object and behind a node.
                    unsafe { *target = if next == 0 { b']' } else { b',' } };
                    target = target.wrapping_add(1);
                }
            }
            // SAFETY: the caller's.
            number => target = unsafe { self.object(node, choice.types.get(number as usize)?, target)?.as_ptr() },
        }
        // SAFETY: everything before was written.
        NonNull::new(unsafe { self.make_room(target) })
    }

    /// Writes an object, and returns where it ends: a byte of room is behind it.
    ///
    /// # Safety
    /// See [`node`](Self::node).
    #[inline(always)]
    pub(super) unsafe fn object(&mut self, node: usize, chosen: &Chosen, mut target: *mut u8) -> Option<NonNull<u8>> {
        let document = self.emission.document;
        let spans = self.emission.fields(node, chosen)?;
        if chosen.steps.is_empty() {
            // SAFETY: there is room.
            unsafe { *target = b'{' };
            target = target.wrapping_add(1);
        }
        let mut steps = chosen.steps.iter();
        while let Some(step) = steps.next() {
            // SAFETY: everything before was written.
            target = unsafe { self.make_room(target) };
            // SAFETY: a text has two windows, and there is room.
            unsafe { copy(step.text.bytes().as_ptr(), target) };
            let span = spans.get(step.span).copied().unwrap_or_default();
            match step.holds {
                Holds::Scalar => target = target.wrapping_add(step.text.len()),
                Holds::Embedded(count) => {
                    target = target.wrapping_add(step.text.len());
                    if span.at == 0 {
                        // SAFETY: there is room behind a key.
                        unsafe { target.cast::<[u8; 4]>().write_unaligned(*b"null") };
                        target = target.wrapping_add(4);
                        steps = steps.as_slice().get(count..)?.iter();
                    }
                    continue;
                }
                // What is not as usual is out of the way: a branch that is taken costs more than everything else here.
                _ => {
                    // SAFETY: everything before was written, and there is room.
                    target = unsafe { self.other(step, span, target)?.as_ptr() };
                    continue;
                }
            }
            let (at, len) = (span.at as usize, span.len as usize);
            if len.wrapping_sub(1) >= SHORT {
                // SAFETY: everything before was written, and there is room for a short value.
                target = unsafe { self.long_or_null(document, span, target)?.as_ptr() };
                continue;
            }
            let mut from = document.as_ptr().wrapping_add(at);
            if at + SHORT > document.len() {
                from = self.in_tail(at)?;
            }
            // SAFETY: two windows are there, and there is room for them.
            unsafe {
                copy(from, target);
                copy(from.add(WINDOW), target.add(WINDOW));
            }
            target = target.wrapping_add(len);
        }
        // SAFETY: there is room behind a key and a value.
        unsafe { *target = b'}' };
        NonNull::new(target.wrapping_add(1))
    }

    /// Where the tail repeats a place near the document's end: there are two windows.
    #[cold]
    #[inline(never)]
    fn in_tail(&self, at: usize) -> Option<*const u8> {
        let tail = self.emission.tail;
        let at = at.checked_sub(tail.start).filter(|&at| at <= NEAR)?;
        Some(tail.bytes.as_ptr().wrapping_add(at))
    }

    /// Writes what is no scalar, whose text's first window was written. Returns where it ends.
    ///
    /// # Safety
    /// Everything before the target was written, and there is room for a key and a short value.
    #[cold]
    #[inline(never)]
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    unsafe fn other(&mut self, step: &Step, span: Span, target: *mut u8) -> Option<NonNull<u8>> {
        let behind = target.wrapping_add(step.text.len());
        // SAFETY: everything before was written, and there is room; a text has two windows.
        unsafe {
            match (step.holds, span.at as usize) {
                (Holds::Nothing | Holds::Embedded(_), _) => {
                    copy(step.text.bytes().as_ptr().add(WINDOW), target.add(WINDOW));
                    NonNull::new(behind)
                }
                (Holds::Scalar, _) => self.long_or_null(self.emission.document, span, behind),
                (Holds::Written, _) => self.long_or_null(self.emission.written, span, behind),
                (Holds::Objects(_), 0) => self.long_or_null(&[], Span::default(), behind),
                (Holds::Objects(_), _) if span.at == Span::EMPTY_LIST.at => {
                    behind.cast::<[u8; 2]>().write_unaligned(*b"[]");
                    NonNull::new(behind.wrapping_add(2))
                }
                (Holds::Objects(choice), node) => {
                    let target = self.make_room(behind);
                    self.node(node, self.emission.choices.get(choice)?, target)
                }
            }
        }
    }

    /// Writes an absent value, or one of any length. Returns where it ends, as far behind `last` as a short value at most.
    ///
    /// # Safety
    /// Everything before the target was written, and there is room for a short value.
    #[cold]
    #[inline(never)]
    unsafe fn long_or_null(&mut self, from: &[u8], span: Span, mut target: *mut u8) -> Option<NonNull<u8>> {
        let (at, len) = (span.at as usize, span.len as usize);
        if len == 0 {
            // SAFETY: the caller's.
            unsafe { target.cast::<[u8; 4]>().write_unaligned(*b"null") };
            return NonNull::new(target.wrapping_add(4));
        }
        if len <= SHORT && at + SHORT <= from.len() {
            // SAFETY: two windows are there, and there is room for them.
            unsafe {
                copy(from.as_ptr().add(at), target);
                copy(from.as_ptr().add(at + WINDOW), target.add(WINDOW));
            }
            return NonNull::new(target.wrapping_add(len));
        }
        let value = from.get(at..)?.get(..len)?;
        if target > self.last || len > self.last.addr() - target.addr() {
            // SAFETY: the caller's.
            target = unsafe { self.grow(target, len) };
        }
        let windows = len.div_ceil(WINDOW) * WINDOW;
        if len <= INLINE && at + windows <= from.len() {
            let mut copied = 0;
            while copied < windows {
                // SAFETY: there are so many windows, and there is room for a short value behind the last one.
                unsafe { copy(value.as_ptr().add(copied), target.add(copied)) };
                copied += WINDOW;
            }
        } else {
            // SAFETY: there is room for so many bytes.
            unsafe { std::ptr::copy_nonoverlapping(value.as_ptr(), target, len) };
        }
        NonNull::new(target.wrapping_add(len))
    }
}
