//! The document as the canonical engine reads it: always 32 bytes at a time, without an end to look out for.

/// What is looked at in one step.
pub(super) type Window = [u8; 32];

/// What a value and the key behind it take at most where both are short work.
pub(super) const NEAR: usize = 128;

/// The end of a document, with zeros behind it: no token goes on through a zero, so every token ends before the tail does.
pub(in crate::transform) struct Tail {
    pub(super) bytes: [u8; 2 * NEAR],
    /// Where it begins in the document.
    pub(super) start: usize,
    len: usize,
}

/// A position in the document. Once a window would reach over the document's end, the reader goes on in the [`Tail`].
///
/// A copy is a place to come back to.
#[derive(Clone, Copy)]
pub(in crate::transform) struct Reader<'a> {
    pub(super) document: &'a [u8],
    bytes: &'a [u8],
    at: usize,
    pub(super) tail: &'a Tail,
    pub(super) in_tail: bool,
}

impl Tail {
    /// That of no document.
    pub(super) const NONE: Self = Self { bytes: [0; 2 * NEAR], start: 0, len: 0 };

    /// Takes the end of a document, where it is: it is not moved any more.
    #[inline(always)]
    pub(super) fn fill(&mut self, document: &[u8]) {
        self.len = document.len().min(NEAR);
        self.start = document.len() - self.len;
        if let (Some(last), Some(target)) = (document.last_chunk::<NEAR>(), self.bytes.first_chunk_mut()) {
            *target = *last;
        } else if let Some(target) = self.bytes.get_mut(..document.len()) {
            target.copy_from_slice(document);
        }
    }
}

impl<'a> Reader<'a> {
    #[inline(always)]
    pub(super) fn new(document: &'a [u8], tail: &'a Tail) -> Self {
        Self { document, bytes: document, at: 0, tail, in_tail: false }
    }

    /// The 32 bytes from `ahead` on.
    #[inline(always)]
    pub(super) fn window(&mut self, ahead: usize) -> Option<&'a Window> {
        if let Some(window) = window(self.bytes, self.at + ahead) {
            return Some(window);
        }
        self.go_to_tail();
        window(self.bytes, self.at + ahead)
    }

    /// The document (or the tail) and the position in it. Where less than [`NEAR`] bytes are left, the reader goes on in the tail first.
    #[inline(always)]
    pub(super) fn parts(&mut self) -> (&'a [u8], usize) {
        if self.at + NEAR > self.bytes.len() {
            self.go_to_tail();
        }
        (self.bytes, self.at)
    }

    /// Whether the reader has to go on in the tail soon.
    #[inline(always)]
    pub(super) fn is_near_end(&self) -> bool {
        !self.in_tail && self.at + NEAR > self.bytes.len()
    }

    /// The position is among the bytes that the tail repeats: something reached over the document's end, and nothing reaches farther than they go.
    #[inline(always)]
    fn go_to_tail(&mut self) {
        if !self.in_tail {
            self.at -= self.tail.start;
            self.bytes = &self.tail.bytes;
            self.in_tail = true;
        }
    }

    /// The byte `ahead` of here; zero behind the document's end.
    #[inline(always)]
    pub(super) fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// The position in the document.
    #[inline(always)]
    pub(super) fn offset(&self) -> usize {
        self.at + if self.in_tail { self.tail.start } else { 0 }
    }

    /// Goes on from a position in the document, or in its tail.
    #[inline(always)]
    pub(super) fn go_to(&mut self, offset: usize, in_tail: bool) {
        self.in_tail = in_tail;
        (self.bytes, self.at) = if in_tail {
            (&self.tail.bytes[..], offset.wrapping_sub(self.tail.start))
        } else {
            (self.document, offset)
        };
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
