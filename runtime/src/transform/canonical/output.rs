//! The output as the canonical engine writes it: in steps of 32 bytes, of which those behind the position are overwritten by the next step.

use std::mem;

use crate::transform::buffer::Buffer;

/// Room behind the position that every step may use.
const SLACK: usize = 160;

/// A position in the output.
///
/// `promised` is what the output may hold at most: the document's length (what is copied) and the growth of each object that was begun.
#[derive(Default)]
pub(super) struct Output<B> {
    buffer: B,
    at: usize,
    promised: usize,
}

impl<B: Buffer> Output<B> {
    #[inline(always)]
    pub(super) fn new(mut buffer: B, document: usize) -> Self {
        let at = buffer.len();
        let promised = at + document;
        buffer.resize(promised + document / 4 + 2 * SLACK);
        Self { buffer, at, promised }
    }

    /// Makes room for what an object writes beyond what it reads.
    #[inline(always)]
    pub(super) fn promise(&mut self, growth: usize) {
        self.promised += growth;
        if self.promised + SLACK > self.buffer.len() {
            // By value: the output of the main loop has no address and stays in registers.
            self.buffer = grown(mem::take(&mut self.buffer), self.promised + SLACK);
        }
    }

    /// Writes `bytes`, of which `len` stay. Writes nothing where there is no room, which cannot be while promises are kept.
    #[inline(always)]
    pub(super) fn put<const N: usize>(&mut self, bytes: &[u8; N], len: usize) -> Option<()> {
        self.preview(bytes, 0)?;
        self.at += len;
        Some(())
    }

    /// Writes `bytes` from `ahead` on and stays where it is.
    #[inline(always)]
    pub(super) fn preview<const N: usize>(&mut self, bytes: &[u8; N], ahead: usize) -> Option<()> {
        let at = self.at + ahead;
        self.buffer.bytes_mut().get_mut(at..at + N)?.copy_from_slice(bytes);
        Some(())
    }

    /// Writes a text of any length.
    #[inline(always)]
    pub(super) fn put_text(&mut self, text: &[u8]) -> Option<()> {
        self.buffer.bytes_mut().get_mut(self.at..)?.get_mut(..text.len())?.copy_from_slice(text);
        self.at += text.len();
        Some(())
    }

    #[inline(always)]
    pub(super) fn put_byte(&mut self, byte: u8) -> Option<()> {
        *self.buffer.bytes_mut().get_mut(self.at)? = byte;
        self.at += 1;
        Some(())
    }

    /// Keeps `count` bytes of what was previewed.
    #[inline(always)]
    pub(super) fn keep(&mut self, count: usize) {
        self.at += count;
    }

    /// The buffer and the position in it.
    #[inline(always)]
    pub(super) fn parts(&mut self) -> (&mut [u8], usize) {
        (self.buffer.bytes_mut(), self.at)
    }

    /// What was written from `start` on.
    #[inline(always)]
    pub(super) fn written(&mut self, start: usize) -> Option<&[u8]> {
        let at = self.at;
        self.buffer.bytes_mut().get(start..at)
    }

    /// Writes over one byte.
    #[inline(always)]
    pub(super) fn patch(&mut self, position: usize, byte: u8) -> Option<()> {
        *self.buffer.bytes_mut().get_mut(position)? = byte;
        Some(())
    }

    #[inline(always)]
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Takes back everything from `position` on.
    #[inline(always)]
    pub(super) fn back_to(&mut self, position: usize) {
        self.at = position;
    }

    /// The buffer, cut to what was written.
    pub(super) fn finish(mut self) -> B {
        self.buffer.truncate(self.at);
        self.buffer
    }
}

#[cold]
#[inline(never)]
fn grown<B: Buffer>(mut buffer: B, len: usize) -> B {
    buffer.resize(len + len / 2);
    buffer
}
