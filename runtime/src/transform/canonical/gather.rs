//! What only a selection needs: answers for what is absent, and, where its order is not the document's, where the values are.
//!
//! Then scalars are found in the document, and objects are [nodes](super::frames) of their own. What cannot be copied from the document is written to a
//! buffer of its own first: JSON of no known type and lists of scalars, which lose their spaces, and objects with nothing but scalars, each as it ends.
//! For these that is faster than to come back later, for while one is written, the next one is read.

use super::emit::Emission;
use super::frames::{Frames, Span};
use super::lanes::Lanes;
use super::mode::Mode;
use super::reader::Reader;
use super::sprint::Level;
use super::walk::{Here, Walk};
use crate::transform::buffer::Buffer;
use crate::transform::select::{Choice, Chosen, Selection};
use crate::transform::table::{Field, Value};

/// A selection at work.
pub(in crate::transform) struct Selecting<'a> {
    pub(super) selection: &'a Selection,
    pub(super) frames: &'a mut Frames,
}

impl<'a> Selecting<'a> {
    /// What is selected under the field before `rest`.
    #[inline(always)]
    pub(super) fn under(&self, chosen: &'a Chosen, rest: &[Field]) -> Option<&'a Choice> {
        let number = (chosen.fields.len() - rest.len()).checked_sub(1)?;
        self.selection.choices.get((*chosen.choices.get(number)?)?)
    }
}

impl<'a, L: Lanes, B: Buffer, M: Mode> Walk<'_, 'a, L, B, M> {
    /// Answers the fields that were passed, up to the one before `rest`.
    #[inline(always)]
    pub(super) fn pass(&mut self, here: &Here<'a>, rest: &[Field]) -> Option<()> {
        let passed = here.rest.len() - rest.len();
        if passed > 1 { self.nulls(here, passed - 1) } else { Some(()) }
    }

    /// Answers null for those of the next `count` fields that are selected.
    #[cold]
    #[inline(never)]
    pub(super) fn nulls(&mut self, here: &Here<'a>, count: usize) -> Option<()> {
        for (field, number) in here.rest.iter().zip(here.cursor()..).take(count) {
            if M::GATHERS {
                self.selecting.as_mut()?.frames.set(here.frame + 1 + number, Span::default())?;
            } else if !field.is_skipped() {
                self.output.put(field.shown().bytes(false), field.shown().len());
                self.output.put(b"null", 4);
            }
        }
        Some(())
    }

    /// Reads the value of a field whose key was read.
    #[inline(always)]
    pub(super) fn selected_field(&mut self, field: &'a Field, here: &Here<'a>) -> Option<()> {
        if field.is_skipped() {
            return self.skip();
        }
        if M::GATHERS {
            return self.gather_field(field, here);
        }
        if let Value::Scalar = field.value() {
            return self.scalar_field(field);
        }
        let choice = self.selecting.as_ref()?.under(here.chosen?, here.rest);
        self.value(field.value(), field.is_nullable(), choice, 0)
    }

    /// Reads a field's value, and keeps where it is.
    #[inline(always)]
    fn gather_field(&mut self, field: &'a Field, here: &Here<'a>) -> Option<()> {
        let chosen = here.chosen?;
        let (read, written) = (self.reader.offset(), self.output.position());
        // The node has a span of its own before those of the fields up to the cursor.
        let place = here.frame + here.cursor();
        let span = if let Value::Scalar = field.value() {
            self.scalar_field(field)?;
            self.output.back_to(written);
            Span::new(read, self.reader.offset() - read)
        } else {
            let selecting = self.selecting.as_mut()?;
            let choice = selecting.under(chosen, here.rest);
            // Objects tell by themselves where they are.
            selecting.frames.set(place, Span::default())?;
            let is_null = self.reader.byte(0) == b'n';
            self.value(field.value(), field.is_nullable(), choice, place)?;
            if choice.is_some_and(|choice| !choice.is_early()) {
                if is_null {
                    // An early object around it is written where this stands.
                    self.output.back_to(written);
                }
                return Some(());
            }
            Span::new(written, self.output.position() - written)
        };
        self.selecting.as_mut()?.frames.set(place, span)
    }

    /// The value of the field before the cursor was read to its end, which the inner loop went into: what is early was written from there on.
    #[inline(always)]
    pub(super) fn end_value(&mut self, here: &Here<'a>, inside: &[Level<'a>]) -> Option<()> {
        let early = |level: &Level<'a>| level.chosen.is_some_and(|chosen| chosen.early);
        if M::GATHERS && inside.first().is_some_and(early) {
            let end = self.output.position();
            let span = self.selecting.as_mut()?.frames.spans.get_mut(here.frame + here.cursor())?;
            *span = Span::new(span.at as usize, end.checked_sub(span.at as usize)?);
        }
        Some(())
    }

    /// Writes an object that was read to its end.
    #[inline(always)]
    pub(super) fn write_early(&mut self, here: &Here<'a>) -> Option<()> {
        let (chosen, selecting) = (here.chosen?, self.selecting.as_mut()?);
        let Reader { document, tail, .. } = self.reader;
        let emission = Emission { document, tail, written: &[], spans: &selecting.frames.spans, choices: &[] };
        emission.object(here.frame, chosen, &mut self.output)?;
        selecting.frames.drop_early(here.frame);
        Some(())
    }

    /// Reads an element of a list of objects, to which the span at `link` refers then. Returns where the next one is to be told.
    #[inline(always)]
    pub(super) fn gather_element(
        &mut self,
        element: &'a Value,
        choice: Option<&'a Choice>,
        link: usize,
    ) -> Option<usize> {
        let node = self.selecting.as_ref()?.frames.top;
        self.value(element, false, choice, link)?;
        let frames = &mut self.selecting.as_mut()?.frames;
        if frames.top == node {
            frames.add_null(link)?;
        }
        Some(node)
    }
}
