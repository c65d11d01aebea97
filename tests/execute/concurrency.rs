//! Many clients on few rows: images stay true, and nobody waits for somebody who waits for them.

use std::ops::AddAssign;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pgmutate::{Mutation, Patch};
use pgmutate_tests::calls::order;
use pgmutate_tests::mutations::app::{UpdateCustomer, UpdateProduct};
use pgmutate_tests::mutations::{UpdateCustomerInput, UpdateProductInput};
use pgmutate_tests::shop::{Shop, id};
use tokio::task::JoinSet;
use tokio_postgres::Client;

const CLIENTS: usize = 16;
const ROWS: usize = 4;
/// Calls of each client: enough for a wrong order of locks to be found many times over.
const CALLS: usize = 40;

/// What came of a client's calls.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    successes: usize,
    deadlocks: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.successes += other.successes;
        self.deadlocks += other.deadlocks;
    }
}

impl Tally {
    /// Counts a call; whatever is neither a success nor a deadlock is a mistake of the test.
    fn count(&mut self, sqlstate: Result<(), String>) {
        match sqlstate.as_ref().map_err(String::as_str) {
            Ok(()) => self.successes += 1,
            Err("40P01") => self.deadlocks += 1,
            Err(other) => panic!("SQLSTATE {other}"),
        }
    }
}

/// The hot rows: customers and products with these numbers.
pub(crate) async fn shop_with_hot_rows() -> Shop {
    let shop = Shop::open().await;
    let sql = "INSERT INTO core.customer (id, email, first_name)
                   SELECT ('c1000000-0000-4000-8000-00000000000' || n)::uuid, n || '@example.com', 'Hot' FROM generate_series(0, 3) AS n;
               INSERT INTO core.product (id, sku, name, price, stock)
                   SELECT ('b1000000-0000-4000-8000-00000000000' || n)::uuid, 'HOT-' || n, 'Hot', 1.00, 1000000 FROM generate_series(0, 3) AS n;
               DO $$ BEGIN
                   PERFORM core.refresh_customer(id) FROM core.customer;
                   PERFORM core.refresh_product(id) FROM core.product;
               END $$";
    shop.client.batch_execute(sql).await.unwrap();
    shop
}

pub(crate) fn customer(row: usize) -> String {
    format!("c1000000-0000-4000-8000-00000000000{row}")
}

pub(crate) fn product(row: usize) -> String {
    format!("b1000000-0000-4000-8000-00000000000{row}")
}

/// A call by the runtime.
async fn call(client: &Client, mutation: impl Mutation) -> Result<(), String> {
    match mutation.execute(client).await {
        Ok(answer) => {
            assert!(answer.is_success(), "{answer}");
            Ok(())
        }
        Err(error) => Err(error.sqlstate().unwrap_or_else(|| panic!("{error}")).to_owned()),
    }
}

/// A call by anybody else.
async fn plain(client: &Client, function: &str) -> Result<(), String> {
    let response = client.query_one(&format!("SELECT ({function} ->> 'success')::boolean"), &[]).await;
    match response {
        Ok(row) => {
            assert!(row.get::<_, bool>(0), "{function}");
            Ok(())
        }
        Err(error) => Err(error.code().unwrap_or_else(|| panic!("{error}")).code().to_owned()),
    }
}

pub(crate) fn rename(row: usize, name: String) -> UpdateCustomer {
    let input = UpdateCustomerInput { first_name: Patch::Value(name), ..Default::default() };
    UpdateCustomer { customer_id: id(&customer(row)), input }
}

pub(crate) fn relabel(row: usize, name: String) -> UpdateProduct {
    let input = UpdateProductInput { name: Patch::Value(name), ..Default::default() };
    UpdateProduct { product_id: id(&product(row)), input }
}

/// The kinds of calls: of the same functions, through the runtime and without it.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Stitched,
    SelfLogging,
    StitchedOrder,
    PlainStitched,
    PlainSelfLogging,
    PlainOrder,
}

use Kind::*;

