//! `pgmutate events`: what is in the log, and what becomes of it.

mod table;

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};
use pgmutate_relay::envelope::Debezium;
use pgmutate_relay::{Connector, Filter, Format, Limits, Log, Start, TableReader, Timestamp};
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use crate::database::Database;
use crate::report::{self, Failure};

/// Look at events, and at what becomes of them.
#[derive(Args)]
pub(crate) struct Events {
    #[command(flatten)]
    database: Database,
    /// The schema of the log.
    #[arg(long, value_name = "NAME", default_value = "app", global = true)]
    schema: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print events as they come, one on a line.
    Tail(Tail),
    #[command(flatten)]
    Ask(Ask),
}

/// What is asked of the database once.
#[derive(Subcommand)]
enum Ask {
    /// Print what happened to an entity.
    History {
        /// The kind of entity, such as `order`.
        entity: String,
        /// Its key: a uuid, or JSON such as `{"order_no": 7}`.
        key: String,
    },
    /// Deliver again: a parked entity from the event that was refused, or all events from one on.
    Replay {
        /// Whose events.
        #[arg(long, value_name = "NAME")]
        consumer: String,
        /// The parked entity, and its key.
        #[arg(num_args = 2, value_names = ["ENTITY", "KEY"], required_unless_present = "from")]
        entity: Vec<String>,
        /// Set the consumer's position so that this event is the next.
        #[arg(long, value_name = "EVENT_ID", conflicts_with = "entity", value_parser = clap::value_parser!(i64).range(1..))]
        from: Option<i64>,
    },
    /// Go on with a parked entity behind the event that was refused.
    Skip {
        /// Whose events.
        #[arg(long, value_name = "NAME")]
        consumer: String,
        /// The parked entity, and its key.
        #[arg(num_args = 2, value_names = ["ENTITY", "KEY"], required = true)]
        entity: Vec<String>,
    },
    /// What is parked.
    Park {
        #[command(subcommand)]
        command: Park,
    },
    /// How far each consumer is behind.
    Lag,
    /// How long events were on their way to each consumer, by type.
    Latency,
    /// Forget a consumer that nobody runs any more, with its position, its parked entities and its slot.
    Forget {
        /// Which one.
        #[arg(long, value_name = "NAME")]
        consumer: String,
    },
    /// Drop old events that every consumer has had.
    Prune {
        /// How old they have to be, such as `30 days`.
        #[arg(long, value_name = "INTERVAL")]
        older_than: String,
    },
}

#[derive(Subcommand)]
enum Park {
    /// Print the parked entities, each with the event that was refused and why.
    List,
}

#[derive(Args)]
struct Tail {
    /// Where to begin: `now`, `beginning`, behind an event_id, or at a time such as 2026-11-22T07:02:39Z.
    #[arg(long, value_name = "START", default_value = "now")]
    from: Start,
    /// Only events of these types.
    #[arg(long = "type", value_name = "TYPE")]
    event_types: Vec<String>,
    /// Only events of these entities.
    #[arg(long = "entity", value_name = "ENTITY")]
    entities: Vec<String>,
    /// The form of each line.
    #[arg(long, value_enum, default_value_t = Form::Row)]
    format: Form,
    /// Stop after so many.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Form {
    /// The stored row.
    Row,
    /// A Debezium change event.
    Debezium,
    /// A CloudEvent.
    Cloudevents,
}

/// Where no database is named.
const ASK: &str = "say where the log is";

impl Events {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            match self.command {
                Command::Tail(tail) => tail.run(self.database.connector(ASK)?, &self.schema).await,
                Command::Ask(ask) => Console::open(&self.database, &self.schema).await?.run(ask).await,
            }
        })
    }
}

