//! The forms in which an event leaves: a Debezium change event, the stored row, or a CloudEvent.
//!
//! Documents are copied as PostgreSQL wrote them; no number is read.

mod cloud_events;
mod debezium;
mod row;
mod schema;

use bytes::Bytes;

pub use debezium::Debezium;

use crate::{Event, Operation, Timestamp};

/// The form of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Format {
    /// A change event about the entity, as Debezium's consumers read them.
    Debezium(Debezium),
    /// The row of the log as one JSON object, as `row_to_json` writes it.
    Row,
    /// A CloudEvent 1.0 in its JSON form, with `before`, `after` and `metadata` as its data.
    CloudEvents,
}

/// An event in the form that a broker takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// Where it belongs: one topic for an entity's table.
    pub topic: String,
    /// The entity's key: all that concerns one entity has the same.
    pub key: Bytes,
    /// What is said of it. A message without is a tombstone: everything about the key may be forgotten.
    pub value: Option<Bytes>,
}

impl Format {
    /// What is said of an event.
    #[must_use]
    pub fn value(&self, event: &Event, now: Timestamp) -> Vec<u8> {
        let mut out = Vec::with_capacity(event.payload.document.len() + 1024);
        match self {
            Format::Debezium(debezium) => debezium.write_value(event, now, &mut out),
            Format::Row => row::write(event, &mut out),
            Format::CloudEvents => cloud_events::write(event, &mut out),
        }
        out
    }

    /// What the value is, as HTTP and the bindings of CloudEvents say it.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        match self {
            Format::Debezium(_) | Format::Row => "application/json",
            Format::CloudEvents => "application/cloudevents+json",
        }
    }

    /// The key of an event's entity.
    #[must_use]
    pub fn key(&self, event: &Event) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Format::Debezium(debezium) => debezium.write_key(event, &mut out),
            Format::Row | Format::CloudEvents => event.key.write_object(&event.entity, &mut out),
        }
        out
    }

    /// The messages for an event: one, and a tombstone behind a delete where the form has them.
    #[must_use]
    pub fn messages(&self, event: &Event, prefix: &str, now: Timestamp) -> Vec<Message> {
        let (topic, key) = (topic(prefix, event), Bytes::from(self.key(event)));
        let value = Message { topic: topic.clone(), key: key.clone(), value: Some(self.value(event, now).into()) };
        match self {
            Format::Debezium(debezium) if debezium.tombstones && event.operation == Operation::Delete => {
                vec![value, Message { topic, key, value: None }]
            }
            _ => vec![value],
        }
    }
}

/// The topic of an event: the prefix, the schema and the table of its entity. What brokers do not allow in a name becomes `_`, as with
/// Debezium.
#[must_use]
pub fn topic(prefix: &str, event: &Event) -> String {
    let name = format!("{prefix}.{}.{}", event.source.schema, event.source.table);
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests;

/// A document, or null.
fn write_document(document: Option<&Bytes>, out: &mut Vec<u8>) {
    out.extend_from_slice(document.map_or(b"null", |document| document.as_ref()));
}
