//! One member of an object, without reading the others.

/// The bytes of the string under `key`, as they are written; `None` where there is none. Of an object that is well formed, as jsonb is.
pub(crate) fn string_member<'a>(object: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let mut depth = 0_usize;
    let mut at = 0;
    // Whether the last string at the first level was the key, with nothing but the colon behind it.
    let mut found = false;
    while let Some(&byte) = object.get(at) {
        match byte {
            b'"' => {
                let text = string(object.get(at + 1..)?)?;
                at += text.len() + 1;
                if depth == 1 {
                    if found {
                        return Some(text);
                    }
                    let behind = object.get(at + 1..)?.iter().find(|byte| !byte.is_ascii_whitespace());
                    found = text == key && behind == Some(&b':');
                }
            }
            b'{' | b'[' => {
                depth += 1;
                found &= depth == 1;
            }
            b'}' | b']' => depth = depth.checked_sub(1)?,
            b',' => found = false,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The text up to the quote that closes it.
fn string(text: &[u8]) -> Option<&[u8]> {
    let mut at = 0;
    loop {
        match text.get(at)? {
            b'"' => return text.get(..at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_objects_own_member_is_found() {
        let code =
            |text: &str| string_member(text.as_bytes(), b"code").map(|code| String::from_utf8_lossy(code).into_owned());
        assert_eq!(code(r#"{"code": "SUCCESS", "message": null}"#).as_deref(), Some("SUCCESS"));
        assert_eq!(
            code(r#"{"id": {"code": "NO"}, "a": ["code", {"code": "x"}], "code":"YES"}"#).as_deref(),
            Some("YES")
        );
        assert_eq!(code(r#"{"id": "code", "name": "\"code\": \"NO\"", "code" : "A\"B"}"#).as_deref(), Some(r#"A\"B"#));
        for none in
            ["", "{", "{}", r#"{"code": 1, "x": "y"}"#, r#"{"code": {"code": "x"}}"#, r#"["code", "x"]"#, r#"{"code"#]
        {
            assert_eq!(code(none), None, "{none}");
        }
    }
}
