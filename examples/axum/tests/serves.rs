//! The server as its users see it: started as a program, spoken to over HTTP, asked to end.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use pgmutate_test_support::Database;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ADA: &str = "c0000000-0000-4000-8000-000000000001";
const TEA: &str = "b0000000-0000-4000-8000-000000000001";

struct Running {
    program: Child,
    address: String,
    database: Database,
    client: tokio_postgres::Client,
}

impl Running {
    async fn start() -> Self {
        let database = pgmutate_test_support::database().await.unwrap();
        let client = database.connect().await.unwrap();
        let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/shop");
        let mut files = fs::read_dir(shop.join("sql")).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
        files.sort();
        files.extend(["event_log.sql", "seed.sql"].map(|name| shop.join(name)));
        for file in files {
            client.batch_execute(&fs::read_to_string(&file).unwrap()).await.unwrap();
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_axum-shop"));
        command.env("DATABASE_URL", database.url()).env("LISTEN", "127.0.0.1:0").stdout(Stdio::piped());
        let mut program = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(program.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap().to_owned();
        Self { program, address, database, client }
    }

    /// Posts and gives status and JSON.
    async fn post(&self, headers: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let request = format!(
            "POST /mutations HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("content-type: application/json"), "{head}");
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    async fn run(&self, headers: &str, fields: Value) -> Value {
        let (status, body) = self.post(headers, &fields.to_string()).await;
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    async fn events(&self) -> i64 {
        self.client.query_one("SELECT count(*) FROM app.mutation_events", &[]).await.unwrap().get(0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn rename(name: &str) -> Value {
    json!({ "mutation": "updateCustomer", "as": name, "arguments": { "customerId": ADA, "input": { "firstName": name } } })
}

fn order(quantity: i32) -> Value {
    let input = json!({ "customerId": ADA, "items": [{ "productId": TEA, "quantity": quantity }], "note": null });
    json!({ "mutation": "createOrder", "arguments": { "input": input } })
}

#[tokio::test]
async fn several_mutations_are_one_graphql_response() {
    let shop = Running::start().await;

    let answer = shop
        .run(
            "",
            json!([
                rename("Augusta"),
                order(2),
                order(1000).as_object().map(|field| {
                    let mut field = field.clone();
                    field.insert("as".to_owned(), json!("tooMany"));
                    field
                })
            ]),
        )
        .await;

    let data = &answer["data"];
    assert_eq!(data["Augusta"]["customer"]["firstName"], "Augusta");
    assert_eq!(data["createOrder"]["__typename"], "CreateOrderSuccess");
    assert_eq!(data["tooMany"]["code"], "OUT_OF_STOCK");
    assert!(answer.get("errors").is_none(), "an unsuccessful answer is data");
    assert_eq!(shop.events().await, 2);
}

#[tokio::test]
async fn what_fails_is_null_with_path_and_code() {
    let shop = Running::start().await;
    let product = json!({ "productId": TEA, "input": { "price": -1 } });

    let answer = shop
        .run(
            "",
            json!([
                rename("before"),
                { "mutation": "updateProduct", "arguments": product },
                { "mutation": "updateCustomer", "arguments": { "customerId": "nobody", "input": {} } },
                { "mutation": "dropTables" },
                rename("after"),
            ]),
        )
        .await;

    let codes =
        answer["errors"].as_array().unwrap().iter().map(|error| (&error["path"][0], &error["extensions"]["code"]));
    let codes = codes.map(|(path, code)| format!("{path} {code}")).collect::<Vec<_>>();
    assert_eq!(
        codes,
        [
            r#""updateProduct" "INTERNAL_ERROR""#,
            r#""updateCustomer" "BAD_INPUT""#,
            r#""dropTables" "NO_SUCH_MUTATION""#
        ]
    );
    assert!(!answer["errors"].to_string().contains("product_price_check"), "{answer}");
    let data = &answer["data"];
    assert!(data["updateProduct"].is_null() && data["before"].is_object() && data["after"].is_object(), "{answer}");
    for (body, status) in
        [("", 400), ("{}", 400), ("[{}]", 400), (r#"[{"mutation":"a"},{"mutation":"a"}]"#, 400), ("[]", 200)]
    {
        assert_eq!(shop.post("", body).await.0, status, "{body}");
    }
}

#[tokio::test]
async fn a_request_with_a_key_can_be_sent_again() {
    let shop = Running::start().await;
    let headers = "idempotency-key: 7\r\nx-actor: ada\r\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";

    let first = shop.post(headers, &json!([order(1), rename("a")]).to_string()).await;
    let again = shop.post(headers, &json!([order(1), rename("a")]).to_string()).await;
    assert_eq!(first, again);
    let other = shop.run(headers, json!([order(2)])).await;
    assert_eq!(other["errors"][0]["extensions"]["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(shop.events().await, 2);
    let metadata = shop
        .client
        .query_one("SELECT (payload -> 'metadata')::text FROM app.mutation_events ORDER BY event_id LIMIT 1", &[]);
    let metadata: String = metadata.await.unwrap().get(0);
    assert!(metadata.contains(r#""actor": "ada""#) && metadata.contains("traceparent"), "{metadata}");
}

/// What has begun is answered before it ends.
#[tokio::test]
async fn it_ends_gracefully() {
    let mut shop = Running::start().await;
    shop.client
        .batch_execute(&format!("BEGIN; SELECT FROM core.customer WHERE id = '{ADA}' FOR UPDATE"))
        .await
        .unwrap();
    let ends = async {
        let waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while shop.client.query(waiting, &[]).await.unwrap().is_empty() {}
        let pid = shop.program.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        shop.client.batch_execute("COMMIT").await.unwrap();
    };
    let (answer, ()) = tokio::join!(shop.run("", json!([rename("late")])), ends);
    assert_eq!(answer["data"]["late"]["customer"]["firstName"], "late");
    assert!(shop.program.wait().unwrap().success());
    drop(shop.database.url());
}
