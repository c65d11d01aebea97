//! Where a document and its type disagree.

use pgmutate::transform::{ErrorKind, Missing, Transform, Unknown};

use crate::shop::{ITEM, NEW_ORDER, ORDER, reversed, run, shown};

const LENIENT: Transform = Transform::new(&ITEM).missing(Missing::Allow);

#[test]
fn unknown_keys_are_dropped_by_default() {
    let document = r#"{"sku": "a", "cost_price": {"a_b": [1, "\u0041"]}, "quantity": 1}"#;
    assert_eq!(shown(document, &ITEM).unwrap(), r#"{"__typename":"OrderItem","sku":"a","quantity":1}"#);
}

#[test]
fn a_dropped_value_must_be_json_all_the_same() {
    let error = shown(r#"{"sku": "a", "cost_price": [1, 01], "quantity": 1}"#, &ITEM).unwrap_err();
    assert_eq!((error.kind(), error.path(), error.offset()), (ErrorKind::Syntax, "cost_price[1]", 31));
}

#[test]
fn unknown_keys_are_renamed_where_that_is_asked_for() {
    let document = r#"{"cost_price": {"net_amount": 1, "with\"quote_x": 2}, "stück_preis": 1}"#.as_bytes();
    let expected = r#"{"__typename":"OrderItem","costPrice":{"netAmount":1,"with\"quoteX":2},"stückPreis":1}"#;
    assert_eq!(run(LENIENT.unknown(Unknown::Rename), document).unwrap(), expected);
}

#[test]
fn unknown_keys_are_refused_where_that_is_asked_for() {
    let error = run(LENIENT.unknown(Unknown::Refuse), br#"{"sku": "a", "unitPrice": 1}"#).unwrap_err();
    let expected = "`OrderItem` has no field `unitPrice`; did you mean `unit_price`?, at `unitPrice` (byte 13)";
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Unknown, expected));
}

#[test]
fn a_declared_field_wins_over_an_unknown_key_with_its_name() {
    for document in
        [r#"{"unit_price": 1, "unitPrice": 2}"#, r#"{"unitPrice": 2, "__typename": "Other", "unit_price": 1}"#]
    {
        let text = run(LENIENT.unknown(Unknown::Rename), document.as_bytes()).unwrap();
        assert_eq!(text, r#"{"__typename":"OrderItem","unitPrice":1}"#);
    }
}

#[test]
fn two_unknown_keys_with_one_name_are_an_error() {
    let document = br#"{"cost_price": 1, "sku": "", "costPrice": 2}"#;
    let error = run(LENIENT.unknown(Unknown::Rename), document).unwrap_err();
    assert_eq!((error.kind(), error.path(), error.offset()), (ErrorKind::Collision, "", 43));
    let document = br#"{"more_of_it": [{"xY": 1, "other_key": 2, "x_y": {"xY": 1}}]}"#;
    let error = run(LENIENT.unknown(Unknown::Rename), document).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Collision, "more_of_it[0]"));
}

#[test]
fn capitals_beside_underscores_are_no_collision_by_themselves() {
    let document = br#"{"cost_price": {"xY": 1, "x_z": 2, "xy": 3}}"#;
    let expected = r#"{"__typename":"OrderItem","costPrice":{"xY":1,"xZ":2,"xy":3}}"#;
    assert_eq!(run(LENIENT.unknown(Unknown::Rename), document).unwrap(), expected);
}

#[test]
fn a_missing_field_is_named() {
    let document = r#"{"id": 1, "items": [{"sku": "a", "quantity": 1}, {"sku": "b"}], "total": 1, "order_number": ""}"#;
    let error = shown(document, &ORDER).unwrap_err();
    let expected = "field `quantity` of `OrderItem` is missing, at `items[1]` (byte 60)";
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Missing, expected));
}

#[test]
fn null_in_a_field_that_must_not_be_null_is_refused_or_passes() {
    let error = shown(r#"{"sku": null, "quantity": 1}"#, &ITEM).unwrap_err();
    assert_eq!((error.kind(), error.path(), error.offset()), (ErrorKind::Null, "sku", 8));
    assert_eq!(run(LENIENT, br#"{"sku": null}"#).unwrap(), r#"{"__typename":"OrderItem","sku":null}"#);
}

#[test]
fn elements_of_a_list_are_null_only_where_that_is_declared() {
    let order = |tags: &str, items: &str| {
        let document = format!(r#"{{"id": 1, "tags": {tags}, "items": {items}, "total": 1, "order_number": ""}}"#);
        shown(&document, &ORDER)
    };
    assert!(order(r#"["a", null]"#, "[]").unwrap().contains(r#""tags":["a",null]"#));
    let error = order("[]", "[null]").unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Null, "items[0]"));
}

#[test]
fn a_known_key_that_is_repeated_is_an_error() {
    for document in [r#"{"sku": 1, "sku": 1}"#, r#"{"quantity": 1, "sku": 1, "\u0073ku": 1}"#] {
        let error = run(LENIENT, document.as_bytes()).unwrap_err();
        assert_eq!((error.kind(), error.path()), (ErrorKind::Repeated, "sku"));
    }
    let error = shown(r#"{"payment": {"due_on": 1, "kind": "invoice", "kind": "card"}}"#, &ORDER).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Repeated, "payment.kind"));
}

#[test]
fn a_union_member_that_cannot_be_told_is_an_error() {
    for (payment, path) in [
        ("{}", "payment"),
        (r#"{"kind": 1}"#, "payment.kind"),
        (r#"{"kind": null}"#, "payment.kind"),
        (r#"{"kind": "cash"}"#, "payment.kind"),
    ] {
        let error = shown(&format!(r#"{{"payment": {payment}}}"#), &ORDER).unwrap_err();
        assert_eq!((error.kind(), error.path()), (ErrorKind::Discriminator, path));
    }
}

#[test]
fn client_input_is_refused_by_name() {
    for (document, kind, message) in [
        (
            r#"{"items":[],"customer_id":1}"#,
            ErrorKind::Unknown,
            "`CreateOrderInput` has no field `customer_id`; did you mean `customerId`?, at `customer_id` (byte 12)",
        ),
        (r#"{"items":[]}"#, ErrorKind::Missing, "field `customerId` of `CreateOrderInput` is missing (byte 11)"),
        (
            r#"{"items":[{"quantity":1}],"customerId":1}"#,
            ErrorKind::Missing,
            "field `productId` of `OrderItemInput` is missing, at `items[0]` (byte 23)",
        ),
        (r#"{"items":[],"customerId":null}"#, ErrorKind::Null, "must not be null, at `customerId` (byte 25)"),
        (r#"{"items":[],"customerId":1,"express":null}"#, ErrorKind::Null, "must not be null, at `express` (byte 37)"),
        (
            r#"{"items":[],"__typename":"CreateOrderInput","customerId":1}"#,
            ErrorKind::Unknown,
            "`CreateOrderInput` has no field `__typename`, at `__typename` (byte 12)",
        ),
        (
            r#"{"items":[],"customerId":1,"extras":{"aB":1,"a_b":2}}"#,
            ErrorKind::Collision,
            "two keys of one object would both be named `a_b`, at `extras` (byte 51)",
        ),
        (
            r#"{"items":[],"customerId":"a\u0000"}"#,
            ErrorKind::Encoding,
            "PostgreSQL cannot store the character `\\u0000`, at `customerId` (byte 27)",
        ),
    ] {
        let error = reversed(document, &NEW_ORDER).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, message));
    }
}
