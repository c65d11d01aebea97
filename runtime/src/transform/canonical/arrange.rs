//! Brings the fields of an object into the order in which they were selected.

use std::cell::Cell;

use super::output::Output;
use crate::transform::buffer::Buffer;
use crate::transform::select::{Chosen, What};

/// How many bytes are copied in one step.
const STEP: usize = 32;

/// Where the fields of the open objects begin, and room for a copy of one.
#[derive(Default)]
pub(super) struct Arranger {
    marks: Vec<usize>,
    copy: Vec<u8>,
}

thread_local! {
    /// The one that was used last: in the long run, nothing is allocated.
    static SPARE: Cell<Arranger> = Cell::default();
}

impl Arranger {
    pub(super) fn take() -> Self {
        SPARE.take()
    }

    pub(super) fn give_back(mut self) {
        self.marks.clear();
        SPARE.set(self);
    }

    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.marks.len()
    }

    #[inline(always)]
    pub(super) fn mark(&mut self, position: usize) {
        self.marks.push(position);
    }

    /// Rewrites the output from `start` on. The object's marks are those from number `first` on: one for each selected field, in jsonb's order.
    #[inline(always)]
    pub(super) fn arrange<B: Buffer>(
        &mut self,
        chosen: &Chosen,
        start: usize,
        first: usize,
        output: &mut Output<B>,
    ) -> Option<()> {
        let end = output.position();
        self.copy.clear();
        self.copy.extend_from_slice(output.written(start)?);
        self.copy.extend_from_slice(&[0; STEP]);
        output.back_to(start);
        for slot in &chosen.slots {
            match slot.what {
                What::Typename => {
                    output.put_text(slot.key.as_bytes())?;
                    output.put_byte(b'"')?;
                    output.put_text(chosen.object.typename().as_bytes())?;
                    output.put_byte(b'"')?;
                }
                What::Field { rank, .. } => {
                    let from = *self.marks.get(first + rank)?;
                    let to = self.marks.get(first + rank + 1).copied().unwrap_or(end);
                    let piece = self.copy.get(from - start..)?;
                    put_piece(piece, to - from, output)?;
                }
            }
        }
        self.marks.truncate(first);
        Some(())
    }
}

/// Writes the first `len` bytes of `piece`. Most are short: steps of one size are faster than asking how long they are.
#[inline(always)]
fn put_piece<B: Buffer>(mut piece: &[u8], len: usize, output: &mut Output<B>) -> Option<()> {
    if len > 8 * STEP {
        return output.put_text(piece.get(..len)?);
    }
    let mut left = len;
    while left > STEP {
        let (step, rest) = piece.split_first_chunk::<STEP>()?;
        output.put(step, STEP)?;
        piece = rest;
        left -= STEP;
    }
    output.put(piece.first_chunk::<STEP>()?, left)
}
