//! Calls that met another transaction are made again, where the transaction is theirs.

use std::time::Duration;

use pgmutate::{Client, Connection, Context, ErrorKind, Mutation, Retry};
use pgmutate_tests::calls::rename;
use pgmutate_tests::shop::Shop;
use tokio_postgres::NoTls;

/// A shop in which a rename fails so often with this SQLSTATE, then works. The count is a sequence: no rollback takes it back.
async fn shop_that_fails(times: i64, sqlstate: &str) -> Shop {
    let shop = Shop::open().await;
    let sql = format!(
        "CREATE SEQUENCE app.attempts;
         ALTER FUNCTION app.update_customer RENAME TO update_customer_before;
         CREATE FUNCTION app.update_customer(customer_id uuid, input jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
         DECLARE response jsonb := app.update_customer_before(customer_id, input);
         BEGIN
             IF nextval('app.attempts') <= {times} THEN
                 RAISE EXCEPTION 'met another' USING ERRCODE = '{sqlstate}';
             END IF;
             RETURN response;
         END $$"
    );
    shop.client.batch_execute(&sql).await.unwrap();
    shop
}

async fn attempts(shop: &Shop) -> i64 {
    shop.client.query_one("SELECT last_value FROM app.attempts", &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_call_is_made_again_until_it_is_answered() {
    for sqlstate in ["40001", "40P01"] {
        let shop = shop_that_fails(2, sqlstate).await;
        let connection = Connection::connect(&shop.database.config(), NoTls).await.unwrap();
        let answer = rename("Augusta").execute(&connection).await.unwrap();
        assert!(answer.is_success());
        assert_eq!((answer.outcome().retries(), attempts(&shop).await), (2, 3));
        assert_eq!(shop.events().await.len(), 1, "what was rolled back left nothing");
        assert_eq!(rename("Ada").execute(&shop.client).await.unwrap().outcome().retries(), 0);
    }
}

#[tokio::test]
async fn retries_are_bounded_and_told() {
    let shop = shop_that_fails(1000, "40001").await;
    let connection = Connection::connect(&shop.database.config(), NoTls).await.unwrap();

    let error = rename("A").execute(&connection).await.unwrap_err();
    assert_eq!((error.kind(), error.retries(), attempts(&shop).await), (ErrorKind::Database, 3, 4));

    let never = Context::new().retry(Retry::never());
    let error = rename("A").execute(&connection.with(&never)).await.unwrap_err();
    assert_eq!((error.sqlstate(), error.retries(), attempts(&shop).await), (Some("40001"), 0, 5));

    let often = Context::new().retry(Retry::at_most(7).backoff(Duration::ZERO, Duration::ZERO));
    assert_eq!(rename("A").execute(&connection.with(&often)).await.unwrap_err().retries(), 7);
}

#[tokio::test]
async fn other_errors_are_not_tried_again() {
    let shop = shop_that_fails(1000, "23505").await;
    let error = rename("A").execute(&shop.client).await.unwrap_err();
    assert_eq!((error.retries(), attempts(&shop).await), (0, 1));
}

/// What was done before it in the transaction is gone as well, so only its owner can make it again.
#[tokio::test]
async fn a_transaction_of_the_callers_own_is_left_alone() {
    let shop = shop_that_fails(1000, "40001").await;
    let mut client = shop.connect().await;

    let transaction = client.transaction().await.unwrap();
    let error = rename("A").execute(&transaction).await.unwrap_err();
    assert_eq!((error.sqlstate(), error.retries(), attempts(&shop).await), (Some("40001"), 0, 1));
    transaction.rollback().await.unwrap();

    client.batch_execute("BEGIN").await.unwrap();
    let error = rename("A").execute(&client).await.unwrap_err();
    assert_eq!((error.sqlstate(), error.retries()), (Some("40001"), 0), "also where it was begun by hand: {error}");
}
