//! A lexer for SQL as PostgreSQL and psql read it: byte offsets, nothing allocated per token, linear in the text.
//!
//! The rules are those of `scan.l` (and, in [`Mode::Script`], of `psqlscan.l`) of PostgreSQL 18 with
//! `standard_conforming_strings` on. Every byte of the text is in exactly one token, and nothing fails: what is no
//! token comes as [`TokenKind::Invalid`] with its place.

mod operator;
mod position;
mod quoted;
mod token;
mod value;

pub use position::PositionMap;
pub use token::{Fault, Token, TokenKind};
pub use value::{DecodeError, Embedded, fold, identifier, integer, string};

use operator::OperatorRun;

/// What kind of text it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// A file that psql or a migration tool runs: with meta commands, variables and a byte order mark.
    Script,
    /// What the server sees, such as the body of a function.
    Server,
}

/// The tokens of a text, one after the other.
#[derive(Clone, Debug)]
pub struct Lexer<'a> {
    text: &'a str,
    at: usize,
    mode: Mode,
    run: OperatorRun,
}

impl<'a> Lexer<'a> {
    /// The tokens of `text`, whose offsets fit in 32 bits.
    pub fn new(text: &'a str, mode: Mode) -> Self {
        Self { text, at: 0, mode, run: OperatorRun::default() }
    }

    /// Where the next token starts.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// Goes on at `offset`, which is not behind the text's end and on a character boundary; so the data behind
    /// `COPY ... FROM stdin` is passed over.
    pub fn skip_to(&mut self, offset: usize) {
        debug_assert!(self.text.is_char_boundary(offset));
        self.at = offset;
        self.run = OperatorRun::default();
    }

    fn byte(&self, offset: usize) -> Option<u8> {
        self.text.as_bytes().get(offset).copied()
    }

    /// The end of the run of bytes from `from` on that `belongs` accepts.
    fn run_while(&self, from: usize, belongs: impl Fn(u8) -> bool) -> usize {
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        from + rest.iter().position(|&b| !belongs(b)).unwrap_or(rest.len())
    }

    /// Kind and end of the token at `self.at`, where `first` stands.
    fn scan(&mut self, first: u8) -> (TokenKind, usize) {
        use TokenKind as T;
        let at = self.at;
        let second = self.byte(at + 1);
        match first {
            b' ' | b'\t' | b'\n' | b'\r' | b'\x0b' | b'\x0c' => (T::Whitespace, self.run_while(at, is_space)),
            b'-' if second == Some(b'-') => {
                (T::LineComment, self.run_while(at, |b| !matches!(b, b'\n' | b'\r' | b'\0')))
            }
            b'/' if second == Some(b'*') => self.block_comment(at),
            b'\'' => self.string(T::String, at),
            b'"' => self.quoted_identifier(T::QuotedIdentifier, at),
            b'$' => self.dollar(at),
            b'0'..=b'9' => self.number(at),
            b'.' => match second {
                Some(b'0'..=b'9') => self.number(at),
                Some(b'.') => (T::DotDot, at + 2),
                _ => (T::Dot, at + 1),
            },
            b':' => self.colon(at, second),
            b',' => (T::Comma, at + 1),
            b';' => (T::Semicolon, at + 1),
            b'(' => (T::LeftParen, at + 1),
            b')' => (T::RightParen, at + 1),
            b'[' => (T::LeftBracket, at + 1),
            b']' => (T::RightBracket, at + 1),
            b'\\' if self.mode == Mode::Script => (T::MetaCommand, self.meta_command(at)),
            b'\0' => (T::Invalid(Fault::Nul), at + 1),
            _ if at == 0 && self.mode == Mode::Script && self.text.starts_with('\u{feff}') => {
                (T::ByteOrderMark, '\u{feff}'.len_utf8())
            }
            _ if is_word_start(first) => self.word(at, second),
            _ if operator::is_operator_character(first) => self.operator(at),
            _ => (T::Invalid(Fault::UnexpectedCharacter), at + 1),
        }
    }

