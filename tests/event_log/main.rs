//! The event log on a real server: installed again and again, under hostile names, with other keys than uuid, by roles with few rights.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

mod events;
mod installing;
mod partitions;
mod rights;
mod views;

use pgmutate_codegen::event_log::{Entity, Image, KeyColumn, QualifiedName, Settings, script};
use pgmutate_test_support::Database;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

/// An entity whose document is kept beside its table, both in `core`.
fn entity(name: &str, key: &[(&str, &str)]) -> Entity {
    Entity {
        name: name.to_owned(),
        table: QualifiedName::new("core", name),
        key: key
            .iter()
            .map(|(name, data_type)| KeyColumn { name: (*name).to_owned(), data_type: (*data_type).to_owned() })
            .collect(),
        image: Some(Image {
            table: QualifiedName::new("core", format!("tv_{name}")),
            key: key.iter().map(|(name, _)| (*name).to_owned()).collect(),
            column: "data".to_owned(),
        }),
    }
}

fn customer() -> Entity {
    entity("customer", &[("id", "uuid")])
}

/// A database with the log of these entities; the tables are not there yet, as the log does not need them.
async fn installed(settings: &Settings, entities: &[Entity]) -> (Database, Client) {
    let database = pgmutate_test_support::database().await.unwrap();
    let client = database.connect().await.unwrap();
    install(&client, settings, entities).await.unwrap();
    (database, client)
}

async fn install(client: &Client, settings: &Settings, entities: &[Entity]) -> Result<(), tokio_postgres::Error> {
    client.batch_execute(&script(settings, entities).unwrap()).await
}

/// The only column of the only row.
async fn text(client: &Client, sql: &str) -> String {
    client
        .query_one(&format!("SELECT ({sql})::text"), &[])
        .await
        .unwrap()
        .get::<_, Option<String>>(0)
        .unwrap_or_default()
}

async fn refusal(client: &Client, sql: &str) -> (SqlState, String, Option<String>) {
    let error = client.batch_execute(sql).await.expect_err(sql);
    let error = error.as_db_error().expect("an error of the server");
    (error.code().clone(), error.message().to_owned(), error.hint().map(str::to_owned))
}
