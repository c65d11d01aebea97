//! Debezium's change events: members, order and types as its PostgreSQL connector emits them.
//!
//! What differs: `source.sequence` holds the `event_id` in the place of the LSN, `transaction.id` the LSN of the commit in the place of that of the
//! event, so that it is the same for all of a transaction, `txId` has its epoch, and the `ts_ns` end in zeros. Where the table and not a replication slot is read, `source.lsn` is null, and `source.ts_*` tell when the event
//! was written and not when it was committed.

use bytes::Bytes;

use super::{schema, write_document};
use crate::document::write_string;
use crate::event::Commit;
use crate::{Event, Operation, Timestamp};

/// How change events are written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Debezium {
    /// The name of the source, which Debezium calls `topic.prefix`.
    pub name: String,
    /// Whether each key and value carries its schema. `before` and `after` are strings of JSON then, because their fields have none.
    pub schemas: bool,
    /// Whether a delete is followed by a tombstone.
    pub tombstones: bool,
    /// Whether each event tells which of its transaction's events it is. Only a reader of a replication slot knows; otherwise it is null.
    pub transactions: bool,
}

impl Debezium {
    /// Without schemas and transactions, with tombstones.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Debezium {
        Debezium { name: name.into(), schemas: false, tombstones: true, transactions: false }
    }

    pub(super) fn write_key(&self, event: &Event, out: &mut Vec<u8>) {
        if !self.schemas {
            return event.key.write_object(&event.entity, out);
        }
        schema::write_key(&super::topic(&self.name, event), event, out);
    }

    pub(super) fn write_value(&self, event: &Event, now: Timestamp, out: &mut Vec<u8>) {
        if self.schemas {
            out.extend_from_slice(b"{\"schema\":");
            schema::write_envelope(&super::topic(&self.name, event), out);
            out.extend_from_slice(b",\"payload\":");
        }
        self.write_envelope(event, now, out);
        if self.schemas {
            out.push(b'}');
        }
    }

    fn write_envelope(&self, event: &Event, now: Timestamp, out: &mut Vec<u8>) {
        // Of what is gone there is at least the key, as with Debezium where a table tells no more.
        let key = (event.operation == Operation::Delete && event.payload.before.is_none()).then(|| {
            let mut key = Vec::new();
            event.key.write_object(&event.entity, &mut key);
            Bytes::from(key)
        });
        let before = key.as_ref().or(event.payload.before.as_ref());
        for (name, document) in [("{\"before\":", before), (",\"after\":", event.payload.after.as_ref())] {
            out.extend_from_slice(name.as_bytes());
            match document {
                Some(document) if self.schemas => write_string(&String::from_utf8_lossy(document), out),
                _ => write_document(document, out),
            }
        }
        self.write_source(event, out);
        out.extend_from_slice(b",\"transaction\":");
        match event.committed {
            Some(commit) if self.transactions => write_transaction(event, commit, out),
            _ => out.extend_from_slice(b"null"),
        }
        out.extend_from_slice(b",\"op\":\"");
        out.push(match event.operation {
            Operation::Create => b'c',
            Operation::Update => b'u',
            Operation::Delete => b'd',
        });
        let Times { ms, us, ns } = Times::of(now);
        out.extend_from_slice(format!("\",\"ts_ms\":{ms},\"ts_us\":{us},\"ts_ns\":{ns}}}").as_bytes());
    }

    fn write_source(&self, event: &Event, out: &mut Vec<u8>) {
        let Times { ms, us, ns } = Times::of(event.committed.map_or(event.written_at, |commit| commit.at));
        let version = env!("CARGO_PKG_VERSION");
        out.extend_from_slice(
            format!(",\"source\":{{\"version\":\"{version}\",\"connector\":\"postgresql\",\"name\":").as_bytes(),
        );
        write_string(&self.name, out);
        out.extend_from_slice(format!(",\"ts_ms\":{ms},\"snapshot\":\"false\",\"db\":").as_bytes());
        write_string(&event.source.database, out);
        let event_id = event.id.event_id;
        out.extend_from_slice(
            format!(",\"sequence\":\"[null,\\\"{event_id}\\\"]\",\"ts_us\":{us},\"ts_ns\":{ns},\"schema\":").as_bytes(),
        );
        write_string(&event.source.schema, out);
        out.extend_from_slice(b",\"table\":");
        write_string(&event.source.table, out);
        let transaction = event.id.transaction_id;
        let lsn = event.committed.map_or_else(|| "null".to_owned(), |commit| u64::from(commit.lsn).to_string());
        out.extend_from_slice(
            format!(",\"txId\":{transaction},\"lsn\":{lsn},\"xmin\":null,\"origin\":null,\"origin_lsn\":null}}")
                .as_bytes(),
        );
    }
}

/// Which of its transaction's events this is.
fn write_transaction(event: &Event, commit: Commit, out: &mut Vec<u8>) {
    let (transaction, lsn) = (event.id.transaction_id, u64::from(commit.lsn));
    let Commit { number, number_of_entity, .. } = commit;
    let block = format!(
        "{{\"id\":\"{transaction}:{lsn}\",\"total_order\":{number},\"data_collection_order\":{number_of_entity}}}"
    );
    out.extend_from_slice(block.as_bytes());
}

/// A time in each of the units that the envelope has.
struct Times {
    ms: i64,
    us: i64,
    ns: i64,
}

impl Times {
    fn of(time: Timestamp) -> Times {
        Times { ms: time.micros.div_euclid(1000), us: time.micros, ns: time.micros.saturating_mul(1000) }
    }
}
