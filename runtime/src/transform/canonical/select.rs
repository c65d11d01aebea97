//! What only a selection needs. Where its order is that of the document, fields are written as they come. Elsewhere it is kept where each value is: scalars
//! in the document, everything else in the output, where it was written one behind the other; at the object's end all of it is put in its place.

use std::cell::Cell;

use super::lanes::Lanes;
use super::walk::{Here, Walk};
use crate::transform::buffer::Buffer;
use crate::transform::pattern::Prefix;
use crate::transform::select::{Choice, Chosen, Slot, What};
use crate::transform::table::{Field, Object};

/// How many bytes are copied in one step.
const STEP: usize = 32;

/// A selection at work.
pub(in crate::transform) struct Selecting<'a> {
    choices: &'a [Choice],
    document: &'a [u8],
    room: Room,
}

/// Where a field's value is: a scalar in the document, anything else in the output. An absent one has no length.
#[derive(Clone, Copy, Default)]
pub(in crate::transform) struct Span {
    pub(super) at: usize,
    pub(super) len: usize,
}

/// What is kept from one document to the next: in the long run, nothing is allocated.
#[derive(Default)]
struct Room {
    /// Where the values of the open objects' fields are.
    spans: Vec<Span>,
    /// What was written of an object, while it is put in order.
    aside: Vec<u8>,
}

thread_local! {
    static SPARE: Cell<Room> = const { Cell::new(Room { spans: Vec::new(), aside: Vec::new() }) };
}

const NULL: &[u8; STEP] = b"null                            ";

impl Span {
    /// How long the value is in the output; an absent one is null.
    #[inline(always)]
    fn written(self) -> usize {
        if self.len == 0 { 4 } else { self.len }
    }
}

impl<'a> Selecting<'a> {
    /// The objects of a document that are open at once have at most so many fields.
    #[inline(always)]
    pub(super) fn new(choices: &'a [Choice], fields: usize, document: &'a [u8]) -> Self {
        let mut room = SPARE.take();
        if room.spans.len() < fields {
            room.spans.resize(fields, Span::default());
        }
        Self { choices, document, room }
    }

    #[inline(always)]
    pub(super) fn give_back(self) {
        SPARE.set(self.room);
    }

