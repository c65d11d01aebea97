//! Calls of the shop's mutations that many tests make.

use pgmutate::Patch;
use serde_json::Value;

use crate::mutations::app::{CreateOrder, UpdateCustomer};
use crate::mutations::{CreateOrderInput, OrderItemInput, UpdateCustomerInput};
use crate::shop::{ADA, id};

/// Changes the first name of [`ADA`].
#[must_use]
pub fn rename(name: &str) -> UpdateCustomer {
    let input = UpdateCustomerInput { first_name: Patch::Value(name.to_owned()), ..Default::default() };
    UpdateCustomer { customer_id: id(ADA), input }
}

/// Orders for [`ADA`]: products with their quantities.
#[must_use]
pub fn order(items: &[(&str, i32)]) -> CreateOrder {
    let item =
        |(product, quantity): &(&str, i32)| OrderItemInput { product_id: (*product).to_owned(), quantity: *quantity };
    let items = items.iter().map(item).collect();
    let (shipping_address_id, note) = (Patch::Absent, Patch::Null);
    CreateOrder { input_payload: CreateOrderInput { customer_id: ADA.to_owned(), items, shipping_address_id, note } }
}

/// An answer as a tree.
#[must_use]
pub fn json(answer: &pgmutate::Answer) -> Value {
    serde_json::from_str(answer.as_str()).expect("an answer is JSON")
}
