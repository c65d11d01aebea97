//! Key texts that are compared and written in one step of 32 bytes, worked out when the table is compiled.

/// Up to [`Pattern::ROOM`] bytes of text, zero-padded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pattern {
    /// Two bytes more than the room, so that there are 32 bytes behind the first two as well.
    bytes: [u8; Pattern::ROOM + 2],
    len: u8,
}

impl Pattern {
    pub(super) const ROOM: usize = 32;

    /// A text that has no room, longer than any window: it is never found, and its field takes a longer way.
    pub(super) const NONE: Self = Self { bytes: [0; Self::ROOM + 2], len: u8::MAX };

    /// A key between `before` and `after`.
    pub(super) const fn key(before: &str, key: &str, after: &str) -> Self {
        let mut pattern = Self::NONE;
        if before.len() + key.len() + after.len() <= Self::ROOM {
            pattern.len = 0;
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

    pub(super) const fn is_none(&self) -> bool {
        self.len == u8::MAX
    }

    #[inline(always)]
    pub(super) const fn len(&self) -> usize {
        self.len as usize
    }

    /// The text, or the text from its third byte on.
    #[inline(always)]
    pub(super) fn bytes(&self, from_third: bool) -> &[u8; Self::ROOM] {
        let ([all @ .., _, _], [_, _, rest @ ..]) = (&self.bytes, &self.bytes);
        if from_third { rest } else { all }
    }

    /// The text alone, without the padding; empty where it had no room.
    #[inline]
    pub(super) fn text(&self) -> &[u8] {
        self.bytes.get(..self.len()).unwrap_or_default()
    }
}

/// What an object's output begins with: its brace and `__typename`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prefix {
    bytes: [u8; Prefix::ROOM],
    len: u8,
}

impl Prefix {
    pub(super) const ROOM: usize = 64;

    /// Nothing at all.
    pub(super) const EMPTY: Self = Self { bytes: [0; Self::ROOM], len: 0 };

    pub(super) const fn new(typename: &str) -> Self {
        Self::of(["{\"__typename\":\"", typename, "\""])
    }

    /// The text of these parts; none where it has no room.
    pub(super) const fn of(parts: [&str; 3]) -> Self {
        let mut prefix = Self::EMPTY;
        if parts[0].len() + parts[1].len() + parts[2].len() > Self::ROOM {
            prefix.len = u8::MAX;
            return prefix;
        }
        let mut number = 0;
        while number < parts.len() {
            let part = parts[number].as_bytes();
            let mut at = 0;
            while at < part.len() {
                prefix.bytes[prefix.len as usize] = part[at];
                prefix.len += 1;
                at += 1;
            }
            number += 1;
        }
        prefix
    }

    #[inline(always)]
    pub(super) const fn is_none(&self) -> bool {
        self.len == u8::MAX
    }

    #[inline(always)]
    pub(super) const fn len(&self) -> usize {
        self.len as usize
    }

    #[inline(always)]
    pub(super) const fn bytes(&self) -> &[u8; Self::ROOM] {
        &self.bytes
    }
}
