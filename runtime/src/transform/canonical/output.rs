//! The output as the canonical engine writes it: in steps of 32 bytes, of which those behind the position are overwritten by the next step.

use crate::transform::buffer::Buffer;

/// Room that is cleared at once: little enough to be in the cache still when it is written to.
const CHUNK: usize = 4096;

/// Room behind the position that the next steps are likely to need.
pub(super) const SLACK: usize = 256;

/// A position in the output. Behind it there is room, which grows as it is needed.
pub(super) struct Output<'o, B> {
    buffer: &'o mut B,
    at: usize,
}

impl<'o, B: Buffer> Output<'o, B> {
    /// From the position `at`, up to which the buffer is filled, on.
    #[inline(always)]
    pub(super) fn new(buffer: &'o mut B, at: usize) -> Self {
        Self { buffer, at }
    }

    /// The buffer and the position in it, for somebody who goes on from there, up to where the buffer is filled then: see [`resume`](Self::resume).
    #[inline(always)]
    pub(super) fn lend(&mut self) -> (&mut B, usize) {
        (self.buffer, self.at)
    }

    /// Goes on from this position.
    #[inline(always)]
    pub(super) fn resume(&mut self, at: usize) {
        self.at = at;
    }

    /// Makes room for some steps.
    #[inline(always)]
    pub(super) fn prepare(&mut self) {
        if self.is_full() {
            self.grow(SLACK);
        }
    }

    /// Writes `bytes`, of which `len` stay.
    #[inline(always)]
    pub(super) fn put<const N: usize>(&mut self, bytes: &[u8; N], len: usize) {
        self.preview(bytes, 0);
        self.at += len;
    }

    /// Writes `bytes` from `ahead` on and stays where it is.
    #[inline(always)]
    pub(super) fn preview<const N: usize>(&mut self, bytes: &[u8; N], ahead: usize) {
        if let Some(room) = self.room(ahead + N).get_mut(ahead..ahead + N) {
            room.copy_from_slice(bytes);
        }
    }

    /// Writes a text of any length.
    #[inline(always)]
    pub(super) fn put_text(&mut self, text: &[u8]) {
        if let Some(room) = self.room(text.len()).get_mut(..text.len()) {
            room.copy_from_slice(text);
        }
        self.at += text.len();
    }

    #[inline(always)]
    pub(super) fn put_byte(&mut self, byte: u8) {
        self.put(&[byte], 1);
    }

    /// Keeps `count` bytes of what was previewed.
    #[inline(always)]
    pub(super) fn keep(&mut self, count: usize) {
        self.at += count;
    }

    /// What is behind the position: at least `len` bytes.
    #[inline(always)]
    pub(super) fn room(&mut self, len: usize) -> &mut [u8] {
        if self.at + len > self.buffer.len() {
            self.grow(len);
        }
        self.buffer.bytes_mut().get_mut(self.at..).unwrap_or_default()
    }

    /// Whether the next steps are likely to need more room.
    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.at + SLACK > self.buffer.len()
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, len: usize) {
        // As much as was expected at first, but not all of it at once.
        let left = self.buffer.kind().capacity().saturating_sub(self.at + len);
        self.buffer.resize(self.at + len + left.clamp(SLACK, CHUNK));
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

    /// Cuts the buffer to what was written.
    pub(super) fn finish(self) {
        self.buffer.truncate(self.at);
    }
}