impl Tail {
    async fn run(self, connector: Connector, schema: &str) -> Result<ExitCode, Failure> {
        let session = connector.connect().await?;
        let log = Log::open(&session, schema).await?;
        let format = match self.format {
            Form::Row => Format::Row,
            Form::Debezium => Format::Debezium(Debezium::new("pgmutate")),
            Form::Cloudevents => Format::CloudEvents,
        };
        let filter = Filter { event_types: self.event_types, entities: self.entities, operations: Vec::new() };
        let mut reader = TableReader::open(Arc::new(session), &log, self.from, filter, Limits::default()).await?;
        let mut left = self.limit.unwrap_or(u64::MAX);
        while left > 0 {
            let mut out = io::stdout().lock();
            for event in reader.next_batch().await?.events {
                if left == 0 {
                    break;
                }
                left -= 1;
                let mut line = format.value(&event, Timestamp::now());
                line.push(b'\n');
                match out.write_all(&line) {
                    // Whoever reads has had enough.
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
                    written => written?,
                }
            }
            out.flush()?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The condition that an entity has a key that somebody has typed: a uuid in any spelling, or JSON.
fn has_key(parameter: &str) -> String {
    let is_uuid = "^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$";
    format!(
        "CASE WHEN {parameter}::text ~ '{is_uuid}' THEN entity_id = {parameter}::text::uuid ELSE entity_key = {parameter}::text::jsonb END"
    )
}

/// A connection to look at the log, and to ask the relay for something.
struct Console {
    client: Client,
    /// The schema as SQL.
    schema: String,
}

impl Console {
    async fn open(database: &Database, schema: &str) -> Result<Console, Failure> {
        let client = database.connect(ASK).await?;
        Ok(Console { client, schema: format!("\"{}\"", schema.replace('"', "\"\"")) })
    }

    async fn run(&self, ask: Ask) -> Result<ExitCode, Failure> {
        match ask {
            Ask::History { entity, key } => self.history(&entity, &key).await,
            Ask::Lag => self.lag().await,
            Ask::Latency => self.latency().await,
            Ask::Forget { consumer } => self.forget(&consumer).await,
            Ask::Park { command: Park::List } => self.parked().await,
            Ask::Replay { consumer, from: Some(event_id), .. } => self.move_to(&consumer, event_id - 1).await,
            Ask::Replay { consumer, entity, from: None } => self.release(&consumer, &entity, "replay").await,
            Ask::Skip { consumer, entity } => self.release(&consumer, &entity, "skip").await,
            Ask::Prune { older_than } => self.prune(&older_than).await,
        }
    }

    async fn history(&self, entity: &str, key: &str) -> Result<ExitCode, Failure> {
        let sql = format!(
            "SELECT event_id::text, to_char(event_timestamp, 'YYYY-MM-DD HH24:MI:SS.US'), event_type, operation,
                    COALESCE(changed, after, before)::text, metadata::text
             FROM {}.mutation_history
             WHERE entity_type = $1 AND {}
             ORDER BY event_id",
            self.schema,
            has_key("$2")
        );
        let columns = ["event_id", "written", "event_type", "operation", "changed", "metadata"];
        self.print("read the history", &sql, &[&entity, &key], &columns).await
    }

    async fn lag(&self) -> Result<ExitCode, Failure> {
        let sql = format!(
            "SELECT consumer, position::text, newest_event_id::text, numbers_behind::text, round(seconds_behind, 1)::text,
                    delivered::text, parked_entities::text, slot_status, pg_size_pretty(retained_wal_bytes)
             FROM {}.mutation_consumer_lag ORDER BY consumer",
            self.schema
        );
        let columns =
            ["consumer", "position", "newest", "behind", "seconds", "delivered", "parked", "slot", "retained"];
        self.print("read how far the consumers are", &sql, &[], &columns).await
    }

    async fn latency(&self) -> Result<ExitCode, Failure> {
        let sql = format!(
            "SELECT consumer, event_type, events::text, round(mean_seconds::numeric, 4)::text, p50_seconds::numeric::text,
                    p99_seconds::numeric::text, round(longest_seconds::numeric, 4)::text
             FROM {}.mutation_latency ORDER BY consumer, event_type",
            self.schema
        );
        let columns = ["consumer", "event_type", "events", "mean", "p50", "p99", "longest"];
        self.print("read how long events were on their way", &sql, &[], &columns).await
    }

    async fn forget(&self, consumer: &str) -> Result<ExitCode, Failure> {
        let failed = |error| report::database("forget the consumer", &error);
        let sql = format!("SELECT slot FROM {}.mutation_consumers WHERE consumer = $1", self.schema);
        let Some(row) = self.client.query_opt(&sql, &[&consumer]).await.map_err(failed)? else {
            return Err(format!("there is no consumer `{consumer}`: see `pgmutate events lag`").into());
        };
        // A slot that a relay reads is refused, and then nothing is forgotten.
        let slot: Option<String> = row.get(0);
        let drop = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1";
        self.client.query(drop, &[&slot]).await.map_err(failed)?;
        let delete = format!("DELETE FROM {}.mutation_consumers WHERE consumer = $1", self.schema);
        self.client.execute(&delete, &[&consumer]).await.map_err(failed)?;
        println!("forgot `{consumer}`: it no longer keeps events in the log");
        Ok(ExitCode::SUCCESS)
    }

    async fn parked(&self) -> Result<ExitCode, Failure> {
        let sql = format!(
            "SELECT consumer, entity_type, entity, event_id::text, event_type, attempts::text,
                    to_char(parked_at, 'YYYY-MM-DD HH24:MI:SS'), release, reason
             FROM {}.mutation_parked ORDER BY consumer, event_id",
            self.schema
        );
        let columns = ["consumer", "entity", "key", "event_id", "event_type", "tries", "parked", "asked", "reason"];
        self.print("read what is parked", &sql, &[], &columns).await
    }

    async fn print(
        &self,
        what: &str,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
        columns: &[&str],
    ) -> Result<ExitCode, Failure> {
        let rows = self.client.query(sql, parameters).await.map_err(|error| report::database(what, &error))?;
        io::stdout().lock().write_all(table::render(columns, &rows).as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }

    /// Asks the relay, which does it within a second, or when it starts.
    async fn release(&self, consumer: &str, entity: &[String], how: &str) -> Result<ExitCode, Failure> {
        let [entity, key] = entity else { return Err("name the entity and its key".into()) };
        let sql = format!(
            "UPDATE {}.mutation_parked SET release = $4 WHERE consumer = $1 AND entity_type = $2 AND {} RETURNING event_id",
            self.schema,
            has_key("$3")
        );
        let failed = |error| report::database("ask for it", &error);
        let rows = self.client.query(&sql, &[&consumer, entity, key, &how]).await.map_err(failed)?;
        let Some(row) = rows.first() else {
            return Err(format!(
                "consumer `{consumer}` has not parked the {entity} {key}: see `pgmutate events park list`"
            )
            .into());
        };
        let event_id: i64 = row.get(0);
        println!("asked the relay of `{consumer}` to {how} event {event_id} of the {entity} {key}");
        Ok(ExitCode::SUCCESS)
    }

    /// The relay learns of it within a second, and begins again from there. A slot cannot go back, so it is made anew behind what the
    /// table has.
    async fn move_to(&self, consumer: &str, position: i64) -> Result<ExitCode, Failure> {
        let sql = format!(
            "UPDATE {0}.mutation_consumers AS consumer SET position = $2, lsn = NULL, table_to = NULL
             FROM {0}.mutation_log AS log WHERE consumer.consumer = $1 AND $2 >= log.pruned_to RETURNING 1",
            self.schema
        );
        let failed = |error| report::database("move the position", &error);
        let rows = self.client.query(&sql, &[&consumer, &position]).await.map_err(failed)?;
        if rows.is_empty() {
            return Err(format!(
                "there is no consumer `{consumer}`, or event {} is no longer in the log: see `pgmutate events lag`",
                position + 1
            )
            .into());
        }
        println!("the next event of `{consumer}` is the first behind {position}");
        Ok(ExitCode::SUCCESS)
    }

    async fn prune(&self, older_than: &str) -> Result<ExitCode, Failure> {
        let sql = format!("SELECT {}.prune_mutation_events($1::text::interval)", self.schema);
        let failed = |error| report::database("prune the log", &error);
        let row = self.client.query_one(&sql, &[&older_than]).await.map_err(failed)?;
        let dropped: i32 = row.get(0);
        println!("dropped {dropped} partition(s)");
        let sql = format!("SELECT {}.prune_mutation_keys()", self.schema);
        let row = self.client.query_one(&sql, &[]).await.map_err(failed)?;
        let expired: i64 = row.get(0);
        println!("deleted {expired} expired idempotency key(s)");
        Ok(ExitCode::SUCCESS)
    }
}
