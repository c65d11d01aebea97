//! Before images are true whoever changes a row: through the runtime, in functions that log themselves, and by calls from anywhere else.
//!
//! `soak -- images` does the same for longer.

use std::time::Duration;

use pgmutate_tests::images::{self, Load, Outcome};

const LOAD: Load = Load { duration: Duration::from_secs(1), calls: 40 };

fn assert_whole(outcome: &Outcome) {
    assert!(outcome.is_whole(), "{outcome}");
    let written = outcome.written;
    let counts = [written.stitched, written.self_logging, written.plain, written.deleted, written.missing];
    assert!(counts.iter().all(|count| *count > 0), "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn before_images_are_true_whoever_writes() {
    assert_whole(&images::run(false, LOAD).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn before_images_are_true_behind_a_pooler() {
    assert_whole(&images::run(true, LOAD).await);
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
