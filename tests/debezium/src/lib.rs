//! A run of the shop, for consumers of its events, and the worker of the one that reads the log itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

pub mod worker;

use pgmutate::Mutation as _;
use pgmutate_tests::calls::{order, rename};
use pgmutate_tests::mutations::app::DeleteCustomer;
use pgmutate_tests::shop::{CUP, GRACE, Shop, TEA, id};

/// Customers come, change and go, products change, orders are placed. What the shop had before is told first.
pub async fn run_the_shop(shop: &Shop) {
    shop.client
        .batch_execute(
            "SELECT app.log_cdc_event('CUSTOMER_IMPORTED', 'customer', id, 'CREATE', NULL, data, NULL) FROM app.tv_customer;
             SELECT app.log_cdc_event('PRODUCT_IMPORTED', 'product', id, 'CREATE', NULL, data, NULL) FROM app.tv_product;
             SELECT app.create_customer('customer' || n || '@example.com', 'Number ' || n) FROM generate_series(1, 20) AS n;
             SELECT app.create_customer('quoted@example.com', E'\"Anne\\nMarie\" \\\\ é 🎈', NULL, 'fr');",
        )
        .await
        .unwrap();
    for round in 0..10 {
        let renamed = rename(&format!("Ada {round}")).execute(&shop.client).await.unwrap();
        assert!(renamed.is_success(), "{renamed}");
        let ordered = order(&[(TEA, 1), (CUP, 2)]).execute(&shop.client).await.unwrap();
        assert!(ordered.is_success(), "{ordered}");
    }
    let deleted = DeleteCustomer { customer_id: id(GRACE) }.execute(&shop.client).await.unwrap();
    assert!(deleted.is_success(), "{deleted}");
    // What the orders took from stock, which no event tells of, and numbers that no floating point holds.
    let changes = format!(
        "SELECT app.update_product('{TEA}', '{{\"price\": 123456789012345678901234.120, \"name\": null}}'::jsonb - 'name');
         SELECT app.update_product('{CUP}', '{{\"price\": 8.10}}');"
    );
    shop.client.batch_execute(&changes).await.unwrap();
}
