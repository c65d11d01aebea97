//! A database with the shop of `fixtures/shop` and its event log.

use std::fs;
use std::path::Path;

use pgmutate::types::Uuid;
use pgmutate_test_support::Database;
use tokio_postgres::Client;

/// A customer with an address and a last name.
pub const ADA: &str = "c0000000-0000-4000-8000-000000000001";
/// A customer without orders or addresses.
pub const GRACE: &str = "c0000000-0000-4000-8000-000000000002";
/// A customer without a last name.
pub const ZOE: &str = "c0000000-0000-4000-8000-000000000003";
/// A product with 100 in stock, at 12.50.
pub const TEA: &str = "b0000000-0000-4000-8000-000000000001";
/// A product with 40 in stock, at 8.00.
pub const CUP: &str = "b0000000-0000-4000-8000-000000000002";
/// A product of which there is none in stock.
pub const POT: &str = "b0000000-0000-4000-8000-000000000003";

/// One of the ids above as what it is.
#[must_use]
pub fn id(text: &str) -> Uuid {
    text.parse().expect("a uuid")
}

/// The shop in a database of its own, with its few customers and products.
pub struct Shop {
    /// The database; it goes when this is dropped.
    pub database: Database,
    /// A connection as the owner of everything.
    pub client: Client,
}

impl Shop {
    /// Installs the shop and its event log in a fresh database.
    pub async fn open() -> Self {
        Self::open_in(fresh().await).await
    }

    /// Installs the shop and its event log.
    pub async fn open_in(database: Database) -> Self {
        let shop = Self::without_event_log_in(database).await;
        shop.client.batch_execute(&fixture("event_log.sql")).await.expect("the event log installs");
        shop.client.batch_execute(&fixture("seed.sql")).await.expect("the shop has something to sell");
        shop
    }

    /// Installs the shop in a fresh database, but not its event log.
    pub async fn without_event_log() -> Self {
        Self::without_event_log_in(fresh().await).await
    }

    async fn without_event_log_in(database: Database) -> Self {
        let client = database.connect().await.expect("a connection");
        let folder = Path::new(FOLDER).join("sql");
        let mut files =
            fs::read_dir(&folder).expect("the shop's SQL").map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
        files.sort();
        for file in files {
            let sql = fs::read_to_string(&file).unwrap();
            client.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{}: {error:?}", file.display()));
        }
        Self { database, client }
    }

    /// Another connection as the owner.
    pub async fn connect(&self) -> Client {
        self.database.connect().await.expect("a connection")
    }

    /// The events so far, oldest first.
    pub async fn events(&self) -> Vec<Event> {
        events(&self.client).await
    }
}

async fn fresh() -> Database {
    pgmutate_test_support::database().await.expect("a database")
}

/// A row of the event log.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// `event_id`.
    pub id: i64,
    /// `event_type`.
    pub event_type: String,
    /// `entity_type`.
    pub entity: String,
    /// `entity_id`, as text.
    pub entity_id: String,
    /// `operation`.
    pub operation: String,
    /// `before` in the payload.
    pub before: serde_json::Value,
    /// `after` in the payload.
    pub after: serde_json::Value,
    /// `metadata` in the payload.
    pub metadata: serde_json::Value,
}

/// The events that `client` sees, oldest first.
pub async fn events(client: &Client) -> Vec<Event> {
    let sql = "SELECT event_id, event_type, entity_type, entity_id::text, operation,
                      (payload -> 'before')::text, (payload -> 'after')::text, (payload -> 'metadata')::text
               FROM app.mutation_events ORDER BY event_id";
    let rows = client.query(sql, &[]).await.expect("the event log");
    let event = |row: &tokio_postgres::Row| {
        let json = |index| serde_json::from_str(row.get(index)).unwrap();
        Event {
            id: row.get(0),
            event_type: row.get(1),
            entity: row.get(2),
            entity_id: row.get(3),
            operation: row.get(4),
            before: json(5),
            after: json(6),
            metadata: json(7),
        }
    };
    rows.iter().map(event).collect()
}

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/shop");

fn fixture(name: &str) -> String {
    fs::read_to_string(Path::new(FOLDER).join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}