    /// An identifier, or a string or identifier whose prefix looks like one.
    fn word(&self, at: usize, second: Option<u8>) -> (TokenKind, usize) {
        use TokenKind as T;
        let prefixed = match (self.byte(at), second) {
            (Some(b'e' | b'E'), Some(b'\'')) => Some((T::EscapeString, 1)),
            (Some(b'b' | b'B'), Some(b'\'')) => Some((T::BitString, 1)),
            (Some(b'x' | b'X'), Some(b'\'')) => Some((T::HexString, 1)),
            (Some(b'n' | b'N'), Some(b'\'')) => Some((T::NationalString, 1)),
            (Some(b'u' | b'U'), Some(b'&')) => match self.byte(at + 2) {
                Some(b'\'') => Some((T::UnicodeString, 2)),
                Some(b'"') => return self.quoted_identifier(T::UnicodeIdentifier, at + 2),
                _ => None,
            },
            _ => None,
        };
        match prefixed {
            Some((kind, prefix)) => self.string(kind, at + prefix),
            None => (T::Word, self.run_while(at, is_word_part)),
        }
    }

    /// `:`, `::`, `:=` or a variable of psql.
    fn colon(&self, at: usize, second: Option<u8>) -> (TokenKind, usize) {
        use TokenKind as T;
        match second {
            Some(b':') => return (T::Cast, at + 2),
            Some(b'=') => return (T::Assign, at + 2),
            _ if self.mode == Mode::Server => return (T::Colon, at + 1),
            // A digit may start a variable's name too, but nobody names one so, and array slices look like it.
            Some(b) if is_word_start(b) => return (T::Variable, self.run_while(at + 1, is_variable_part)),
            _ => {}
        }
        let (name, close) = match second {
            Some(quote @ (b'\'' | b'"')) => (at + 2, quote),
            Some(b'{') if self.byte(at + 2) == Some(b'?') => (at + 3, b'}'),
            _ => return (T::Colon, at + 1),
        };
        let end = self.run_while(name, is_variable_part);
        if end > name && self.byte(end) == Some(close) { (T::QuotedVariable, end + 1) } else { (T::Colon, at + 1) }
    }

    fn number(&self, at: usize) -> (TokenKind, usize) {
        use TokenKind as T;
        let radix: Option<fn(u8) -> bool> = match (self.byte(at), self.byte(at + 1)) {
            (Some(b'0'), Some(b'x' | b'X')) => Some(|b| b.is_ascii_hexdigit()),
            (Some(b'0'), Some(b'o' | b'O')) => Some(|b| matches!(b, b'0'..=b'7')),
            (Some(b'0'), Some(b'b' | b'B')) => Some(|b| matches!(b, b'0' | b'1')),
            _ => None,
        };
        if let Some(is_digit) = radix {
            let end = self.digits(at + 2, true, is_digit);
            if end > at + 2 {
                return (T::Integer, end);
            }
        }
        let mut kind = T::Integer;
        let mut end = self.digits(at, false, |b| b.is_ascii_digit());
        // `1..10` is a range of PL/pgSQL: two integers.
        if self.byte(end) == Some(b'.') && self.byte(end + 1) != Some(b'.') {
            kind = T::Decimal;
            end = self.digits(end + 1, false, |b| b.is_ascii_digit());
        }
        if let Some(b'e' | b'E') = self.byte(end) {
            let digits = end + if let Some(b'+' | b'-') = self.byte(end + 1) { 2 } else { 1 };
            let exponent = self.digits(digits, false, |b| b.is_ascii_digit());
            if exponent > digits {
                return (T::Decimal, exponent);
            }
        }
        (kind, end)
    }

    /// The end of digits with single underscores between them and, behind `0x` and its like, before them.
    fn digits(&self, from: usize, leading_underscore: bool, is_digit: impl Fn(u8) -> bool) -> usize {
        let mut end = from;
        loop {
            let underscore = self.byte(end) == Some(b'_') && (end > from || leading_underscore);
            let next = end + usize::from(underscore);
            if !self.byte(next).is_some_and(&is_digit) {
                return end;
            }
            end = next + 1;
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let start = self.at;
        let (kind, end) = self.scan(self.byte(start)?);
        self.at = end;
        Some(Token { kind, start: start as u32, end: end as u32 })
    }
}

fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\r' | b'\x0b' | b'\x0c')
}

fn is_word_start(b: u8) -> bool {
    b.is_ascii_alphabetic() || b == b'_' || !b.is_ascii()
}

fn is_word_part(b: u8) -> bool {
    is_word_start(b) || b.is_ascii_digit() || b == b'$'
}

fn is_variable_part(b: u8) -> bool {
    is_word_start(b) || b.is_ascii_digit()
}

#[cfg(test)]
mod tests;
