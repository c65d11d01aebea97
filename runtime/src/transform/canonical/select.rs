//! What only a selection needs: fields are written in the order in which they come, and put in the order of the selection at each object's end.

use std::cell::Cell;

use super::lanes::Lanes;
use super::sprint::Marks;
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

    /// Sets the next mark of an object.
    #[inline(always)]
    pub(super) fn mark(&mut self, marks: &mut Marks, position: usize) {
        if let Some(mark) = self.room.marks.get_mut(marks.next()) {
            *mark = position;
        }
        marks.set += 1;
    }

    /// What is selected of an object under a choice, and its marks.
    #[inline(always)]
    pub(super) fn enter(&mut self, object: &Object, choice: &'a Choice) -> Option<(&'a Chosen, Marks)> {
        let chosen = choice.of(object)?;
        let first = self.used;
        // One for the end.
        self.used += chosen.slots.len() + 1;
        if self.room.marks.len() < self.used {
            self.room.marks.resize(self.used, 0);
        }
        Some((chosen, Marks { start: 0, first: u32::try_from(first).ok()?, set: 0 }))
    }

    /// The objects around one go on.
    #[inline(always)]
    pub(super) fn leave(&mut self, marks: Marks) {
        self.used = marks.first as usize;
    }

    /// What is selected under the field before `rest`.
    #[inline(always)]
    pub(super) fn under(&self, chosen: &'a Chosen, rest: &[Field]) -> Option<&'a Choice> {
        let number = (chosen.fields.len() - rest.len()).checked_sub(1)?;
        self.choices.get((*chosen.choices.get(number)?)?)
    }

    /// What is written behind an object while it is put in order, at most.
    pub(super) const ROOM: usize = Prefix::ROOM + STEP;

    /// Ends an object that was written up to `end`: brings its fields into the order of the selection and writes its opening brace. Returns where it ends
    /// then, or nothing where the buffer has no room.
    #[inline(always)]
    pub(super) fn finish(&mut self, chosen: &Chosen, marks: Marks, end: usize, buffer: &mut [u8]) -> Option<usize> {
        let start = marks.start;
        if buffer.len() < end + chosen.growth + Self::ROOM {
            return None;
        }
        let end = if chosen.in_order { end } else { self.arrange(chosen, marks, end, buffer)? };
        // What was written begins with a comma, if anything was.
        *buffer.get_mut(start)? = b'{';
        Some(end.max(start + 1))
    }

    /// An object's marks, and room for a copy of `len` bytes and some more.
    #[inline(always)]
    pub(super) fn workplace(&mut self, chosen: &Chosen, marks: Marks, len: usize) -> Option<(&mut [usize], &mut [u8])> {
        let Room { marks: all, copy } = &mut self.room;
        if copy.len() < len + STEP {
            copy.resize(2 * len + STEP, 0);
        }
        let first = marks.first as usize;
        Some((all.get_mut(first..=first + chosen.slots.len())?, copy))
    }

    #[inline(always)]
    fn arrange(&mut self, chosen: &Chosen, marks: Marks, end: usize, buffer: &mut [u8]) -> Option<usize> {
        let (start, len) = (marks.start, end - marks.start);
        let (all, copy) = self.workplace(chosen, marks, len)?;
        copy.get_mut(..len)?.copy_from_slice(buffer.get(start..end)?);
        *all.get_mut(marks.set as usize)? = end;
        let mut at = start;
        for slot in &chosen.slots {
            let What::Field { rank, .. } = slot.what else {
                buffer.get_mut(at..at + Prefix::ROOM)?.copy_from_slice(slot.typename.bytes());
                at += slot.typename.len();
                continue;
            };
            let (from, to) = (*all.get(rank)?, *all.get(rank + 1)?);
            let (piece, room) = (copy.get(from - start..)?, buffer.get_mut(at..)?);
            put_piece(piece, to - from, room)?;
            at += to - from;
        }
        Some(at)
    }
}

/// Writes the first `len` bytes of `piece`. Most are short: steps of one size are faster than asking how long they are.
#[inline(always)]
fn put_piece(mut piece: &[u8], len: usize, mut room: &mut [u8]) -> Option<()> {
    if len > 8 * STEP {
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

impl<'a, L: Lanes, B: Buffer, const SELECT: bool> Walk<'a, L, B, SELECT> {
    /// Writes nulls for the selected fields that were passed, up to the one before `rest`, and remembers where that one begins.
    #[inline(always)]
    pub(super) fn mark(&mut self, here: &mut Here<'a>, rest: &[Field]) -> Option<()> {
        let passed = here.rest.len() - rest.len();
        if passed > 1 {
            self.nulls(here, passed - 1)?;
        }
        if here.rest.get(passed - 1).is_some_and(|field| !field.is_skipped()) {
            self.selecting.as_mut()?.mark(&mut here.marks, self.output.position());
        }
        Some(())
    }

    /// Writes null for those of the next `count` fields that are selected.
    #[inline(always)]
    fn nulls(&mut self, here: &mut Here<'a>, count: usize) -> Option<()> {
        for field in here.rest.iter().take(count).filter(|field| !field.is_skipped()) {
            self.selecting.as_mut()?.mark(&mut here.marks, self.output.position());
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
        self.output.room(chosen.growth + Selecting::ROOM);
        let (buffer, end) = self.output.parts();
        let end = selecting.finish(chosen, here.marks, end, buffer)?;
        self.output.back_to(end);
        self.output.put_byte(b'}');
        Some(())
    }
}
