//! The document as the canonical engine reads it: always 32 bytes at a time, without an end to look out for.

/// What is looked at in one step.
pub(super) type Window = [u8; 32];

/// What a value and the key behind it take at most where both are short work.
pub(super) const NEAR: usize = 96;

/// How many of the document's last bytes the tail repeats.
const REPEATED: usize = NEAR;

/// The end of a document, with zeros behind it: no token goes on through a zero, so every token ends before the tail does.
pub(super) struct Tail {
    bytes: [u8; REPEATED + NEAR],
    start: usize,
    len: usize,
}

/// A position in the document. Once a window would reach over the document's end, the reader goes on in the [`Tail`].
///
/// A copy is a place to come back to. What is rare takes and returns copies, so that the position of the main loop never has an address and stays in
/// registers.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    tail: &'a Tail,
    in_tail: bool,
}

impl Tail {
    pub(super) fn new(document: &[u8]) -> Self {
        let start = document.len().saturating_sub(REPEATED);
        let rest = document.get(start..).unwrap_or_default();
        let mut bytes = [0; REPEATED + NEAR];
        if let Some(target) = bytes.get_mut(..rest.len()) {
            target.copy_from_slice(rest);
        }
        Self { bytes, start, len: rest.len() }
    }
}

impl<'a> Reader<'a> {
    #[inline(always)]
    pub(super) fn new(document: &'a [u8], tail: &'a Tail) -> Self {
        Self { bytes: document, at: 0, tail, in_tail: false }
    }

    /// The 32 bytes from `ahead` on.
    #[inline(always)]
    pub(super) fn window(&mut self, ahead: usize) -> Option<&'a Window> {
        if let Some(window) = window(self.bytes, self.at + ahead) {
            return Some(window);
        }
        let (reader, window) = self.window_in_tail(ahead)?;
        *self = reader;
        Some(window)
    }

    #[cold]
    #[inline(never)]
    fn window_in_tail(mut self, ahead: usize) -> Option<(Self, &'a Window)> {
        if !self.in_tail {
            // The window at a position in the document reached over its end, so the position is among the bytes that the tail repeats.
            self.at = self.at.checked_sub(self.tail.start)?;
            self.bytes = &self.tail.bytes;
            self.in_tail = true;
        }
        Some((self, window(self.bytes, self.at + ahead)?))
    }

    /// The document (or the tail) and the position in it. Where it is near the end, the reader goes on in the tail first.
    #[inline(always)]
    pub(super) fn parts(&mut self) -> (&'a [u8], usize) {
        if !self.in_tail && self.at + NEAR > self.bytes.len() {
            self.at -= self.tail.start;
            self.bytes = &self.tail.bytes;
            self.in_tail = true;
        }
        (self.bytes, self.at)
    }

    /// The byte `ahead` of here; zero behind the document's end.
    #[inline(always)]
    pub(super) fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    #[inline(always)]
    pub(super) fn skip(&mut self, count: usize) {
        self.at += count;
    }

    /// Everything from here to the document's end.
    pub(super) fn rest(&self) -> &'a [u8] {
        let end = if self.in_tail { self.tail.len } else { self.bytes.len() };
        self.bytes.get(self.at..end).unwrap_or_default()
    }

    /// Whether the document ends here.
    pub(super) fn is_at_end(&self) -> bool {
        self.at == if self.in_tail { self.tail.len } else { self.bytes.len() }
    }
}

#[inline(always)]
fn window(bytes: &[u8], at: usize) -> Option<&Window> {
    // One comparison, where a slice to the end and then its first part would be two.
    bytes.get(at..at + 32)?.first_chunk()
}
