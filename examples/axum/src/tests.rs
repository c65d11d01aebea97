//! Requests over HTTP, to a server on a port of its own and a database of its own.

use std::error::Error;

use deadpool::managed::Pool;
use pgmutate::Manager;
use pgmutate_test_support::Database;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_postgres::NoTls;

use crate::endpoint::router;

#[path = "../../workspace/database.rs"]
mod database;

type Done = Result<(), Box<dyn Error>>;

/// The endpoint, and the database behind it.
struct Server {
    address: std::net::SocketAddr,
    database: Database,
}

impl Server {
    async fn start() -> Result<Self, Box<dyn Error>> {
        let database = database::deployed().await?;
        let pool = Pool::builder(Manager::new(database.config(), NoTls)).max_size(2).build()?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move { axum::serve(listener, router(pool)).await });
        Ok(Self { address, database })
    }

    /// Posts a request; its status line and the body of the response.
    async fn post(&self, headers: &str, request: &Value) -> Result<(String, String), Box<dyn Error>> {
        let (request, mut response) = (request.to_string(), String::new());
        let mut stream = TcpStream::connect(self.address).await?;
        let length = request.len();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nHost: tasks\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
        );
        stream.write_all((head + &request).as_bytes()).await?;
        stream.read_to_string(&mut response).await?;
        let (head, body) = response.split_once("\r\n\r\n").ok_or("no response")?;
        assert!(head.contains("content-type: application/json"), "{head}");
        Ok((head.lines().next().unwrap_or_default().to_owned(), body.to_owned()))
    }

    async fn count(&self, what: &str) -> Result<i64, Box<dyn Error>> {
        let client = self.database.connect().await?;
        Ok(client.query_one(&format!("SELECT count(*) FROM {what}"), &[]).await?.get(0))
    }
}

#[tokio::test]
async fn an_operation_is_answered_as_it_was_asked() -> Done {
    let server = Server::start().await?;
    let query = "
        mutation Add($title: String!) {
            water: addTask(title: $title) { ...Added ... on AddTaskResult { __typename } }
            addTask(title: \"Feed the cat\") { ... on AddTaskSuccess { code task { title } } }
        }
        fragment Added on AddTaskSuccess { task { state title } }";

    let request = json!({ "query": query, "variables": { "title": "Water the \"plants\"" } });
    let (status, body) = server.post("X-Request-Id: 7\r\n", &request).await?;

    assert_eq!(status, "HTTP/1.1 200 OK");
    assert_eq!(
        body,
        concat!(
            r#"{"data":{"water":{"task":{"state":"OPEN","title":"Water the \"plants\""},"__typename":"AddTaskSuccess"},"#,
            r#""addTask":{"code":"SUCCESS","task":{"title":"Feed the cat"}}}}"#
        )
    );
    assert_eq!(server.count("app.task").await?, 2);
    assert_eq!(server.count("app.mutation_events WHERE payload -> 'metadata' ->> 'request_id' = '7'").await?, 2);
    Ok(())
}

/// Unsuccessful answers are data, failures are errors with their path, and what stands around them is done all the same.
#[tokio::test]
async fn failures_stay_in_their_field() -> Done {
    let server = Server::start().await?;
    let query = "mutation {
        missing: completeTask(taskId: \"ffffffff-ffff-4fff-8fff-ffffffffffff\") { ... on CompleteTaskError { message code } }
        empty: addTask(title: \"\") { __typename }
        added: addTask(title: \"Rest\") { __typename }
    }";

    let (status, body) = server.post("", &json!({ "query": query })).await?;

    assert_eq!(status, "HTTP/1.1 200 OK");
    assert_eq!(
        body,
        concat!(
            r#"{"errors":[{"message":"something went wrong","path":["empty"],"extensions":{"code":"INTERNAL_ERROR"}}],"#,
            r#""data":{"missing":{"message":"there is no such task","code":"NOT_FOUND"},"empty":null,"added":{"__typename":"AddTaskSuccess"}}}"#
        )
    );
    assert_eq!(server.count("app.task").await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_request_that_is_sent_again_has_one_effect() -> Done {
    let server = Server::start().await?;
    let request = json!({ "query": "mutation { addTask(title: \"Once\") { ... on AddTaskSuccess { task { id } } } }" });
    let first = server.post("Idempotency-Key: k\r\n", &request).await?;
    assert_eq!(server.post("Idempotency-Key: k\r\n", &request).await?, first);
    assert_eq!(server.count("app.task").await?, 1);
    Ok(())
}

/// What cannot be right as a whole is refused before any of it runs.
#[tokio::test]
async fn a_request_that_cannot_be_meant_does_nothing() -> Done {
    let server = Server::start().await?;
    let add = "addTask(title: \"x\")";
    for (query, says) in [
        ("mutation {".to_owned(), "`query` is not GraphQL: "),
        (format!("query {{ {add} {{ __typename }} }}"), "this endpoint has mutations only"),
        (format!("mutation {{ {add} {{ __typename }} fly {{ __typename }} }}"), "there is no mutation `fly`"),
        (format!("mutation {{ {add} {{ task {{ id }} }} }}"), "`addTask`: `AddTaskError` has no field `task`"),
        (
            format!("mutation {{ {add} {{ ... on AddTaskSuccess {{ task }} }} }}"),
            "`addTask`: `task` holds objects: say which of their fields",
        ),
        (
            format!("mutation {{ {add} {{ __typename }} {add} {{ __typename }} }}"),
            "two mutations would be answered as `addTask`: give one an alias",
        ),
        ("mutation { addTask { __typename } }".to_owned(), "`addTask` needs the argument `title`, a string"),
        ("mutation { completeTask(taskId: \"7\") { __typename } }".to_owned(), "`taskId`: `7` is not a uuid"),
        (
            format!("mutation {{ {add} {{ ...F }} }} fragment F on AddTaskSuccess {{ ...F }}"),
            "fragments are nested too deeply",
        ),
        (
            (1..=20).fold(
                format!("mutation {{ {add} {{ ...F1 }} }} fragment F21 on Task {{ id }}"),
                |query, number| {
                    format!("{query} fragment F{number} on Task {{ ...F{next} ...F{next} }}", next = number + 1)
                },
            ),
            "the operation asks for too much",
        ),
        (format!("mutation {{ {add} @skip(if: true) {{ __typename }} }}"), "directives are beyond this example"),
    ] {
        let (status, body) = server.post("", &json!({ "query": query })).await?;
        assert_eq!(status, "HTTP/1.1 400 Bad Request", "{query}: {body}");
        let body: Value = serde_json::from_str(&body)?;
        let message = body["errors"][0]["message"].as_str().unwrap_or_default();
        assert!(message.starts_with(says), "{query}: {message}");
        assert_eq!((&body["errors"][0]["extensions"]["code"], body.get("data")), (&json!("BAD_REQUEST"), None));
    }
    assert_eq!(server.count("app.task").await?, 0);
    Ok(())
}
