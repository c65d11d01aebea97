//! A shop with four customers and four products that everybody wants.

use pgmutate::Patch;

use crate::mutations::app::{UpdateCustomer, UpdateProduct};
use crate::mutations::{UpdateCustomerInput, UpdateProductInput};
use crate::shop::{Shop, id};

/// How many customers and how many products there are.
pub const ROWS: usize = 4;

/// Opens it.
pub async fn shop() -> Shop {
    let shop = Shop::open().await;
    let sql = "INSERT INTO core.customer (id, email, first_name)
                   SELECT ('c1000000-0000-4000-8000-00000000000' || n)::uuid, n || '@example.com', 'Hot' FROM generate_series(0, 3) AS n;
               INSERT INTO core.product (id, sku, name, price, stock)
                   SELECT ('b1000000-0000-4000-8000-00000000000' || n)::uuid, 'HOT-' || n, 'Hot', 1.00, 1000000 FROM generate_series(0, 3) AS n;
               DO $$ BEGIN
                   PERFORM core.refresh_customer(id) FROM core.customer;
                   PERFORM core.refresh_product(id) FROM core.product;
               END $$";
    shop.client.batch_execute(sql).await.expect("the hot rows");
    shop
}

/// The id of a customer.
#[must_use]
pub fn customer(row: usize) -> String {
    format!("c1000000-0000-4000-8000-00000000000{row}")
}

/// The id of a product.
#[must_use]
pub fn product(row: usize) -> String {
    format!("b1000000-0000-4000-8000-00000000000{row}")
}

/// Changes a customer: the caller's runtime leaves the event.
#[must_use]
pub fn rename(customer_id: &str, name: String) -> UpdateCustomer {
    let input = UpdateCustomerInput { first_name: Patch::Value(name), ..Default::default() };
    UpdateCustomer { customer_id: id(customer_id), input }
}

/// Changes a product: the function leaves the event.
#[must_use]
pub fn relabel(product_id: &str, name: String) -> UpdateProduct {
    let input = UpdateProductInput { name: Patch::Value(name), ..Default::default() };
    UpdateProduct { product_id: id(product_id), input }
}
