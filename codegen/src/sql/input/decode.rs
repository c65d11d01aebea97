//! Bytes of a file to text, or to a diagnostic that shows where they are none.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, SourceMap, Span};

/// Adds the file to `map`. Of a file that is no text, only what lies before the mistake is added, for the message.
pub(crate) fn add(map: &mut SourceMap, name: &str, bytes: Vec<u8>) -> Result<FileId, Box<Diagnostic>> {
    if let Some(encoding) = other_encoding(&bytes) {
        let mistake = Diagnostic::new(Code::NOT_UTF8, format!("`{name}` is {encoding}, not UTF-8"));
        return Err(Box::new(mistake.help("save the file as UTF-8")));
    }
    let (text, mistake) = match String::from_utf8(bytes) {
        Ok(text) => match text.find('\0') {
            None => (text, None),
            Some(at) => (text[..at].to_owned(), Some(Code::NUL_BYTE)),
        },
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let mut bytes = error.into_bytes();
            bytes.truncate(valid);
            let text = String::from_utf8(bytes).unwrap_or_default();
            match text.find('\0') {
                None => (text, Some(Code::NOT_UTF8)),
                Some(at) => (text[..at].to_owned(), Some(Code::NUL_BYTE)),
            }
        }
    };
    if let Some(code) = mistake {
        return Err(Box::new(not_text(map, name, text, code)));
    }
    map.add(name, text).map_err(|_| {
        let mistake = Diagnostic::new(Code::UNREADABLE_FILE, format!("`{name}` has more than 4 GiB"));
        Box::new(mistake.help("split the file, or leave data out of it"))
    })
}

fn not_text(map: &mut SourceMap, name: &str, before: String, code: Code) -> Diagnostic {
    // Text has next to no control characters, and a file that is none has its first one soon.
    let binary = before.len() < 64 || before.bytes().any(|b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c));
    let message = match (code, binary) {
        (_, true) => format!("`{name}` is not a text file"),
        (Code::NUL_BYTE, false) => format!("`{name}` holds a NUL byte"),
        (_, false) => format!("`{name}` is not valid UTF-8"),
    };
    let at = before.len();
    let mistake = Diagnostic::new(code, message);
    let mistake = match map.add(name, before) {
        Ok(file) => {
            let start = map.file(file).text().char_indices().next_back().map_or(0, |(i, _)| i);
            mistake.at(Span::new(file, start, at), "the text ends here").note(format!("at byte {at} of the file"))
        }
        Err(_) => mistake,
    };
    mistake.help(if binary { "leave the file out of the sources" } else { "save the file as UTF-8 text" })
}

fn other_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, ..] => Some("UTF-16 (little-endian)"),
        [0xfe, 0xff, ..] => Some("UTF-16 (big-endian)"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(bytes: &[u8]) -> Diagnostic {
        *add(&mut SourceMap::new(), "a.sql", bytes.to_vec()).expect_err("must be refused")
    }

    #[test]
    fn text_is_kept_as_it_is() {
        let mut map = SourceMap::new();
        let file = add(&mut map, "a.sql", b"\xef\xbb\xbfSELECT 1;\r\n".to_vec()).unwrap();
        assert_eq!(map.file(file).text(), "\u{feff}SELECT 1;\r\n");
    }

    #[test]
    fn what_is_no_text_is_told_with_its_place() {
        let long = "-- a comment of more than sixty-four bytes, so that it is plainly text\nSELECT '";
        let latin = mistake([long.as_bytes(), b"caf\xe9'"].concat().as_slice());
        assert_eq!(latin.code, Code::NOT_UTF8);
        assert_eq!(latin.message, "`a.sql` is not valid UTF-8");
        assert_eq!(latin.primary.unwrap().span.end as usize, long.len() + 3);
        let nul = mistake([long.as_bytes(), b"\0'"].concat().as_slice());
        assert_eq!((nul.code, nul.message.as_str()), (Code::NUL_BYTE, "`a.sql` holds a NUL byte"));
        assert_eq!(mistake(b"\x7fELF\x02\x01\x00\x00").message, "`a.sql` is not a text file");
        assert_eq!(mistake(b"\xff\xfeS\0").message, "`a.sql` is UTF-16 (little-endian), not UTF-8");
    }
}
