//! A database with an event log and a few hot rows, and writers that change them in every way that is hard on a reader.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pgmutate_codegen::event_log::{Entity, KeyColumn, QualifiedName, Settings, script};
use pgmutate_relay::{Connector, Event, Filter, Limits, Log, Session, Start, TableReader};
use pgmutate_test_support::{Database, Server};
use tokio::task::JoinSet;
use tokio_postgres::{Client, Config, NoTls};

/// The rows that everybody wants to change.
pub const ITEMS: usize = 8;

/// `item` counts its changes. `touch` changes one, leaves the event, and then takes its time before the caller can commit.
const TABLES: &str = "
    CREATE SCHEMA core;
    CREATE TABLE core.item (id uuid PRIMARY KEY, n bigint NOT NULL DEFAULT 0);
    INSERT INTO core.item (id) SELECT ('10000000-0000-4000-8000-00000000000' || n)::uuid FROM generate_series(0, 7) AS n;
    CREATE FUNCTION core.touch(touched uuid, pause double precision, note text DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE
        changed bigint;
        event   bigint;
    BEGIN
        UPDATE core.item SET n = n + 1 WHERE id = touched RETURNING n INTO changed;
        event := app.log_cdc_event('ITEM_TOUCHED', 'item', touched, 'UPDATE',
            jsonb_build_object('id', touched, 'n', changed - 1), jsonb_build_object('id', touched, 'n', changed),
            jsonb_build_object('note', note));
        PERFORM pg_sleep(pause);
        RETURN event;
    END;
    $$;";

/// A fresh database with the log in the schema `app`.
pub struct World {
    /// The database.
    pub database: Database,
    /// A connection as its owner.
    pub client: Client,
}

impl World {
    /// On the server that all tests share.
    pub async fn open() -> World {
        World::furnish(pgmutate_test_support::database().await.expect("a database")).await
    }

    /// On a server of one's own.
    pub async fn open_on(server: &Server) -> World {
        World::furnish(server.database().await.expect("a database")).await
    }

    async fn furnish(database: Database) -> World {
        let client = database.connect().await.expect("a connection");
        let install = script(&Settings::default(), &[item_entity()]).expect("the log has a script");
        client.batch_execute(&install).await.expect("the log installs");
        client.batch_execute(TABLES).await.expect("the tables are made");
        World { database, client }
    }

    /// How a relay connects.
    #[must_use]
    pub fn connector(&self) -> Connector {
        Connector::new(self.database.config())
    }

    /// A connection as a relay has it, and the log.
    pub async fn session(&self) -> (Session, Log) {
        let session = self.connector().connect().await.expect("a session");
        let log = Log::open(&session, "app").await.expect("the log");
        (session, log)
    }

    /// A world in which this has happened, and the events that it left: no more than one batch has.
    pub async fn with(sql: &str) -> (World, Vec<Event>) {
        let world = World::open().await;
        world.client.batch_execute(sql).await.expect("it happens");
        let (session, log) = world.session().await;
        let reader = TableReader::open(Arc::new(session), &log, Start::Beginning, Filter::default(), Limits::default());
        let batch = reader.await.expect("a reader").next_batch().await.expect("a batch");
        (world, batch.events)
    }

    /// Every committed event: its number, its item and how often the item had been changed by then.
    pub async fn committed(&self) -> Vec<Change> {
        let client = self.database.connect().await.expect("a connection");
        let sql = "SELECT event_id, entity_id::text, (payload -> 'after' ->> 'n')::bigint FROM app.mutation_events ORDER BY event_id";
        let rows = client.query(sql, &[]).await.expect("the log can be read");
        rows.iter().map(|row| Change { event_id: row.get(0), item: row.get(1), n: row.get(2) }).collect()
    }

    /// Lets writers work, and tells what they did.
    pub async fn write(&self, load: Load) -> Written {
        let mut writers = JoinSet::new();
        for writer in 0..load.writers {
            let random = fastrand::Rng::with_seed(load.seed + writer as u64);
            writers.spawn(write(self.database.config(), random, load.duration));
        }
        let mut written = Written::default();
        while let Some(done) = writers.join_next().await {
            let done = done.expect("a writer ends");
            written.committed += done.committed;
            written.rolled_back += done.rolled_back;
            written.long += done.long;
        }
        written
    }
}

/// What the log knows of items.
#[must_use]
pub fn item_entity() -> Entity {
    Entity {
        name: "item".to_owned(),
        table: QualifiedName::new("core", "item"),
        key: vec![KeyColumn { name: "id".to_owned(), data_type: "uuid".to_owned() }],
        image: None,
    }
}

/// The id of an item.
#[must_use]
pub fn item(number: usize) -> String {
    format!("10000000-0000-4000-8000-00000000000{number}")
}

/// A change of an item, as SQL.
#[must_use]
pub fn touch(number: usize) -> String {
    format!("SELECT core.touch('{}', 0, 'a line\nand \"another\"');", item(number))
}

/// How much the writers do.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// How many there are.
    pub writers: usize,
    /// How long they work.
    pub duration: Duration,
    /// What their choices follow from.
    pub seed: u64,
}

