//! A server given by `DATABASE_URL`: used, left running, and left without a trace.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once when its set-up fails")]

mod holder;

use std::process::Command;

use holder::{Holder, eventually};
use pgmutate_test_support::{Database, Server};
use tokio_postgres::Client;

/// A server that stands for the user's own, with the user's database.
struct Users {
    _server: Server,
    database: Database,
    client: Client,
}

impl Users {
    /// The guard drops databases through `psql`; where there is none, the next run does, as soon as the dead session is gone.
    async fn without_psql_another_run(&self, database: &str) {
        let psql = Command::new("psql").arg("--version").output();
        if psql.is_ok_and(|output| output.status.success()) {
            return;
        }
        for _ in 0..20 {
            if !self.has(database).await {
                break;
            }
            assert!(self.hold("return").wait().success());
        }
    }

    async fn new() -> Users {
        let server = Server::private().start().await.unwrap();
        let database = server.database().await.unwrap();
        let client = database.connect().await.unwrap();
        Users { _server: server, database, client }
    }

    fn hold(&self, ending: &str) -> Holder {
        Holder::start(ending, &[("DATABASE_URL", &self.database.url()), ("PGMUTATE_TEST_POSTGRES", "")])
    }

    async fn has(&self, database: &str) -> bool {
        let count = "SELECT count(*) FROM pg_database WHERE datname = $1";
        self.client.query_one(count, &[&database]).await.unwrap().get::<_, i64>(0) == 1
    }

    async fn create(&self, database: &str) {
        self.client.batch_execute(&format!("CREATE DATABASE {database}")).await.unwrap();
    }

    /// Fails unless the database goes away.
    async fn assert_goes(&self, database: &str) {
        let runtime = tokio::runtime::Handle::current();
        eventually(
            || tokio::task::block_in_place(|| !runtime.block_on(self.has(database))),
            &format!("`{database}` is left"),
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_go_however_the_process_ends() {
    let users = Users::new().await;
    for ending in ["return", "exit", "panic", "abort"] {
        let mut holder = users.hold(ending);
        let held = holder.held();
        assert!(held.folder.is_none() && held.pid.is_none());
        holder.wait();
        users.without_psql_another_run(&held.database).await;
        users.assert_goes(&held.database).await;
    }
    for signal in ["INT", "KILL"] {
        let mut holder = users.hold("wait");
        let held = holder.held();
        assert!(users.has(&held.database).await);
        holder.signal(signal);
        users.without_psql_another_run(&held.database).await;
        users.assert_goes(&held.database).await;
    }
}

#[tokio::test]
async fn the_next_run_drops_what_a_dead_run_has_left() {
    let users = Users::new().await;
    let dead = "pgmutate_test_0123456789abcdef_7";
    users.create(dead).await;
    // The name of a run that is alive: its session is there, if only in our pretence.
    let alive = "pgmutate_test_fedcba9876543210_0";
    users.create(alive).await;
    users.client.batch_execute("SET application_name = 'pgmutate_test_fedcba9876543210'").await.unwrap();
    // Not ours at all.
    for name in ["pgmutate_test_mine", "pgmutate", "pgmutate_test_0123456789abcdef_7x"] {
        users.create(name).await;
    }
    assert!(users.hold("return").wait().success());
    assert!(!users.has(dead).await);
    for name in [alive, "pgmutate_test_mine", "pgmutate", "pgmutate_test_0123456789abcdef_7x"] {
        assert!(users.has(name).await, "{name}");
    }
}

/// Runs `hold_server` with this `DATABASE_URL` and gives what it complains about.
fn complaint(url: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_hold_server"))
        .args(["return"])
        .envs([("DATABASE_URL", url), ("PGMUTATE_TEST_POSTGRES", "")])
        .output()
        .unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn what_is_wrong_with_the_url_is_said_in_one_line() {
    let users = Users::new().await;
    users.client.batch_execute("CREATE ROLE guest LOGIN PASSWORD 'pw'").await.unwrap();
    let (_, server) = users.database.url().split_once('@').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    for (url, words) in [
        ("not a connection string".to_owned(), "`DATABASE_URL` is not a connection string"),
        ("postgres://me@127.0.0.1:1/nobody-there".to_owned(), "cannot connect to PostgreSQL at 127.0.0.1 port 1: "),
        (format!("postgres://guest:wrong@{server}"), "password authentication failed for user \"guest\""),
        (format!("postgres://guest:pw@{server}"), "permission denied to create database (SQLSTATE 42501)"),
    ] {
        let complaint = complaint(&url);
        assert!(complaint.contains(words), "{url}: {complaint}");
        assert_eq!(complaint.lines().count(), 1, "{complaint}");
    }
}
