//! The ends of what has a beginning and an end: strings, quoted identifiers, dollar quotes, comments, meta commands.

use super::{Fault, Lexer, TokenKind, is_space, is_word_start};

impl Lexer<'_> {
    /// The string whose opening quote is at `quote`.
    pub(super) fn string(&self, kind: TokenKind, quote: usize) -> (TokenKind, usize) {
        let escapes = kind == TokenKind::EscapeString;
        let mut at = quote + 1;
        loop {
            at = self.run_while(at, |b| b != b'\'' && (b != b'\\' || !escapes));
            match (self.byte(at), self.byte(at + 1)) {
                (Some(b'\''), Some(b'\'')) => at += 2,
                (Some(b'\''), _) => match continuation(self.text.as_bytes(), at + 1) {
                    Some(next) => at = next + 1,
                    None => return (kind, at + 1),
                },
                // The escaped character is passed over whole, so that a later cut is on a character boundary.
                (Some(_), Some(_)) => {
                    at += 1 + self.text.get(at + 1..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
                }
                _ => return (TokenKind::Invalid(Fault::UnterminatedString), self.text.len()),
            }
        }
    }

    /// The identifier whose opening quotation mark is at `quote`.
    pub(super) fn quoted_identifier(&self, kind: TokenKind, quote: usize) -> (TokenKind, usize) {
        let mut at = quote + 1;
        loop {
            at = self.run_while(at, |b| b != b'"');
            match (self.byte(at), self.byte(at + 1)) {
                (None, _) => return (TokenKind::Invalid(Fault::UnterminatedIdentifier), self.text.len()),
                (Some(_), Some(b'"')) => at += 2,
                _ if at == quote + 1 => return (TokenKind::Invalid(Fault::EmptyIdentifier), at + 1),
                _ => return (kind, at + 1),
            }
        }
    }

    /// A parameter, a dollar-quoted string, or a lone dollar sign.
    pub(super) fn dollar(&self, at: usize) -> (TokenKind, usize) {
        let digits = self.run_while(at + 1, |b| b.is_ascii_digit());
        if digits > at + 1 {
            return (TokenKind::Parameter, digits);
        }
        let tag = match self.byte(at + 1) {
            Some(b) if is_word_start(b) => self.run_while(at + 1, |b| is_word_start(b) || b.is_ascii_digit()),
            _ => at + 1,
        };
        if self.byte(tag) != Some(b'$') {
            return (TokenKind::Invalid(Fault::UnexpectedCharacter), at + 1);
        }
        let body = tag + 1;
        let (Some(delimiter), Some(rest)) = (self.text.get(at..body), self.text.get(body..)) else {
            return (TokenKind::Invalid(Fault::UnexpectedCharacter), at + 1);
        };
        match rest.find(delimiter) {
            Some(length) => (TokenKind::DollarString, body + length + delimiter.len()),
            None => (TokenKind::Invalid(Fault::UnterminatedDollarQuote), self.text.len()),
        }
    }

    /// The comment at `at`; comments nest.
    pub(super) fn block_comment(&self, at: usize) -> (TokenKind, usize) {
        let mut depth = 1usize;
        let mut at = at + 2;
        loop {
            at = self.run_while(at, |b| b != b'*' && b != b'/');
            match (self.byte(at), self.byte(at + 1)) {
                (Some(b'/'), Some(b'*')) => {
                    depth += 1;
                    at += 2;
                }
                (Some(b'*'), Some(b'/')) => {
                    depth -= 1;
                    at += 2;
                    if depth == 0 {
                        return (TokenKind::BlockComment, at);
                    }
                }
                (Some(_), _) => at += 1,
                (None, _) => return (TokenKind::Invalid(Fault::UnterminatedComment), self.text.len()),
            }
        }
    }

    /// The end of the meta command whose backslash is at `at`: the line's end, or behind `\\`, after which psql reads
    /// SQL again. Quoted arguments hide a `\\`; `\!` and `\copy` take the whole line.
    pub(super) fn meta_command(&self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        if bytes.get(at + 1) == Some(&b'\\') {
            return at + 2;
        }
        let line_end = self.run_while(at, |b| !matches!(b, b'\n' | b'\r'));
        let line = bytes.get(at..line_end).unwrap_or_default();
        let takes_line = |name: &[u8]| {
            line.strip_prefix(name).is_some_and(|rest| rest.first().is_none_or(|b| !b.is_ascii_alphanumeric()))
        };
        if line.starts_with(b"\\!") || takes_line(b"\\copy") {
            return line_end;
        }
        let mut quote = None;
        for (i, pair) in line.windows(2).enumerate().skip(1) {
            match (quote, pair) {
                (Some(open), [b, _]) if open == *b => quote = None,
                (Some(_), _) => {}
                (None, [b @ (b'\'' | b'"' | b'`'), _]) => quote = Some(*b),
                (None, b"\\\\") => return at + i + 2,
                _ => {}
            }
        }
        line_end
    }
}

/// Where the opening quote of a string's continuation is: behind white space with a line break, in which comments to
/// the line's end may stand.
pub(super) fn continuation(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut line_break = false;
    loop {
        match (bytes.get(at)?, bytes.get(at + 1)) {
            (b'\'', _) if line_break => return Some(at),
            (b'\n' | b'\r', _) => {
                line_break = true;
                at += 1;
            }
            (&b, _) if is_space(b) => at += 1,
            (b'-', Some(b'-')) => {
                let comment = bytes.get(at..)?;
                at += comment.iter().position(|b| matches!(b, b'\n' | b'\r'))?;
            }
            _ => return None,
        }
    }
}
