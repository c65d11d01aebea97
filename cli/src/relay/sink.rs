//! The sinks of `relay.toml`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use pgmutate_relay::sink::{Lines, Notify, Sink};
use pgmutate_relay::{Connector, Format};
use serde::Deserialize;

use crate::report::Failure;

/// A sink, and how it is reached. One that this program was built without is read as well, so that every mistake is told.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum SinkConfig {
    Stdout {},
    Notify { channel: String },
    Webhook(WebhookConfig),
    Kafka(KafkaConfig),
    Nats(NatsConfig),
    Redis(RedisConfig),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(feature = "webhook"), allow(dead_code, reason = "read to be checked"))]
pub(super) struct WebhookConfig {
    url: String,
    /// The environment variable that holds the secret.
    secret_env: Option<String>,
    /// A PEM file of the certificates to trust, in place of the system's.
    ca: Option<PathBuf>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Headers whose values are in environment variables.
    #[serde(default)]
    headers_env: BTreeMap<String, String>,
    timeout_ms: Option<u64>,
    concurrency: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(feature = "kafka"), allow(dead_code, reason = "read to be checked"))]
pub(super) struct KafkaConfig {
    brokers: String,
    prefix: Option<String>,
    topic: Option<String>,
    transactional_id: Option<String>,
    timeout_ms: Option<u64>,
    /// Properties of librdkafka.
    #[serde(default)]
    properties: BTreeMap<String, Property>,
    /// Properties whose values are in environment variables.
    #[serde(default)]
    properties_env: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(feature = "nats"), allow(dead_code, reason = "read to be checked"))]
pub(super) struct NatsConfig {
    url: String,
    prefix: Option<String>,
    user: Option<String>,
    password_env: Option<String>,
    token_env: Option<String>,
    /// A `.creds` file.
    credentials: Option<PathBuf>,
    /// A PEM file of certificates to trust beside the system's.
    ca: Option<PathBuf>,
    #[serde(default)]
    keys_in_subjects: bool,
    timeout_ms: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(feature = "redis"), allow(dead_code, reason = "read to be checked"))]
pub(super) struct RedisConfig {
    url: Option<String>,
    /// The environment variable that holds the URL.
    url_env: Option<String>,
    prefix: Option<String>,
    #[serde(default)]
    ids: EntryIdsConfig,
    maxlen: Option<u64>,
    timeout_ms: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(feature = "redis"), allow(dead_code, reason = "read to be checked"))]
enum EntryIdsConfig {
    #[default]
    Clock,
    Event,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[cfg_attr(not(feature = "kafka"), allow(dead_code, reason = "read to be checked"))]
enum Property {
    Text(String),
    Number(i64),
    Truth(bool),
}

/// What a sink is made with.
pub(super) struct Making<'a> {
    /// Whose it is, for errors.
    pub(super) consumer: &'a str,
    pub(super) format: Format,
    /// What topics, subjects and streams begin with, unless told.
    #[cfg_attr(
        not(any(feature = "kafka", feature = "nats", feature = "redis")),
        allow(dead_code, reason = "no sink of this build has any of them")
    )]
    pub(super) prefix: &'a str,
    /// The way to the log's own database.
    pub(super) connector: &'a Connector,
}

impl SinkConfig {
    /// The word by which the configuration knows it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            SinkConfig::Stdout {} => "stdout",
            SinkConfig::Notify { .. } => "notify",
            SinkConfig::Webhook(_) => "webhook",
            SinkConfig::Kafka(_) => "kafka",
            SinkConfig::Nats(_) => "nats",
            SinkConfig::Redis(_) => "redis",
        }
    }

    pub(super) fn is_stdout(&self) -> bool {
        matches!(self, SinkConfig::Stdout {})
    }

    /// Makes the sink.
    ///
    /// # Errors
    /// What is wrong with its settings.
    pub(super) fn sink(&self, making: &Making<'_>) -> Result<Box<dyn Sink>, Failure> {
        let made = match self {
            SinkConfig::Stdout {} => {
                Ok(Box::new(Lines::new(making.format.clone(), tokio::io::stdout())) as Box<dyn Sink>)
            }
            SinkConfig::Notify { channel } => {
                Ok(Box::new(Notify::new(making.connector.clone(), channel.clone())) as Box<dyn Sink>)
            }
            SinkConfig::Webhook(config) => config.sink(making),
            SinkConfig::Kafka(config) => config.sink(making),
            SinkConfig::Nats(config) => config.sink(making),
            SinkConfig::Redis(config) => config.sink(making),
        };
        made.map_err(|error| format!("consumer `{}`: {error}", making.consumer).into())
    }
}

/// What an environment variable holds.
#[cfg_attr(not(feature = "webhook"), allow(dead_code, reason = "for the sinks that have secrets"))]
fn variable(name: &str) -> Result<String, Failure> {
    std::env::var(name).map_err(|error| match error {
        std::env::VarError::NotPresent => format!("the environment variable `{name}` is not set").into(),
        std::env::VarError::NotUnicode(_) => format!("the environment variable `{name}` holds no valid UTF-8").into(),
    })
}

