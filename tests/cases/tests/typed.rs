//! Calls through the generated structs, as a user makes them.

use pgmutate::types::Uuid;
use pgmutate::{Answer, Error, Mutation};
use pgmutate_cases::{composite_succeeded, context_arguments, flat_variadic, list_rows, out_inout, row_missing, void};
use pgmutate_test_support::database;
use serde_json::{Value, json};
use tokio_postgres::Client;

use crate::case::Case;

const NOTE: &str = "00000000-0000-4000-8000-000000000001";

fn id() -> Uuid {
    NOTE.parse().unwrap()
}

/// A database of the case's with one note in it.
async fn with_a_note(name: &str) -> (pgmutate_test_support::Database, Client) {
    let case = Case::all().into_iter().find(|case| case.name == name).unwrap();
    let database = database().await.unwrap();
    let client = database.connect().await.unwrap();
    client.batch_execute(&case.schema).await.unwrap();
    client.batch_execute(&case.event_log).await.unwrap();
    client.batch_execute(&format!("INSERT INTO app.note VALUES ('{NOTE}', 'one', 'Ada', 2)")).await.unwrap();
    (database, client)
}

fn json_of(answer: Result<Answer, Error>) -> Value {
    serde_json::from_str(answer.unwrap().as_str()).unwrap()
}

#[tokio::test]
async fn rows_and_missing_rows() {
    let (_database, client) = with_a_note("row_missing").await;
    let found = json_of(row_missing::app::Star { note_id: id() }.execute(&client).await);
    assert_eq!(found["note"], json!({ "__typename": "Note", "id": NOTE, "stars": 3 }));
    let missing = row_missing::app::Star { note_id: "00000000-0000-4000-8000-000000000009".parse().unwrap() };
    let missing = missing.execute(&client).await.unwrap();
    assert!(!missing.is_success());
    assert_eq!(missing.as_str(), r#"{"__typename":"StarError","code":"NOT_FOUND","message":null,"success":false}"#);
}

#[tokio::test]
async fn composites_and_their_events() {
    let (_database, client) = with_a_note("composite_succeeded").await;
    let rename = composite_succeeded::app::RenameNote { note_id: id(), new_body: Some("two".to_owned()) };
    let changed = rename.execute(&client).await.unwrap();
    assert!(changed.is_success() && changed.event_id().is_some());
    // The same again changes nothing, which is a success without an event.
    let unchanged = rename.execute(&client).await.unwrap();
    assert!(unchanged.is_success() && unchanged.event_id().is_none());
}

#[tokio::test]
async fn lists_values_and_nothing() {
    let (_database, client) = with_a_note("list_rows").await;
    let deleted = list_rows::app::DeleteBy { author: "Ada".to_owned() };
    let note = json!({ "__typename": "Note", "id": NOTE, "body": "one", "author": "Ada", "stars": 2 });
    assert_eq!(json_of(deleted.execute(&client).await)["deleted"], json!([note]));

    let (_database, client) = with_a_note("out_inout").await;
    let star = out_inout::app::Star { note_id: id(), stars: 5 };
    assert_eq!(
        json_of(star.execute(&client).await)["result"],
        json!({ "__typename": "Starred", "noteId": NOTE, "stars": 7 })
    );

    let (_database, client) = with_a_note("flat_variadic").await;
    let deleted = flat_variadic::app::DeleteNotes { note_ids: vec![id()] };
    assert_eq!(json_of(deleted.execute(&client).await)["deleted"], 1);

    let (_database, client) = with_a_note("void").await;
    assert!(void::app::Clear.execute(&client).await.unwrap().is_success());
    let refused = void::app::Refuse { reason: "no".to_owned() }.execute(&client).await;
    assert!(refused.unwrap_err().to_string().contains("23514"));
}

#[tokio::test]
async fn the_server_fills_context_arguments() {
    let (_database, client) = with_a_note("context_arguments").await;
    let note_id: Uuid = "00000000-0000-4000-8000-000000000002".parse().unwrap();
    let input = context_arguments::NewNote { id: note_id.to_string(), body: "two".to_owned() };
    let add = context_arguments::app::AddNote { input, tenant: "acme".to_owned(), actor: id() };
    assert_eq!(json_of(add.execute(&client).await)["note"]["tenant"], "acme");
    let logged = client.query_one("SELECT (payload -> 'metadata' ->> 'actor') FROM app.mutation_events", &[]).await;
    assert_eq!(logged.unwrap().get::<_, String>(0), NOTE);
}
