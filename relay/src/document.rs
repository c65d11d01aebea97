//! JSON documents as bytes: the members of an object are found, not parsed.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The text of the members of these names, `None` where there is none or it is null.
///
/// # Errors
/// The document is no JSON object.
pub(crate) fn members<'d, const N: usize>(
    document: &'d [u8],
    names: [&str; N],
) -> Result<[Option<&'d str>; N], serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(document);
    let found = json.deserialize_map(Members { names })?;
    json.end()?;
    Ok(found)
}

/// All members of an object with the text of their values, in their order.
///
/// # Errors
/// The document is no JSON object.
pub(crate) fn entries(document: &[u8]) -> Result<Vec<(String, &str)>, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(document);
    let found = json.deserialize_map(Entries)?;
    json.end()?;
    Ok(found)
}

/// The string that a JSON text is, `None` where it is something else.
pub(crate) fn string(json: &str) -> Option<String> {
    serde_json::from_str(json).ok()
}

/// Writes a string as JSON.
pub(crate) fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        match rest.as_bytes()[at] {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            control => out.extend_from_slice(format!("\\u{control:04x}").as_bytes()),
        }
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest.as_bytes());
    out.push(b'"');
}

struct Members<'n, const N: usize> {
    names: [&'n str; N],
}

impl<'d, const N: usize> Visitor<'d> for Members<'_, N> {
    type Value = [Option<&'d str>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'d>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = [None; N];
        while let Some(at) = map.next_key_seed(Name { names: &self.names })? {
            let value = map.next_value::<&RawValue>()?.get();
            if let Some(place) = at.and_then(|at| found.get_mut(at)) {
                *place = (value != "null").then_some(value);
            }
        }
        Ok(found)
    }
}

struct Entries;

impl<'d> Visitor<'d> for Entries {
    type Value = Vec<(String, &'d str)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'d>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            found.push((name, value.get()));
        }
        Ok(found)
    }
}

/// Which of the names a key is.
struct Name<'n> {
    names: &'n [&'n str],
}

impl<'d> DeserializeSeed<'d> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'d>>(self, key: D) -> Result<Option<usize>, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Option<usize>, E> {
        Ok(self.names.iter().position(|name| *name == key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_bytes() {
        let document = br#"{"after": {"n": 123456789012345678901234.120, "deep": [[{"after": 1}]]}, "before": null, "q\"": "\u00e9"}"#;
        let [before, after, quote, none] = members(document, ["before", "after", "q\"", "none"]).unwrap();
        assert_eq!(after, Some(r#"{"n": 123456789012345678901234.120, "deep": [[{"after": 1}]]}"#));
        assert_eq!((before, quote, none), (None, Some(r#""\u00e9""#), None));
        assert_eq!(string(r#""\u00e9""#).as_deref(), Some("é"));
    }

    #[test]
    fn what_is_no_object_is_an_error() {
        for document in ["", "1", "[]", "{", r#"{"a": }"#, r#"{"a": 1} x"#, "\u{0}"] {
            assert!(members(document.as_bytes(), ["a"]).is_err(), "{document}");
        }
        assert!(members(b"{\"a\": \"\xff\"}", ["a"]).is_err());
        let deep = format!("{{\"a\": {}{}}}", "[".repeat(200_000), "]".repeat(200_000));
        // Whatever the answer is, it comes without a stack overflow.
        let _ = members(deep.as_bytes(), ["a"]);
    }

    #[test]
    fn a_string_comes_back_as_it_was() {
        let text = "a \"b\" \\ \n\r\t \u{1} é 🎈 \u{7f}";
        let mut json = Vec::new();
        write_string(text, &mut json);
        assert_eq!(string(std::str::from_utf8(&json).unwrap()).as_deref(), Some(text));
    }
}
