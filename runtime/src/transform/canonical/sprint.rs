//! The inner loop: short values and the keys that were expected behind them.
//!
//! It calls nothing and gives up early, so that both positions stay in registers: a position that waits for memory costs more than everything else here.
//! A value and the key behind it lie in one piece of [`NEAR`] bytes, whose length is checked once.

use super::frames::Span;
use super::gather::Selecting;
use super::lanes::Lanes;
use super::mode::Mode;
use super::reader::{NEAR, Reader, Window};
use crate::transform::buffer::Buffer;
use crate::transform::select::{Choice, Chosen};
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
    /// What is selected of it, in a selection.
    pub(super) chosen: Option<&'t Chosen>,
    /// Its node, where places are gathered.
    pub(super) frame: usize,
}

static NOTHING: Object = Object::new("Nothing", &[]);

impl Level<'_> {
    /// No level.
    pub(super) const NONE: Self = Self { object: &NOTHING, rest: &[], list: false, chosen: None, frame: 0 };
}

impl<'t> Level<'t> {
    /// The document itself, and how much deeper it may get.
    #[inline(always)]
    pub(super) fn root(object: &'static Object, choice: Option<&'t Choice>, depth: usize) -> Option<(Self, usize)> {
        let chosen = match choice {
            Some(choice) => Some(choice.of(object)?),
            None => None,
        };
        let rest = chosen.map_or(object.fields(), |chosen| &chosen.fields);
        Some((Self { object, rest, list: false, chosen, frame: 0 }, depth.checked_sub(1)?))
    }
}

/// The levels that were gone into, where there are any: what is around each, the outermost first.
pub(in crate::transform) type Levels<'t> = Option<[Level<'t>; LEVELS]>;

/// Where the loop is: in the document, in the output, and in the fields.
pub(in crate::transform) struct Sprint<'w, 'a, B> {
    pub(super) reader: Reader<'a>,
    pub(super) buffer: &'w mut B,
    pub(super) to: usize,
    pub(super) here: Level<'a>,
    pub(super) levels: Levels<'a>,
    pub(super) height: usize,
    /// How much deeper it may get.
    pub(super) left: usize,
    pub(super) selecting: Option<&'w mut Selecting<'a>>,
}

/// Where the loop begins.
#[derive(Clone, Copy)]
pub(in crate::transform) enum Entry<'t> {
    /// At the beginning of a document.
    Document,
    /// At the value of a field.
    Value(&'t Field),
}

/// Where the loop stopped.
#[derive(Clone, Copy)]
pub(in crate::transform) enum Stopped<'t> {
    /// Where it began.
    AtOnce,
    /// At a value that is not short work.
    Value(&'t Field),
    /// Behind a value, where no key was found that was expected.
    Key,
    /// At the document's end.
    End,
    /// Nobody needs to go on: the document is not canonical.
    Failed,
}

impl<'a, B: Buffer> Sprint<'_, 'a, B> {
    /// Goes on from the value of `field`, with steps of these lanes.
    #[inline(always)]
    pub(super) fn run<L: Lanes, M: Mode>(&mut self, lanes: L, mut field: &'a Field, high: &mut L::High) -> Stopped<'a> {
        let (bytes, mut at) = self.reader.parts();
        let (offset, in_tail) = (self.reader.offset().wrapping_sub(at), self.reader.in_tail);
        let buffer = self.buffer.bytes_mut();
        let (mut to, mut rest) = (self.to, self.here.rest);
        let mut spans = match (&mut self.selecting, self.here.chosen) {
            (Some(selecting), Some(chosen)) if M::GATHERS => {
                let end = self.here.frame + 1 + chosen.fields.len();
                selecting.frames.spans.get_mut(end - rest.len() - 1..end).unwrap_or_default().iter_mut()
            }
            _ => [].iter_mut(),
        };
        let stopped = loop {
            let near = bytes.get(at..at + NEAR).and_then(|near| near.first_chunk::<NEAR>());
            let Some(near) = near else { break Stopped::Value(field) };
            let mut room = None;
            if !M::GATHERS {
                room = buffer.get_mut(to..to + NEAR).and_then(|room| room.first_chunk_mut::<NEAR>());
                if room.is_none() {
                    break Stopped::Value(field);
                }
            }
            let Some(len) = short_value(lanes, field, near, high) else { break Stopped::Value(field) };
            // Never more than that: the mask spares the comparisons below.
            let len = len & 63;
            let mut kept = 0;
            if let Some(room) = &mut room {
                if !M::SELECTS || !field.is_skipped() {
                    kept = len;
                    copy(near, 0, room, 0);
                    if len > 32 {
                        copy(near, 32, room, 32);
                    }
                }
            } else if let Some(span) = spans.next() {
                *span = Span::new(offset.wrapping_add(at), len);
            }
            at += len;
            to += kept;
            let Some((next, behind)) = rest.split_first() else { break Stopped::Key };
            if !lanes.matches(part(near, len), next.stored(), false) {
                break Stopped::Key;
            }
            if let Some(room) = &mut room {
                if let Some(target) = room.get_mut(kept..kept + 32) {
                    target.copy_from_slice(next.shown().bytes(false));
                }
                to += next.shown().len();
            }
            at += next.stored().len();
            rest = behind;
            field = next;
        };
        self.reader.go_to(offset.wrapping_add(at), in_tail);
        self.to = to;
        self.here.rest = rest;
        stopped
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
