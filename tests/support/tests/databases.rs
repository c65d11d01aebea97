//! Databases of the shared server: fresh, apart from each other, gone when their handle is.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once when its set-up fails")]

use std::collections::HashSet;
use std::thread;

use pgmutate_test_support::{Database, Server, database, server};
use tokio_postgres::{Client, Config, NoTls};

async fn connect(config: &Config) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn exists(name: &str) -> bool {
    let observer = database().await.unwrap();
    let client = observer.connect().await.unwrap();
    let count = "SELECT count(*) FROM pg_database WHERE datname = $1";
    client.query_one(count, &[&name]).await.unwrap().get::<_, i64>(0) == 1
}

/// Creates a table that only the first in a database can create, and tells the database's name.
async fn use_up(database: &Database) -> String {
    let client = database.connect().await.unwrap();
    client.batch_execute("CREATE TABLE mine (); CREATE SCHEMA app").await.unwrap();
    client.query_one("SELECT current_database()::text", &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn every_database_is_fresh() {
    let (first, second) = (database().await.unwrap(), database().await.unwrap());
    assert_eq!(use_up(&first).await, first.name());
    assert_eq!(use_up(&second).await, second.name());
    assert_ne!(first.name(), second.name());
}

#[test]
fn runtimes_share_the_server() {
    let threads: Vec<_> = (0..8)
        .map(|_| {
            thread::spawn(|| {
                // As `#[tokio::test]` does it. The runtime is gone before the next one asks the same server.
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async { use_up(&database().await.unwrap()).await })
            })
        })
        .collect();
    let names: HashSet<String> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(names.len(), 8);
}

#[tokio::test]
async fn a_dropped_database_is_gone_with_its_connections() {
    let database = database().await.unwrap();
    let name = database.name().to_owned();
    let client = database.connect().await.unwrap();
    assert!(exists(&name).await);
    drop(database);
    assert!(!exists(&name).await);
    client.batch_execute("SELECT").await.unwrap_err();
}

#[tokio::test]
async fn a_failing_test_drops_its_database() {
    let (tell, told) = std::sync::mpsc::channel();
    let failing = tokio::spawn(async move {
        let database = database().await.unwrap();
        tell.send(database.name().to_owned()).unwrap();
        panic!("as a test fails");
    });
    assert!(failing.await.unwrap_err().is_panic());
    assert!(!exists(&told.recv().unwrap()).await);
}

#[tokio::test]
async fn text_is_utf8_and_order_is_that_of_bytes() {
    let database = database().await.unwrap();
    let client = database.connect().await.unwrap();
    let row = client
        .query_one(
            "SELECT pg_encoding_to_char(encoding)::text, 'a' > 'B' FROM pg_database WHERE datname = $1",
            &[&database.name()],
        )
        .await
        .unwrap();
    assert_eq!(row.get::<_, String>(0), "UTF8");
    assert!(row.get::<_, bool>(1));
}

#[tokio::test]
async fn tcp_and_url_lead_to_the_same_database() {
    let database = database().await.unwrap();
    let name = "SELECT current_database()::text";
    let mut configs: Vec<Config> = vec![database.url().parse().unwrap()];
    match database.tcp_config() {
        Ok(config) => configs.push(config),
        Err(error) => {
            assert_eq!(error.to_string(), "`DATABASE_URL` names a Unix socket, and this test needs TCP");
            assert!(!server().await.unwrap().is_private());
        }
    }
    for config in configs {
        let client = connect(&config).await.unwrap();
        assert_eq!(client.query_one(name, &[]).await.unwrap().get::<_, String>(0), database.name());
    }
}

#[tokio::test]
async fn a_private_server_trusts_its_folder_and_not_the_network() {
    let server = Server::private().start().await.unwrap();
    let database = server.database().await.unwrap();
    database.connect().await.unwrap().batch_execute("CREATE ROLE clerk LOGIN").await.unwrap();
    let clerk = connect(database.config().user("clerk")).await.unwrap();
    assert_eq!(clerk.query_one("SELECT current_user::text", &[]).await.unwrap().get::<_, String>(0), "clerk");
    assert!(connect(database.tcp_config().unwrap().password("guessed")).await.is_err());
    assert!(connect(database.tcp_config().unwrap().user("clerk")).await.is_err());
}

#[tokio::test]
async fn the_version_is_that_of_the_server() {
    let server = server().await.unwrap();
    let database = server.database().await.unwrap();
    let client = database.connect().await.unwrap();
    let version: String = client.query_one("SHOW server_version_num", &[]).await.unwrap().get(0);
    assert_eq!(version, server.version().to_string());
    assert!(server.major() >= 14);
}
