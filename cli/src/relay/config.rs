//! `relay.toml`: which events go where.

use std::path::{Path, PathBuf};
use std::time::Duration;

use pgmutate_relay::envelope::Debezium;
use pgmutate_relay::sink::Sink;
use pgmutate_relay::{Connector, Consumer, Filter, Format, Limits, Operation, Reader, Retry, Start};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use super::sink::{Making, SinkConfig};
use crate::database;
use crate::report::Failure;

/// What topics, subjects and streams begin with, unless told.
const PREFIX: &str = "pgmutate";

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    #[serde(default)]
    pub(super) database: Database,
    /// Where health and metrics are told, such as `127.0.0.1:9187`.
    pub(super) listen: Option<std::net::SocketAddr>,
    #[serde(default, rename = "consumer")]
    pub(super) consumers: Vec<ConsumerConfig>,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Database {
    /// Left out where `DATABASE_URL` or `--database-url` says it, so that no password need stand in the file.
    pub(super) url: Option<String>,
    pub(super) schema: String,
    /// Who vouches for the server where the URL says `sslmode=require`: certificates in PEM.
    ca: Option<PathBuf>,
}

impl Default for Database {
    fn default() -> Database {
        Database { url: None, schema: "app".to_owned(), ca: None }
    }
}

impl Database {
    /// How to connect, encrypted where that is asked for.
    pub(super) fn connector(&self, config: tokio_postgres::Config) -> Result<Connector, Failure> {
        database::connector(config, self.ca.as_deref(), "`ca = \"root.pem\"` under [database]")
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ReaderConfig {
    #[default]
    Table,
    Slot,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConsumerConfig {
    pub(super) name: String,
    #[serde(default)]
    reader: ReaderConfig,
    #[serde(default = "now", deserialize_with = "start")]
    start: Start,
    #[serde(default)]
    event_types: Vec<String>,
    #[serde(default)]
    entities: Vec<String>,
    #[serde(default, deserialize_with = "operations")]
    operations: Vec<Operation>,
    #[serde(default)]
    format: FormatConfig,
    sink: SinkConfig,
    #[serde(default)]
    batch: BatchConfig,
    #[serde(default)]
    retry: RetryConfig,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
enum FormatConfig {
    Debezium {
        name: String,
        #[serde(default)]
        schemas: bool,
        #[serde(default = "yes")]
        tombstones: bool,
        #[serde(default)]
        transactions: bool,
    },
    Row {},
    CloudEvents {},
}

impl Default for FormatConfig {
    fn default() -> FormatConfig {
        FormatConfig::Debezium { name: PREFIX.to_owned(), schemas: false, tombstones: true, transactions: false }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct BatchConfig {
    events: Option<u32>,
    bytes: Option<usize>,
    poll_ms: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RetryConfig {
    first_ms: Option<u64>,
    longest_ms: Option<u64>,
    attempts: Option<u32>,
}

impl Config {
    /// Reads the file.
    pub(super) fn read(path: &Path) -> Result<Config, Failure> {
        let text =
            std::fs::read_to_string(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
        let config: Config = toml::from_str(&text).map_err(|error| format!("in `{}`: {error}", path.display()))?;
        if config.consumers.is_empty() {
            return Err(format!("`{}` names no consumer: add a section `[[consumer]]`", path.display()).into());
        }
        for (at, consumer) in config.consumers.iter().enumerate() {
            if config.consumers[..at].iter().any(|other| other.name == consumer.name) {
                return Err(format!("`{}` names the consumer `{}` twice", path.display(), consumer.name).into());
            }
        }
        for consumer in &config.consumers {
            if let (FormatConfig::Debezium { transactions: true, .. }, ReaderConfig::Table) =
                (&consumer.format, consumer.reader)
            {
                return Err(format!(
                    "the consumer `{}` asks for `transactions`, which only a replication slot tells: set `reader = \"slot\"`",
                    consumer.name
                )
                .into());
            }
        }
        let on_stdout = config.consumers.iter().filter(|consumer| consumer.sink.is_stdout());
        if let [first, second, ..] = on_stdout.collect::<Vec<_>>()[..] {
            let (first, second) = (&first.name, &second.name);
            return Err(format!(
                "the consumers `{first}` and `{second}` both write to stdout, into each other's lines"
            )
            .into());
        }
        Ok(config)
    }
}

impl ConsumerConfig {
    pub(super) fn consumer(&self, schema: &str) -> Consumer {
        let (limits, retry) = (Limits::default(), Retry::default());
        let millis = |millis: Option<u64>, otherwise| millis.map_or(otherwise, Duration::from_millis);
        Consumer {
            schema: schema.to_owned(),
            start: self.start,
            reader: match self.reader {
                ReaderConfig::Table => Reader::Table,
                ReaderConfig::Slot => Reader::Slot,
            },
            filter: Filter {
                event_types: self.event_types.clone(),
                entities: self.entities.clone(),
                operations: self.operations.clone(),
            },
            limits: Limits {
                events: self.batch.events.unwrap_or(limits.events),
                bytes: self.batch.bytes.unwrap_or(limits.bytes),
                poll: millis(self.batch.poll_ms, limits.poll),
            },
            retry: Retry {
                first: millis(self.retry.first_ms, retry.first),
                longest: millis(self.retry.longest_ms, retry.longest),
                attempts: self.retry.attempts,
            },
            ..Consumer::new(self.name.clone())
        }
    }

    /// What kind of sink it has.
    pub(super) fn sink_kind(&self) -> &'static str {
        self.sink.kind()
    }

    /// The sink, with the connection that it may need to the log's own database.
    ///
    /// # Errors
    /// What is wrong with its settings.
    pub(super) fn sink(&self, connector: &Connector) -> Result<Box<dyn Sink>, Failure> {
        let (format, prefix) = match &self.format {
            FormatConfig::Debezium { name, schemas, tombstones, transactions } => {
                let debezium = Debezium {
                    name: name.clone(),
                    schemas: *schemas,
                    tombstones: *tombstones,
                    transactions: *transactions,
                };
                (Format::Debezium(debezium), name.as_str())
            }
            FormatConfig::Row {} => (Format::Row, PREFIX),
            FormatConfig::CloudEvents {} => (Format::CloudEvents, PREFIX),
        };
        self.sink.sink(&Making { consumer: &self.name, format, prefix, connector })
    }
}

fn yes() -> bool {
    true
}

fn now() -> Start {
    Start::Now
}

#[derive(Deserialize)]
#[serde(untagged)]
enum StartConfig {
    After(i64),
    Text(String),
}

fn start<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Start, D::Error> {
    let text = match StartConfig::deserialize(deserializer)? {
        StartConfig::After(event_id) => event_id.to_string(),
        StartConfig::Text(text) => text,
    };
    text.parse().map_err(D::Error::custom)
}

fn operations<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Operation>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    let operation = |name: &String| {
        Operation::parse(name)
            .ok_or_else(|| D::Error::custom(format!("`{name}` is no operation: write CREATE, UPDATE or DELETE")))
    };
    names.iter().map(operation).collect()
}
