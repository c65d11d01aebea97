//! Behind a transaction pooler, where the connection to the server changes from call to call.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::time::Duration;

use pgmutate::{Connection, Mutation, Statements};
use pgmutate_tests::calls::{order, rename};
use pgmutate_tests::images::{self, Load};
use pgmutate_tests::mutations::app::DeleteCustomer;
use pgmutate_tests::pooler::{Pooler, SERVER_CONNECTIONS};
use pgmutate_tests::shop::{GRACE, Shop, TEA, id};
use tokio::task::JoinSet;
use tokio_postgres::NoTls;

const CLIENTS: usize = 8;
const CALLS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn works_behind_pgbouncer() {
    let shop = Shop::open().await;
    let pooler = Pooler::start(&shop.database).await;

    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let config = pooler.config();
        clients.spawn(async move {
            let connection = Connection::connect(&config, NoTls).await.unwrap();
            let connection = connection.with_statements(Statements::Unnamed);
            for turn in 0..CALLS {
                let answer = if turn % 2 == 0 {
                    rename(&format!("{number}-{turn}")).execute(&connection).await
                } else {
                    order(&[(TEA, 1)]).execute(&connection).await
                };
                answer.unwrap_or_else(|error| panic!("client {number}, call {turn}: {error}"));
            }
        });
    }
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }

    // Of 160 orders and renamings, 80 found no tea.
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    let connections: i64 = shop.client.query_one(sql, &[]).await.unwrap().get(0);
    assert!(connections as usize <= SERVER_CONNECTIONS, "the clients shared {connections} connections");
    let events = shop.events().await;
    let renamed = events.iter().filter(|event| event.event_type == "CUSTOMER_UPDATED").collect::<Vec<_>>();
    assert_eq!(renamed.len(), CLIENTS * CALLS / 2);
    assert!(renamed.windows(2).all(|pair| pair[0].after == pair[1].before), "before and after are a chain");
}

#[tokio::test]
async fn before_images_of_a_delete_and_of_a_row_that_does_not_exist_behind_a_pooler() {
    let shop = Shop::open().await;
    let pooler = Pooler::start(&shop.database).await;
    let connection = Connection::connect(&pooler.config(), NoTls).await.unwrap().with_statements(Statements::Unnamed);

    let delete = DeleteCustomer { customer_id: id(GRACE) };
    assert!(delete.execute(&connection).await.unwrap().is_success());
    assert!(!delete.execute(&connection).await.unwrap().is_success());

    let events = shop.events().await;
    assert_eq!(events.len(), 1);
    assert!(events[0].before.is_object() && events[0].after.is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn before_images_are_true_whoever_writes() {
    let outcome = images::run(true, Load { duration: Duration::from_secs(1), calls: 40 }).await;
    assert!(outcome.is_whole() && outcome.written.every_way(), "{outcome}");
}
