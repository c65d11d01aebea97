//! Writers of every kind on the same few rows: whether each event begins where the one before it ended, and whether somebody waits in a circle.
//!
//! A third of them calls mutations whose event the runtime leaves, a third one that leaves it itself, a third calls that function as psql does.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pgmutate::types::RawJson;
use pgmutate::{Client as _, Connection, Context, Mutation, Patch, Retry, Statements};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use crate::hot::{self, ROWS, customer};
use crate::mutations::app::{CreateCustomer, DeleteCustomer};
use crate::pooler::Pooler;
use crate::shop::{Event, Shop, id};
use crate::unruly::{self, Rename};

const WRITERS: usize = 16;
/// A row that is not there.
const NOBODY: usize = 9;

/// How long the writers write.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// At least so long.
    pub duration: Duration,
    /// At least so many calls each.
    pub calls: usize,
}

/// What was found.
#[derive(Debug)]
pub struct Outcome {
    /// What the writers did.
    pub written: Written,
    /// What they did with plain calls alone, in another database.
    pub plain_alone: Written,
    /// Events that do not begin where the one before them ended, and whatever else should not be.
    pub mistakes: Vec<String>,
}

impl Outcome {
    /// Whether it is as it must be.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.mistakes.is_empty() && self.written.deadlocks <= self.plain_alone.deadlocks
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome { written, plain_alone, mistakes } = self;
        write!(f, "{written}, breaks {}; plain calls alone: {plain_alone}", mistakes.len())?;
        mistakes.iter().take(10).try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

/// What writers did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Changes by mutations whose event the runtime leaves.
    pub stitched: usize,
    /// Changes by one that leaves it itself, through the runtime.
    pub self_logging: usize,
    /// Changes by plain calls.
    pub plain: usize,
    /// Rows that were deleted, each by one of several who tried.
    pub deleted: usize,
    /// Calls that found no row.
    pub missing: usize,
    /// Calls that the server ended because of a deadlock.
    pub deadlocks: usize,
}

impl Written {
    /// Whether there were writers of each kind.
    #[must_use]
    pub fn every_way(&self) -> bool {
        [self.stitched, self.self_logging, self.plain, self.deleted, self.missing].iter().all(|count| *count > 0)
    }
}

impl AddAssign for Written {
    fn add_assign(&mut self, other: Self) {
        self.stitched += other.stitched;
        self.self_logging += other.self_logging;
        self.plain += other.plain;
        self.deleted += other.deleted;
        self.missing += other.missing;
        self.deadlocks += other.deadlocks;
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Written { stitched, self_logging, plain, deleted, missing, deadlocks } = self;
        write!(
            f,
            "{stitched} stitched, {self_logging} self-logging, {plain} plain, {deleted} rows deleted, {missing} not found, deadlocks {deadlocks}"
        )
    }
}

/// Lets all write side by side, directly or behind a pooler; and plain calls alone for as long, in another database.
pub async fn run(pooled: bool, load: Load) -> Outcome {
    let plain_alone = write(&shop().await, pooled, [Way::Unlogged, Way::Plain, Way::Plain], load).await;
    let shop = shop().await;
    let written = write(&shop, pooled, MIXED, load).await;
    Outcome { written, plain_alone, mistakes: judge(&shop, written).await }
}

/// What is wrong with the events that the writers have left in a shop that was prepared for it.
pub async fn mistakes_in(shop: &Shop, load: Load) -> Vec<String> {
    judge(shop, write(shop, false, MIXED, load).await).await
}

/// The shop with hot rows, and a function that changes a customer and logs it.
pub async fn shop() -> Shop {
    let shop = hot::shop().await;
    shop.client.batch_execute(unruly::SQL).await.expect("the function that logs itself");
    shop
}

/// How a writer calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Through the runtime, which leaves the event.
    Stitched,
    /// Through the runtime; the function leaves the event.
    SelfLogging,
    /// As psql does; the function leaves the event.
    Plain,
    /// As psql does, the functions of the first: nobody leaves an event.
    Unlogged,
}

const MIXED: [Way; 3] = [Way::Stitched, Way::SelfLogging, Way::Plain];

async fn write(shop: &Shop, pooled: bool, ways: [Way; 3], load: Load) -> Written {
    let pooler = if pooled { Some(Pooler::start(&shop.database).await) } else { None };
    let (config, statements) = match &pooler {
        Some(pooler) => (pooler.config(), Statements::Unnamed),
        None => (shop.database.config(), Statements::default()),
    };
    let short_lived = Arc::new(ShortLived::default());
    let first = Connection::connect(&config, NoTls).await.expect("a connection").with_statements(statements);
    short_lived.make_another(&first).await;
    let until = Instant::now() + load.duration;
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let writer = Writer::connect(ways[number % 3], &config, statements, Arc::clone(&short_lived)).await;
        writers.spawn(writer.write(number, until, load.calls));
    }
    let mut written = Written::default();
    while let Some(done) = writers.join_next().await {
        written += done.expect("a writer ends");
    }
    written
}

/// A row that several change and delete; who has deleted it makes another.
#[derive(Default)]
struct ShortLived {
    row: Mutex<String>,
    made: AtomicUsize,
}

