//! The values of tokens: folded identifiers, strings without quotes and escapes, integers.

use std::borrow::Cow;
use std::ops::Range;

use super::quoted::continuation;
use super::{PositionMap, Token, TokenKind};
use crate::source::FileId;

/// PostgreSQL cuts names to this many bytes.
const LONGEST_NAME: usize = 63;

/// An escape in a string that stands for no character.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DecodeError {
    /// The escape's bytes in the text.
    pub range: Range<usize>,
}

/// A text that stands in a string constant of a file, with its positions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Embedded<'a> {
    /// The text without quotes and escapes.
    pub text: Cow<'a, str>,
    /// Where it stands.
    pub map: PositionMap,
}

impl<'a> Embedded<'a> {
    /// The value of a string token of `text`, which is the text of `file`; `None` for other tokens.
    ///
    /// # Errors
    /// [`DecodeError`] for an escape that stands for no character.
    pub fn new(token: Token, text: &'a str, file: FileId) -> Option<Result<Self, DecodeError>> {
        let contents = Contents::of(token, text)?;
        Some(contents.embedded(text, '\\', file))
    }
}

/// A name as PostgreSQL keeps it when it is not quoted: ASCII letters in lower case, cut to 63 bytes.
pub fn fold(word: &str) -> Cow<'_, str> {
    let word = cut(word);
    if word.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(word.to_ascii_lowercase())
    } else {
        Cow::Borrowed(word)
    }
}

fn cut(name: &str) -> &str {
    let mut end = name.len().min(LONGEST_NAME);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}

/// The name that a word or a quoted identifier of `text` stands for; `None` for other tokens. `escape` is the
/// character of the `UESCAPE` that follows, by default a backslash.
///
/// # Errors
/// [`DecodeError`] for an escape that stands for no character.
pub fn identifier(token: Token, text: &str, escape: char) -> Option<Result<Cow<'_, str>, DecodeError>> {
    if token.kind == TokenKind::Word {
        return Some(Ok(fold(token.text(text))));
    }
    if !token.kind.is_quoted_identifier() {
        return None;
    }
    Some(Contents::of(token, text)?.value(text, escape).map(|name| match name {
        Cow::Borrowed(name) => Cow::Borrowed(cut(name)),
        Cow::Owned(name) => Cow::Owned(cut(&name).to_owned()),
    }))
}

/// The value of a string token of `text`, also of a bit string or a hexadecimal one; `None` for other tokens.
/// `escape` is the character of the `UESCAPE` that follows, by default a backslash.
///
/// # Errors
/// [`DecodeError`] for an escape that stands for no character.
pub fn string(token: Token, text: &str, escape: char) -> Option<Result<Cow<'_, str>, DecodeError>> {
    if token.kind.is_quoted_identifier() {
        return None;
    }
    Some(Contents::of(token, text)?.value(text, escape))
}

/// The value of an integer token of `text` if it fits.
pub fn integer(token: Token, text: &str) -> Option<u64> {
    if token.kind != TokenKind::Integer {
        return None;
    }
    let digits = token.text(text).replace('_', "").to_ascii_lowercase();
    let (digits, radix) = match digits.as_bytes() {
        [b'0', b'x', ..] => (digits.get(2..)?, 16),
        [b'0', b'o', ..] => (digits.get(2..)?, 8),
        [b'0', b'b', ..] => (digits.get(2..)?, 2),
        _ => (digits.as_str(), 10),
    };
    u64::from_str_radix(digits, radix).ok()
}

/// What stands between a token's quotes, and how it is written.
struct Contents {
    range: Range<usize>,
    /// The character that stands for itself when it is doubled, and ends the constant when it is not.
    quote: Option<u8>,
    escapes: Escapes,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    None,
    Backslash,
    Unicode,
}

/// A piece of a constant, by bytes of the text.
enum Piece {
    /// Characters that stand for themselves.
    Plain(Range<usize>),
    /// Bytes that an escape at this offset stands for.
    Escape(usize, [u8; 4], usize),
}

impl Piece {
    fn character(at: usize, c: char) -> Self {
        let mut bytes = [0; 4];
        let length = c.encode_utf8(&mut bytes).len();
        Self::Escape(at, bytes, length)
    }
}

