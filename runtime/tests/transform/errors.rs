//! Malformed documents: the byte, the path, and nothing written.

use pgmutate::transform::{ErrorKind, Transform};

use crate::shop::{ITEM, ORDER, run, shown};

#[test]
fn a_mistake_is_told_with_its_byte_and_path() {
    for (document, kind, offset, path) in [
        ("", ErrorKind::Syntax, 0, ""),
        ("  ", ErrorKind::Syntax, 2, ""),
        ("[]", ErrorKind::Mismatch, 0, ""),
        (r#"{"id": 1} x"#, ErrorKind::Missing, 8, ""),
        (r#"{"id": }"#, ErrorKind::Syntax, 7, "id"),
        (r#"{"id": 01}"#, ErrorKind::Syntax, 7, "id"),
        (r#"{"id": -}"#, ErrorKind::Syntax, 7, "id"),
        (r#"{"id": 1.}"#, ErrorKind::Syntax, 7, "id"),
        (r#"{"id": 1e}"#, ErrorKind::Syntax, 7, "id"),
        (r#"{"id": nul}"#, ErrorKind::Syntax, 7, "id"),
        (r#"{"id": {}}"#, ErrorKind::Mismatch, 7, "id"),
        (r#"{"id": "a"#, ErrorKind::Syntax, 9, "id"),
        ("{\"id\": \"a\nb\"}", ErrorKind::Syntax, 9, "id"),
        (r#"{"id": "\x"}"#, ErrorKind::Syntax, 8, "id"),
        (r#"{"id": "\u12g4"}"#, ErrorKind::Syntax, 8, "id"),
        (r#"{"id": "\ud800"}"#, ErrorKind::Encoding, 8, "id"),
        (r#"{"id": "\ud800\ud800"}"#, ErrorKind::Encoding, 8, "id"),
        (r#"{"id": "\udc00"}"#, ErrorKind::Encoding, 8, "id"),
        (r#"{"id" 1}"#, ErrorKind::Syntax, 6, "id"),
        (r#"{"id": 1,}"#, ErrorKind::Syntax, 9, ""),
        (r#"{"id": 1 "total": 2}"#, ErrorKind::Syntax, 9, ""),
        (r#"{id: 1}"#, ErrorKind::Syntax, 1, ""),
        (
            r#"{"items": [{"sku": "a", "quantity": 1}, {"sku": "b", "quantity": 2}, {"sku": [1]}]}"#,
            ErrorKind::Mismatch,
            77,
            "items[2].sku",
        ),
        (r#"{"items": {}}"#, ErrorKind::Mismatch, 10, "items"),
        (r#"{"items": [1]}"#, ErrorKind::Mismatch, 11, "items[0]"),
        (r#"{"items": [,]}"#, ErrorKind::Syntax, 11, "items[0]"),
        (r#"{"tags": ["a" "b"]}"#, ErrorKind::Syntax, 14, "tags"),
        (
            r#"{"customer": {"orders": [{"items": [{"sku": tru}]}]}}"#,
            ErrorKind::Syntax,
            44,
            "customer.orders[0].items[0].sku",
        ),
    ] {
        let error = shown(document, &ORDER).unwrap_err();
        assert_eq!((error.kind(), error.offset(), error.path()), (kind, offset, path), "{document}: {error}");
    }
}

#[test]
fn bytes_behind_the_document_are_an_error() {
    let error = shown("{\"sku\": 1, \"quantity\": 1} \0", &ITEM).unwrap_err();
    assert_eq!(error.to_string(), "the document goes on behind its end (byte 26)");
}

#[test]
fn invalid_utf8_is_an_error_in_keys_and_values_alike() {
    for (document, offset, path) in [
        (&b"{\"sku\": \"a\xff\", \"quantity\": 1}"[..], 10, "sku"),
        (b"{\"sku\": \"\xed\xa0\x80\", \"quantity\": 1}", 9, "sku"),
        (b"{\"sk\xc3\": 1}", 4, ""),
        (b"{\"other\": {\"k\": [\"\xf0\x9f\x98\"]}}", 18, "other.k[0]"),
    ] {
        let error = run(Transform::new(&ITEM), document).unwrap_err();
        assert_eq!((error.kind(), error.offset(), error.path()), (ErrorKind::Encoding, offset, path), "{error}");
    }
}

#[test]
fn nesting_is_limited_everywhere() {
    let nested = |depth: usize| {
        let (open, close) = ("[".repeat(depth - 1), "]".repeat(depth - 1));
        format!(r#"{{"sku": 1, "quantity": 1, "unknown": {open}{close}}}"#)
    };
    assert!(shown(&nested(128), &ITEM).is_ok());
    let error = shown(&nested(129), &ITEM).unwrap_err();
    assert_eq!((error.kind(), error.offset()), (ErrorKind::Depth, 37 + 127));
    let error = run(Transform::new(&ITEM).depth(2), nested(3).as_bytes()).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Depth, "unknown[0]"));
    assert!(run(Transform::new(&ITEM).depth(2), nested(2).as_bytes()).is_ok());
}

#[test]
fn a_document_cut_off_anywhere_is_an_error() {
    let document = r#"{"id": "\u00e9ü", "tags": [null, true], "items": [{"sku": "a", "quantity": -1.5e3, "x": [{}]}], "total": 1, "payment": {"kind": "card", "last_four": 1}, "order_number": ""}"#;
    assert!(shown(document, &ORDER).is_ok());
    for end in 0..document.len() {
        assert!(run(Transform::new(&ORDER), &document.as_bytes()[..end]).is_err(), "{end}");
    }
}
