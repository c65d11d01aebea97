//! What a Kafka sink is set to.

use std::fmt;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;

use crate::sink::NoSink;

/// Properties of librdkafka that order and delivery rest on.
const OURS: [(&str, &str); 13] = [
    ("bootstrap.servers", "it is the setting `brokers`"),
    ("metadata.broker.list", "it is the setting `brokers`"),
    ("transactional.id", "it is the setting `transactional_id`"),
    ("enable.idempotence", "without it a retry could write an event twice or behind a later one"),
    ("enable.gapless.guarantee", "without it later events could be written behind one that was refused"),
    ("max.in.flight", "more than one request could bring events behind one that was refused"),
    ("max.in.flight.requests.per.connection", "more than one request could bring events behind one that was refused"),
    ("acks", "an event is delivered once every replica in sync has it"),
    ("request.required.acks", "an event is delivered once every replica in sync has it"),
    ("message.timeout.ms", "what is given up must not leave a gap: it is the setting `timeout_ms`"),
    ("delivery.timeout.ms", "what is given up must not leave a gap: it is the setting `timeout_ms`"),
    ("retries", "what is given up must not leave a gap"),
    ("message.send.max.retries", "what is given up must not leave a gap"),
];

/// What a sink is set to unless told, where that is not what librdkafka does by itself.
const UNLESS_TOLD: [(&str, &str); 4] = [
    ("client.id", "pgmutate-relay"),
    // What is under way collects by itself while a request is out.
    ("linger.ms", "0"),
    // As the Java client does, so that what it writes of the same key is in the same partition.
    ("partitioner", "murmur2_random"),
    // How long a topic that is being created may be unknown.
    ("topic.metadata.propagation.max.ms", "10000"),
];

/// What a Kafka sink is set to.
#[derive(Clone)]
pub struct KafkaSettings {
    /// Brokers to begin with: `host:port`, with commas between them.
    pub brokers: String,
    /// What topics begin with: each is `<prefix>.<schema>.<table>`.
    pub prefix: String,
    /// One topic for all events, in place of one for each entity's table.
    pub topic: Option<String>,
    /// With it, the events of a batch are one transaction of Kafka's, and whoever has had this id before can write no more.
    pub transactional_id: Option<String>,
    /// How long it is waited until the brokers have what they were given, before the relay hears that it is not delivered yet.
    pub timeout: Duration,
    /// Properties of librdkafka, such as `security.protocol` or `compression.type`.
    pub properties: Vec<(String, String)>,
}

impl KafkaSettings {
    /// Brokers and what topics begin with.
    pub fn new(brokers: impl Into<String>, prefix: impl Into<String>) -> KafkaSettings {
        KafkaSettings {
            brokers: brokers.into(),
            prefix: prefix.into(),
            topic: None,
            transactional_id: None,
            timeout: Duration::from_secs(30),
            properties: Vec::new(),
        }
    }

    /// The properties of a producer whose batches have at most so many bytes.
    pub(super) fn client_config(&self, batch_bytes: usize) -> Result<ClientConfig, NoSink> {
        let mut config = ClientConfig::new();
        for (name, value) in UNLESS_TOLD {
            config.set(name, value);
        }
        for (name, value) in &self.properties {
            if let Some((_, why)) = OURS.iter().find(|(ours, _)| ours == name) {
                return Err(NoSink(format!("the property `{name}` of Kafka cannot be set: {why}")));
            }
            config.set(name, value);
        }
        config.set("bootstrap.servers", &self.brokers).set("batch.size", batch_bytes.to_string());
        config.set("enable.idempotence", "true").set("acks", "all");
        match &self.transactional_id {
            // A transaction is whole or not at all, so nothing can be missing in it.
            Some(id) => config.set("transactional.id", id),
            None => config
                .set("enable.gapless.guarantee", "true")
                // Of a producer that a partition does not know yet, the broker takes a second request after it has refused the first.
                .set("max.in.flight.requests.per.connection", "1")
                // What is given up would leave a gap. A broker that is down is waited for.
                .set("message.timeout.ms", "0"),
        };
        if let Err(KafkaError::ClientConfig(_, why, name, _)) = config.create_native_config() {
            // The value may be a password.
            return Err(NoSink(format!("the property `{name}` of Kafka cannot be set so: {}", why.trim())));
        }
        Ok(config)
    }

    /// How many bytes a batch has unless told.
    pub(super) fn batch_bytes(&self) -> usize {
        let told = self.properties.iter().find(|(name, _)| name == "batch.size");
        told.and_then(|(_, bytes)| bytes.parse().ok()).unwrap_or(1_000_000)
    }
}

impl fmt::Debug for KafkaSettings {
    /// Without the properties, in which there may be passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaSettings")
            .field("brokers", &self.brokers)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_that_cannot_be_set_is_told_without_its_value() {
        let refusal = |name: &str, value: &str| {
            let mut settings = KafkaSettings::new("localhost:9092", "shop");
            settings.properties.push((name.to_owned(), value.to_owned()));
            settings.client_config(1_000_000).unwrap_err().to_string()
        };
        assert!(refusal("acks", "0").starts_with("the property `acks` of Kafka cannot be set: "));
        let unknown = refusal("sasl.pasword", "secret");
        assert!(unknown.starts_with("the property `sasl.pasword` of Kafka cannot be set so: "), "{unknown}");
        assert!(!unknown.contains("secret"), "{unknown}");
        assert!(refusal("compression.type", "rar").contains("`compression.type`"));
    }
}
