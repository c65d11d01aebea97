//! Types with serde's derives: inputs as clients send them, answers as clients get them.
#![allow(clippy::unwrap_used, reason = "a test may stop at once when its set-up fails")]

use pgmutate::Patch;
use pgmutate::json::read;

use pgmutate_serialised::app::{DeleteCustomerError, UpdateProductSuccess};
use pgmutate_serialised::{CreateOrderInput, UpdateCustomerInput, UpdateProductInput};

#[test]
fn inputs_are_read_as_clients_send_them() {
    let input = serde_json::from_str::<UpdateCustomerInput>(r#"{"firstName": "Ada", "lastName": null}"#).unwrap();
    let expected = UpdateCustomerInput {
        first_name: Patch::Value("Ada".to_owned()),
        last_name: Patch::Null,
        ..Default::default()
    };
    assert_eq!(input, expected);
    assert_eq!(serde_json::to_string(&input).unwrap(), r#"{"firstName":"Ada","lastName":null}"#);
    let input = r#"{"customerId":"7","items":[{"productId":"8","quantity":2}]}"#;
    let order = serde_json::from_str::<CreateOrderInput>(input).unwrap();
    assert_eq!(serde_json::to_string(&order).unwrap(), input);
    let price = serde_json::from_str::<UpdateProductInput>(r#"{"price": "12.50"}"#).unwrap().price;
    assert_eq!(price.value().unwrap().as_str(), "12.50");
    assert!(
        serde_json::from_str::<UpdateProductInput>(r#"{"price": 12.50}"#)
            .unwrap_err()
            .to_string()
            .contains("a float would lose digits")
    );
}

#[test]
fn answers_are_written_as_clients_get_them() {
    let response = br#"{"code": "SUCCESS", "message": null, "product": {"id": "1", "sku": "TEA", "name": "Tea", "price": 12.50, "stock": 3, "created_at": "2026-01-31T10:00:00+02:00"}, "success": true}"#;
    let answer = read::<UpdateProductSuccess>(response).unwrap();
    assert_eq!(
        serde_json::to_string(&answer).unwrap(),
        r#"{"__typename":"UpdateProductSuccess","message":null,"product":{"__typename":"Product","id":"1","sku":"TEA","name":"Tea","price":"12.50","stock":3,"createdAt":"2026-01-31T08:00:00+00:00"}}"#
    );
    let error = read::<DeleteCustomerError>(br#"{"code": "NOT_FOUND", "message": "who?", "success": false}"#).unwrap();
    assert_eq!(serde_json::to_string(&error).unwrap(), r#"{"code":"NOT_FOUND","message":"who?"}"#);
}
