//! Key texts that are compared and written in one step of 32 bytes, worked out when the table is compiled.

const TYPENAME: &str = "a typename must be a GraphQL name: letters, digits and `_`";
const NAME: &str = "a field's name must be a GraphQL name: letters, digits and `_`";
const KEY: &str = "a key must not be empty or hold quotes, backslashes or control characters";

/// Whether a GraphQL name may have a byte at this place. No function: where the compiler interprets it, a call would cost as much as the rest.
macro_rules! is_in_name {
    ($byte:expr, $at:expr) => {
        match $byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => true,
            b'0'..=b'9' => $at > 0,
            _ => false,
        }
    };
}
pub(super) use is_in_name;

/// Whether a key may have a byte: none needs an escape.
macro_rules! is_in_key {
    ($byte:expr) => {
        !matches!($byte, 0..b' ' | b'"' | b'\\')
    };
}
pub(super) use is_in_key;

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

    /// What the texts of a field begin with.
    const BEHIND: Self = Self::key(",\"", "", "");
    const STORED_BEHIND: Self = Self::key(", \"", "", "");

    /// A field's texts: its key as canonical text has it behind another field, its name as it is written there, and its key as it is written there on the
    /// way back.
    ///
    /// # Panics
    /// The key would need an escape, or the name is no GraphQL name.
    pub(super) const fn of_field(key: &str, name: &str) -> [Self; 3] {
        // The compiler interprets this for every field of every table: each byte is looked at once, and as little as possible is called.
        let (mut stored, mut shown, mut sent) = (Self::STORED_BEHIND, Self::BEHIND, Self::BEHIND);
        let (bytes, len, mut at) = (key.as_bytes(), key.len(), 0);
        assert!(len > 0, "{}", KEY);
        while at < len {
            let byte = bytes[at];
            assert!(is_in_key!(byte), "{}", KEY);
            if at < Self::ROOM - 2 {
                stored.bytes[at + 3] = byte;
                sent.bytes[at + 2] = byte;
            }
            at += 1;
        }
        stored = stored.ending(len + 3, true);
        sent = sent.ending(len + 2, false);
        let (bytes, len) = (name.as_bytes(), name.len());
        assert!(len > 0, "{}", NAME);
        at = 0;
        while at < len {
            let byte = bytes[at];
            assert!(is_in_name!(byte, at), "{}", NAME);
            if at < Self::ROOM - 2 {
                shown.bytes[at + 2] = byte;
            }
            at += 1;
        }
        shown = shown.ending(len + 2, false);
        // Where a key is found, its name has its text, too.
        if shown.len == u8::MAX {
            stored = Self::NONE;
        }
        [stored, shown, sent]
    }

    /// The same with the quote, the colon and a space behind `len` bytes, if there is room.
    const fn ending(mut self, len: usize, space: bool) -> Self {
        let end = if space { len + 3 } else { len + 2 };
        if end > Self::ROOM {
            return Self::NONE;
        }
        self.bytes[len] = b'"';
        self.bytes[len + 1] = b':';
        if space {
            self.bytes[len + 2] = b' ';
        }
        self.filled(end)
    }

    /// The same, where `len` bytes are the text.
    const fn filled(mut self, len: usize) -> Self {
        self.len = len as u8;
        self.mask = if len == 0 { 0 } else { u32::MAX >> (Self::ROOM - len) };
        self.found = self.mask;
        self
    }

    /// A key between `before` and `after`.
    pub(super) const fn key(before: &str, key: &str, after: &str) -> Self {
        let mut pattern = Self::NONE;
        let Some(len) = join([before, key, after], &mut pattern.bytes, Self::ROOM) else { return Self::NONE };
        pattern.filled(len)
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

    /// What every object begins with.
    const START: Self = Self::of(["{\"__typename\":\"", "", ""]);

    /// Brace and `__typename`.
    ///
    /// # Panics
    /// The typename is no GraphQL name.
    pub(super) const fn new(typename: &str) -> Self {
        let (mut prefix, start) = (Self::START, Self::START.len as usize);
        let (bytes, len, mut at) = (typename.as_bytes(), typename.len(), 0);
        assert!(len > 0, "{}", TYPENAME);
        while at < len {
            let byte = bytes[at];
            assert!(is_in_name!(byte, at), "{}", TYPENAME);
            if start + at < Self::ROOM {
                prefix.bytes[start + at] = byte;
            }
            at += 1;
        }
        let end = start + len;
        if end >= Self::ROOM {
            return Self { len: u8::MAX, ..Self::EMPTY };
        }
        prefix.bytes[end] = b'"';
        prefix.len = end as u8 + 1;
        prefix
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn same(one: &Pattern, other: &Pattern) -> bool {
        (one.bytes, one.len, one.mask, one.found) == (other.bytes, other.len, other.mask, other.found)
    }

    proptest! {
        /// The quick way to a field's texts, and to an object's beginning, is what their parts joined are.
        #[test]
        fn texts_are_their_parts_joined(key in "[a-z_ \u{e4}-]{1,40}", name in "[A-Za-z_][A-Za-z_0-9]{0,70}") {
            let short = &name[..name.len().min(36)];
            let [stored, shown, sent] = Pattern::of_field(&key, short);
            let named = Pattern::key(",\"", short, "\":");
            let known = if named.is_none() { Pattern::NONE } else { Pattern::key(", \"", &key, "\": ") };
            prop_assert!(same(&stored, &known), "{stored:?} {known:?}");
            prop_assert!(same(&shown, &named), "{shown:?} {named:?}");
            prop_assert!(same(&sent, &Pattern::key(",\"", &key, "\":")), "{sent:?}");
            let (prefix, joined) = (Prefix::new(&name), Prefix::of(["{\"__typename\":\"", &name, "\""]));
            prop_assert_eq!((prefix.bytes, prefix.len), (joined.bytes, joined.len));
        }
    }
}
