//! Calls that are dropped wherever they wait: nothing half done is left, and the pool's next user is hit by nothing.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll};
use std::time::Duration;

use pgmutate::{Client, Connection, Context, ErrorKind, Isolation, Manager, Mutation, transaction};
use pgmutate_tests::calls::{order, rename};
use pgmutate_tests::shop::{ADA, Shop, TEA};
use tokio_postgres::NoTls;

type Pool = deadpool::managed::Pool<Manager<NoTls>>;

fn pool_of_one(shop: &Shop) -> Pool {
    Pool::builder(Manager::new(shop.database.config(), NoTls)).max_size(1).build().unwrap()
}

/// A future that is polled so often and then dropped, when it is next woken.
struct Polled<F> {
    future: Pin<Box<F>>,
    left: usize,
}

impl<F: Future> Future for Polled<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Self::Output> {
        let Some(left) = self.left.checked_sub(1) else { return Poll::Ready(None) };
        self.left = left;
        self.future.as_mut().poll(task).map(Some)
    }
}

/// Drops what `call` gives at every point where it waits, until it is not dropped any more. Behind each the shop must be whole, and the pool of use.
async fn drop_everywhere<T>(shop: &Shop, pool: impl Fn() -> Pool, call: impl AsyncFn(&Pool, usize) -> T) -> usize {
    let mut polls = 0;
    loop {
        let pool = pool();
        let done = Polled { future: Box::pin(call(&pool, polls)), left: polls }.await;
        let next =
            rename(&format!("after {polls}")).execute(&pool).await.unwrap_or_else(|error| panic!("{polls}: {error}"));
        assert!(next.is_success());
        assert_whole(shop, polls).await;
        if done.is_some() {
            return polls;
        }
        polls += 1;
    }
}

/// Every event of Ada begins where the last one ended, and she is as the last one left her; and every order has its event.
async fn assert_whole(shop: &Shop, polls: usize) {
    let events = shop.events().await;
    let chain: Vec<_> = events.iter().filter(|event| event.entity_id == ADA).collect();
    assert!(chain.windows(2).all(|pair| pair[0].after == pair[1].before), "dropped after {polls} polls");
    let found =
        format!("SELECT data::text, (SELECT count(*) FROM core.\"order\") FROM app.tv_customer WHERE id = '{ADA}'");
    let found = shop.client.query_one(&found, &[]).await.unwrap();
    let ada: serde_json::Value = serde_json::from_str(found.get(0)).unwrap();
    assert_eq!(chain.last().map(|event| &event.after), Some(&ada));
    let orders = events.iter().filter(|event| event.event_type == "ORDER_CREATED").count();
    assert_eq!(i64::try_from(orders).unwrap(), found.get::<_, i64>(1), "dropped after {polls} polls");
}

#[tokio::test]
async fn a_call_may_be_dropped_wherever_it_waits() {
    let shop = Shop::open().await;
    let call = async |pool: &Pool, polls| rename(&format!("{polls}")).execute(pool).await.unwrap();
    // From connecting on, and on a connection that is there.
    let polls = drop_everywhere(&shop, || pool_of_one(&shop), call).await;
    let pool = pool_of_one(&shop);
    let there = drop_everywhere(&shop, || pool.clone(), call).await;
    assert!(polls > there && there > 1, "{polls}, {there}");
}

#[tokio::test]
async fn a_call_in_a_block_may_be_dropped_wherever_it_waits() {
    let shop = Shop::open().await;
    let pool = pool_of_one(&shop);
    let kept = async |pool: &Pool, polls: usize| {
        let context = Context::new().idempotency_key(format!("{polls}")).timeout(Duration::from_secs(60));
        order(&[(TEA, 1)]).execute(&pool.with(&context)).await.unwrap()
    };
    assert!(drop_everywhere(&shop, || pool.clone(), kept).await > 1);
    let dry = Context::new().dry_run();
    let tried = async |pool: &Pool, _| order(&[(TEA, 1)]).execute(&pool.with(&dry)).await.unwrap();
    assert!(drop_everywhere(&shop, || pool.clone(), tried).await > 1);
}

#[tokio::test]
async fn a_transaction_may_be_dropped_wherever_it_waits() {
    let shop = Shop::open().await;
    let pool = pool_of_one(&shop);
    let both = async |pool: &Pool, polls: usize| {
        transaction(pool)
            .isolation(Isolation::Serializable)
            .run(async |transaction| {
                transaction.execute(&rename(&format!("{polls}"))).await?;
                transaction.execute(&order(&[(TEA, 1)])).await.map(drop)
            })
            .await
            .unwrap()
    };
    assert!(drop_everywhere(&shop, || pool.clone(), both).await > 4, "four round trips");
}

/// Without a pool nothing cancels it: it runs to its end, and the next call waits for that.
#[tokio::test]
async fn a_call_on_a_connection_may_be_dropped_wherever_it_waits() {
    let shop = Shop::open().await;
    let connection = Connection::connect(&shop.database.config(), NoTls).await.unwrap();
    for polls in 0.. {
        let mut body = b"before".to_vec();
        let call = rename(&format!("{polls}"));
        let done = Polled { future: Box::pin(call.execute_into(&connection, &mut body)), left: polls }.await;
        let whole = done.is_some();
        drop(done);
        assert_eq!(body == b"before", !whole);
        assert!(rename(&format!("after {polls}")).execute(&connection).await.unwrap().is_success());
        assert_whole(&shop, polls).await;
        if whole {
            return;
        }
    }
}

/// A pool whose connections are all taken says so, and is of use again when one comes back.
#[tokio::test]
async fn an_exhausted_pool_says_so() {
    let shop = Shop::open().await;
    let manager = Manager::new(shop.database.config(), NoTls);
    let patience = Duration::from_millis(50);
    let pool = bb8::Pool::builder().max_size(1).connection_timeout(patience).build(manager).await.unwrap();

    let mut begun = transaction(&pool);
    let held = begun.begin().await.unwrap();
    let error = rename("A").execute(&pool).await.unwrap_err();
    held.roll_back().await.unwrap();

    assert_eq!((error.kind(), error.function()), (ErrorKind::Connection, Some("app.update_customer")), "{error}");
    assert!(error.to_string().contains("the pool had no connection free in time"), "{error}");
    assert!(error.client_json().contains("UNAVAILABLE"), "{}", error.client_json());
    assert!(rename("A").execute(&pool).await.unwrap().is_success());
}
