//! Mutations while their server dies, again and again: what was acknowledged is there, once, with its events; and no change is without its event,
//! no event without its change. With idempotency keys a client asks until it is answered, and has exactly one effect and one answer.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use clap::ValueEnum;
use deadpool::managed::Pool;
use pgmutate::{Answer, Client as _, Context, Error, ErrorKind, Manager, Mutation, Patch};
use pgmutate_test_support::{Server, Shutdown};
use pgmutate_tests::mutations::app::{CreateOrder, UpdateCustomer, UpdateProduct};
use pgmutate_tests::mutations::{CreateOrderInput, OrderItemInput, UpdateCustomerInput, UpdateProductInput};
use pgmutate_tests::shop::{Event, Shop, id};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_postgres::{Client, NoTls};

/// How many call at once, each on a customer and a product of its own.
const CLIENTS: usize = 8;

/// How the server dies.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Death {
    /// A backend is killed (`SIGKILL`), upon which the server ends all others and recovers.
    Backend,
    /// The server is stopped as in a crash, and started again.
    Restart,
}

/// What a client does whose call was not answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Persistence {
    /// It makes another call: whether this one took effect it does not know.
    GivesUp,
    /// It makes the same call again, under the same idempotency key, until it is answered.
    AsksAgain,
}

/// What came of the calls.
#[derive(Debug)]
pub struct Outcome {
    /// How the server died.
    pub death: Death,
    /// What the clients did about it.
    pub persistence: Persistence,
    /// How often.
    pub times: usize,
    /// Calls that were answered with a success.
    pub acknowledged: usize,
    /// Calls that were not answered, because the server went away.
    pub unanswered: usize,
    /// Of these, how many took effect all the same.
    pub effects_unanswered: usize,
    /// Calls that were answered only when they were asked again.
    pub asked_again: usize,
    /// Of these, how many had taken effect by then, so that the kept answer was given.
    pub replayed: usize,
    /// What should not be.
    pub mistakes: Vec<String>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome {
            death,
            persistence,
            times,
            acknowledged,
            unanswered,
            effects_unanswered,
            asked_again,
            replayed,
            mistakes,
        } = self;
        write!(f, "{death:?}, {times} times: acknowledged {acknowledged}, ")?;
        match persistence {
            Persistence::GivesUp => write!(f, "unanswered {unanswered} of which {effects_unanswered} took effect")?,
            Persistence::AsksAgain => write!(f, "asked again {asked_again} of which {replayed} had taken effect")?,
        }
        write!(f, ", mistakes {}", mistakes.len())?;
        mistakes.iter().take(10).try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

/// So many calls are answered between two deaths at least, however slow the machine is.
pub const BETWEEN: usize = 20;

/// Lets clients call while the server dies `times`, with `pause` between two deaths or longer, and compares what they were told with what is there.
pub async fn call_under(death: Death, persistence: Persistence, times: usize, pause: Duration) -> Outcome {
    let server = Server::private().start().await.expect("a server");
    let shop = Shop::open_in(server.database().await.expect("a database")).await;
    shop.client.batch_execute(ROWS).await.expect("each client has its rows");
    let config = shop.database.config();
    let manager = Manager::new(config, NoTls);
    let pool = Pool::builder(manager).max_size(CLIENTS).build().expect("a pool");

    let progress = Arc::new(Progress::default());
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        clients.spawn(call(pool.clone(), number, persistence, Arc::clone(&progress)));
    }
    for _ in 0..times {
        let answered = progress.answered.load(Ordering::Relaxed);
        sleep(pause.mul_f64(0.5 + fastrand::f64())).await;
        while progress.answered.load(Ordering::Relaxed) < answered + BETWEEN {
            sleep(Duration::from_millis(5)).await;
        }
        match death {
            Death::Backend => kill_a_backend(&shop).await,
            Death::Restart => server.restart(Shutdown::Immediate).await.expect("the server starts again"),
        }
    }
    sleep(pause).await;
    progress.stop.store(true, Ordering::Relaxed);
    let mut calls = Calls::new();
    while let Some(of_one) = clients.join_next().await {
        calls.extend(of_one.expect("a client does not panic"));
    }
    judge(death, persistence, times, &calls, &connect(&shop).await).await
}

/// A customer and a product for each client; there is a first document of each, so the chain of images has a beginning.
const ROWS: &str = "
    INSERT INTO core.customer (id, email, first_name, last_name)
        SELECT ('c2000000-0000-4000-8000-00000000000' || n)::uuid, 'soak' || n || '@example.com', 'Soak', 'begin'
        FROM generate_series(0, 7) AS n;
    INSERT INTO core.product (id, sku, name, price, stock)
        SELECT ('b2000000-0000-4000-8000-00000000000' || n)::uuid, 'SOAK-' || n, 'begin', 1.00, 100000000 FROM generate_series(0, 7) AS n;
    DO $$ BEGIN
        PERFORM core.refresh_customer(id) FROM core.customer;
        PERFORM core.refresh_product(id) FROM core.product;
    END $$";

