//! What becomes of values and keys of every kind.

use bytes::BytesMut;
use pgmutate::transform::{
    ErrorKind, FieldSpec, Rows, Selection, Transform, TypeSpec, ValueSpec, make_tables, transform, transform_into,
};

use crate::shop::{CUSTOMER, ITEM, NEW_ORDER, ORDER, reversed, shown};

#[test]
fn keys_are_renamed_and_typenames_come_first() {
    let document = r#"{"id": 1, "items": [{"sku": "a", "quantity": 2, "unit_price": null}, {"sku": "b", "quantity": 1}], "total": 12.50, "order_number": "O-1"}"#;
    let expected = r#"{"__typename":"Order","id":1,"items":[{"__typename":"OrderItem","sku":"a","quantity":2,"unitPrice":null},{"__typename":"OrderItem","sku":"b","quantity":1}],"total":12.50,"orderNumber":"O-1"}"#;
    assert_eq!(shown(document, &ORDER).unwrap(), expected);
}

#[test]
fn other_white_space_and_key_order_give_the_same_object() {
    let document = "\r\n{\t\"unit_price\":null ,\"sku\"\n:\"a\",\"quantity\":  2}\n";
    let expected = r#"{"__typename":"OrderItem","unitPrice":null,"sku":"a","quantity":2}"#;
    assert_eq!(shown(document, &ITEM).unwrap(), expected);
}

