//! The strings of a manifest before it is parsed: what JSON does not allow in them, told where it is.
//!
//! The parser takes a string that is not closed for one that ends at the next quote, lines below, and reports what stands there.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, Span};

/// The first string with a line break or another control character in it.
pub(super) fn fault(file: FileId, text: &str) -> Option<Diagnostic> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, bytes.get(at + 1)) {
            (b'/', Some(b'/')) => at = find(bytes, at, |rest| rest.starts_with(b"\n")),
            (b'/', Some(b'*')) => at = find(bytes, at + 2, |rest| rest.starts_with(b"*/")) + 1,
            (b'"', _) => match string(bytes, at) {
                Ok(end) => at = end,
                Err(stop) => return Some(diagnostic(file, bytes, at, stop)),
            },
            _ => {}
        }
        at += 1;
    }
    None
}

/// Where `rest` is first found from `at` on, or the end.
fn find(bytes: &[u8], at: usize, found: impl Fn(&[u8]) -> bool) -> usize {
    (at..bytes.len()).find(|&at| bytes.get(at..).is_some_and(&found)).unwrap_or(bytes.len())
}

/// The closing quote of the string that opens at `open`, or what stands where it should have been closed.
fn string(bytes: &[u8], open: usize) -> Result<usize, usize> {
    let mut at = open + 1;
    loop {
        match bytes.get(at) {
            Some(b'"') => return Ok(at),
            Some(b'\\') => at += 2,
            Some(byte) if *byte >= b' ' => at += 1,
            _ => return Err(at.min(bytes.len())),
        }
    }
}

fn diagnostic(file: FileId, bytes: &[u8], open: usize, stop: usize) -> Diagnostic {
    let syntax = |what| Diagnostic::new(Code::MANIFEST_SYNTAX, format!("the manifest is not valid JSON: {what}"));
    match bytes.get(stop) {
        None | Some(b'\n' | b'\r') => syntax("a string is not closed")
            .at(Span::new(file, open, open + 1), "it starts here")
            .help("close it with `\"`"),
        Some(byte) => syntax("a string holds a control character")
            .at(Span::new(file, stop, stop + 1), "this character")
            .help(format!("write it as `\\u{byte:04x}`, or leave it out")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    fn place(text: &str) -> Option<std::ops::Range<usize>> {
        let file = SourceMap::new().add("m", text).unwrap();
        fault(file, text).and_then(|diagnostic| diagnostic.primary).map(|label| label.span.range())
    }

    #[test]
    fn finds_what_no_string_may_hold() {
        assert_eq!(place("{ \"a\": \"b\n\" }"), Some(7..8));
        assert_eq!(place("{ \"a\": \"b\tc\" }"), Some(9..10));
        assert_eq!(place("{ \"a"), Some(2..3));
        assert_eq!(place("{ \"a\\"), Some(2..3));
    }

    #[test]
    fn passes_comments_and_escapes() {
        for text in
            ["", "// don't say \"x\n{}", "/* a \" b */ {}", "/* \"", "//", "{ \"a\\\"b\": \"c\\\\\" }", "/", "é\"é\""]
        {
            assert_eq!(place(text), None, "{text}");
        }
    }
}
