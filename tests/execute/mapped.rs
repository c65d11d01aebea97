//! Errors of the database that the manifest maps are answers of the mutation's own.

use pgmutate::{Client, Connection, Context, ErrorKind, Manager, Mutation};
use pgmutate_tests::kinds::Kinds;
use pgmutate_tests::kinds::mutations::app::JoinClub;
use tokio_postgres::NoTls;

fn join(email: &str, age: i32) -> JoinClub {
    JoinClub { email: email.to_owned(), age, sponsor: None }
}

fn sponsored(email: &str, sponsor: &str) -> JoinClub {
    JoinClub { sponsor: Some(sponsor.to_owned()), ..join(email, 30) }
}

/// The error as its type, with a message that is the manifest's.
fn error(code: &str, message: &str) -> String {
    format!(r#"{{"__typename":"JoinClubError","code":"{code}","message":{message},"success":false}}"#)
}

async fn every_mapped_error(client: &impl Client, kinds: &Kinds) {
    let before = kinds.count("app.member").await;
    let taken = error("EMAIL_TAKEN", r#""this address is a \"member's\"""#);
    for (call, expected) in [
        (join("ada@example.com", 36), taken),
        (join("secret@example.com", 7), error("TOO_YOUNG", "null")),
        (join("old@example.com", 151), error("INVALID", "null")),
    ] {
        let answer = call.execute(client).await.unwrap();
        assert_eq!(answer.as_str(), expected, "SQLSTATE and constraint, SQLSTATE of one's own, SQLSTATE alone");
        assert!(!answer.is_success() && answer.event_id().is_none());
        assert!(expected.contains(answer.outcome().code().unwrap()));
    }
    assert_eq!(kinds.count("app.member").await, before);
}

#[tokio::test]
async fn mapped_errors_are_answers_on_every_client() {
    let kinds = Kinds::open().await;
    let config = kinds.database.config();
    let connection = Connection::connect(&config, NoTls).await.unwrap();
    assert!(join("ada@example.com", 36).execute(&connection).await.unwrap().is_success());

    every_mapped_error(&kinds.client, &kinds).await;
    for _ in 0..2 {
        every_mapped_error(&connection, &kinds).await;
        let context = Context::new().timeout(std::time::Duration::from_secs(60));
        every_mapped_error(&connection.with(&context), &kinds).await;
    }
    let pool = bb8::Pool::builder().max_size(2).build(Manager::new(config, NoTls)).await.unwrap();
    every_mapped_error(&pool, &kinds).await;
}

/// It comes when the row was read already, and the row is then no answer.
#[tokio::test]
async fn a_deferred_constraint_is_mapped_as_well() {
    let kinds = Kinds::open().await;
    let mut body = b"before".to_vec();
    let outcome =
        sponsored("a@example.com", "nobody@example.com").execute_into(&kinds.client, &mut body).await.unwrap();
    assert!(!outcome.is_success());
    assert_eq!(String::from_utf8(body).unwrap(), format!("before{}", error("NO_SUCH_SPONSOR", "null")));
    assert_eq!(kinds.count("app.member").await, 0);
}

/// A transaction goes on behind a mapped error: what was done before it stays, as behind any unsuccessful answer.
#[tokio::test]
async fn a_transaction_goes_on_behind_a_mapped_error() {
    let kinds = Kinds::open().await;
    let mut client = kinds.database.connect().await.unwrap();

    let transaction = client.transaction().await.unwrap();
    assert!(join("ada@example.com", 36).execute(&transaction).await.unwrap().is_success());
    let again = join("ada@example.com", 36).execute(&transaction).await.unwrap();
    assert_eq!(again.outcome().code(), Some("EMAIL_TAKEN"));
    assert!(join("grace@example.com", 36).execute(&transaction).await.unwrap().is_success());
    transaction.commit().await.unwrap();

    assert_eq!(kinds.count("app.member").await, 2);
}

/// What is not mapped stays an error, and tells a client nothing.
#[tokio::test]
async fn other_errors_stay_masked() {
    let kinds = Kinds::open().await;
    kinds
        .client
        .batch_execute(
            "ALTER TABLE app.member ADD CONSTRAINT few CHECK (age > 0), ADD CONSTRAINT one EXCLUDE (age WITH =)",
        )
        .await
        .unwrap();
    assert!(join("a@example.com", 40).execute(&kinds.client).await.unwrap().is_success());

    let error = join("b@example.com", 40).execute(&kinds.client).await.unwrap_err();

    assert_eq!((error.kind(), error.sqlstate(), error.constraint()), (ErrorKind::Database, Some("23P01"), Some("one")));
    assert_eq!(error.client_json(), r#"{"code":"INTERNAL_ERROR","message":"something went wrong"}"#);
}