#[test]
fn escaped_keys_are_understood() {
    let document = r#"{"\u0073ku": "a", "quantit\u0079": 1}"#;
    assert_eq!(shown(document, &ITEM).unwrap(), r#"{"__typename":"OrderItem","sku":"a","quantity":1}"#);
}

#[test]
fn numbers_strings_and_escapes_pass_byte_for_byte() {
    for value in [
        "12.50",
        "-0",
        "0.1e-10",
        "1E+5",
        "123456789012345678901234567890.123456789012345678901234567890",
        r#""\/ \u00e9 \ud83d\ude00 \"\\\b\f\n\r\t ü 😀""#,
        "\"\u{7f}\u{2028}\"",
        "true",
        "false",
    ] {
        let document = format!(r#"{{"sku": {value}, "quantity": {value}}}"#);
        let expected = format!(r#"{{"__typename":"OrderItem","sku":{value},"quantity":{value}}}"#);
        assert_eq!(shown(&document, &ITEM).unwrap(), expected);
    }
}

#[test]
fn opaque_json_keeps_its_keys_and_generic_json_does_not() {
    let document = r#"{"id": 1, "email": "", "settings": {"a_b": [{"c_d1": 1, "__x": {}, "line_1": [ ]}]}, "preferences": {"a_b": [{"c_d": 1.0}, null]}}"#;
    let expected = r#"{"__typename":"Customer","id":1,"email":"","settings":{"aB":[{"cD1":1,"__x":{},"line_1":[]}]},"preferences":{"a_b":[{"c_d":1.0},null]}}"#;
    assert_eq!(shown(document, &CUSTOMER).unwrap(), expected);
}

#[test]
fn the_member_of_a_union_is_told_wherever_the_discriminator_is() {
    let order =
        |payment: &str| format!(r#"{{"id": 1, "items": [], "total": 1, "payment": {payment}, "order_number": ""}}"#);
    let shown_payment = |payment: &str| {
        let text = shown(&order(payment), &ORDER).unwrap();
        let (_, rest) = text.split_once(r#""payment":"#).unwrap();
        rest.strip_suffix(r#","orderNumber":""}"#).unwrap().to_owned()
    };
    assert_eq!(
        shown_payment(r#"{"kind": "card", "last_four": "1234"}"#),
        r#"{"__typename":"CardPayment","kind":"card","lastFour":"1234"}"#
    );
    assert_eq!(
        shown_payment(r#"{"due_on": "2026-01-01", "more": {"kind": [1, "}"]}, "kind": "invoice"}"#),
        r#"{"__typename":"InvoicePayment","dueOn":"2026-01-01"}"#
    );
    assert_eq!(shown_payment("null"), "null");
}

#[test]
fn client_input_comes_back_as_keys_of_the_database() {
    let document = r#"{"customerId":"c","items":[{"productId":"p","quantity":1},{"quantity":2,"\u0070roductId":"q"}],"extras":{"giftWrap":{"colourName":"red"}}}"#;
    let expected = r#"{"customer_id":"c","items":[{"product_id":"p","quantity":1},{"quantity":2,"product_id":"q"}],"extras":{"gift_wrap":{"colour_name":"red"}}}"#;
    assert_eq!(reversed(document, &NEW_ORDER).unwrap(), expected);
}

#[test]
fn rows_become_one_array() {
    let mut out = b"before".to_vec();
    let mut rows = Rows::new(Transform::new(&ITEM), &mut out);
    rows.push(br#"{"sku": "a", "quantity": 1}"#).unwrap();
    let error = rows.push(br#"{"sku": "b", "quantity": [1]}"#).unwrap_err();
    assert_eq!(error.path(), "[1].quantity");
    rows.push(br#"{"sku": "c", "quantity": 3}"#).unwrap();
    assert_eq!(rows.len(), 2);
    rows.finish();
    let expected = r#"before[{"__typename":"OrderItem","sku":"a","quantity":1},{"__typename":"OrderItem","sku":"c","quantity":3}]"#;
    assert_eq!(String::from_utf8(out).unwrap(), expected);

    let selection = Selection::parse(&ITEM, "{ quantity }").unwrap();
    let mut out = Vec::new();
    let mut rows = Rows::selected(&selection, &mut out);
    rows.push(br#"{"sku": "a", "quantity": 1}"#).unwrap();
    rows.finish();
    Rows::new(Transform::new(&ITEM), &mut out).abandon();
    Rows::new(Transform::new(&ITEM), &mut out).finish();
    assert_eq!(out, br#"[{"quantity":1}][]"#);
}

#[test]
fn a_bytes_buffer_takes_the_same() {
    let document = br#"{"sku": "a", "quantity": 1}"#;
    let (mut out, mut bytes) = (Vec::new(), BytesMut::from(&b"before"[..]));
    transform(document, &ITEM, &mut out).unwrap();
    transform_into(document, &ITEM, &mut bytes).unwrap();
    assert_eq!(bytes, [b"before", &out[..]].concat());
    transform_into(b"{", &ITEM, &mut bytes).unwrap_err();
    assert_eq!(bytes, [b"before", &out[..]].concat());
}

#[test]
fn many_small_objects_grow_the_buffer() {
    let items: Vec<_> = (0..5000).map(|_| r#"{"sku": 1, "quantity": 1}"#).collect();
    let document = format!(r#"{{"id": 1, "items": [{}], "total": 1, "order_number": 1}}"#, items.join(", "));
    let text = shown(&document, &ORDER).unwrap();
    assert_eq!(text.matches(r#"{"__typename":"OrderItem","sku":1,"quantity":1}"#).count(), 5000);
}

#[test]
fn a_wide_type_and_a_deep_document_are_read() {
    let fields = (0..300).map(|number| FieldSpec {
        key: format!("field_{number:03}"),
        name: format!("field{number:03}"),
        value: ValueSpec::Nullable(Box::new(ValueSpec::Named("Wide".to_owned()))),
        nullable: number != 299,
        optional: false,
    });
    let types = [("Wide".to_owned(), TypeSpec::Object(fields.collect()))].into();
    let wide = make_tables(&types).unwrap()["Wide"];
    let leaf = r#"{"field_299": null}"#;
    let nested = (0..100).fold(leaf.to_owned(), |inner, _| format!(r#"{{"field_150": {inner}, "field_299": null}}"#));
    assert!(shown(&nested, wide).unwrap().starts_with(r#"{"__typename":"Wide","field150":{"__typename":"#));
    let error = shown(r#"{"field_298": null, "field_200": null, "field_200": null}"#, wide).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Repeated, "field_200"));
    assert_eq!(
        reversed(r#"{"field299":null,"field150":null}"#, wide).unwrap(),
        r#"{"field_299":null,"field_150":null}"#
    );
    assert!(shown(r#"{"field_150": null, "field_151": null, "field_299": null}"#, wide).is_ok());
}
