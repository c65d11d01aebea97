//! Several mutations in one transaction, and calls that are tried out.

use std::time::Duration;

use pgmutate::{
    Client, Connection, Context, Error, ErrorKind, Isolation, Manager, Mutation, Patch, Retry, transaction,
};
use pgmutate_tests::calls::{json, order, rename};
use pgmutate_tests::mutations::UpdateProductInput;
use pgmutate_tests::mutations::app::{DeleteCustomer, UpdateProduct};
use pgmutate_tests::shop::{ADA, GRACE, POT, Shop, TEA, id};
use tokio::sync::Barrier;
use tokio_postgres::NoTls;

async fn name(shop: &Shop) -> String {
    let sql = format!("SELECT first_name FROM core.customer WHERE id = '{ADA}'");
    shop.client.query_one(&sql, &[]).await.unwrap().get(0)
}

async fn pool(shop: &Shop, size: u32) -> bb8::Pool<Manager<NoTls>> {
    bb8::Pool::builder().max_size(size).build(Manager::new(shop.database.config(), NoTls)).await.unwrap()
}

#[tokio::test]
async fn answers_are_handed_over_after_the_commit() {
    let shop = Shop::open().await;
    let pool = pool(&shop, 1).await;

    let done = transaction(&pool)
        .run(async |transaction| {
            transaction.execute(&rename("Augusta")).await?;
            let number = json(transaction.execute(&order(&[(TEA, 1)])).await?)["orderNumber"].clone();
            assert_eq!(shop.events().await, [], "others see nothing yet");
            transaction.execute(&DeleteCustomer { customer_id: id(GRACE) }).await?;
            Ok::<_, Error>(number)
        })
        .await
        .unwrap();

    assert_eq!((done.answers.len(), done.retries), (3, 0));
    assert_eq!(json(&done.answers[1])["orderNumber"], done.value);
    let events = shop.events().await;
    assert_eq!(
        events.iter().map(|event| event.event_type.as_str()).collect::<Vec<_>>(),
        ["CUSTOMER_UPDATED", "ORDER_CREATED", "CUSTOMER_DELETED"]
    );
    assert_eq!(
        done.answers.iter().map(|answer| answer.event_id().unwrap()).collect::<Vec<_>>(),
        events.iter().map(|event| event.id).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn an_error_of_the_body_rolls_everything_back() {
    let shop = Shop::open().await;
    let before = name(&shop).await;
    let pool = pool(&shop, 1).await;

    let failed = transaction(&pool)
        .run(async |transaction| {
            transaction.execute(&rename("Augusta")).await?;
            let answer = transaction.execute(&order(&[(POT, 1)])).await?;
            if answer.is_success() { Ok(()) } else { Err(Failed::Refused(answer.outcome().code())) }
        })
        .await;
    assert!(matches!(failed, Err(Failed::Refused(Some("OUT_OF_STOCK")))), "{failed:?}");

    // A call that failed, and a body that thinks nothing of it.
    let input = UpdateProductInput { price: Patch::Value("-1".parse().unwrap()), ..Default::default() };
    let refused = UpdateProduct { product_id: id(TEA), input };
    let failed = transaction(&pool)
        .run(async |transaction| {
            transaction.execute(&rename("Augusta")).await?;
            let error = transaction.execute(&refused).await.unwrap_err();
            assert_eq!(error.sqlstate(), Some("23514"), "{error}");
            Ok::<_, Error>(())
        })
        .await;
    let error = failed.unwrap_err().to_string();
    assert!(error.contains("a call in the transaction has failed, so it cannot commit"), "{error}");

    // An order without items is found at the commit only.
    let failed = transaction(&pool)
        .run(async |transaction| {
            transaction.execute(&rename("Augusta")).await?;
            transaction.execute(&order(&[])).await.map(drop)
        })
        .await;
    assert_eq!(failed.unwrap_err().constraint(), Some("order_has_items"));
    assert_eq!((name(&shop).await, shop.events().await.len()), (before, 0));
    assert!(rename("Still there").execute(&pool).await.unwrap().is_success());
}

#[derive(Debug)]
enum Failed {
    Refused(Option<&'static str>),
    Lost(#[allow(dead_code, reason = "shown where the test fails")] Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Lost(error)
    }
}

/// The COMMIT of a failed transaction is a rollback without an error; it must not hand over answers.
#[tokio::test]
async fn a_failed_transaction_does_not_commit() {
    let shop = Shop::open().await;
    let mut client = shop.connect().await;

    let mut begun = transaction(&mut client);
    let mut open = begun.begin().await.unwrap();
    open.execute(&rename("Augusta")).await.unwrap();
    open.client().unwrap().batch_execute("SELECT 1 / 0").await.unwrap_err();
    let error = open.commit().await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("25P02"), "{error}");

    let mut open = begun.begin().await.unwrap();
    open.execute(&rename("Augusta")).await.unwrap();
    shop.client.batch_execute("ALTER FUNCTION app.create_order RENAME TO create_order_before").await.unwrap();
    assert_eq!(open.execute(&order(&[(TEA, 1)])).await.unwrap_err().kind(), ErrorKind::Contract);
    let error = open.commit().await.unwrap_err();
    assert!(error.to_string().contains("a call in the transaction has failed, so it cannot commit"), "{error}");
    assert_eq!(shop.events().await, []);
}

#[tokio::test]
async fn a_transaction_that_is_dropped_is_rolled_back() {
    let shop = Shop::open().await;
    let before = name(&shop).await;
    let pool = pool(&shop, 1).await;
    {
        let mut begun = transaction(&pool);
        let mut open = begun.begin().await.unwrap();
        open.execute(&rename("Dropped")).await.unwrap();
    }
    // The pool has one connection: it comes back when it is clean.
    assert!(order(&[(TEA, 1)]).execute(&pool).await.unwrap().is_success());
    let mut connection = Connection::connect(&shop.database.config(), NoTls).await.unwrap();
    {
        let mut begun = transaction(&mut connection);
        begun.begin().await.unwrap().execute(&rename("Dropped")).await.unwrap();
    }
    assert!(order(&[(TEA, 1)]).execute(&connection).await.unwrap().is_success());
    assert_eq!((name(&shop).await, shop.events().await.len()), (before, 2));
}

/// Two serializable transactions that read what the other writes: one of them is made again.
#[tokio::test(flavor = "multi_thread")]
async fn a_serialization_failure_makes_it_again() {
    let shop = Shop::open().await;
    let pool = pool(&shop, 2).await;
    let both_have_read = Barrier::new(2);
    let one = async |first_time: &std::sync::atomic::AtomicBool| {
        transaction(&pool)
            .isolation(Isolation::Serializable)
            .retry(Retry::at_most(5).backoff(Duration::from_millis(1), Duration::from_millis(20)))
            .run(async |transaction| {
                let client = transaction.client().unwrap();
                let count: i64 =
                    client.query_one("SELECT count(*) FROM core.\"order\"", &[]).await.map_err(Error::from)?.get(0);
                if first_time.swap(false, std::sync::atomic::Ordering::Relaxed) {
                    both_have_read.wait().await;
                }
                transaction.execute(&order(&[(TEA, 1)])).await?;
                Ok::<_, Error>(count)
            })
            .await
            .unwrap()
    };
    let (first, second) = (std::sync::atomic::AtomicBool::new(true), std::sync::atomic::AtomicBool::new(true));

    let (one, other) = tokio::join!(one(&first), one(&second));

    assert!(one.retries + other.retries >= 1);
    let mut counts = [one.value, other.value];
    counts.sort_unstable();
    assert_eq!(counts, [0, 1], "as if one had come after the other");
    assert_eq!((one.answers.len(), other.answers.len(), shop.events().await.len()), (1, 1, 2));
}

#[tokio::test]
async fn a_dry_run_answers_and_leaves_nothing() {
    let shop = Shop::open().await;
    let before = name(&shop).await;
    let connection = Connection::connect(&shop.database.config(), NoTls).await.unwrap();
    let dry = Context::new().dry_run();

    for _ in 0..2 {
        let answer = rename("Augusta").execute(&connection.with(&dry)).await.unwrap();
        assert_eq!(json(&answer)["customer"]["firstName"], "Augusta");
        // What is checked at the commit only is checked here.
        let error = order(&[]).execute(&connection.with(&dry)).await.unwrap_err();
        assert_eq!(error.constraint(), Some("order_has_items"), "{error}");
    }
    let error = rename("A").execute(&shop.client.with(&dry)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Context, "a bare client cannot");
    assert_eq!((name(&shop).await, shop.events().await), (before, vec![]));
}

/// In a transaction of the caller's own only the call is taken back.
#[tokio::test]
async fn a_dry_run_in_a_transaction() {
    let shop = Shop::open().await;
    let mut client = shop.connect().await;
    let dry = Context::new().dry_run();

    let open = client.transaction().await.unwrap();
    rename("Kept").execute(&open).await.unwrap();
    assert!(rename("Tried").execute(&open.with(&dry)).await.unwrap().is_success());
    open.commit().await.unwrap();
    assert_eq!((name(&shop).await, shop.events().await.len()), ("Kept".to_owned(), 1));

    let done = transaction(&mut client).dry_run().run(async |transaction| {
        transaction.execute(&rename("Tried")).await?;
        transaction.execute(&order(&[(TEA, 1)])).await.map(drop)
    });
    assert_eq!(done.await.unwrap().answers.len(), 2);
    assert_eq!((name(&shop).await, shop.events().await.len()), ("Kept".to_owned(), 1));
}
