//! What only a selection needs: fields are written in the order in which they come, and put in the order of the selection at each object's end.

use std::cell::Cell;

use super::lanes::Lanes;
use super::output::Output;
use super::walk::{Here, Walk};
use crate::transform::buffer::Buffer;
use crate::transform::select::{Choice, Chosen, What};
use crate::transform::table::{Field, Object};

/// How many bytes are copied in one step.
const STEP: usize = 32;

/// A selection at work.
pub(super) struct Selecting<'a> {
    choices: &'a [Choice],
    room: Room,
    /// How many marks belong to the objects that are open.
    used: usize,
}

/// What is kept from one document to the next: in the long run, nothing is allocated.
#[derive(Default)]
struct Room {
    /// Where each selected field of the open objects begins in the output.
    marks: Vec<usize>,
    /// An object as it was written, while it is put in order.
    copy: Vec<u8>,
}

thread_local! {
    static SPARE: Cell<Room> = Cell::default();
}

impl<'a> Selecting<'a> {
    #[inline(always)]
    pub(super) fn new(choices: &'a [Choice]) -> Self {
        Self { choices, room: SPARE.take(), used: 0 }
    }

    #[inline(always)]
    pub(super) fn give_back(self) {
        SPARE.set(self.room);
    }

    /// The marks of an object that are still to be set.
    #[inline(always)]
    pub(super) fn marks(&mut self, here: &Here<'_>) -> &mut [usize] {
        self.room.marks.get_mut(here.marks + here.marked..).unwrap_or_default()
    }

    /// Rewrites an object in the order of the selection: `marks` tells where its fields begin, in jsonb's order.
    #[inline(always)]
    fn arrange<B: Buffer>(&mut self, here: &Here<'_>, chosen: &Chosen, output: &mut Output<'_, B>) -> Option<()> {
        let end = output.position();
        let Room { marks, copy } = &mut self.room;
        copy.clear();
        copy.extend_from_slice(output.written(here.start));
        copy.extend_from_slice(&[0; STEP]);
        *marks.get_mut(here.marks + here.marked)? = end;
        let marks = marks.get(here.marks..)?;
        output.back_to(here.start);
        for slot in &chosen.slots {
            match slot.what {
                What::Typename => {
                    output.put_text(slot.key.as_bytes());
                    output.put_byte(b'"');
                    output.put_text(chosen.object.typename().as_bytes());
                    output.put_byte(b'"');
                }
                What::Field { rank, .. } => {
                    let (from, to) = (*marks.get(rank)?, *marks.get(rank + 1)?);
                    put_piece(copy.get(from - here.start..)?, to - from, output)?;
                }
            }
        }
        Some(())
    }
}

/// Writes the first `len` bytes of `piece`. Most are short: steps of one size are faster than asking how long they are.
#[inline(always)]
fn put_piece<B: Buffer>(mut piece: &[u8], len: usize, output: &mut Output<'_, B>) -> Option<()> {
    if len > 8 * STEP {
        output.put_text(piece.get(..len)?);
        return Some(());
    }
    let mut left = len;
    while left > STEP {
        let (step, rest) = piece.split_first_chunk::<STEP>()?;
        output.put(step, STEP);
        piece = rest;
        left -= STEP;
    }
    output.put(piece.first_chunk::<STEP>()?, left);
    Some(())
}

impl<'a, L: Lanes, B: Buffer, const SELECT: bool> Walk<'a, L, B, SELECT> {
    /// What is selected of an object, and where its marks begin.
    #[inline(always)]
    pub(super) fn begin_selecting(
        &mut self,
        object: &Object,
        choice: Option<&'a Choice>,
    ) -> Option<(Option<&'a Chosen>, usize)> {
        let (selecting, chosen) = (self.selecting.as_mut()?, choice?.of(object)?);
        let marks = selecting.used;
        // One for the end.
        selecting.used += chosen.slots.len() + 1;
        if selecting.room.marks.len() < selecting.used {
            selecting.room.marks.resize(selecting.used, 0);
        }
        Some((Some(chosen), marks))
    }

    /// What is selected under the field that was read last.
    #[inline(always)]
    pub(super) fn choice_under(&self, here: &Here<'a>) -> Option<&'a Choice> {
        let number = here.cursor().checked_sub(1)?;
        self.selecting.as_ref()?.choices.get((*here.chosen?.choices.get(number)?)?)
    }

    /// Writes nulls for the selected fields that were passed, up to the one before `rest`, and remembers where that one begins.
    #[inline(always)]
    pub(super) fn mark(&mut self, here: &mut Here<'a>, rest: &[Field]) -> Option<()> {
        let passed = here.rest.len() - rest.len();
        if passed > 1 {
            self.nulls(here, passed - 1)?;
        }
        if here.rest.get(passed - 1).is_some_and(|field| !field.is_skipped()) {
            self.mark_here(here)?;
        }
        Some(())
    }

    #[inline(always)]
    fn mark_here(&mut self, here: &mut Here<'a>) -> Option<()> {
        let position = self.output.position();
        *self.selecting.as_mut()?.marks(here).first_mut()? = position;
        here.marked += 1;
        Some(())
    }

    /// Writes null for those of the next `count` fields that are selected.
    #[inline(always)]
    fn nulls(&mut self, here: &mut Here<'a>, count: usize) -> Option<()> {
        for field in here.rest.iter().take(count).filter(|field| !field.is_skipped()) {
            self.mark_here(here)?;
            self.output.put(field.shown().bytes(false), field.shown().len());
            self.output.put(b"null", 4);
        }
        Some(())
    }

    /// Puts an object's fields in the order of the selection and writes its braces.
    #[inline(always)]
    pub(super) fn end_selecting(&mut self, here: &mut Here<'a>) -> Option<()> {
        self.nulls(here, here.rest.len())?;
        let (selecting, chosen) = (self.selecting.as_mut()?, here.chosen?);
        if !chosen.in_order {
            selecting.arrange(here, chosen, &mut self.output)?;
        }
        // What was written begins with a comma, if anything was.
        match self.output.written(here.start).first_mut() {
            Some(first) => *first = b'{',
            None => self.output.put_byte(b'{'),
        }
        self.output.put_byte(b'}');
        Some(())
    }

    /// The objects around it go on.
    #[inline(always)]
    pub(super) fn leave_selecting(&mut self, here: &Here<'a>) {
        if let Some(selecting) = &mut self.selecting {
            selecting.used = here.marks;
        }
    }
}
