//! An event as the log keeps it. Its documents are the bytes that PostgreSQL sent, never parsed and written again.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use tokio_postgres::types::PgLsn;
use uuid::Uuid;

use crate::Timestamp;
use crate::document::{members, string, write_string};

/// What a mutation left in the event log.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// What tells it from every other event.
    pub id: EventId,
    /// Such as `ORDER_CREATED`.
    pub event_type: String,
    /// What the event is about: the kind of thing.
    pub entity: Arc<Entity>,
    /// What the event is about: which one.
    pub key: Key,
    /// What happened to the entity.
    pub operation: Operation,
    /// What the entity was and is.
    pub payload: Payload,
    /// Where it happened.
    pub source: Source,
    /// When the event was written, which is a little before it was committed.
    pub written_at: Timestamp,
    /// When and where it was committed, where the reader knows: one of a replication slot does.
    pub committed: Option<Commit>,
    /// Why it says nothing that could be delivered, if so: then somebody else than the log's own function has written it.
    pub defect: Option<String>,
}

/// The commit of an event's transaction, and which of the transaction's events it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Commit {
    /// Where it stands in the write-ahead log.
    pub lsn: PgLsn,
    /// When it was, by the server's clock.
    pub at: Timestamp,
    /// Which of the transaction's events this is, from 1 on. Those that a filter leaves out count as well.
    pub number: u64,
    /// Which of those about this kind of entity, from 1 on.
    pub number_of_entity: u64,
}

/// What identifies an event for ever, and what a receiver drops duplicates by. Written as `log:event_id:transaction_id`.
///
/// The `event_id` alone does not do: after a failover it may be given to another event.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct EventId {
    /// The identity of the log.
    pub log: Uuid,
    /// The number in the log, which rises within an entity.
    pub event_id: i64,
    /// The transaction that wrote it, with its epoch.
    pub transaction_id: i64,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.log, self.event_id, self.transaction_id)
    }
}

/// A kind of thing that mutations change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entity {
    /// The name in the manifest, such as `order`.
    pub name: String,
    /// The columns of its key.
    pub key_columns: Vec<String>,
}

/// The key of an entity.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Key {
    /// One uuid.
    Uuid(Uuid),
    /// Something else, as jsonb writes it: usually an object by column.
    Json(Bytes),
}

impl Key {
    /// The key as a JSON object by column, the same bytes for every event of one entity: `{"id":"..."}`.
    pub fn write_object(&self, entity: &Entity, out: &mut Vec<u8>) {
        match self {
            Key::Json(json) if json.first() == Some(&b'{') => out.extend_from_slice(json),
            _ => {
                out.push(b'{');
                write_string(entity.key_columns.first().map_or("id", String::as_str), out);
                out.push(b':');
                match self {
                    Key::Uuid(id) => write_string(&id.to_string(), out),
                    Key::Json(json) => out.extend_from_slice(json),
                }
                out.push(b'}');
            }
        }
    }
}

/// A uuid as it is written, anything else as JSON.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Uuid(id) => id.fmt(f),
            Key::Json(json) => f.write_str(&String::from_utf8_lossy(json)),
        }
    }
}

/// What happened to an entity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    /// It came to be.
    Create,
    /// It changed.
    Update,
    /// It is gone.
    Delete,
}

impl Operation {
    /// All there are.
    pub const ALL: [Operation; 3] = [Operation::Create, Operation::Update, Operation::Delete];

    /// As the log writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Create => "CREATE",
            Operation::Update => "UPDATE",
            Operation::Delete => "DELETE",
        }
    }

    /// The operation that the log writes so.
    #[must_use]
    pub fn parse(text: &str) -> Option<Operation> {
        Operation::ALL.into_iter().find(|operation| operation.as_str() == text)
    }
}

/// What an event says of its entity, as jsonb writes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payload {
    /// The whole document.
    pub document: Bytes,
    /// The entity before the mutation.
    pub before: Option<Bytes>,
    /// The entity after the mutation.
    pub after: Option<Bytes>,
    /// What the mutation says beside it.
    pub metadata: Option<Bytes>,
}

impl Payload {
    /// Finds the parts of a document.
    ///
    /// # Errors
    /// The document is no JSON object.
    pub fn new(document: Bytes) -> Result<Payload, serde_json::Error> {
        let parts = members(&document, ["before", "after", "metadata"])?;
        let [before, after, metadata] = parts.map(|part| part.map(|text| document.slice_ref(text.as_bytes())));
        Ok(Payload { document, before, after, metadata })
    }

    /// A document without parts.
    pub(crate) fn opaque(document: Bytes) -> Payload {
        Payload { document, before: None, after: None, metadata: None }
    }
}

/// Where an event happened: the entity's own table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// The whole document, as jsonb writes it.
    pub document: Bytes,
    /// The database.
    pub database: String,
    /// The schema of the entity's table.
    pub schema: String,
    /// The entity's table.
    pub table: String,
}

impl Source {
    /// Finds the parts of a document; what is missing is empty.
    ///
    /// # Errors
    /// The document is no JSON object.
    pub fn new(document: Bytes) -> Result<Source, serde_json::Error> {
        let parts = members(&document, ["db", "schema", "table"])?;
        let [database, schema, table] = parts.map(|part| part.and_then(string).unwrap_or_default());
        Ok(Source { document, database, schema, table })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_an_object_whatever_it_is() {
        let entity = |columns: &[&str]| Entity {
            name: "e".to_owned(),
            key_columns: columns.iter().map(|c| (*c).into()).collect(),
        };
        let written = |key: Key, columns: &[&str]| {
            let mut out = Vec::new();
            key.write_object(&entity(columns), &mut out);
            String::from_utf8(out).unwrap()
        };
        let json = |json: &'static str| Key::Json(Bytes::from_static(json.as_bytes()));
        assert_eq!(written(Key::Uuid(Uuid::nil()), &["uid"]), r#"{"uid":"00000000-0000-0000-0000-000000000000"}"#);
        assert_eq!(written(json(r#"{"a": 7, "b": "x"}"#), &["a", "b"]), r#"{"a": 7, "b": "x"}"#);
        assert_eq!(written(json("12345678901234567890.50"), &["n"]), r#"{"n":12345678901234567890.50}"#);
        // The entity has left the manifest.
        assert_eq!(written(json(r#""x""#), &[]), r#"{"id":"x"}"#);
    }
}
