//! Servers that are ours alone: their settings, restarts and end.

#![allow(clippy::unwrap_used, reason = "a test may stop at once when its set-up fails")]

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use pgmutate_test_support::{Server, Shutdown};
use tokio_postgres::Client;

async fn show(client: &Client, query: &str) -> String {
    client.query_one(query, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn restarts_keep_what_was_committed() {
    let server = Server::private().durable().start().await.unwrap();
    let database = server.database().await.unwrap();
    let client = database.connect().await.unwrap();
    client.batch_execute("CREATE TABLE kept (n int)").await.unwrap();
    let mut client = client;
    for (n, shutdown) in [Shutdown::Fast, Shutdown::Immediate].into_iter().enumerate() {
        client.batch_execute(&format!("INSERT INTO kept VALUES ({n})")).await.unwrap();
        let before = server.pid().unwrap();
        server.restart(shutdown).await.unwrap();
        assert_ne!(server.pid().unwrap(), before);
        client.batch_execute("SELECT").await.unwrap_err();
        client = database.connect().await.unwrap();
        assert_eq!(show(&client, "SELECT count(*)::text FROM kept").await, (n + 1).to_string());
        // The session that makes databases has lost its connection as well.
        server.database().await.unwrap();
    }
}

#[tokio::test]
async fn a_killed_server_can_be_started_again() {
    let server = Server::private().start().await.unwrap();
    let database = server.database().await.unwrap();
    let pid = server.pid().unwrap().to_string();
    assert!(Command::new("sh").args(["-c", "kill -s KILL \"$1\"", "kill", &pid]).status().unwrap().success());
    server.restart(Shutdown::Immediate).await.unwrap();
    assert_eq!(show(&database.connect().await.unwrap(), "SELECT 'back'").await, "back");
}

#[tokio::test]
async fn settings_arrive_as_they_were_written() {
    let server = Server::private()
        .setting("wal_level", "logical")
        .setting("max_connections", "17")
        .setting("cluster_name", r"it's a \ test")
        .start()
        .await
        .unwrap();
    let client = server.database().await.unwrap().connect().await;
    // The database is gone with its handle, and with it the connection.
    client.unwrap().batch_execute("SELECT").await.unwrap_err();
    let database = server.database().await.unwrap();
    let client = database.connect().await.unwrap();
    assert_eq!(show(&client, "SHOW wal_level").await, "logical");
    assert_eq!(show(&client, "SHOW max_connections").await, "17");
    assert_eq!(show(&client, "SHOW cluster_name").await, r"it's a \ test");
    assert_eq!(show(&client, "SHOW fsync").await, "off");
}

#[tokio::test]
async fn a_wrong_setting_is_an_error_that_says_so() {
    let error = Server::private().setting("wal_level", "none").start().await.err().unwrap().to_string();
    assert!(error.starts_with("the private server does not start: "), "{error}");
    let error = Server::private().setting("max_connections", "none").start().await.err().unwrap().to_string();
    assert!(error.starts_with("the private server does not start: "), "{error}");
    assert!(!error.contains('\n'), "{error}");
}

#[tokio::test]
async fn the_server_lasts_as_long_as_its_last_database() {
    let server = Server::private().start().await.unwrap();
    let folder: PathBuf = server.folder().unwrap().into();
    let database = server.database().await.unwrap();
    drop(server);
    assert_eq!(show(&database.connect().await.unwrap(), "SELECT 'here'").await, "here");
    drop(database);
    assert!(!folder.exists());
}

#[tokio::test]
async fn the_wanted_major_is_the_one_that_runs() {
    let installed = Server::private().start().await.unwrap().major();
    let server = Server::private().major(installed).start().await.unwrap();
    assert_eq!(server.major(), installed);
    let error = Server::private().major(13).start().await.err().unwrap().to_string();
    assert_eq!(error, "a test asks for PostgreSQL 13, pgmutate needs 14 or newer");
}

#[tokio::test]
async fn a_caller_who_does_not_wait_for_a_database_leaves_none() {
    let server = Server::private().start().await.unwrap();
    // Polled once, so that the request is on its way, and then dropped.
    assert!(tokio::time::timeout(Duration::ZERO, server.database()).await.is_err());
    let observer = server.database().await.unwrap();
    let client = observer.connect().await.unwrap();
    let ours = "SELECT string_agg(datname, ' ') FROM pg_database WHERE datname LIKE 'pgmutate%'";
    assert_eq!(show(&client, ours).await, observer.name());
}
