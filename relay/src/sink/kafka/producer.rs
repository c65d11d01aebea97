//! A producer of librdkafka's, and what it says of its brokers.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::config::{FromClientConfigAndContext as _, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::{FutureProducer, Producer as _, PurgeConfig};
use tokio::sync::watch;

use super::KafkaSettings;
use crate::sink::NoSink;

type Inner = FutureProducer<Brokers>;

/// A producer. When it is dropped, nothing more of what it was given goes out.
pub(super) struct Producer {
    pub(super) inner: Inner,
    /// Whether it has taken its transactional id.
    pub(super) began: bool,
    trouble: watch::Receiver<Option<String>>,
}

impl Producer {
    pub(super) fn new(settings: &KafkaSettings, batch_bytes: usize) -> Result<Producer, NoSink> {
        let config = settings.client_config(batch_bytes)?;
        let (told, trouble) = watch::channel(None);
        let brokers = Brokers { trouble: told, last: Mutex::default() };
        let inner = Inner::from_config_and_context(&config, brokers);
        let inner = inner.map_err(|error| NoSink(format!("there can be no producer for Kafka: {error}")))?;
        Ok(Producer { inner, began: false, trouble })
    }

    /// Tells of what keeps it from its brokers from now on.
    pub(super) fn trouble(&self) -> watch::Receiver<Option<String>> {
        let mut trouble = self.trouble.clone();
        trouble.mark_unchanged();
        trouble
    }

    /// Why it can send nothing any more, if so.
    pub(super) fn fatal(&self) -> Option<String> {
        self.inner.client().fatal_error().map(|(_, why)| why)
    }

    /// Does what waits for the brokers on a thread where it may wait.
    pub(super) async fn blocking(
        &self,
        what: impl FnOnce(&Inner) -> KafkaResult<()> + Send + 'static,
    ) -> Result<(), String> {
        let inner = self.inner.clone();
        match tokio::task::spawn_blocking(move || what(&inner)).await {
            Ok(done) => done.map_err(|error| match error {
                KafkaError::Transaction(error) => error.string(),
                other => other.to_string(),
            }),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        self.inner.purge(PurgeConfig::default().queue().inflight());
    }
}

/// Hears what librdkafka has to say.
pub(super) struct Brokers {
    trouble: watch::Sender<Option<String>>,
    /// Why a broker could not be reached, lately.
    last: Mutex<Option<String>>,
}

impl ClientContext for Brokers {
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "Kafka");
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let next = match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AllBrokersDown) => {
                let why = last.as_deref().unwrap_or(reason);
                self.trouble.send_replace(Some(format!("no broker can be reached: {why}")));
                return;
            }
            Some(RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SaslAuthenticationFailed) => {
                ": check `sasl.mechanism`, `sasl.username` and `sasl.password` under `properties`"
            }
            Some(RDKafkaErrorCode::SSL) => ": check `security.protocol` and `ssl.ca.location` under `properties`",
            _ => "",
        };
        let why = format!("{reason}{next}");
        if !next.is_empty() {
            // It is no better with another broker.
            self.trouble.send_replace(Some(why.clone()));
        }
        *last = Some(why);
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        match level {
            RDKafkaLogLevel::Debug => tracing::debug!(facility, message, "Kafka"),
            // The sink itself tells what comes of it.
            _ => tracing::info!(facility, message, "Kafka"),
        }
    }
}

/// How long a full queue is waited for before it is looked at again.
pub(super) const FULL_PAUSE: Duration = Duration::from_millis(10);

/// How long what keeps a producer from its brokers has to last until it counts: they may be reached again at once.
pub(super) const TROUBLE_PAUSE: Duration = Duration::from_millis(500);
