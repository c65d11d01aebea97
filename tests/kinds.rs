//! A database with the functions of `fixtures/kinds`, whose answers hold every kind of value, and the mutations generated of them.

use std::fs;
use std::path::Path;

use pgmutate_codegen::event_log::{self, Settings};
use pgmutate_test_support::Database;
use tokio_postgres::Client;

#[allow(missing_docs, reason = "a manifest need not describe every field")]
pub mod mutations {
    include!(concat!(env!("OUT_DIR"), "/kinds/mutations.rs"));
}

/// The functions in a database of their own.
pub struct Kinds {
    /// The database; it goes when this is dropped.
    pub database: Database,
    /// A connection as the owner of everything.
    pub client: Client,
}

impl Kinds {
    /// Installs everything in a fresh database.
    pub async fn open() -> Self {
        let database = pgmutate_test_support::database().await.expect("a database");
        let client = database.connect().await.expect("a connection");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/kinds/sql/functions.sql");
        let sql = fs::read_to_string(path).expect("the functions");
        let log = event_log::script(&Settings::default(), &[]).expect("a log without entities");
        for part in [&sql, &log] {
            client.batch_execute(part).await.unwrap_or_else(|error| panic!("{error:?}"));
        }
        Self { database, client }
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        self.client.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.expect("a count").get(0)
    }
}