impl Contents {
    fn of(token: Token, text: &str) -> Option<Self> {
        use TokenKind as T;
        let (prefix, quote, escapes) = match token.kind {
            T::String => (1, Some(b'\''), Escapes::None),
            T::NationalString | T::BitString | T::HexString => (2, Some(b'\''), Escapes::None),
            T::EscapeString => (2, Some(b'\''), Escapes::Backslash),
            T::UnicodeString => (3, Some(b'\''), Escapes::Unicode),
            T::QuotedIdentifier => (1, Some(b'"'), Escapes::None),
            T::UnicodeIdentifier => (3, Some(b'"'), Escapes::Unicode),
            T::DollarString => {
                let delimiter = token.text(text).bytes().skip(1).position(|b| b == b'$')? + 2;
                let range = token.start as usize + delimiter..token.end as usize - delimiter;
                return Some(Self { range, quote: None, escapes: Escapes::None });
            }
            _ => return None,
        };
        Some(Self { range: token.start as usize + prefix..token.end as usize - 1, quote, escapes })
    }

    fn value<'a>(&self, text: &'a str, escape: char) -> Result<Cow<'a, str>, DecodeError> {
        let mut bytes = Vec::new();
        let mut only: Option<Range<usize>> = None;
        let mut pieces = 0;
        self.pieces(text, escape, &mut |piece| {
            pieces += 1;
            match piece {
                Piece::Plain(range) if pieces == 1 => only = Some(range),
                piece => {
                    if let Some(first) = only.take() {
                        bytes.extend_from_slice(text.as_bytes().get(first).unwrap_or_default());
                    }
                    append(&mut bytes, text, piece);
                }
            }
        })?;
        match only {
            Some(range) => Ok(Cow::Borrowed(text.get(range).unwrap_or_default())),
            None => self.utf8(bytes).map(Cow::Owned),
        }
    }

    fn embedded<'a>(&self, text: &'a str, escape: char, file: FileId) -> Result<Embedded<'a>, DecodeError> {
        if self.quote.is_none() {
            let map = PositionMap::shifted(file, self.range.start);
            return Ok(Embedded { text: Cow::Borrowed(text.get(self.range.clone()).unwrap_or_default()), map });
        }
        let mut map = PositionMap::shifted(file, self.range.start);
        let mut bytes = Vec::with_capacity(self.range.len());
        let mut end = self.range.start;
        self.pieces(text, escape, &mut |piece| {
            let start = match &piece {
                Piece::Plain(range) => range.start,
                Piece::Escape(at, ..) => *at,
            };
            if start != end || matches!(piece, Piece::Escape(..)) {
                map.push(bytes.len(), start);
            }
            end = match &piece {
                Piece::Plain(range) => range.end,
                // Whatever follows an escape gets an entry of its own.
                Piece::Escape(..) => usize::MAX,
            };
            append(&mut bytes, text, piece);
        })?;
        map.push(bytes.len(), self.range.end);
        Ok(Embedded { text: Cow::Owned(self.utf8(bytes)?), map })
    }

    /// Escapes of bytes may make what is no UTF-8.
    fn utf8(&self, bytes: Vec<u8>) -> Result<String, DecodeError> {
        String::from_utf8(bytes).map_err(|_| DecodeError { range: self.range.clone() })
    }

    fn pieces(&self, text: &str, escape: char, emit: &mut impl FnMut(Piece)) -> Result<(), DecodeError> {
        let bytes = text.as_bytes();
        let end = self.range.end;
        let mut at = self.range.start;
        let mut high_surrogate = None;
        let mut plain = at;
        while at < end {
            let rest = text.get(at..end).unwrap_or_default();
            let b = bytes.get(at).copied().unwrap_or_default();
            let is_quote = self.quote == Some(b);
            let is_escape = match self.escapes {
                Escapes::None => false,
                Escapes::Backslash => b == b'\\',
                Escapes::Unicode => rest.starts_with(escape),
            };
            if !is_quote && !is_escape {
                if high_surrogate.is_some() {
                    return Err(DecodeError { range: at..at + 1 });
                }
                at += 1;
                continue;
            }
            if plain < at {
                emit(Piece::Plain(plain..at));
            }
            if is_quote {
                match bytes.get(at + 1) {
                    Some(&b) if self.quote == Some(b) => {
                        emit(Piece::Escape(at, [b, 0, 0, 0], 1));
                        at += 2;
                    }
                    // The constant goes on behind a line break.
                    _ => at = continuation(bytes, at + 1).map_or(end, |quote| quote + 1),
                }
            } else {
                let (value, length) = match self.escapes {
                    Escapes::Unicode => unicode_escape(rest, escape),
                    _ => backslash_escape(rest),
                }
                .ok_or(DecodeError { range: at..at + 1 })?;
                let error = DecodeError { range: at..at + length };
                match (value, high_surrogate.take()) {
                    (Escaped::Byte(b), None) => emit(Piece::Escape(at, [b, 0, 0, 0], 1)),
                    (Escaped::Character(c), None) => emit(Piece::character(at, c)),
                    (Escaped::CodePoint(high @ 0xD800..=0xDBFF), None) => high_surrogate = Some((at, high)),
                    (Escaped::CodePoint(low @ 0xDC00..=0xDFFF), Some((start, high))) => {
                        let c = char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)).ok_or(error)?;
                        emit(Piece::character(start, c));
                    }
                    (Escaped::CodePoint(code), None) => {
                        emit(Piece::character(at, char::from_u32(code).filter(|&c| c != '\0').ok_or(error)?));
                    }
                    (_, Some(_)) => return Err(error),
                }
                at += length;
            }
            plain = at;
        }
        match high_surrogate {
            Some((start, _)) => return Err(DecodeError { range: start..end }),
            None if plain < end => emit(Piece::Plain(plain..end)),
            None => {}
        }
        Ok(())
    }
}

