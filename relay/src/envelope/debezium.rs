//! Debezium's change events: members, order and types as its PostgreSQL connector emits them.
//!
//! What differs, because a table and not the write-ahead log is read: `source.lsn` is null, `source.sequence` holds the `event_id` in
//! the place of the LSN, `source.ts_*` tell when the event was written and not when it was committed, `transaction` is null, `txId`
//! has its epoch, and the `ts_ns` end in zeros.

use bytes::Bytes;

use super::{schema, write_document};
use crate::document::write_string;
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
}

impl Debezium {
    /// Without schemas, with tombstones.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Debezium {
        Debezium { name: name.into(), schemas: false, tombstones: true }
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
        out.extend_from_slice(b",\"transaction\":null,\"op\":\"");
        out.push(match event.operation {
            Operation::Create => b'c',
            Operation::Update => b'u',
            Operation::Delete => b'd',
        });
        let Times { ms, us, ns } = Times::of(now);
        out.extend_from_slice(format!("\",\"ts_ms\":{ms},\"ts_us\":{us},\"ts_ns\":{ns}}}").as_bytes());
    }

    fn write_source(&self, event: &Event, out: &mut Vec<u8>) {
        let Times { ms, us, ns } = Times::of(event.written_at);
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
        out.extend_from_slice(
            format!(",\"txId\":{transaction},\"lsn\":null,\"xmin\":null,\"origin\":null,\"origin_lsn\":null}}")
                .as_bytes(),
        );
    }
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
