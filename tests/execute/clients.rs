//! Connections and pools: what stays on the server, what a dropped call leaves, what is encrypted.

use std::time::Duration;

use bb8_postgres::PostgresConnectionManager;
use pgmutate::{Client, Connection, ErrorKind, Manager, Mutation, Patch, Statements};
use pgmutate_tests::calls::{order, rename};
use pgmutate_tests::mutations::app::CreateCustomer;
use pgmutate_tests::proxy::{Condition, Proxy};
use pgmutate_tests::shop::{Shop, TEA};
use pgmutate_tests::unruly::{self, Wait};
use tokio::time::{sleep, timeout};
use tokio_postgres::{Config, NoTls};

type DeadpoolPool = deadpool::managed::Pool<Manager<NoTls>>;
type Bb8Pool = bb8::Pool<Manager<NoTls>>;

fn deadpool(config: &Config, size: usize) -> DeadpoolPool {
    DeadpoolPool::builder(Manager::new(config.clone(), NoTls)).max_size(size).build().unwrap()
}

async fn bb8(config: &Config, size: u32) -> Bb8Pool {
    bb8::Pool::builder().max_size(size).build(Manager::new(config.clone(), NoTls)).await.unwrap()
}

async fn connect(shop: &Shop) -> Connection {
    Connection::connect(&shop.database.config(), NoTls).await.unwrap()
}

async fn prepared_on_server(connection: &Connection) -> i64 {
    let sql = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'WITH %'";
    connection.query_typed_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn every_pool_runs_mutations() {
    let shop = Shop::open().await;
    let config = shop.database.config();
    let of_deadpool_postgres =
        deadpool_postgres::Pool::builder(deadpool_postgres::Manager::new(config.clone(), NoTls)).build().unwrap();
    let of_bb8_postgres =
        bb8::Pool::builder().build(PostgresConnectionManager::new(config.clone(), NoTls)).await.unwrap();

    twice(&deadpool(&config, 2)).await;
    twice(&bb8(&config, 2).await).await;
    twice(&of_deadpool_postgres).await;
    twice(&of_bb8_postgres).await;
    twice(&connect(&shop).await).await;

    assert_eq!(shop.events().await.len(), 10);
}

async fn twice(client: &impl Client) {
    for name in ["A", "B"] {
        assert!(rename(name).execute(client).await.unwrap().is_success());
    }
}

#[tokio::test]
async fn statements_stay_prepared() {
    let shop = Shop::open().await;
    let connection = connect(&shop).await;

    for turn in 0..3 {
        rename(&format!("A{turn}")).execute(&connection).await.unwrap();
        order(&[(TEA, 1)]).execute(&connection).await.unwrap();
    }
    assert_eq!((connection.prepared_statements(), prepared_on_server(&connection).await), (2, 2));

    let unnamed = connect(&shop).await.with_statements(Statements::Unnamed);
    twice(&unnamed).await;
    assert_eq!((unnamed.prepared_statements(), prepared_on_server(&unnamed).await), (0, 0));
}

/// Each combination of optional arguments is a statement of its own.
fn create(number: usize, last_name: Patch<String>, locale: Option<String>) -> CreateCustomer {
    CreateCustomer { email: format!("{number}@example.com"), first_name: "Emmy".to_owned(), last_name, locale }
}

#[tokio::test]
async fn no_more_statements_stay_than_may() {
    let shop = Shop::open().await;
    let connection = connect(&shop).await.with_statements(Statements::Prepared { most: 2 });
    let name = || Patch::Value("Noether".to_owned());
    let locale = || Some("de".to_owned());

    for round in 0..3 {
        let calls = [(Patch::Absent, None), (name(), None), (Patch::Absent, locale()), (name(), locale())];
        for (index, (last_name, locale)) in calls.into_iter().enumerate() {
            create(round * 10 + index, last_name, locale).execute(&connection).await.unwrap();
            assert!(connection.prepared_statements() <= 2);
        }
    }
    assert_eq!(prepared_on_server(&connection).await, 2, "those that made room are closed");
}

#[tokio::test]
async fn a_statement_that_was_taken_away_is_made_again() {
    let shop = Shop::open().await;
    let connection = connect(&shop).await;
    twice(&connection).await;

    connection.batch_execute("DISCARD ALL").await.unwrap();
    twice(&connection).await;
    assert_eq!(prepared_on_server(&connection).await, 1);

    // In a transaction block the first error is what ended it.
    connection.batch_execute("DISCARD ALL").await.unwrap();
    connection.batch_execute("BEGIN").await.unwrap();
    let error = rename("C").execute(&connection).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("26000"), "{error}");
    connection.batch_execute("ROLLBACK").await.unwrap();
    twice(&connection).await;
    assert_eq!(shop.events().await.len(), 6);
}

#[tokio::test]
async fn a_function_that_is_deployed_anew_is_called() {
    let shop = Shop::open().await;
    shop.client.batch_execute(unruly::SQL).await.unwrap();
    let connection = connect(&shop).await;
    let call = Wait { seconds: 0.0 };
    call.execute(&connection).await.unwrap();
    call.execute(&connection).await.unwrap();

    for answer in ["jsonb", "json"] {
        let sql = format!(
            "DROP FUNCTION app.wait;
             CREATE FUNCTION app.wait(seconds double precision) RETURNS {answer} LANGUAGE sql
             AS $$ SELECT '{{\"success\": true, \"code\": \"SUCCESS\", \"message\": \"anew\"}}'::{answer} $$"
        );
        shop.client.batch_execute(&sql).await.unwrap();
        let answered = call.execute(&connection).await;
        match answer {
            "jsonb" => assert!(answered.unwrap().as_str().contains("anew")),
            // What its contract does not allow is told as it is.
            _ => assert_eq!(answered.unwrap_err().kind(), ErrorKind::Database),
        }
    }
}