impl ShortLived {
    fn row(&self) -> String {
        self.row.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn make_another(&self, connection: &Connection) {
        let email = format!("short-lived-{}@example.com", self.made.fetch_add(1, Ordering::Relaxed));
        let call = CreateCustomer { email, first_name: "Short".to_owned(), last_name: Patch::Absent, locale: None };
        let answer = call.execute(connection).await.expect("one customer more");
        let made: Value = serde_json::from_str(answer.as_str()).expect("an answer is JSON");
        *self.row.lock().unwrap_or_else(PoisonError::into_inner) =
            made["customer"]["id"].as_str().expect("an id").to_owned();
    }
}

struct Writer {
    way: Way,
    runtime: Connection,
    anybody: Client,
    short_lived: Arc<ShortLived>,
    /// A deadlock is to be counted, not to be mended.
    once: Context,
}

impl Writer {
    async fn connect(way: Way, config: &Config, statements: Statements, short_lived: Arc<ShortLived>) -> Self {
        let runtime = Connection::connect(config, NoTls).await.expect("a connection").with_statements(statements);
        let (anybody, connection) = config.connect(NoTls).await.expect("a connection");
        tokio::spawn(connection);
        Self { way, runtime, anybody, short_lived, once: Context::new().retry(Retry::never()) }
    }

    async fn write(self, number: usize, until: Instant, calls: usize) -> Written {
        let mut written = Written::default();
        for turn in 0.. {
            if turn >= calls && Instant::now() >= until {
                break;
            }
            let deletes = matches!(self.way, Way::Stitched | Way::Unlogged);
            // Mostly a hot row, each time another.
            let (row, delete) = match turn % 8 {
                5 => (self.short_lived.row(), false),
                6 if deletes => (customer(NOBODY), false),
                7 if deletes => (self.short_lived.row(), true),
                _ => (customer((number * 7 + turn * 5 + turn / ROWS) % ROWS), false),
            };
            let done =
                if delete { self.delete(&row).await } else { self.rename(&row, format!("{number}-{turn}")).await };
            match done.as_deref().map_err(String::as_str) {
                Ok("SUCCESS") if delete => {
                    written.deleted += 1;
                    self.short_lived.make_another(&self.runtime).await;
                }
                Ok("SUCCESS") => match self.way {
                    Way::Stitched => written.stitched += 1,
                    Way::SelfLogging => written.self_logging += 1,
                    Way::Plain | Way::Unlogged => written.plain += 1,
                },
                Ok("NOT_FOUND") => written.missing += 1,
                Err("40P01") => written.deadlocks += 1,
                other => panic!("writer {number}, turn {turn}: {other:?}"),
            }
        }
        written
    }

    /// The code of the answer, or the SQLSTATE.
    async fn rename(&self, row: &str, name: String) -> Result<String, String> {
        let input = format!(r#"{{"customer_id": "{row}", "first_name": "{name}"}}"#);
        match self.way {
            Way::Stitched => self.execute(hot::rename(row, name)).await,
            Way::SelfLogging => self.execute(Rename { input: RawJson::new(input).expect("it is JSON") }).await,
            Way::Plain => self.query(&format!("app.rename('{input}')")).await,
            Way::Unlogged => self.query(&format!("app.update_customer('{row}', '{input}')")).await,
        }
    }

    async fn delete(&self, row: &str) -> Result<String, String> {
        match self.way {
            Way::Stitched => self.execute(DeleteCustomer { customer_id: id(row) }).await,
            _ => self.query(&format!("app.delete_customer('{row}')")).await,
        }
    }

    async fn execute(&self, call: impl Mutation) -> Result<String, String> {
        match call.execute(&self.runtime.with(&self.once)).await {
            Ok(answer) => Ok(answer.outcome().code().expect("every answer has a code").to_owned()),
            Err(error) => Err(error.sqlstate().map_or_else(|| error.to_string(), str::to_owned)),
        }
    }

    async fn query(&self, function: &str) -> Result<String, String> {
        let rows = self.anybody.simple_query(&format!("SELECT {function} ->> 'code'")).await;
        let rows =
            rows.map_err(|error| error.code().map_or_else(|| error.to_string(), |code| code.code().to_owned()))?;
        let code = rows.iter().find_map(|row| match row {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        Ok(code.expect("every answer has a code").to_owned())
    }
}

/// Compares every customer's events with each other and with the customer.
async fn judge(shop: &Shop, written: Written) -> Vec<String> {
    let events = shop.events().await;
    let rows = shop.client.query("SELECT id::text, data::text FROM app.tv_customer", &[]).await.expect("the documents");
    let documents: BTreeMap<String, Value> =
        rows.iter().map(|row| (row.get(0), serde_json::from_str(row.get(1)).expect("a document is JSON"))).collect();
    let mut by_customer = BTreeMap::<&str, Vec<&Event>>::new();
    for event in &events {
        by_customer.entry(&event.entity_id).or_default().push(event);
    }
    let mut mistakes: Vec<String> =
        by_customer.iter().flat_map(|(customer, chain)| breaks(chain, documents.get(*customer))).collect();
    let count = |operation| events.iter().filter(|event| event.operation == operation).count();
    let found = (count("CREATE"), count("UPDATE"), count("DELETE"));
    let updates = written.stitched + written.self_logging + written.plain;
    // The last that was made is still there.
    if found != (written.deleted + 1, updates, written.deleted) {
        mistakes.push(format!("there are {found:?} events of creations, changes and deletions"));
    }
    mistakes
}

/// Where a customer's events are no chain, from its creation or the first change to what it is now.
fn breaks(chain: &[&Event], now: Option<&Value>) -> Vec<String> {
    let mut mistakes = Vec::new();
    let mut after: Option<&Value> = None;
    for event in chain {
        let begins = match after {
            Some(after) => event.before == *after && (event.operation == "CREATE") == after.is_null(),
            None => event.before.is_null() == (event.operation == "CREATE"),
        };
        if !begins {
            mistakes.push(format!("event {} of {} does not begin where the last one ended", event.id, event.entity_id));
        }
        after = Some(&event.after);
    }
    if after != Some(now.unwrap_or(&Value::Null)) {
        mistakes.push(format!("{:?} is not as its last event left it", chain.last().map(|event| &event.entity_id)));
    }
    mistakes
}
