//! Key texts that are compared and written in one step of 32 bytes, worked out when the table is compiled.

/// Up to [`Pattern::ROOM`] bytes of key text, zero-padded.
#[derive(Clone, Copy)]
pub(super) struct Pattern {
    bytes: [u8; Pattern::ROOM],
    len: u8,
}

impl Pattern {
    pub(super) const ROOM: usize = 32;

    /// A key between `before` and `after`. A key that is too long for the room gives an empty pattern, and the engines take a longer way.
    pub(super) const fn key(before: &str, key: &str, after: &str) -> Self {
        let mut pattern = Self { bytes: [0; Self::ROOM], len: 0 };
        if before.len() + key.len() + after.len() <= Self::ROOM {
            pattern.append(before);
            pattern.append(key);
            pattern.append(after);
        }
        pattern
    }

    const fn append(&mut self, text: &str) {
        let text = text.as_bytes();
        let mut at = 0;
        while at < text.len() {
            self.bytes[self.len as usize] = text[at];
            self.len += 1;
            at += 1;
        }
    }

    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.len as usize
    }

    /// The text alone, without the padding; empty where it had no room.
    #[inline]
    pub(super) fn text(&self) -> &[u8] {
        self.bytes.get(..self.len()).unwrap_or_default()
    }
}