    /// What is selected of an object under a choice.
    #[inline(always)]
    pub(super) fn enter(&self, object: &Object, choice: &'a Choice) -> Option<&'a Chosen> {
        choice.of(object)
    }

    /// What is selected under the field before `rest`.
    #[inline(always)]
    pub(super) fn under(&self, chosen: &'a Chosen, rest: &[Field]) -> Option<&'a Choice> {
        let number = (chosen.fields.len() - rest.len()).checked_sub(1)?;
        self.choices.get((*chosen.choices.get(number)?)?)
    }

    /// The spans of an object's fields.
    #[inline(always)]
    pub(super) fn spans(&mut self, chosen: &Chosen) -> Option<&mut [Span]> {
        self.room.spans.get_mut(chosen.first..chosen.first + chosen.fields.len())
    }

    /// The span of the field before `rest`.
    #[inline(always)]
    pub(super) fn span(&mut self, chosen: &Chosen, rest: &[Field]) -> Option<&mut Span> {
        self.room.spans.get_mut((chosen.first + chosen.fields.len() - rest.len()).checked_sub(1)?)
    }

    /// How many bytes an object takes that is put in order, beside what was written of it.
    pub(super) fn growth(&mut self, chosen: &Chosen) -> Option<usize> {
        let spans = self.spans(chosen)?;
        let scalars = chosen.slots.iter().filter_map(|slot| match slot.what {
            What::Field { number, scalar: true, .. } => Some(spans.get(number)?.len),
            _ => None,
        });
        Some(scalars.sum::<usize>() + chosen.room + Self::SLACK)
    }

    /// What is written behind an object while it is put in order, at most.
    const SLACK: usize = Prefix::ROOM + STEP;

    /// Puts an object in order that begins at `start` and ends where the buffer does. Returns where it ends then.
    pub(super) fn arrange_in<B: Buffer>(&mut self, chosen: &Chosen, start: usize, buffer: &mut B) -> Option<usize> {
        let end = buffer.len();
        buffer.resize(end + self.growth(chosen)?);
        self.arrange(chosen, start, end, buffer.bytes_mut())
    }

    /// Puts an object in order of which `start..end` was written. Behind that, the buffer has room for its [`growth`](Self::growth). Returns where it ends.
    pub(super) fn arrange(&mut self, chosen: &Chosen, start: usize, end: usize, buffer: &mut [u8]) -> Option<usize> {
        let Room { spans, aside } = &mut self.room;
        let spans = spans.get(chosen.first..chosen.first + chosen.fields.len())?;
        let written = |slot: &Slot| match slot.what {
            What::Field { number, .. } => slot.text.len() + spans.get(number).map_or(0, |span| span.written()),
            What::Typename => slot.text.len(),
        };
        // The longest of what was written is moved to its place at once; the rest goes aside first.
        let longest = chosen.slots.iter().enumerate().filter_map(|(place, slot)| match slot.what {
            What::Field { number, scalar: false, .. } => Some((place, *spans.get(number)?)),
            _ => None,
        });
        let (place, longest) = longest.max_by_key(|(_, span)| span.len).unwrap_or((usize::MAX, Span::default()));
        let mut saved = [0; Prefix::ROOM];
        let mut begins = 0;
        if longest.len > 0 {
            let longest_end = longest.at + longest.len;
            aside.clear();
            aside.extend_from_slice(buffer.get(start..longest.at)?);
            aside.extend_from_slice(buffer.get(longest_end..end)?);
            aside.extend_from_slice(&[0; STEP]);
            begins = start + chosen.slots.iter().take(place + 1).map(written).sum::<usize>() - longest.len;
            buffer.copy_within(longest.at..longest_end, begins);
            saved = *buffer.get(begins..)?.first_chunk()?;
        }

        let mut at = start;
        for (number, slot) in chosen.slots.iter().enumerate() {
            buffer.get_mut(at..at + Prefix::ROOM)?.copy_from_slice(slot.text.bytes());
            at += slot.text.len();
            let What::Field { number: field, scalar, .. } = slot.what else { continue };
            let span = *spans.get(field)?;
            if number == place && span.len > 0 {
                // What stands before it was written in steps that reach into it.
                *buffer.get_mut(begins..)?.first_chunk_mut()? = saved;
                at += span.len;
                continue;
            }
            let piece = match (span.len, scalar) {
                (0, _) => NULL,
                (_, true) => self.document.get(span.at..)?,
                (_, false) => {
                    let moved = if span.at > longest.at { longest.len } else { 0 };
                    aside.get((span.at - start).checked_sub(moved)?..)?
                }
            };
            put_piece(piece, span.written(), buffer.get_mut(at..)?)?;
            at += span.written();
        }
        Some(at)
    }
}

/// Writes the first `len` bytes of `piece`. Most are short: steps of one size are faster than asking how long they are.
#[inline(always)]
fn put_piece(mut piece: &[u8], len: usize, mut room: &mut [u8]) -> Option<()> {
    if len > 4 * STEP || len + STEP > piece.len() {
        room.get_mut(..len)?.copy_from_slice(piece.get(..len)?);
        return Some(());
    }
    let mut left = len;
    loop {
        let (step, rest) = piece.split_first_chunk::<STEP>()?;
        let (target, behind) = room.split_first_chunk_mut::<STEP>()?;
        *target = *step;
        if left <= STEP {
            return Some(());
        }
        (piece, room) = (rest, behind);
        left -= STEP;
    }
}

impl<'a, L: Lanes, B: Buffer, const SELECT: bool> Walk<'_, 'a, L, B, SELECT> {
    /// Answers the fields that were passed, up to the one before `rest`.
    #[inline(always)]
    pub(super) fn pass(&mut self, here: &Here<'a>, rest: &[Field]) -> Option<()> {
        let passed = here.rest.len() - rest.len();
        if passed > 1 { self.nulls(here, passed - 1) } else { Some(()) }
    }

    /// Answers null for those of the next `count` fields that are selected.
    #[cold]
    #[inline(never)]
    fn nulls(&mut self, here: &Here<'a>, count: usize) -> Option<()> {
        let selecting = self.selecting.as_mut()?;
        let mut rest = here.rest;
        for field in here.rest.iter().take(count) {
            rest = rest.get(1..)?;
            *selecting.span(here.chosen?, rest)? = Span::default();
            if field.is_named() {
                self.output.put(field.shown().bytes(false), field.shown().len());
                self.output.put(b"null", 4);
            }
        }
        Some(())
    }

    /// Reads the value of a field whose key was read, and keeps where it is.
    #[inline(always)]
    pub(super) fn selected_field(&mut self, field: &'a Field, here: &Here<'a>) -> Option<()> {
        let (read, written) = (self.reader.offset(), self.output.position());
        let chosen = here.chosen?;
        if field.is_skipped() {
            return self.skip();
        }
        let span = if let crate::transform::table::Value::Scalar = field.value() {
            self.scalar_field(field)?;
            if !field.is_named() {
                self.output.back_to(written);
            }
            Span { at: read, len: self.reader.offset() - read }
        } else {
            let choice = self.selecting.as_ref()?.under(chosen, here.rest);
            self.value(field.value(), field.is_nullable(), choice)?;
            Span { at: written, len: self.output.position() - written }
        };
        *self.selecting.as_mut()?.span(chosen, here.rest)? = span;
        Some(())
    }

    /// The value of the field before the cursor, which was gone into by the inner loop, is written.
    #[inline(always)]
    pub(super) fn end_value(&mut self, here: &Here<'a>) -> Option<()> {
        let end = self.output.position();
        let span = self.selecting.as_mut()?.span(here.chosen?, here.rest)?;
        span.len = end.checked_sub(span.at)?;
        Some(())
    }

    /// Puts an object's fields in the order of the selection and writes its braces.
    #[inline(always)]
    pub(super) fn end_selecting(&mut self, here: &mut Here<'a>) -> Option<()> {
        if !here.rest.is_empty() {
            self.nulls(here, here.rest.len())?;
        }
        let (selecting, chosen) = (self.selecting.as_mut()?, here.chosen?);
        if !chosen.in_order {
            self.output.room(selecting.growth(chosen)?);
            let (buffer, end) = self.output.all();
            let end = selecting.arrange(chosen, here.start, end, buffer)?;
            self.output.back_to(end);
        }
        // What was written begins with a comma, if anything was.
        let end = self.output.position().max(here.start + 1);
        self.output.back_to(here.start);
        self.output.preview(b"{", 0);
        self.output.back_to(end);
        self.output.put_byte(b'}');
        Some(())
    }
}
