//! What becomes of values and keys of every kind.

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
