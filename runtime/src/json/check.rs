//! Whether a text is one JSON value that jsonb can hold.

use std::fmt;
use std::str::Utf8Error;

/// A text that is not JSON, or holds what jsonb cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidJson {
    reason: &'static str,
    offset: usize,
}

impl InvalidJson {
    /// The byte at which the text stops being JSON.
    pub fn offset(&self) -> usize {
        self.offset
    }

    pub(crate) fn not_utf8(error: Utf8Error) -> Self {
        Self { reason: "is not UTF-8", offset: error.valid_up_to() }
    }
}

impl fmt::Display for InvalidJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the text {} at byte {}", self.reason, self.offset)
    }
}

impl std::error::Error for InvalidJson {}

/// Deeper documents are an attack, not data.
const DEPTH: usize = 512;

/// Checks that `text` is exactly one JSON value, with or without space around it.
pub(crate) fn check(text: &str) -> Result<(), InvalidJson> {
    let mut scanner = Scanner { text: text.as_bytes(), at: 0 };
    scanner.document().map_err(|reason| InvalidJson { reason, offset: scanner.at })
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

type Check = Result<(), &'static str>;

impl Scanner<'_> {
    fn document(&mut self) -> Check {
        // The brackets that are open, as the bytes that close them.
        let mut open: Vec<u8> = Vec::new();
        loop {
            self.space();
            match self.peek() {
                Some(b'{') => {
                    self.at += 1;
                    self.space();
                    if self.peek() != Some(b'}') {
                        deeper(&mut open, b'}')?;
                        self.key()?;
                        continue;
                    }
                    self.at += 1;
                }
                Some(b'[') => {
                    self.at += 1;
                    self.space();
                    if self.peek() != Some(b']') {
                        deeper(&mut open, b']')?;
                        continue;
                    }
                    self.at += 1;
                }
                Some(b'"') => self.string()?,
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b't') => self.word(b"true")?,
                Some(b'f') => self.word(b"false")?,
                Some(b'n') => self.word(b"null")?,
                Some(_) => return Err("has no JSON value"),
                None => return Err("ends too early"),
            }
            // Behind a value: what it stands in goes on or ends.
            loop {
                self.space();
                match (open.last(), self.peek()) {
                    (None, None) => return Ok(()),
                    (None, Some(_)) => return Err("goes on after its JSON value"),
                    (Some(b'}'), Some(b',')) => {
                        self.at += 1;
                        self.space();
                        self.key()?;
                        break;
                    }
                    (Some(_), Some(b',')) => {
                        self.at += 1;
                        break;
                    }
                    (Some(close), Some(byte)) if *close == byte => {
                        self.at += 1;
                        open.pop();
                    }
                    (Some(_), Some(_)) => return Err("has neither a comma nor the end of its object or list"),
                    (Some(_), None) => return Err("ends too early"),
                }
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &[u8]) -> Check {
        if !self.text[self.at..].starts_with(word) {
            return Err("has no JSON value");
        }
        self.at += word.len();
        Ok(())
    }

    /// A key and its colon.
    fn key(&mut self) -> Check {
        if self.peek() != Some(b'"') {
            return Err("has no key");
        }
        self.string()?;
        self.space();
        if self.peek() != Some(b':') {
            return Err("has no colon behind a key");
        }
        self.at += 1;
        Ok(())
    }

    fn number(&mut self) -> Check {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Check {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err("has no digit in a number") } else { Ok(()) }
    }

    fn string(&mut self) -> Check {
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(0..0x20) => return Err("has a control character in a string"),
                Some(_) => self.at += 1,
                None => return Err("ends too early"),
            }
        }
    }

    fn escape(&mut self) -> Check {
        match self.text.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 2;
                Ok(())
            }
            Some(b'u') => {
                let start = self.at;
                self.character().inspect_err(|_| self.at = start)
            }
            _ => Err("has an unknown escape"),
        }
    }

    /// Takes `\uXXXX`, and the second half where it is the first of a surrogate pair.
    fn character(&mut self) -> Check {
        match self.code_unit()? {
            0 => Err("has the escape `\\u0000`, which jsonb cannot hold"),
            0xD800..0xDC00 if matches!(self.code_unit(), Ok(0xDC00..0xE000)) => Ok(()),
            0xD800..0xE000 => Err("has half a surrogate pair"),
            _ => Ok(()),
        }
    }

    /// Takes `\uXXXX`.
    fn code_unit(&mut self) -> Result<u16, &'static str> {
        const REASON: &str = "has an incomplete unicode escape";
        let Some([b'\\', b'u', hex @ ..]) = self.text.get(self.at..self.at + 6) else { return Err(REASON) };
        let mut unit = 0;
        for byte in hex {
            let digit = char::from(*byte).to_digit(16).ok_or(REASON)?;
            unit = unit << 4 | digit as u16;
        }
        self.at += 6;
        Ok(unit)
    }
}

fn deeper(open: &mut Vec<u8>, close: u8) -> Check {
    if open.len() == DEPTH {
        return Err("is nested too deeply");
    }
    open.push(close);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_json() {
        for text in [
            "null",
            " [ ] ",
            "{}",
            r#"{"a": 1, "b": [true, {"c": -0.5e+10}, []], "": "\u00e9\ud83d\ude00 é"}"#,
            "123456789012345678901234567890",
            r#""\"\\\/\b\f\n\r\t""#,
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_json() {
        for (text, offset) in [
            ("", 0),
            ("{", 1),
            ("[1,]", 3),
            (r#"{"a":1,}"#, 7),
            (r#"{"a" 1}"#, 5),
            (r#"{a:1}"#, 1),
            ("[1 2]", 3),
            ("[1}", 2),
            ("01", 1),
            ("-", 1),
            ("1.", 2),
            ("1e", 2),
            ("nul", 0),
            (r#"1, "admin": true"#, 1),
            ("\"\n\"", 1),
            (r#""\x""#, 1),
            (r#""\u12"#, 1),
            (r#""\u+123""#, 1),
            (r#""\u0000""#, 1),
            (r#""\ud800""#, 1),
            (r#""\ud800\u0041""#, 1),
            (r#""\udc00""#, 1),
        ] {
            assert_eq!(check(text).map_err(|error| error.offset()), Err(offset), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_nested_too_deeply() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(check(&nested(512)), Ok(()));
        assert!(check(&nested(514)).is_err());
        assert!(check(&"[".repeat(1_000_000)).is_err());
    }

    proptest::proptest! {
        /// The judge is `serde_json`, which is stricter in nothing that jsonb allows.
        #[test]
        fn agrees_with_serde_json(text in r#"[\[\]{}:,"0-9eE.\-+ tfnrualsu\\é]{0,12}"#) {
            let serde = serde_json::from_str::<serde_json::Value>(&text);
            if let Ok(value) = &serde && !value.to_string().contains("\\u0000") {
                proptest::prop_assert_eq!(check(&text), Ok(()), "{}", text);
            } else if check(&text).is_ok() {
                // Numbers too big for an f64 are JSON and jsonb, but not a `Value`.
                proptest::prop_assert!(serde.is_err_and(|error| error.to_string().contains("number out of range")), "{}", text);
            }
        }
    }
}
