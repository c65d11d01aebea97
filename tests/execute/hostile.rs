//! No SQL comes from a client's bytes: whatever they are, they are stored, and the statement is the same.

use std::sync::Mutex;

use pgmutate::{Client, Connection, Context, Error, IdempotencyKey, Mutation, Request};
use pgmutate_tests::calls::{json, rename};
use pgmutate_tests::shop::Shop;
use tokio_postgres::{NoTls, Row};

/// Keeps the statements that were sent.
struct Statements<'a>(&'a Connection, Mutex<Vec<String>>);

impl Client for Statements<'_> {
    async fn run(&self, request: &Request<'_>, rows: &mut (dyn FnMut(&Row) + Send)) -> Result<(), Error> {
        self.1.lock().unwrap().push(request.statement().to_owned());
        self.0.run(request, rows).await
    }
}

/// What breaks out of a literal, an identifier, a placeholder, a comment, a JSON string or an encoding, in random order.
struct Hostile(u64);

impl Hostile {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn text(&mut self) -> String {
        const PIECES: [&str; 24] = [
            "'",
            "''",
            "\"",
            "\\",
            "\\'",
            ";",
            "--",
            "/*",
            "*/",
            "$1",
            "$$",
            "$tag$",
            "E'",
            "U&\"",
            "%s",
            "\n",
            "\r",
            "\t",
            "\u{1}",
            "\u{202e}",
            "名",
            "DROP TABLE core.customer CASCADE",
            "); SELECT pg_terminate_backend(pg_backend_pid()); (",
            "\\u0027",
        ];
        let length = self.next() % 12;
        (0..=length).map(|_| PIECES[usize::try_from(self.next() % PIECES.len() as u64).unwrap()]).collect()
    }
}

#[tokio::test]
async fn hostile_bytes_are_values() {
    let shop = Shop::open().await;
    let connection = Connection::connect(&shop.database.config(), NoTls).await.unwrap();
    let client = Statements(&connection, Mutex::default());
    let mut hostile = Hostile(0x9E37_79B9_7F4A_7C15);
    for _ in 0..300 {
        let [name, actor, source, request, key, scope] = std::array::from_fn(|_| hostile.text());
        let context = Context::new().actor(&actor).source(&source).request_id(&request).idempotency_key(
            IdempotencyKey::new(key.chars().take(50).collect::<String>())
                .scope(scope.chars().take(50).collect::<String>()),
        );
        let answer =
            rename(&name).execute(&client.with(&context)).await.unwrap_or_else(|error| panic!("{name:?}: {error}"));
        assert_eq!(json(&answer)["customer"]["firstName"], name.as_str());
        let event = shop.client.query_one(
            "SELECT (payload -> 'metadata')::text FROM app.mutation_events ORDER BY event_id DESC LIMIT 1",
            &[],
        );
        let metadata: serde_json::Value = serde_json::from_str(event.await.unwrap().get(0)).unwrap();
        assert_eq!(metadata, serde_json::json!({ "actor": actor, "source": source, "request_id": request }));
    }
    let statements = client.1.into_inner().unwrap();
    assert!(
        statements.iter().all(|statement| *statement == statements[0]),
        "the statement depends on the contract alone"
    );
    assert_eq!(shop.events().await.len(), 300);
}