#[tokio::test]
async fn tasks_share_a_connection() {
    let shop = Shop::open().await;
    let connection = connect(&shop).await;

    let (order, a, b) = (order(&[(TEA, 1)]), rename("A"), rename("B"));
    let (first, second, third) =
        tokio::join!(order.execute(&connection), a.execute(&connection), b.execute(&connection));

    assert!(first.unwrap().is_success() && second.unwrap().is_success() && third.unwrap().is_success());
    assert_eq!((connection.prepared_statements(), prepared_on_server(&connection).await), (2, 2));
}

async fn shop_that_waits() -> Shop {
    let shop = Shop::open().await;
    shop.client.batch_execute(unruly::SQL).await.unwrap();
    shop
}

async fn somebody_waits(shop: &Shop) -> bool {
    let sql = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
    !shop.client.query(sql, &[]).await.unwrap().is_empty()
}

/// Drops a call that the server has begun, in a pool of one connection.
async fn drop_a_call(shop: &Shop, pool: &impl Client) {
    let begun = async { while !somebody_waits(shop).await {} };
    tokio::select! {
        answer = Wait { seconds: 600.0 }.execute(pool) => panic!("{answer:?}"),
        () = begun => {}
    }
    let next = timeout(Duration::from_secs(60), rename("A").execute(pool)).await;
    assert!(next.expect("the dropped call was cancelled").unwrap().is_success());
    assert!(!somebody_waits(shop).await);
}

#[tokio::test]
async fn a_dropped_call_is_cancelled() {
    let shop = shop_that_waits().await;
    drop_a_call(&shop, &deadpool(&shop.database.config(), 1)).await;
    drop_a_call(&shop, &bb8(&shop.database.config(), 1).await).await;
}

/// The cancellation goes over a connection of its own, and nothing keeps it behind the request.
#[tokio::test]
async fn a_cancellation_that_overtakes_its_call_is_made_again() {
    let shop = shop_that_waits().await;
    let proxy = Proxy::start(&shop.database.config()).await.unwrap();
    let pool = deadpool(&proxy.config(&shop.database.config()), 1);
    rename("A").execute(&pool).await.unwrap();

    proxy.set(Condition::Muted);
    let _ = proxy.take_transcript();
    let call = timeout(Duration::from_millis(20), Wait { seconds: 600.0 }.execute(&pool));
    assert!(call.await.is_err(), "nobody has heard it");
    proxy.client_connects().await;
    sleep(Duration::from_millis(100)).await;
    proxy.set(Condition::Open);

    let next = timeout(Duration::from_secs(60), rename("B").execute(&pool)).await;
    assert!(next.expect("the dropped call was cancelled").unwrap().is_success());
}

/// Calls that end by themselves while they are being cancelled, and others behind them on the same connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_hits_no_other_call() {
    let shop = shop_that_waits().await;
    let pools = (deadpool(&shop.database.config(), 1), bb8(&shop.database.config(), 1).await);

    let (mut dropped, mut answered) = (0, 0);
    for turn in 0..200_u64 {
        let patience = sleep(Duration::from_micros(turn * 37 % 4000));
        let wait = Wait { seconds: 0.002 };
        let done = if turn % 2 == 0 {
            tokio::select! { answer = wait.execute(&pools.0) => Some(answer), () = patience => None }
        } else {
            tokio::select! { answer = wait.execute(&pools.1) => Some(answer), () = patience => None }
        };
        match done {
            Some(answer) => {
                answer.unwrap();
                answered += 1;
            }
            None => dropped += 1,
        }
        for _ in 0..2 {
            let next =
                if turn % 2 == 0 { rename("A").execute(&pools.0).await } else { rename("A").execute(&pools.1).await };
            next.unwrap_or_else(|error| panic!("turn {turn}: {error}"));
        }
    }
    assert!(dropped > 0 && answered + dropped == 200);
    assert_eq!(shop.events().await.len(), 400);
}

/// A connection that the driver's own pool hands out cannot be cancelled: the next call waits for the server to be done.
#[tokio::test]
async fn a_dropped_call_of_the_drivers_pool_ends_by_itself() {
    let shop = shop_that_waits().await;
    let manager = deadpool_postgres::Manager::new(shop.database.config(), NoTls);
    let pool = deadpool_postgres::Pool::builder(manager).max_size(1).build().unwrap();

    let begun = async { while !somebody_waits(&shop).await {} };
    tokio::select! {
        answer = Wait { seconds: 0.5 }.execute(&pool) => panic!("{answer:?}"),
        () = begun => {}
    }

    assert!(rename("A").execute(&pool).await.unwrap().is_success());
    assert!(!somebody_waits(&shop).await);
}

#[tokio::test]
async fn a_pool_without_a_server_says_so() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mut config = Config::new();
    config.host("127.0.0.1").port(port).user("nobody");

    let error = rename("A").execute(&deadpool(&config, 1)).await.unwrap_err();

    assert_eq!((error.kind(), error.function()), (ErrorKind::Connection, Some("app.update_customer")));
    assert!(error.to_string().contains("Connection refused"), "{error}");
}

#[tokio::test]
async fn a_connection_that_was_ended_is_not_used_again() {
    let shop = Shop::open().await;
    let pools = (deadpool(&shop.database.config(), 1), bb8(&shop.database.config(), 1).await);
    twice(&pools.0).await;
    twice(&pools.1).await;

    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    shop.client.execute(end, &[]).await.unwrap();
    // The pools find out when the sockets do.
    sleep(Duration::from_millis(200)).await;

    twice(&pools.0).await;
    twice(&pools.1).await;
}