fn append(bytes: &mut Vec<u8>, text: &str, piece: Piece) {
    match piece {
        Piece::Plain(range) => bytes.extend_from_slice(text.as_bytes().get(range).unwrap_or_default()),
        Piece::Escape(_, value, length) => bytes.extend_from_slice(value.get(..length).unwrap_or_default()),
    }
}

/// What an escape stands for.
enum Escaped {
    /// A byte, which may be a part of a character.
    Byte(u8),
    /// A character.
    Character(char),
    /// A code point, which may be a half of a character.
    CodePoint(u32),
}

/// The escape that `rest` starts with, in an `E'...'` string, and its length.
fn backslash_escape(rest: &str) -> Option<(Escaped, usize)> {
    let c = rest.chars().nth(1)?;
    let hex = |from: usize, most: usize| {
        let digits = rest.get(from..).unwrap_or_default();
        digits.bytes().take(most).take_while(u8::is_ascii_hexdigit).count()
    };
    let code = |from: usize, length: usize| u32::from_str_radix(rest.get(from..from + length)?, 16).ok();
    Some(match c {
        'b' => (Escaped::Byte(8), 2),
        'f' => (Escaped::Byte(12), 2),
        'n' => (Escaped::Byte(b'\n'), 2),
        'r' => (Escaped::Byte(b'\r'), 2),
        't' => (Escaped::Byte(b'\t'), 2),
        'v' => (Escaped::Byte(11), 2),
        '0'..='7' => {
            let length = rest.bytes().skip(1).take(3).take_while(|b| matches!(b, b'0'..=b'7')).count();
            let value = u32::from_str_radix(rest.get(1..=length)?, 8).ok()?;
            // PostgreSQL keeps the low eight bits.
            (Escaped::Byte((value & 0xFF) as u8).nonzero()?, length + 1)
        }
        'x' if hex(2, 2) > 0 => (Escaped::Byte(code(2, hex(2, 2))? as u8).nonzero()?, 2 + hex(2, 2)),
        'u' => (Escaped::CodePoint(code(2, 4).filter(|_| hex(2, 4) == 4)?), 6),
        'U' => (Escaped::CodePoint(code(2, 8).filter(|_| hex(2, 8) == 8)?), 10),
        c => (Escaped::Character(c), 1 + c.len_utf8()),
    })
}

impl Escaped {
    /// No text holds a NUL.
    fn nonzero(self) -> Option<Self> {
        if matches!(self, Self::Byte(0)) { None } else { Some(self) }
    }
}

/// The escape that `rest` starts with, in a `U&'...'` string, and its length.
fn unicode_escape(rest: &str, escape: char) -> Option<(Escaped, usize)> {
    let behind = escape.len_utf8();
    let digits = rest.get(behind..)?;
    if digits.starts_with(escape) {
        return Some((Escaped::Character(escape), 2 * behind));
    }
    let (from, length) = if digits.starts_with('+') { (1, 6) } else { (0, 4) };
    let digits = digits.get(from..from + length).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    Some((Escaped::CodePoint(u32::from_str_radix(digits, 16).ok()?), behind + from + length))
}