/// What the clients and who kills their server know of each other.
#[derive(Default)]
struct Progress {
    stop: AtomicBool,
    answered: AtomicUsize,
}

/// What clients were told, by the token that the call carries into the database.
type Calls = HashMap<String, Told>;

/// What a client was told of a call.
#[derive(Default)]
struct Told {
    acknowledged: bool,
    asked: usize,
    replayed: bool,
    /// What it was answered when it asked once more for what it knew: the same, or not.
    differently: bool,
}

/// Calls without a pause until it is to stop; every call carries a token of its own into the database.
async fn call(pool: Pool<Manager<NoTls>>, number: usize, persistence: Persistence, progress: Arc<Progress>) -> Calls {
    let mut calls = Calls::new();
    let mut turn = 0;
    while !progress.stop.load(Ordering::Relaxed) {
        let token = format!("{number}-{turn}");
        let told = match turn % 3 {
            0 => ask(&pool, rename(number, &token), &token, persistence).await,
            1 => ask(&pool, relabel(number, &token), &token, persistence).await,
            _ => ask(&pool, order(number, &token), &token, persistence).await,
        };
        progress.answered.fetch_add(usize::from(told.acknowledged), Ordering::Relaxed);
        calls.insert(token, told);
        turn += 1;
    }
    calls
}

async fn ask(pool: &Pool<Manager<NoTls>>, mutation: impl Mutation, token: &str, persistence: Persistence) -> Told {
    let context = match persistence {
        Persistence::GivesUp => Context::new(),
        Persistence::AsksAgain => Context::new().idempotency_key(token),
    };
    let mut told = Told::default();
    loop {
        told.asked += 1;
        if let Some(answer) = acknowledged(mutation.execute(&pool.with(&context)).await) {
            told.acknowledged = true;
            told.replayed = answer.outcome().is_replayed();
            // What was answered late, and now and then what was not, is asked for once more.
            if persistence == Persistence::AsksAgain && (told.asked > 1 || fastrand::u8(..16) == 0) {
                let again = acknowledged(mutation.execute(&pool.with(&context)).await);
                told.differently =
                    again.is_some_and(|again| again.as_bytes() != answer.as_bytes() || !again.outcome().is_replayed());
            }
            return told;
        }
        // The server is about to recover; asking at once again would only be counted.
        sleep(Duration::from_millis(20)).await;
        if persistence == Persistence::GivesUp {
            return told;
        }
    }
}

/// The answer, where the server did not go away before.
fn acknowledged(answer: Result<Answer, Error>) -> Option<Answer> {
    match answer {
        Ok(answer) => {
            assert!(answer.is_success(), "{answer}");
            Some(answer)
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
            None
        }
    }
}

fn rename(number: usize, token: &str) -> UpdateCustomer {
    let input = UpdateCustomerInput { last_name: Patch::Value(token.to_owned()), ..Default::default() };
    UpdateCustomer { customer_id: id(&customer(number)), input }
}

fn relabel(number: usize, token: &str) -> UpdateProduct {
    let input = UpdateProductInput { name: Patch::Value(token.to_owned()), ..Default::default() };
    UpdateProduct { product_id: id(&product(number)), input }
}

fn order(number: usize, token: &str) -> CreateOrder {
    let items = vec![OrderItemInput { product_id: product((number + 1) % CLIENTS), quantity: 1 }];
    let note = Patch::Value(token.to_owned());
    let input = CreateOrderInput { customer_id: customer(number), items, shipping_address_id: Patch::Absent, note };
    CreateOrder { input_payload: input }
}

fn customer(number: usize) -> String {
    format!("c2000000-0000-4000-8000-00000000000{number}")
}

fn product(number: usize) -> String {
    format!("b2000000-0000-4000-8000-00000000000{number}")
}

/// Kills one of the backends that work for the clients, and waits until the server is there again.
async fn kill_a_backend(shop: &Shop) {
    let sql = "SELECT pid FROM pg_stat_activity
               WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid()
               ORDER BY random() LIMIT 1";
    let victim: i32 = loop {
        let row = connect(shop).await.query_opt(sql, &[]).await;
        match row {
            Ok(Some(row)) => break row.get(0),
            // Still recovering, or the clients have not come back yet.
            Ok(None) | Err(_) => sleep(Duration::from_millis(5)).await,
        }
    };
    let killed = Command::new("kill").args(["-9", &victim.to_string()]).status().expect("`kill` runs");
    // It may have ended by itself.
    if killed.success() {
        connect(shop).await;
    }
}

