//! A call that is made again under its key has no second effect.

use std::time::Duration;

use pgmutate::{Client, Connection, Context, ErrorKind, IdempotencyKey, Manager, Mutation, Statements};
use pgmutate_tests::calls::{order, rename};
use pgmutate_tests::proxy::{Condition, Proxy, Side};
use pgmutate_tests::shop::{ADA, POT, Shop, TEA, id};
use pgmutate_tests::tenants::mutations::app::CreateNote;
use pgmutate_tests::tenants::{BLUE, RED, Tenants, editor_of};
use tokio_postgres::NoTls;

fn key(key: &str) -> Context {
    Context::new().idempotency_key(key)
}

async fn connect(shop: &Shop) -> Connection {
    Connection::connect(&shop.database.config(), NoTls).await.unwrap()
}

async fn orders(shop: &Shop) -> i64 {
    shop.client.query_one("SELECT count(*) FROM core.\"order\"", &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn the_same_key_answers_the_same_bytes_and_leaves_no_second_event() {
    let shop = Shop::open().await;
    let connection = connect(&shop).await;
    let pool = bb8::Pool::builder().max_size(2).build(Manager::new(shop.database.config(), NoTls)).await.unwrap();

    let first = order(&[(TEA, 1)]).execute(&connection.with(&key("k1"))).await.unwrap();
    assert!(first.is_success() && !first.outcome().is_replayed() && first.event_id().is_some());
    for _ in 0..3 {
        let again = order(&[(TEA, 1)]).execute(&pool.with(&key("k1"))).await.unwrap();
        assert_eq!(again.as_str(), first.as_str());
        assert!(again.is_success() && again.outcome().is_replayed() && again.event_id().is_none());
        assert_eq!(again.outcome().code(), Some("SUCCESS"));
    }
    assert_eq!((orders(&shop).await, shop.events().await.len()), (1, 1));

    let other = order(&[(TEA, 1)]).execute(&pool.with(&key("k2"))).await.unwrap();
    assert!(!other.outcome().is_replayed() && other.as_str() != first.as_str());
    assert_eq!((orders(&shop).await, shop.events().await.len()), (2, 2));
}

/// What a function has answered stays answered; what was rolled back can be tried again.
#[tokio::test]
async fn unsuccessful_answers_are_kept_and_failures_are_not() {
    let shop = Shop::open().await;
    let connection = connect(&shop).await;

    let first = order(&[(POT, 1)]).execute(&connection.with(&key("k1"))).await.unwrap();
    assert_eq!(first.outcome().code(), Some("OUT_OF_STOCK"));
    shop.client.batch_execute("UPDATE core.product SET stock = 10").await.unwrap();
    let again = order(&[(POT, 1)]).execute(&connection.with(&key("k1"))).await.unwrap();
    assert_eq!((again.as_str(), again.is_success()), (first.as_str(), false));

    let failed = order(&[]).execute(&connection.with(&key("k2"))).await.unwrap_err();
    assert_eq!(failed.constraint(), Some("order_has_items"));
    let again = order(&[]).execute(&connection.with(&key("k2"))).await.unwrap_err();
    assert_eq!(again.constraint(), Some("order_has_items"), "nothing was kept: {again}");
}

#[tokio::test]
async fn another_input_is_refused() {
    let shop = Shop::open().await;
    let connection = connect(&shop).await;
    order(&[(TEA, 1)]).execute(&connection.with(&key("k"))).await.unwrap();

    let error = order(&[(TEA, 2)]).execute(&connection.with(&key("k"))).await.unwrap_err();

    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::KeyReused, Some("PGM03")));
    assert_eq!(
        error.client_json(),
        r#"{"code":"IDEMPOTENCY_KEY_REUSED","message":"the idempotency key was used with another input"}"#
    );
    assert!(error.to_string().starts_with("`app.create_order` was not called: ERROR PGM03: "), "{error}");
    assert_eq!(orders(&shop).await, 1);
    // A key is one function's and one scope's.
    assert!(!rename("A").execute(&connection.with(&key("k"))).await.unwrap().outcome().is_replayed());
    let scoped = Context::new().idempotency_key(IdempotencyKey::new("k").scope("tenant 7"));
    assert!(!order(&[(TEA, 2)]).execute(&connection.with(&scoped)).await.unwrap().outcome().is_replayed());
    let actor = key("k").actor("user:1").request_id("1");
    assert!(!order(&[(TEA, 3)]).execute(&connection.with(&actor)).await.unwrap().outcome().is_replayed());
    let actor = actor.request_id("2").timeout(Duration::from_secs(60));
    assert!(order(&[(TEA, 3)]).execute(&connection.with(&actor)).await.unwrap().outcome().is_replayed());
    assert_eq!(orders(&shop).await, 3);
}

