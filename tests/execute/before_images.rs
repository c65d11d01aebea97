//! Before images are true whoever changes a row: through the runtime, in functions that log themselves, and by calls from anywhere else.

use std::collections::BTreeMap;

use pgmutate::{Connection, Mutation, Patch, Statements};
use pgmutate_tests::mutations::app::{CreateCustomer, DeleteCustomer};
use pgmutate_tests::pooler::Pooler;
use pgmutate_tests::shop::{Event, Shop, id};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use super::concurrency::{BREAKS, customer, product, relabel, rename, shop_with_hot_rows};

/// Writers; a third of each kind, and one more.
const WRITERS: usize = 16;
const ROWS: usize = 4;
const CALLS: usize = 36;

/// An id that no row has.
const NOBODY: usize = 9;

async fn connect(config: &Config, statements: Statements) -> (Connection, Client) {
    let runtime = Connection::connect(config, NoTls).await.unwrap().with_statements(statements);
    let (anybody, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    (runtime, anybody)
}

/// A third of the writers calls stitched mutations, a third those that log themselves, a third calls functions as psql does; the runtime's rows and those of
/// others are the same.
async fn write(config: &Config, statements: Statements) {
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (runtime, anybody) = connect(config, statements).await;
        writers.spawn(async move {
            for turn in 0..CALLS {
                let (row, unique) = ((writer * 7 + turn * 5 + turn / ROWS) % ROWS, format!("{writer}-{turn}"));
                match writer % 3 {
                    0 => {
                        assert!(rename(row, unique.clone()).execute(&runtime).await.unwrap().is_success());
                        let nobody = rename(NOBODY, unique).execute(&runtime).await.unwrap();
                        assert_eq!(nobody.outcome().code(), Some("NOT_FOUND"));
                    }
                    1 => assert!(relabel(row, unique).execute(&runtime).await.unwrap().is_success()),
                    _ => {
                        let function = format!("app.update_product('{}', '{{\"name\": \"{unique}\"}}')", product(row));
                        // As psql sends it; behind a pooler nothing may be prepared.
                        let answer = anybody.simple_query(&format!("SELECT {function} ->> 'success'")).await.unwrap();
                        assert!(answer.iter().any(
                            |message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("true"))
                        ));
                    }
                }
            }
        });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
}

/// Customers who are made, changed by several at once and deleted by several at once.
async fn make_and_delete(config: &Config, statements: Statements) -> usize {
    const CUSTOMERS: usize = 6;
    let (runtime, _) = connect(config, statements).await;
    for customer in 0..CUSTOMERS {
        let create = CreateCustomer {
            email: format!("short-lived-{customer}@example.com"),
            first_name: "Short".to_owned(),
            last_name: Patch::Absent,
            locale: None,
        };
        let made: Value = serde_json::from_str(create.execute(&runtime).await.unwrap().as_str()).unwrap();
        let customer_id = id(made["customer"]["id"].as_str().unwrap());
        let mut writers = JoinSet::new();
        for writer in 0..4 {
            let (runtime, _) = connect(config, statements).await;
            writers.spawn(async move {
                let mut input = pgmutate_tests::mutations::UpdateCustomerInput::default();
                let mut deleted = 0;
                for turn in 0..4 {
                    input.first_name = Patch::Value(format!("{writer}-{turn}"));
                    let update = pgmutate_tests::mutations::app::UpdateCustomer { customer_id, input: input.clone() };
                    let answer = update.execute(&runtime).await.unwrap();
                    assert!(answer.is_success() || answer.outcome().code() == Some("NOT_FOUND"));
                    if turn == 2 {
                        let answer = DeleteCustomer { customer_id }.execute(&runtime).await.unwrap();
                        deleted += usize::from(answer.is_success());
                    }
                }
                deleted
            });
        }
        assert_eq!(
            writers.join_all().await.into_iter().sum::<usize>(),
            1,
            "one of them deletes, the others find nobody"
        );
    }
    CUSTOMERS
}

async fn assert_chains(shop: &Shop, deleted: usize) {
    assert_eq!(shop.client.query_one(BREAKS, &[]).await.unwrap().get::<_, i64>(0), 0);
    let events = shop.events().await;
    let mut by_entity = BTreeMap::<&str, Vec<&Event>>::new();
    for event in &events {
        by_entity.entry(&event.entity_id).or_default().push(event);
    }
    let mut gone = 0;
    for chain in by_entity.values() {
        for pair in chain.windows(2) {
            assert_eq!(pair[0].after, pair[1].before);
            assert_ne!(pair[0].operation, "DELETE", "nothing comes behind a deletion");
        }
        let (first, last) = (chain[0], chain[chain.len() - 1]);
        assert_eq!(first.before.is_null(), first.operation == "CREATE");
        assert_eq!(last.after.is_null(), last.operation == "DELETE");
        gone += usize::from(last.operation == "DELETE");
    }
    assert_eq!(gone, deleted);
    let updates = events.iter().filter(|event| event.event_type == "PRODUCT_UPDATED").count();
    let stitched = events
        .iter()
        .filter(|event| {
            event.entity == "customer" && event.after["first_name"].as_str().is_some_and(|name| name.contains('-'))
        })
        .count();
    assert_eq!(updates, CALLS * (0..WRITERS).filter(|writer| writer % 3 != 0).count());
    assert!(stitched >= CALLS * (0..WRITERS).filter(|writer| writer % 3 == 0).count());
    assert!(!by_entity.contains_key(customer(NOBODY).as_str()), "a row that is not there has no event");
}

#[tokio::test(flavor = "multi_thread")]
async fn chains_have_no_gap_whoever_writes() {
    let shop = shop_with_hot_rows().await;
    let config = shop.database.config();
    let (deleted, ()) =
        tokio::join!(make_and_delete(&config, Statements::default()), write(&config, Statements::default()));
    assert_chains(&shop, deleted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chains_have_no_gap_behind_a_pooler() {
    let shop = shop_with_hot_rows().await;
    let pooler = Pooler::start(&shop.database).await;
    let config = pooler.config();
    let (deleted, ()) =
        tokio::join!(make_and_delete(&config, Statements::Unnamed), write(&config, Statements::Unnamed));
    assert_chains(&shop, deleted).await;
}
