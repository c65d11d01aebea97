//! The server, the shop in it, and the jobs.

use std::cell::Cell;
use std::fs;

use pgmutate::types::Uuid;
use pgmutate_test_support::{Database, Server};
use tokio_postgres::{Client, Config};

use crate::work::{Job, Mutation};

const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/shop");
const SEED: &str = include_str!("../event_log/seed.sql");
/// Each client has so many customers and products of its own, so that none waits for another's locks.
const OF_EACH_CLIENT: u64 = 20;

pub struct World {
    database: Database,
    client: Client,
    version: String,
    number: Cell<u64>,
    // The last to go.
    _server: Server,
}

impl World {
    pub async fn open() -> Self {
        let server = Server::private()
            .durable()
            .setting("max_connections", "300")
            .setting("shared_buffers", "512MB")
            .setting("max_wal_size", "4GB")
            .setting("checkpoint_timeout", "1h")
            .setting("autovacuum", "off")
            .start()
            .await
            .expect("a private server");
        let database = server.database().await.expect("a database");
        let client = database.connect().await.expect("a connection");
        install(&client).await;
        let version = format!("PostgreSQL {}.{}", server.major(), server.version() % 100);
        Self { database, client, version, number: Cell::new(0), _server: server }
    }

    pub fn version(&self) -> &str {
        &self.version
    }

    pub fn config(&self) -> Config {
        self.database.config()
    }

    pub fn tcp_config(&self) -> Config {
        self.database.tcp_config().expect("a private server listens")
    }

    /// What each client has to do in the next block.
    pub async fn prepare(&self, mutation: Mutation, clients: u64, calls: u64) -> Vec<Vec<Job>> {
        let mut to_delete = match mutation {
            Mutation::DeleteCustomer => self.customers_to_delete(clients * calls).await.into_iter(),
            _ => Vec::new().into_iter(),
        };
        let mut jobs = |seat| {
            let mut of_seat = Vec::new();
            for _ in 0..calls {
                let number = self.next();
                let mine = |turn: u64| seat * OF_EACH_CLIENT + (number + turn) % OF_EACH_CLIENT + 1;
                of_seat.push(match mutation {
                    Mutation::CreateCustomer => {
                        Job::CreateCustomer { email: format!("{number}@example.com"), first_name: "first ".repeat(80) }
                    }
                    Mutation::UpdateCustomer => {
                        Job::UpdateCustomer { customer_id: customer(mine(0)), last_name: format!("last {number}") }
                    }
                    Mutation::DeleteCustomer => {
                        Job::DeleteCustomer { customer_id: to_delete.next().expect("a customer for each call") }
                    }
                    Mutation::UpdateProduct => Job::UpdateProduct {
                        product_id: product(mine(0)),
                        stock: 1_000_000_000 - (number % 1000) as i32,
                    },
                    Mutation::CreateOrder => Job::CreateOrder {
                        customer_id: customer(mine(0)).to_string(),
                        product_ids: [0, 1, 2].map(|turn| product(mine(turn)).to_string()),
                    },
                });
            }
            of_seat
        };
        (0..clients).map(&mut jobs).collect()
    }

    async fn customers_to_delete(&self, count: u64) -> Vec<Uuid> {
        let sql = "WITH fresh AS (
                       INSERT INTO core.customer (email, first_name, last_name)
                       SELECT 'gone' || n || '@example.com', repeat('first ', 80), 'last' FROM generate_series($1::bigint, $2::bigint) AS n
                       RETURNING id
                   )
                   SELECT id FROM fresh";
        let first = self.number.get() + 1;
        self.number.set(self.number.get() + count);
        let last = self.number.get();
        let rows = self.client.query(sql, &[&(first as i64), &(last as i64)]).await.expect("customers to delete");
        let ids = rows.iter().map(|row| row.get(0)).collect::<Vec<Uuid>>();
        self.client
            .execute("SELECT core.refresh_customer(id) FROM unnest($1::uuid[]) AS id", &[&ids])
            .await
            .expect("documents");
        ids
    }

    /// Between rounds: what a server does now and then, so that it does it to no caller's account.
    pub async fn tidy(&self) {
        let added = "DELETE FROM app.tv_customer AS kept USING core.customer AS customer
                     WHERE kept.id = customer.id AND customer.email ~ '^[0-9]+@';
                     DELETE FROM core.customer WHERE email ~ '^[0-9]+@'";
        self.client.batch_execute(added).await.expect("the round's customers go");
        for sql in ["VACUUM ANALYZE", "CHECKPOINT"] {
            self.client.batch_execute(sql).await.expect(sql);
        }
    }

    fn next(&self) -> u64 {
        self.number.set(self.number.get() + 1);
        self.number.get()
    }
}

async fn install(client: &Client) {
    let run = async |what: &str, sql: &str| {
        client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
    };
    let read = |path: String| fs::read_to_string(&path).unwrap_or_else(|error| panic!("`{path}`: {error}"));
    run("the event log", &read(format!("{SHOP}/event_log.sql"))).await;
    let mut files: Vec<_> =
        fs::read_dir(format!("{SHOP}/sql")).expect("the shop").flatten().map(|entry| entry.path()).collect();
    files.sort();
    for file in files {
        let sql = read(file.display().to_string());
        run(&file.display().to_string(), &sql).await;
        run("the functions without their events", &plain(&sql)).await;
    }
    run("the rows", SEED).await;
    run("the statistics", "VACUUM ANALYZE").await;
}

/// The functions that leave an event themselves, under another name and without: the floor calls these.
fn plain(sql: &str) -> String {
    const EVENT: &str = "PERFORM app.log_cdc_event(";
    let mut plain = String::new();
    for function in sql.split("CREATE OR REPLACE FUNCTION app.").skip(1).filter(|function| function.contains(EVENT)) {
        let (definition, _) = function.split_once("$$;").expect("a function ends");
        let (before, event) = definition.split_once(EVENT).expect("it was looked for");
        let (_, after) = event.split_once(");\n").expect("the call ends");
        plain.push_str(&format!("CREATE FUNCTION app.plain_{before}{after}$$;\n"));
    }
    plain
}

fn customer(number: u64) -> Uuid {
    format!("c0000000-0000-4000-9000-{number:012}").parse().expect("a uuid")
}

fn product(number: u64) -> Uuid {
    format!("b0000000-0000-4000-9000-{number:012}").parse().expect("a uuid")
}