/// Another tenant must not be answered what this one was, whatever the scope.
#[tokio::test]
async fn a_key_leads_to_nobody_elses_answer() {
    let tenants = Tenants::open().await;
    let connection = Connection::connect(&tenants.login(), NoTls).await.unwrap();
    let call = CreateNote { note_id: id(ADA), body: "red's secret".to_owned() };

    let red = editor_of(RED).idempotency_key("k");
    let first = call.execute(&connection.with(&red)).await.unwrap();
    assert_eq!(call.execute(&connection.with(&red)).await.unwrap().as_str(), first.as_str());

    let error = call.execute(&connection.with(&editor_of(BLUE).idempotency_key("k"))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeyReused, "{error}");
}

/// Sixteen at once: one is made, the others wait for it and are answered what it was.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_duplicates_have_one_effect() {
    let shop = Shop::open().await;
    let pool = bb8::Pool::builder().max_size(8).build(Manager::new(shop.database.config(), NoTls)).await.unwrap();
    for round in 0..5 {
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let pool = pool.clone();
            calls.spawn(
                async move { order(&[(TEA, 1)]).execute(&pool.with(&key(&format!("k{round}")))).await.unwrap() },
            );
        }
        let answers = calls.join_all().await;
        assert!(answers.iter().all(|answer| answer.as_str() == answers[0].as_str()));
        assert_eq!(answers.iter().filter(|answer| !answer.outcome().is_replayed()).count(), 1);
        assert_eq!((orders(&shop).await, shop.events().await.len()), (round + 1, round as usize + 1));
    }
}

/// Where transactions see what was committed before they began, the second finds out too late, and is made again.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_duplicates_in_a_stricter_isolation() {
    let shop = Shop::open().await;
    let mut config = shop.database.config();
    config.options("-c default_transaction_isolation=serializable");
    let pool = bb8::Pool::builder().max_size(8).build(Manager::new(config, NoTls)).await.unwrap();
    let context = key("k").retry(pgmutate::Retry::at_most(20));
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (pool, context) = (pool.clone(), context.clone());
        calls.spawn(async move { order(&[(TEA, 1)]).execute(&pool.with(&context)).await.unwrap() });
    }
    let answers = calls.join_all().await;
    assert!(answers.iter().all(|answer| answer.as_str() == answers[0].as_str()));
    assert_eq!((orders(&shop).await, shop.events().await.len()), (1, 1));
}

/// The server has committed, but the client cannot know; asked again, it is told.
#[tokio::test]
async fn a_connection_lost_at_commit_is_made_good_by_the_key() {
    let shop = Shop::open().await;
    let direct = shop.database.config();
    let proxy = Proxy::start(&direct).await.unwrap();
    let lossy = Connection::connect(&proxy.config(&direct), NoTls).await.unwrap();
    let _ = proxy.take_transcript();

    proxy.set(Condition::Frozen);
    let cut = async {
        // As many times as there are messages: the last is that of the COMMIT.
        proxy.server_says(b'Z').await;
        while orders(&shop).await == 0 {}
        proxy.set(Condition::Cut);
    };
    let (context, call) = (key("k"), order(&[(TEA, 1)]));
    let lossy = lossy.with(&context);
    let (lost, ()) = tokio::join!(call.execute(&lossy), cut);
    assert_eq!(lost.unwrap_err().kind(), ErrorKind::Connection);

    let answer = call.execute(&connect(&shop).await.with(&context)).await.unwrap();
    assert!(answer.is_success() && answer.outcome().is_replayed());
    assert_eq!((orders(&shop).await, shop.events().await.len()), (1, 1));
}

