//! The inner loop: short values and the keys that were expected behind them.
//!
//! It calls nothing and gives up early, so that both positions stay in registers: a position that waits for memory costs more than everything else here.
//! A value and the key behind it lie in one piece of [`NEAR`] bytes, whose length is checked once.

use super::lanes::Lanes;
use super::reader::{NEAR, Window};
use super::select::Selecting;
use crate::transform::select::Chosen;
use crate::transform::table::{Field, Object, Value};

/// How many levels the loop goes into at most.
pub(super) const LEVELS: usize = 8;

/// An object that is open.
#[derive(Clone, Copy)]
pub(in crate::transform) struct Level<'t> {
    pub(super) object: &'t Object,
    /// The fields that may still come, in order.
    pub(super) rest: &'t [Field],
    /// It is an element of a list of such objects.
    pub(super) list: bool,
    /// What is selected of it, in a selection, and what is known of its output.
    pub(super) chosen: Option<&'t Chosen>,
    pub(super) marks: Marks,
}

/// What a selection knows of an object's output.
#[derive(Clone, Copy, Default)]
pub(in crate::transform) struct Marks {
    /// Where it begins.
    pub(super) start: usize,
    /// The number of the first of the object's marks.
    pub(super) first: u32,
    /// How many of them are set.
    pub(super) set: u32,
}

impl Marks {
    /// The number of the next mark.
    #[inline(always)]
    pub(super) fn next(self) -> usize {
        (self.first + self.set) as usize
    }
}

static NOTHING: Object = Object::new("Nothing", &[]);

impl Level<'_> {
    /// No level.
    pub(super) const NONE: Self =
        Self { object: &NOTHING, rest: &[], list: false, chosen: None, marks: Marks { start: 0, first: 0, set: 0 } };
}

/// Where the loop is: in the document, in the output, and in the fields.
pub(in crate::transform) struct Sprint<'a, 'b, 't> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) buffer: &'b mut [u8],
    pub(super) to: usize,
    pub(super) here: Level<'t>,
    /// The levels that the loop went into: what is around each, the outermost first.
    pub(super) levels: &'b mut [Level<'t>; LEVELS],
    pub(super) height: usize,
    /// How much deeper it may get.
    pub(super) left: usize,
    pub(super) selecting: Option<&'b mut Selecting<'t>>,
}

impl<'t> Sprint<'_, '_, 't> {
    /// Goes on from the value of `field`. It ends at a value that is not short work, whose field it returns, or at a key that was not expected.
    /// `SELECT` tells whether fields can be marked to be stepped over.
    #[inline(always)]
    pub(super) fn run<L: Lanes, const SELECT: bool>(
        &mut self,
        lanes: L,
        mut field: &'t Field,
        high: &mut L::High,
    ) -> Option<&'t Field> {
        loop {
            let near = self.bytes.get(self.at..self.at + NEAR).and_then(|near| near.first_chunk::<NEAR>());
            let room = self.buffer.get_mut(self.to..self.to + NEAR).and_then(|room| room.first_chunk_mut::<NEAR>());
            let (Some(near), Some(room)) = (near, room) else { return Some(field) };
            let Some(len) = short_value(lanes, field, near, high) else { return Some(field) };
            // Never more than that: the mask spares the comparisons below.
            let len = len & 63;
            let kept = if SELECT && field.is_skipped() { 0 } else { len };
            copy(near, 0, room, 0);
            if len > 32 {
                copy(near, 32, room, 32);
            }
            self.at += len;
            self.to += kept;
            let (next, behind) = self.here.rest.split_first()?;
            if !lanes.matches(part(near, len), next.stored(), false) {
                return None;
            }
            if SELECT && !next.is_skipped() {
                self.selecting.as_mut()?.mark(&mut self.here.marks, self.to);
            }
            if let Some(target) = room.get_mut(kept..kept + 32) {
                target.copy_from_slice(next.shown().bytes(false));
            }
            self.at += next.stored().len();
            self.to += next.shown().len();
            self.here.rest = behind;
            field = next;
        }
    }
}

/// The length of a scalar that is shorter than two windows.
#[inline(always)]
fn short_value<L: Lanes>(lanes: L, field: &Field, near: &[u8; NEAR], high: &mut L::High) -> Option<usize> {
    if !matches!(field.value(), Value::Scalar | Value::Skipped) {
        return None;
    }
    let window = part(near, 0);
    match window.first() {
        Some(b'"') => {
            let plain = lanes.plain(window, 1, high);
            if plain == 32 {
                return second_window(lanes, near, high);
            }
            (window.get(plain) == Some(&b'"')).then_some(plain + 1)
        }
        Some(b'-' | b'0'..=b'9') => lanes.number(window),
        Some(b'n') => (window.starts_with(b"null") && field.is_nullable()).then_some(4),
        Some(b't') => window.starts_with(b"true").then_some(4),
        Some(b'f') => window.starts_with(b"false").then_some(5),
        _ => None,
    }
}

/// The length of a string that goes on behind its first window and ends well before the end of its second.
#[inline(always)]
fn second_window<L: Lanes>(lanes: L, near: &[u8; NEAR], high: &mut L::High) -> Option<usize> {
    let window = part(near, 32);
    let plain = lanes.plain(window, 0, high);
    (plain < 31 && window.get(plain) == Some(&b'"')).then_some(32 + plain + 1)
}

/// 32 bytes of a piece, at a place that is small enough.
#[inline(always)]
fn part(near: &[u8; NEAR], at: usize) -> &Window {
    const ZERO: &Window = &[0; 32];
    near.get(at..at + 32).and_then(|part| part.first_chunk()).unwrap_or(ZERO)
}

#[inline(always)]
fn copy(near: &[u8; NEAR], from: usize, room: &mut [u8; NEAR], to: usize) {
    if let Some(target) = room.get_mut(to..to + 32) {
        target.copy_from_slice(part(near, from));
    }
}