async fn one_call(client: &Client, kind: Kind, row: usize, unique: String) -> Result<(), String> {
    let (customer, first, second) = (customer(row), product(row), product((row + 1) % ROWS));
    match kind {
        Stitched => call(client, rename(row, unique)).await,
        SelfLogging => call(client, relabel(row, unique)).await,
        // The rows of two products, in the order of the request: whoever takes the locks must put them in one order.
        StitchedOrder => call(client, order(&[(&second, 1), (&first, 1)])).await,
        PlainStitched => {
            plain(client, &format!("app.update_customer('{customer}', '{{\"first_name\": \"{unique}\"}}')")).await
        }
        PlainSelfLogging => {
            plain(client, &format!("app.update_product('{first}', '{{\"name\": \"{unique}\"}}')")).await
        }
        PlainOrder => {
            let items =
                format!(r#"[{{"product_id": "{first}", "quantity": 1}}, {{"product_id": "{second}", "quantity": 1}}]"#);
            plain(client, &format!(r#"app.create_order('{{"customer_id": "{customer}", "items": {items}}}')"#)).await
        }
    }
}

/// Every client makes its calls, of each kind in turn, each on another row than the last; `until` says when all may stop.
async fn load(shop: &Shop, kinds: &'static [Kind], until: fn(&Tally) -> bool) -> Tally {
    let stop = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    for number in 0..CLIENTS {
        let (client, stop) = (shop.connect().await, Arc::clone(&stop));
        tasks.spawn(async move {
            let mut tally = Tally::default();
            for turn in 0..CALLS {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let kind = kinds[(number + turn) % kinds.len()];
                let row = (number * 7 + turn * 5 + turn / ROWS) % ROWS;
                tally.count(one_call(&client, kind, row, format!("{number}-{turn}")).await);
                stop.fetch_or(until(&tally), Ordering::Relaxed);
            }
            tally
        });
    }
    let mut total = Tally::default();
    while let Some(tally) = tasks.join_next().await {
        total += tally.unwrap();
    }
    total
}

fn never(_: &Tally) -> bool {
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn no_new_deadlocks() {
    let shop = shop_with_hot_rows().await;

    let plain = load(&shop, &[PlainStitched, PlainSelfLogging, PlainOrder], never).await;
    let mixed =
        load(&shop, &[Stitched, SelfLogging, StitchedOrder, PlainStitched, PlainSelfLogging, PlainOrder], never).await;

    assert!(mixed.deadlocks <= plain.deadlocks, "plain calls alone: {plain:?}, with the runtime's: {mixed:?}");
    assert_eq!(mixed.successes + mixed.deadlocks, CLIENTS * CALLS);
}

/// The same load, with the image's row locked before the row that the function locks first.
#[tokio::test(flavor = "multi_thread")]
async fn the_load_finds_a_wrong_lock_order() {
    let shop = shop_with_hot_rows().await;
    let sql = "CREATE OR REPLACE FUNCTION app.before_customer(key uuid) RETURNS jsonb LANGUAGE plpgsql AS $$
               DECLARE image jsonb;
               BEGIN
                   SELECT kept.data INTO image FROM app.tv_customer AS kept WHERE kept.id = $1 FOR NO KEY UPDATE;
                   PERFORM 1 FROM core.customer AS entity WHERE entity.id = $1 FOR NO KEY UPDATE;
                   RETURN image;
               END $$";
    shop.client.batch_execute(sql).await.unwrap();

    let tally = load(&shop, &[Stitched, PlainStitched], |tally| tally.deadlocks > 0).await;

    assert_ne!(tally.deadlocks, 0);
}

/// How often a row's event does not begin where the one before it ended.
pub(crate) const BREAKS: &str = "
    SELECT count(*) FROM (
        SELECT payload -> 'before' AS before, lag(payload -> 'after') OVER (PARTITION BY entity_id ORDER BY event_id) AS earlier
        FROM app.mutation_events
    ) AS event
    WHERE before IS DISTINCT FROM earlier AND earlier IS NOT NULL";

#[tokio::test(flavor = "multi_thread")]
async fn before_and_after_are_a_chain() {
    let shop = shop_with_hot_rows().await;

    let tally = load(&shop, &[Stitched, SelfLogging, Stitched, PlainSelfLogging], never).await;

    assert_eq!(tally, Tally { successes: CLIENTS * CALLS, deadlocks: 0 });
    let events = shop.events().await;
    assert_eq!(events.len(), CLIENTS * CALLS);
    assert!(events.iter().all(|event| event.before != event.after && event.before.is_object()));
    assert_eq!(shop.client.query_one(BREAKS, &[]).await.unwrap().get::<_, i64>(0), 0);
}

/// The same load, with images that are read without a lock.
#[tokio::test(flavor = "multi_thread")]
async fn the_load_finds_stale_images() {
    let shop = shop_with_hot_rows().await;
    let sql = "CREATE OR REPLACE FUNCTION app.before_customer(key uuid) RETURNS jsonb LANGUAGE plpgsql AS $$
               BEGIN
                   RETURN (SELECT data FROM app.tv_customer WHERE id = $1);
               END $$";
    shop.client.batch_execute(sql).await.unwrap();

    let tally = load(&shop, &[Stitched], never).await;

    assert_eq!(tally.successes, CLIENTS * CALLS);
    assert_ne!(shop.client.query_one(BREAKS, &[]).await.unwrap().get::<_, i64>(0), 0);
}