#[cfg(not(all(feature = "kafka", feature = "nats", feature = "redis", feature = "webhook")))]
fn built_without(sink: &str, feature: &str) -> Failure {
    format!("this `pgmutate` was built without {sink}: build it with `cargo install pgmutate-cli --features {feature}`")
        .into()
}

impl WebhookConfig {
    #[cfg(not(feature = "webhook"))]
    fn sink(&self, _: &Making<'_>) -> Result<Box<dyn Sink>, Failure> {
        Err(built_without("webhooks", "webhook"))
    }

    #[cfg(feature = "webhook")]
    fn sink(&self, making: &Making<'_>) -> Result<Box<dyn Sink>, Failure> {
        let mut webhook = pgmutate_relay::sink::Webhook::new(making.format.clone(), &self.url)?;
        if let Some(name) = &self.secret_env {
            webhook = webhook.secret(&variable(name)?)?;
        }
        if let Some(file) = &self.ca {
            webhook = webhook.trust(file)?;
        }
        for (name, value) in &self.headers {
            webhook = webhook.header(name, value)?;
        }
        for (name, value) in &self.headers_env {
            webhook = webhook.header(name, &variable(value)?)?;
        }
        if let Some(millis) = self.timeout_ms {
            webhook = webhook.timeout(Duration::from_millis(millis));
        }
        if let Some(concurrency) = self.concurrency {
            webhook = webhook.concurrency(concurrency);
        }
        Ok(Box::new(webhook))
    }
}

impl KafkaConfig {
    #[cfg(not(feature = "kafka"))]
    fn sink(&self, _: &Making<'_>) -> Result<Box<dyn Sink>, Failure> {
        Err(built_without("Kafka", "kafka"))
    }

    #[cfg(feature = "kafka")]
    fn sink(&self, making: &Making<'_>) -> Result<Box<dyn Sink>, Failure> {
        use pgmutate_relay::sink::{Kafka, KafkaSettings};

        let prefix = self.prefix.as_deref().unwrap_or(making.prefix);
        let mut settings = KafkaSettings::new(self.brokers.clone(), prefix);
        settings.topic.clone_from(&self.topic);
        settings.transactional_id.clone_from(&self.transactional_id);
        if let Some(millis) = self.timeout_ms {
            settings.timeout = Duration::from_millis(millis);
        }
        for (name, value) in &self.properties {
            let value = match value {
                Property::Text(text) => text.clone(),
                Property::Number(number) => number.to_string(),
                Property::Truth(truth) => truth.to_string(),
            };
            settings.properties.push((name.clone(), value));
        }
        for (name, value) in &self.properties_env {
            settings.properties.push((name.clone(), variable(value)?));
        }
        Ok(Box::new(Kafka::new(making.format.clone(), settings)?))
    }
}

impl NatsConfig {
    #[cfg(not(feature = "nats"))]
    fn sink(&self, _: &Making<'_>) -> Result<Box<dyn Sink>, Failure> {
        Err(built_without("NATS", "nats"))
    }

    #[cfg(feature = "nats")]
    fn sink(&self, making: &Making<'_>) -> Result<Box<dyn Sink>, Failure> {
        use pgmutate_relay::sink::{Nats, NatsLogin};

        let prefix = self.prefix.as_deref().unwrap_or(making.prefix);
        let login = NatsLogin {
            user: self.user.clone(),
            password: self.password_env.as_deref().map(variable).transpose()?,
            token: self.token_env.as_deref().map(variable).transpose()?,
            credentials: self.credentials.clone(),
            trust: self.ca.clone(),
        };
        let mut nats = Nats::new(making.format.clone(), &self.url, prefix)?.login(login);
        if let Some(millis) = self.timeout_ms {
            nats = nats.timeout(Duration::from_millis(millis));
        }
        Ok(Box::new(if self.keys_in_subjects { nats.keys_in_subjects() } else { nats }))
    }
}

impl RedisConfig {
    #[cfg(not(feature = "redis"))]
    fn sink(&self, _: &Making<'_>) -> Result<Box<dyn Sink>, Failure> {
        Err(built_without("Redis", "redis"))
    }

    #[cfg(feature = "redis")]
    fn sink(&self, making: &Making<'_>) -> Result<Box<dyn Sink>, Failure> {
        use pgmutate_relay::sink::{EntryIds, RedisStreams};

        let url = match (&self.url, &self.url_env) {
            (Some(url), None) => url.clone(),
            (None, Some(name)) => variable(name)?,
            _ => return Err("a Redis sink needs `url` or `url_env`, one of them".into()),
        };
        let prefix = self.prefix.as_deref().unwrap_or(making.prefix);
        let mut redis = RedisStreams::new(making.format.clone(), &url, prefix)?.ids(match self.ids {
            EntryIdsConfig::Clock => EntryIds::Clock,
            EntryIdsConfig::Event => EntryIds::Event,
        });
        if let Some(entries) = self.maxlen {
            redis = redis.keep(entries);
        }
        if let Some(millis) = self.timeout_ms {
            redis = redis.timeout(Duration::from_millis(millis));
        }
        Ok(Box::new(redis))
    }
}
