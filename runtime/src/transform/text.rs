//! JSON's words: white space, strings, numbers and literals, checked as RFC 8259 has them.

use std::borrow::Cow;

use super::error::{Error, Problem};

/// A position in a document.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
}

/// A string as it is written: the bytes between its quotes.
#[derive(Clone, Copy)]
pub(crate) struct Quoted<'a> {
    pub(crate) raw: &'a [u8],
    pub(crate) escaped: bool,
}

impl<'a> Text<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// What was read since `start`.
    #[inline]
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// The next byte that is not white space.
    #[inline]
    pub(crate) fn next_token(&mut self) -> Option<u8> {
        self.skip_space();
        self.peek()
    }

    /// Steps over `byte`, if it is the next one.
    #[inline]
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    #[cold]
    pub(crate) fn expected(&self, what: &'static str) -> Error {
        Error::new(Problem::Expected(what, self.peek()), self.at)
    }

    #[cold]
    pub(crate) fn fail(&self, problem: Problem) -> Error {
        Error::new(problem, self.at)
    }

    /// A key and the colon behind it, from its opening quote on.
    #[inline]
    pub(crate) fn key(&mut self) -> Result<Quoted<'a>, Error> {
        if self.next_token() != Some(b'"') {
            return Err(self.expected("a key in quotes"));
        }
        let key = self.string()?;
        self.skip_space();
        if !self.take(b':') {
            return Err(self.expected("`:` behind a key").under_key(&key.text()));
        }
        Ok(key)
    }

    /// A string, from its opening quote on.
    #[inline]
    pub(crate) fn string(&mut self) -> Result<Quoted<'a>, Error> {
        self.at += 1;
        let start = self.at;
        let mut escaped = false;
        let mut high = 0;
        loop {
            let (plain, seen) = plain_run(self.bytes.get(self.at..).unwrap_or_default());
            self.at += plain;
            high |= seen;
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(byte) => return Err(self.fail(Problem::Control(byte))),
                None => return Err(self.expected("the string's closing quote")),
            }
        }
        let raw = self.since(start);
        if high & HIGH != 0 {
            check_utf8(raw, start)?;
        }
        self.at += 1;
        Ok(Quoted { raw, escaped })
    }

    /// Steps over an escape, from its backslash on.
    #[cold]
    fn escape(&mut self) -> Result<(), Error> {
        match escape_len(self.bytes.get(self.at..).unwrap_or_default()) {
            Ok(len) => {
                self.at += len;
                Ok(())
            }
            Err(problem) => Err(self.fail(problem)),
        }
    }

    /// Steps over a number, from its first byte on.
    #[inline]
    pub(crate) fn number(&mut self) -> Result<(), Error> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        match number_len(rest) {
            Some(len) => {
                self.at += len;
                Ok(())
            }
            None => Err(self.fail(Problem::Number)),
        }
    }

    /// Steps over `true`, `false` or `null`, from its first byte on.
    #[inline]
    pub(crate) fn literal(&mut self) -> Result<(), Error> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let word: &[u8] = match rest.first() {
            Some(b't') => b"true",
            Some(b'f') => b"false",
            _ => b"null",
        };
        if !rest.starts_with(word) {
            return Err(self.expected("a value"));
        }
        self.at += word.len();
        Ok(())
    }
}

impl<'a> Quoted<'a> {
    /// The string's text, its escapes resolved.
    #[inline]
    pub(crate) fn text(&self) -> Cow<'a, [u8]> {
        if self.escaped { Cow::Owned(unescape(self.raw)) } else { Cow::Borrowed(self.raw) }
    }
}

const LOW: u64 = 0x0101_0101_0101_0101;
pub(super) const HIGH: u64 = 0x8080_8080_8080_8080;

