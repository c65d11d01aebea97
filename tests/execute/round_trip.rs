//! One round trip for a mutation, counted on the wire.

use pgmutate::{Client, Connection, Manager, Mutation, Patch, Statements};
use pgmutate_tests::calls::{self, order};
use pgmutate_tests::mutations::UpdateProductInput;
use pgmutate_tests::mutations::app::{CreateCustomer, DeleteCustomer, UpdateProduct};
use pgmutate_tests::proxy::{Proxy, Side, Transcript};
use pgmutate_tests::shop::{GRACE, POT, Shop, TEA, id};
use tokio_postgres::{Config, NoTls};

/// The client spoke once, in these messages, and the server had said everything when it was ready.
fn assert_one_flight(transcript: &Transcript, client: &str, what: &str) {
    assert_eq!(transcript.flights(), 1, "{what}: {transcript:?}");
    assert_eq!(transcript.letters(Side::Client), client, "{what}");
    let answers = client.chars().map(|letter| match letter {
        'P' => "1",
        'B' => "2",
        'D' => "tT",
        'E' => "DC",
        'S' => "Z",
        other => panic!("{other}"),
    });
    assert_eq!(transcript.letters(Side::Server), answers.collect::<String>(), "{what}");
}

/// Parse, bind, describe, execute, sync.
const UNNAMED: &str = "PBDES";
/// The same, with what prepares the statement behind it.
const FIRST: &str = "PBDESPDS";
/// Bind, execute, sync.
const PREPARED: &str = "BES";

/// A shop with a proxy in front of it.
async fn shop_and_proxy() -> (Shop, Proxy, Config) {
    let shop = Shop::open().await;
    let direct = shop.database.config();
    let proxy = Proxy::start(&direct).await.unwrap();
    let config = proxy.config(&direct);
    (shop, proxy, config)
}

/// Runs each kind of mutation as the first call of a connection, then once more on it.
macro_rules! every_kind {
    ($proxy:ident, $connect:expr, $first:expr, $later:expr) => {
        every_kind!($proxy, $connect, $first, $later;
            "stitched with a before image": calls::rename("A"), calls::rename("B");
            "stitched": order(&[(TEA, 1)]), order(&[(TEA, 1)]);
            "unsuccessful": order(&[(POT, 1)]), order(&[(POT, 1)]);
            "delete, then not found": DeleteCustomer { customer_id: id(GRACE) }, DeleteCustomer { customer_id: id(GRACE) };
            "self-logging": restock(7), restock(8);
            "with its optional arguments":
                create("1@example.com", Patch::Value("Noether".to_owned())), create("2@example.com", Patch::Value("Nether".to_owned()));
        )
    };
    ($proxy:ident, $connect:expr, $first_letters:expr, $later_letters:expr; $($what:literal: $first:expr, $later:expr;)*) => {$(
        let client = $connect;
        let _ = $proxy.take_transcript();
        $first.execute(&client).await.unwrap();
        assert_one_flight(&$proxy.take_transcript(), $first_letters, &format!("first {}", $what));
        $later.execute(&client).await.unwrap();
        assert_one_flight(&$proxy.take_transcript(), $later_letters, &format!("later {}", $what));
    )*};
}

#[tokio::test]
async fn one_round_trip() {
    let (_shop, proxy, config) = shop_and_proxy().await;
    let connect = || async { Connection::connect(&config, NoTls).await.unwrap() };
    every_kind!(proxy, connect().await, FIRST, PREPARED);
}

#[tokio::test]
async fn one_round_trip_without_prepared_statements() {
    let (_shop, proxy, config) = shop_and_proxy().await;
    let connect = || async { Connection::connect(&config, NoTls).await.unwrap().with_statements(Statements::Unnamed) };
    every_kind!(proxy, connect().await, UNNAMED, UNNAMED);
}

#[tokio::test]
async fn one_round_trip_with_the_drivers_client() {
    let (_shop, proxy, config) = shop_and_proxy().await;
    let connect = || async {
        let (client, connection) = config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    };
    every_kind!(proxy, connect().await, UNNAMED, UNNAMED);
}

/// Another combination of optional arguments is another statement, and its first call is one round trip as well.
#[tokio::test]
async fn one_round_trip_for_each_combination_of_arguments() {
    let (_shop, proxy, config) = shop_and_proxy().await;
    let connection = Connection::connect(&config, NoTls).await.unwrap();
    let _ = proxy.take_transcript();

    for (email, last_name, letters) in [
        ("1@example.com", Patch::Absent, FIRST),
        ("2@example.com", Patch::Null, FIRST),
        ("3@example.com", Patch::Absent, PREPARED),
        ("4@example.com", Patch::Value("Noether".to_owned()), PREPARED),
    ] {
        create(email, last_name).execute(&connection).await.unwrap();
        assert_one_flight(&proxy.take_transcript(), letters, email);
    }
}

/// Taking a connection from the pool, and giving it back, costs none.
#[tokio::test]
async fn one_round_trip_through_a_pool() {
    let (_shop, proxy, config) = shop_and_proxy().await;
    let bb8 = bb8::Pool::builder().max_size(1).build(Manager::new(config.clone(), NoTls)).await.unwrap();
    drop(bb8.get().await.unwrap());
    let deadpool = deadpool::managed::Pool::<Manager<NoTls>>::builder(Manager::new(config.clone(), NoTls));
    let deadpool = deadpool.max_size(1).build().unwrap();
    drop(deadpool.get().await.unwrap());

    for letters in [FIRST, PREPARED, PREPARED] {
        let _ = proxy.take_transcript();
        through_any_client(&bb8).await;
        assert_one_flight(&proxy.take_transcript(), letters, "bb8");
        through_any_client(&deadpool).await;
        assert_one_flight(&proxy.take_transcript(), letters, "deadpool");
    }
}

#[tokio::test]
async fn one_round_trip_in_a_transaction() {
    let (_shop, proxy, config) = shop_and_proxy().await;
    let mut connection = Connection::connect(&config, NoTls).await.unwrap();

    let transaction = connection.transaction().await.unwrap();
    let _ = proxy.take_transcript();
    through_any_client(&transaction).await;
    assert_one_flight(&proxy.take_transcript(), UNNAMED, "in a transaction");
    transaction.commit().await.unwrap();
}

async fn through_any_client(client: &impl Client) {
    calls::rename("A").execute(client).await.unwrap();
}

fn restock(stock: i32) -> UpdateProduct {
    UpdateProduct {
        product_id: id(TEA),
        input: UpdateProductInput { stock: Patch::Value(stock), ..Default::default() },
    }
}

fn create(email: &str, last_name: Patch<String>) -> CreateCustomer {
    CreateCustomer { email: email.to_owned(), first_name: "Emmy".to_owned(), last_name, locale: None }
}