/// Connects as soon as the server lets somebody in.
async fn connect(shop: &Shop) -> Client {
    loop {
        match shop.database.connect().await {
            Ok(client) => return client,
            Err(_) => sleep(Duration::from_millis(5)).await,
        }
    }
}

/// The documents as they were before the first call and are now, with the tokens of all orders.
struct Found {
    documents: HashMap<String, Value>,
    orders: HashMap<String, String>,
}

async fn judge(death: Death, persistence: Persistence, times: usize, calls: &Calls, client: &Client) -> Outcome {
    let events = pgmutate_tests::shop::events(client).await;
    let found = Found {
        documents: pairs(client, "SELECT id::text, data::text FROM app.tv_customer UNION ALL SELECT id::text, data::text FROM app.tv_product")
            .await
            .map(|(id, data)| (id, serde_json::from_str(&data).expect("a document is JSON")))
            .collect(),
        orders: pairs(client, r#"SELECT id::text, note FROM core."order""#).await.collect(),
    };
    let mut mistakes = broken_chains(&events, &found);
    mistakes.extend(orders_apart(&events, &found));
    let tokens: Vec<&str> = events.iter().filter_map(token).collect();
    let mut seen = HashSet::new();
    for token in &tokens {
        if !seen.insert(*token) {
            mistakes.push(format!("call {token} has left two events"));
        }
        if !calls.contains_key(*token) {
            mistakes.push(format!("nobody made call {token}, of which there is an event"));
        }
    }
    for (token, told) in calls {
        if told.acknowledged && !seen.contains(token.as_str()) {
            mistakes.push(format!("call {token} was acknowledged and has left no event"));
        }
        if told.differently {
            mistakes.push(format!("call {token} was answered differently when it was made again"));
        }
    }
    let count = |what: &dyn Fn(&str, &Told) -> bool| calls.iter().filter(|(token, told)| what(token, told)).count();
    Outcome {
        death,
        persistence,
        times,
        acknowledged: count(&|_, told| told.acknowledged),
        unanswered: count(&|_, told| !told.acknowledged),
        effects_unanswered: count(&|token, told| !told.acknowledged && seen.contains(token)),
        asked_again: count(&|_, told| told.asked > 1),
        replayed: count(&|_, told| told.replayed),
        mistakes,
    }
}

async fn pairs(client: &Client, sql: &str) -> impl Iterator<Item = (String, String)> {
    let rows = client.query(sql, &[]).await.expect("what is there can be read");
    rows.into_iter().map(|row| (row.get(0), row.get(1)))
}

/// What a call has left of itself in its event.
fn token(event: &Event) -> Option<&str> {
    let field = match event.event_type.as_str() {
        "CUSTOMER_UPDATED" => "last_name",
        "PRODUCT_UPDATED" => "name",
        "ORDER_CREATED" => "note",
        _ => return None,
    };
    event.after[field].as_str()
}

/// Every event begins where the last one of its entity ended, the first where the client's row began, and the row is where the last one ended: so no change
/// of the row is without its event, and no event without its change.
fn broken_chains(events: &[Event], found: &Found) -> Vec<String> {
    let mut last: HashMap<&str, &Value> = HashMap::new();
    let mut mistakes = Vec::new();
    for event in events.iter().filter(|event| event.operation == "UPDATE") {
        // An order takes from the stock without an event of the product.
        let same = |a: &Value, b: &Value| without_stock(a) == without_stock(b);
        let begins_well = match last.get(event.entity_id.as_str()) {
            Some(after) => same(&event.before, after),
            None => event.before.as_object().is_some_and(|before| before.values().any(|value| value == "begin")),
        };
        if !begins_well {
            mistakes.push(format!("event {} of {} does not begin where the last one ended", event.id, event.entity_id));
        }
        last.insert(&event.entity_id, &event.after);
    }
    for (id, after) in last {
        if without_stock(&found.documents[id]) != without_stock(after) {
            mistakes.push(format!("{id} is not as its last event left it"));
        }
    }
    mistakes
}

fn without_stock(document: &Value) -> Value {
    let mut document = document.clone();
    if let Some(fields) = document.as_object_mut() {
        fields.remove("stock");
    }
    document
}

/// Each order has its event, and each event its order.
fn orders_apart(events: &[Event], found: &Found) -> Vec<String> {
    let created = events.iter().filter(|event| event.event_type == "ORDER_CREATED");
    let told: HashSet<&str> = created.map(|event| event.entity_id.as_str()).collect();
    let there: HashSet<&str> = found.orders.keys().map(String::as_str).collect();
    let without_event = there.difference(&told).map(|id| format!("order {id} has no event"));
    let without_order = told.difference(&there).map(|id| format!("an event tells of order {id}, which is not there"));
    without_event.chain(without_order).collect()
}