/// How many bytes at the start of `bytes` are neither quotes, backslashes nor control characters, eight at a time; and an OR of words that cover them,
/// in which a high bit tells that some may not be ASCII.
#[inline]
fn plain_run(bytes: &[u8]) -> (usize, u64) {
    let mut high = 0;
    let mut at = 0;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word);
        high |= word;
        let special = specials(word);
        if special != 0 {
            return (at + special.trailing_zeros() as usize / 8, high);
        }
        at += 8;
    }
    for &byte in rest {
        if byte < 0x20 || byte == b'"' || byte == b'\\' {
            break;
        }
        high |= u64::from(byte);
        at += 1;
    }
    (at, high)
}

/// The high bit of each byte that is a quote, a backslash or a control character; bits above the lowest one set may be wrong.
#[inline]
pub(super) fn specials(word: u64) -> u64 {
    let quote = word ^ (LOW * b'"' as u64);
    let backslash = word ^ (LOW * b'\\' as u64);
    let zero_in = |word: u64| word.wrapping_sub(LOW) & !word;
    (zero_in(quote) | zero_in(backslash) | (word.wrapping_sub(LOW * 0x20) & !word)) & HIGH
}

#[cold]
fn check_utf8(raw: &[u8], start: usize) -> Result<(), Error> {
    std::str::from_utf8(raw).map(drop).map_err(|error| Error::new(Problem::Utf8, start + error.valid_up_to()))
}

/// The length of the escape at the start of `bytes`; both halves of a surrogate pair count as one.
pub(super) fn escape_len(bytes: &[u8]) -> Result<usize, Problem> {
    match bytes.get(1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
        Some(b'u') => match hex(bytes.get(2..6)).ok_or(Problem::Escape)? {
            0xD800..=0xDBFF => match (bytes.get(6..8), hex(bytes.get(8..12))) {
                (Some(b"\\u"), Some(0xDC00..=0xDFFF)) => Ok(12),
                _ => Err(Problem::Surrogate),
            },
            0xDC00..=0xDFFF => Err(Problem::Surrogate),
            _ => Ok(6),
        },
        _ => Err(Problem::Escape),
    }
}

fn hex(digits: Option<&[u8]>) -> Option<u32> {
    digits?.iter().try_fold(0, |value, &digit| Some(value << 4 | char::from(digit).to_digit(16)?))
}

/// Resolves the escapes of a string that was checked.
fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, behind)) = rest.split_first() {
        if byte != b'\\' {
            text.push(byte);
            rest = behind;
            continue;
        }
        let len = escape_len(rest).unwrap_or(2);
        let simple = match rest.get(1) {
            Some(b'b') => 0x08,
            Some(b'f') => 0x0C,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(&other) => other,
            None => b'\\',
        };
        if simple == b'u' {
            let high = hex(rest.get(2..6)).unwrap_or_default();
            let code = match (len, hex(rest.get(8..12))) {
                (12, Some(low)) => 0x10000 + ((high & 0x3FF) << 10 | low & 0x3FF),
                _ => high,
            };
            let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        } else {
            text.push(simple);
        }
        rest = rest.get(len..).unwrap_or_default();
    }
    text
}

/// The length of the number at the start of `bytes`, or nothing where there is none.
#[inline]
pub(super) fn number_len(bytes: &[u8]) -> Option<usize> {
    let digits =
        |from: usize| bytes.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || whole > 1 && bytes.get(at) == Some(&b'0') {
        return None;
    }
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
        let exponent = digits(at);
        if exponent == 0 {
            return None;
        }
        at += exponent;
    }
    Some(at)
}

/// Writes `text` between quotes, with the escapes that JSON demands.
pub(super) fn quote(text: &[u8], mut push: impl FnMut(&[u8])) {
    push(b"\"");
    for &byte in text {
        match byte {
            b'"' => push(b"\\\""),
            b'\\' => push(b"\\\\"),
            0..0x20 => push(format!("\\u{byte:04x}").as_bytes()),
            _ => push(&[byte]),
        }
    }
    push(b"\"");
}
