//! Key texts that are compared and written in one step of 32 bytes, worked out when the table is compiled.

/// Up to [`Pattern::ROOM`] bytes of text, zero-padded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pattern {
    /// Two bytes more than the room, so that there are 32 bytes behind the first two as well.
    bytes: [u8; Pattern::ROOM + 2],
    len: u8,
    /// A bit for each byte of the text.
    mask: u32,
    /// What is left under the mask of a comparison of all bytes, where the text is found.
    found: u32,
}

impl Pattern {
    pub(super) const ROOM: usize = 32;

    /// A text that has no room, longer than any window: it is never found, and its field takes a longer way.
    pub(super) const NONE: Self = Self { bytes: [0; Self::ROOM + 2], len: u8::MAX, mask: 0, found: u32::MAX };

    /// No text at all.
    pub(super) const EMPTY: Self = Self::key("", "", "");

    /// A key between `before` and `after`.
    pub(super) const fn key(before: &str, key: &str, after: &str) -> Self {
        let mut pattern = Self::NONE;
        let Some(len) = join([before, key, after], &mut pattern.bytes, Self::ROOM) else { return Self::NONE };
        pattern.len = len as u8;
        pattern.mask = if len == 0 { 0 } else { u32::MAX >> (Self::ROOM - len) };
        pattern.found = pattern.mask;
        pattern
    }

    /// Whether the text, or the text from its third byte on, is where each of the first bytes agrees whose bit is set.
    #[inline(always)]
    pub(super) const fn is_where(&self, agree: u32, from_third: bool) -> bool {
        let skipped = if from_third { 2 } else { 0 };
        agree & self.mask >> skipped == self.found >> skipped
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

    /// Whether `text` begins with the pattern without its comma: a key where none is written before it. A text shorter than the pattern's room is left
    /// to others.
    #[inline]
    pub(super) fn begins_behind_comma(&self, text: &[u8]) -> bool {
        let [_, rest @ .., _] = &self.bytes;
        let window = text.first_chunk::<{ Self::ROOM }>();
        window.is_some_and(|window| same_start(window, rest, self.len() - 1))
    }

    /// The text alone, without the padding; empty where it had no room.
    #[inline]
    pub(super) fn text(&self) -> &[u8] {
        self.bytes.get(..self.len()).unwrap_or_default()
    }
}

/// Writes parts one behind another, if they are no longer than `room`: their length.
const fn join(parts: [&str; 3], into: &mut [u8], room: usize) -> Option<usize> {
    // The compiler interprets this for every key of every table: a step costs little there, a call much.
    let (mut len, mut part) = (0, 0);
    while part < 3 {
        let (bytes, count, mut at) = (parts[part].as_bytes(), parts[part].len(), 0);
        if len + count > room {
            return None;
        }
        while at < count {
            into[len] = bytes[at];
            at += 1;
            len += 1;
        }
        part += 1;
    }
    Some(len)
}

/// Whether two windows agree in their first `len` bytes; never where that is more than they have.
#[inline(always)]
pub(super) fn same_start(left: &[u8; Pattern::ROOM], right: &[u8; Pattern::ROOM], len: usize) -> bool {
    let (words, _) = left.as_chunks::<8>();
    let (others, _) = right.as_chunks::<8>();
    let mut left = len;
    for (word, other) in words.iter().zip(others) {
        let difference = u64::from_le_bytes(*word) ^ u64::from_le_bytes(*other);
        if left <= 8 {
            return left == 0 || difference << (64 - 8 * left) == 0;
        }
        if difference != 0 {
            return false;
        }
        left -= 8;
    }
    left == 0
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
        let Some(len) = join(parts, &mut prefix.bytes, Self::ROOM) else { return Self { len: u8::MAX, ..Self::EMPTY } };
        prefix.len = len as u8;
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