impl Load {
    /// Sixteen writers for two seconds, or as many as the environment variable `PGMUTATE_SOAK_SECONDS` says.
    #[must_use]
    pub fn of_this_run() -> Load {
        let told = std::env::var("PGMUTATE_SOAK_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
        Load::of_sixteen(Duration::from_secs(told.unwrap_or(2)))
    }

    /// Sixteen writers.
    #[must_use]
    pub fn of_sixteen(duration: Duration) -> Load {
        Load { writers: 16, duration, seed: 1 }
    }
}

/// What the writers did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Written {
    /// Transactions that committed.
    pub committed: usize,
    /// Transactions that rolled back after they had drawn numbers.
    pub rolled_back: usize,
    /// Transactions that stayed open for 100 ms and longer after they had drawn a number.
    pub long: usize,
}

/// An event of an item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Its number.
    pub event_id: i64,
    /// The item.
    pub item: String,
    /// How often the item was changed by then.
    pub n: i64,
}

async fn write(config: Config, mut random: fastrand::Rng, duration: Duration) -> Written {
    let end = Instant::now() + duration;
    let mut written = Written::default();
    let mut connected = None;
    while Instant::now() < end {
        let client = match &connected {
            Some(client) => client,
            // The server may be down, for that is one of the faults.
            None => match config.connect(NoTls).await {
                Ok((client, connection)) => {
                    tokio::spawn(connection);
                    connected.insert(client)
                }
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        // In the order of their ids, so that no two wait for each other.
        let mut items: Vec<usize> = (0..random.usize(1..4)).map(|_| random.usize(..ITEMS)).collect();
        items.sort_unstable();
        items.dedup();
        // Mostly as long as a commit takes, so that orders invert; now and then long.
        let long = random.u8(..200) == 0;
        let pause = if long { random.f64() * 0.2 + 0.1 } else { random.f64() * 0.003 };
        let touch = |number: usize| format!("SELECT core.touch('{}', {pause});", item(number));
        let mut sql = "BEGIN;".to_owned();
        for number in &items {
            if random.u8(..20) == 0 {
                sql.push_str(&format!("SAVEPOINT s; {} ROLLBACK TO s;", touch(*number)));
            }
            sql.push_str(&touch(*number));
        }
        let rolled_back = random.u8(..10) == 0;
        sql.push_str(if rolled_back { "ROLLBACK" } else { "COMMIT" });
        if let Err(error) = client.batch_execute(&sql).await {
            assert!(lost(&error), "a transaction is as good as any: {error:?}");
            connected = None;
            continue;
        }
        written.committed += usize::from(!rolled_back);
        written.rolled_back += usize::from(rolled_back);
        written.long += usize::from(long);
    }
    written
}

/// Whether an error says that the server goes down, or is gone already.
fn lost(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_none_or(|refusal| refusal.code().code().starts_with("57P"))
}
