//! Many clients on few rows: nobody waits for somebody who waits for them, but where plain calls do so, too.

use std::ops::AddAssign;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pgmutate::{Client as _, Context, Mutation, Retry};
use pgmutate_tests::calls::order;
use pgmutate_tests::hot::{self, ROWS, customer, product, relabel, rename};
use pgmutate_tests::shop::Shop;
use tokio::task::JoinSet;
use tokio_postgres::Client;

const CLIENTS: usize = 16;
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

/// A call by the runtime. It is made once: a deadlock that another attempt mends is a deadlock.
async fn call(client: &Client, mutation: impl Mutation) -> Result<(), String> {
    let once = Context::new().retry(Retry::never());
    match mutation.execute(&client.with(&once)).await {
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
        Stitched => call(client, rename(&customer, unique)).await,
        SelfLogging => call(client, relabel(&first, unique)).await,
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
    let shop = hot::shop().await;

    let plain = load(&shop, &[PlainStitched, PlainSelfLogging, PlainOrder], never).await;
    let mixed =
        load(&shop, &[Stitched, SelfLogging, StitchedOrder, PlainStitched, PlainSelfLogging, PlainOrder], never).await;

    assert!(mixed.deadlocks <= plain.deadlocks, "plain calls alone: {plain:?}, with the runtime's: {mixed:?}");
    assert_eq!(mixed.successes + mixed.deadlocks, CLIENTS * CALLS);
}

/// The same load, with the image's row locked before the row that the function locks first.
#[tokio::test(flavor = "multi_thread")]
async fn the_load_finds_a_wrong_lock_order() {
    let shop = hot::shop().await;
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
