//! One round trip for a mutation, counted on the wire.

use pgmutate::{Client, Mutation, Patch};
use pgmutate_tests::calls::{self, order};
use pgmutate_tests::mutations::UpdateProductInput;
use pgmutate_tests::mutations::app::{CreateCustomer, DeleteCustomer, UpdateProduct};
use pgmutate_tests::proxy::{Proxy, Side, Transcript};
use pgmutate_tests::shop::{GRACE, POT, Shop, TEA, id};
use tokio_postgres::NoTls;

/// The client spoke once, and the server had said everything when it was ready.
fn assert_one_flight(transcript: &Transcript, what: &str) {
    assert_eq!(transcript.flights(), 1, "{what}: {transcript:?}");
    assert_eq!(transcript.letters(Side::Client), "PBDES", "{what}");
    let answers = transcript.letters(Side::Server);
    assert_eq!(answers, "12tTDCZ", "{what}");
}

#[tokio::test]
async fn one_round_trip() {
    let shop = Shop::open().await;
    let direct = shop.database.config();
    let proxy = Proxy::start(&direct).await.unwrap();
    let connect = || async {
        let (client, connection) = proxy.config(&direct).connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        let _ = proxy.take_transcript();
        client
    };

    /// Runs a mutation as the first call of a connection, then once more on it.
    macro_rules! count {
        ($($what:literal: $first:expr, $later:expr;)*) => {$(
            let client = connect().await;
            for (when, call) in [("first", $first), ("later", $later)] {
                call.execute(&client).await.unwrap();
                assert_one_flight(&proxy.take_transcript(), &format!("{} {}", when, $what));
            }
        )*};
    }

    count! {
        "stitched with a before image": calls::rename("A"), calls::rename("B");
        "stitched": order(&[(TEA, 1)]), order(&[(TEA, 1)]);
        "unsuccessful": order(&[(POT, 1)]), order(&[(POT, 1)]);
        "delete, then not found": DeleteCustomer { customer_id: id(GRACE) }, DeleteCustomer { customer_id: id(GRACE) };
        "self-logging": restock(7), restock(8);
        "with its optional arguments, then without":
            create("1@example.com", Patch::Value("Noether".to_owned())), create("2@example.com", Patch::Absent);
    }
}

#[tokio::test]
async fn one_round_trip_in_a_transaction() {
    let shop = Shop::open().await;
    let direct = shop.database.config();
    let proxy = Proxy::start(&direct).await.unwrap();
    let (mut client, connection) = proxy.config(&direct).connect(NoTls).await.unwrap();
    tokio::spawn(connection);

    let transaction = client.transaction().await.unwrap();
    let _ = proxy.take_transcript();
    through_any_client(&transaction).await;
    assert_one_flight(&proxy.take_transcript(), "in a transaction");
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
