//! Before images are true whoever changes a row: through the runtime, in functions that log themselves, and by calls from anywhere else.
//!
//! `soak -- images` does the same for longer, the suite `pooler` the same behind a transaction pooler.

use std::time::Duration;

use pgmutate_tests::images::{self, Load};

const LOAD: Load = Load { duration: Duration::from_secs(1), calls: 40 };

#[tokio::test(flavor = "multi_thread")]
async fn before_images_are_true_whoever_writes() {
    let outcome = images::run(false, LOAD).await;
    assert!(outcome.is_whole() && outcome.written.every_way(), "{outcome}");
}

/// The same load, with images that are read without a lock.
#[tokio::test(flavor = "multi_thread")]
async fn the_load_finds_stale_images() {
    let shop = images::shop().await;
    let sql = "CREATE OR REPLACE FUNCTION app.before_customer(key uuid) RETURNS jsonb LANGUAGE plpgsql AS $$
               BEGIN
                   RETURN (SELECT data FROM app.tv_customer WHERE id = $1);
               END $$";
    shop.client.batch_execute(sql).await.unwrap();

    assert_ne!(images::mistakes_in(&shop, LOAD).await, [] as [String; 0]);
}