/// One flight, first or later, made or answered again, prepared or not.
#[tokio::test]
async fn one_round_trip_with_a_key() {
    let shop = Shop::open().await;
    let direct = shop.database.config();
    let proxy = Proxy::start(&direct).await.unwrap();
    for statements in [Statements::default(), Statements::Unnamed] {
        let connection = Connection::connect(&proxy.config(&direct), NoTls).await.unwrap().with_statements(statements);
        for name in ["a", "a", "b", "b"] {
            let context = key(&format!("{name} {statements:?}"));
            let _ = proxy.take_transcript();
            order(&[(TEA, 1)]).execute(&connection.with(&context)).await.unwrap();
            let transcript = proxy.take_transcript();
            assert_eq!(transcript.flights(), 1, "{transcript:?}");
            assert!(
                transcript.letters(Side::Client).starts_with('Q') && transcript.letters(Side::Server).ends_with("CZ")
            );
        }
    }
    assert_eq!(orders(&shop).await, 4);
}

#[tokio::test]
async fn keys_expire_and_are_pruned() {
    let shop = Shop::open().await;
    let connection = connect(&shop).await;
    let short = Context::new().idempotency_key(IdempotencyKey::new("k").expires_after(Duration::ZERO));
    let long = key("long");
    order(&[(TEA, 1)]).execute(&connection.with(&long)).await.unwrap();
    for made in [2, 3] {
        assert!(!order(&[(TEA, 1)]).execute(&connection.with(&short)).await.unwrap().outcome().is_replayed());
        assert_eq!(orders(&shop).await, made, "an expired key is free, with any input");
    }
    assert!(!order(&[(TEA, 2)]).execute(&connection.with(&short)).await.unwrap().outcome().is_replayed());

    let pruned = shop.client.query_one("SELECT app.prune_mutation_keys()", &[]).await.unwrap();
    assert_eq!(pruned.get::<_, i64>(0), 1);
    assert!(order(&[(TEA, 1)]).execute(&connection.with(&long)).await.unwrap().outcome().is_replayed());
}

#[tokio::test]
async fn keys_that_cannot_be_kept_are_not_sent() {
    let shop = Shop::open().await;
    let connection = connect(&shop).await;
    let long = "x".repeat(256);
    for (bad, says) in [("", "is empty"), (long.as_str(), "longer than 255 bytes"), ("\0", "NUL character")] {
        let error = rename("A").execute(&connection.with(&key(bad))).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Context);
        assert!(error.to_string().contains(says), "{error}");
    }
    let hostile = "'; DROP TABLE app.mutation_keys; -- $1 \\";
    let context = Context::new().idempotency_key(IdempotencyKey::new(hostile).scope(hostile));
    let first = rename("A").execute(&connection.with(&context)).await.unwrap();
    assert_eq!(rename("A").execute(&connection.with(&context)).await.unwrap().as_str(), first.as_str());
}

/// In a transaction of the caller's own the key is kept when that commits.
#[tokio::test]
async fn a_key_in_a_transaction() {
    let shop = Shop::open().await;
    let mut client = shop.connect().await;
    for commits in [false, true] {
        let transaction = client.transaction().await.unwrap();
        let context = key("k");
        assert!(!rename("A").execute(&transaction.with(&context)).await.unwrap().outcome().is_replayed());
        assert!(rename("A").execute(&transaction.with(&context)).await.unwrap().outcome().is_replayed());
        if commits { transaction.commit().await.unwrap() } else { transaction.rollback().await.unwrap() }
    }
    assert_eq!(shop.events().await.len(), 1);
    let error = rename("A").execute(&client.with(&key("k"))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Context, "a bare client cannot");
}
