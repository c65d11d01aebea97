//! What only a selection needs. Where its order is that of the document, fields are written as they come. Elsewhere it is kept where each value is: scalars
//! in the document, everything else in the output, where it was written one behind the other; at the object's end all of it is put in its place.

use std::cell::Cell;
use std::ops::Range;

use super::lanes::Lanes;
use super::walk::{Here, Walk};
use crate::transform::buffer::Buffer;
use crate::transform::pattern::Prefix;
use crate::transform::select::{Choice, Chosen, What};
use crate::transform::table::{Field, Object};

/// How many bytes are copied in one step.
const STEP: usize = 32;

/// A selection at work.
pub(in crate::transform) struct Selecting<'a> {
    choices: &'a [Choice],
    document: &'a [u8],
    /// Where the values of the open objects' fields are.
    spans: &'a mut [Span],
}

/// Where a field's value is: a scalar in the document, anything else in the output. An absent one has no length.
#[derive(Clone, Copy, Default)]
pub(in crate::transform) struct Span {
    pub(super) at: usize,
    pub(super) len: usize,
}

thread_local! {
    /// Spans, where there are many, and what was written of an object while it is put in order: kept from one document to the next, so that in the long
    /// run nothing is allocated.
    static SPANS: Cell<Vec<Span>> = const { Cell::new(Vec::new()) };
    static ASIDE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// So many spans need no room that is kept.
pub(super) const FEW: usize = 24;

/// Room for so many spans.
#[cold]
#[inline(never)]
pub(super) fn many_spans(count: usize) -> Vec<Span> {
    let mut spans = SPANS.take();
    spans.resize(spans.len().max(count), Span::default());
    spans
}

#[cold]
#[inline(never)]
pub(super) fn keep_spans(spans: Vec<Span>) {
    SPANS.set(spans);
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
    #[inline(always)]
    pub(super) fn new(choices: &'a [Choice], spans: &'a mut [Span], document: &'a [u8]) -> Self {
        Self { choices, document, spans }
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
        self.spans.get_mut(chosen.first..chosen.first + chosen.fields.len())
    }

    /// The span of the field before `rest`.
    #[inline(always)]
    pub(super) fn span(&mut self, chosen: &Chosen, rest: &[Field]) -> Option<&mut Span> {
        self.spans.get_mut((chosen.first + chosen.fields.len() - rest.len()).checked_sub(1)?)
    }

    /// How many bytes an object needs to be put in order, behind what was written of it; its scalars take at most so many.
    #[inline(always)]
    pub(super) fn growth(&self, chosen: &Chosen, scalars: usize) -> usize {
        scalars + chosen.room + Self::SLACK
    }

    /// What is written behind an object while it is put in order, at most.
    const SLACK: usize = Prefix::ROOM + STEP;

    /// Puts an object in order that begins at `start` and ends where the buffer does. Returns where it ends then.
    pub(super) fn arrange_in<B: Buffer>(&mut self, chosen: &Chosen, start: usize, buffer: &mut B) -> Option<usize> {
        let spans = self.spans(chosen)?;
        let scalars = chosen.slots.iter().filter_map(|slot| match slot.what {
            What::Field { number, aside: None, .. } => Some(spans.get(number)?.len),
            _ => None,
        });
        let (scalars, end) = (scalars.sum(), buffer.len());
        buffer.resize(end + self.growth(chosen, scalars));
        self.arrange(chosen, start, end, buffer.bytes_mut())
    }

    /// Puts an object in order of which `start..end` was written. Behind that, the buffer has room for its [`growth`](Self::growth). Returns where it ends.
    #[inline(always)]
    pub(super) fn arrange(&mut self, chosen: &Chosen, start: usize, end: usize, buffer: &mut [u8]) -> Option<usize> {
        let mut aside = if end > start { ASIDE.take() } else { Vec::new() };
        let spans = self.spans.get(chosen.first..chosen.first + chosen.fields.len())?;
        let moved = match end - start {
            0 => Moved::NOTHING,
            1..=LITTLE => {
                aside.clear();
                aside.extend_from_slice(buffer.get(start..end + STEP)?);
                Moved::NOTHING
            }
            _ => Moved::longest(chosen, spans, start..end, buffer, &mut aside)?,
        };
        let mut at = start;
        for (place, slot) in chosen.slots.iter().enumerate() {
            let What::Field { number, aside: written, .. } = slot.what else {
                buffer.get_mut(at..at + Prefix::ROOM)?.copy_from_slice(slot.text.bytes());
                at += slot.text.len();
                continue;
            };
            let text: &[u8; STEP] = slot.text.bytes().first_chunk()?;
            buffer.get_mut(at..at + STEP)?.copy_from_slice(text);
            at += slot.text.len();
            let span = *spans.get(number)?;
            if place == moved.place {
                // What stands before it was written in steps that reach into it, a typename in the longest.
                *buffer.get_mut(at..)?.first_chunk_mut()? = moved.start;
                at += span.len;
                continue;
            }
            let (piece, from): (&[u8], usize) = match (span.len, written) {
                (0, _) => (NULL, 0),
                (_, None) => (self.document, span.at),
                (_, Some(_)) => {
                    let missing = if span.at > moved.from { moved.len } else { 0 };
                    (&aside, (span.at - start).checked_sub(missing)?)
                }
            };
            put_piece(piece, from, span.written(), buffer, at)?;
            at += span.written();
        }
        if end > start {
            ASIDE.set(aside);
        }
        Some(at)
    }
}

/// So much is put aside without a look at what it is.
const LITTLE: usize = 256;

/// The longest of what was written of an object. It is moved to its place at once.
struct Moved {
    /// The number of its slot.
    place: usize,
    /// Where it was.
    from: usize,
    len: usize,
    /// What it begins with: as much as anything that is written before it may reach into it.
    start: [u8; Prefix::ROOM],
}

impl Moved {
    const NOTHING: Self = Self { place: usize::MAX, from: 0, len: 0, start: [0; Prefix::ROOM] };

    /// Moves the longest piece, and puts the others aside.
    #[inline(never)]
    fn longest(
        chosen: &Chosen,
        spans: &[Span],
        written: Range<usize>,
        buffer: &mut [u8],
        aside: &mut Vec<u8>,
    ) -> Option<Self> {
        let pieces = chosen.slots.iter().enumerate().filter_map(|(place, slot)| match slot.what {
            What::Field { number, aside: Some(_), .. } => Some((place, *spans.get(number)?)),
            _ => None,
        });
        let (place, Span { at: from, len }) = pieces.max_by_key(|(_, span)| span.len)?;
        let before = chosen.slots.iter().take(place + 1).map(|slot| match slot.what {
            What::Field { number, .. } => slot.text.len() + spans.get(number).map_or(0, |span| span.written()),
            What::Typename => slot.text.len(),
        });
        let to = written.start + before.sum::<usize>() - len;
        aside.clear();
        aside.extend_from_slice(buffer.get(written.start..from)?);
        aside.extend_from_slice(buffer.get(from + len..written.end)?);
        aside.extend_from_slice(&[0; STEP]);
        buffer.copy_within(from..from + len, to);
        Some(Self { place, from, len, start: *buffer.get(to..)?.first_chunk()? })
    }
}

/// Writes `len` bytes of `piece`, from its byte `from` on, at a place in the buffer. Most are short: steps of one size are faster than asking how long
/// they are.
#[inline(always)]
fn put_piece(piece: &[u8], from: usize, len: usize, buffer: &mut [u8], at: usize) -> Option<()> {
    let step = |buffer: &mut [u8], done: usize| {
        let bytes: &[u8; STEP] = piece.get(from + done..from + done + STEP)?.first_chunk()?;
        buffer.get_mut(at + done..at + done + STEP)?.copy_from_slice(bytes);
        Some(())
    };
    if len > 2 * STEP || step(buffer, 0).is_none() || len > STEP && step(buffer, STEP).is_none() {
        buffer.get_mut(at..at + len)?.copy_from_slice(piece.get(from..from + len)?);
    }
    Some(())
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
            self.output.room(selecting.growth(chosen, self.reader.offset() - here.begin));
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
