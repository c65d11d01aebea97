//! The schemas that Kafka Connect's JSON converter expects beside a payload.

use crate::Event;
use crate::document::{entries, write_string};
use crate::event::Key;

/// `source`, `transaction`, `op` and the times: the same in every envelope of the PostgreSQL connector.
const REST: &str = r#"{"type":"struct","fields":[{"type":"string","optional":false,"field":"version"},{"type":"string","optional":false,"field":"connector"},{"type":"string","optional":false,"field":"name"},{"type":"int64","optional":false,"field":"ts_ms"},{"type":"string","optional":true,"name":"io.debezium.data.Enum","version":1,"parameters":{"allowed":"true,first,first_in_data_collection,last_in_data_collection,last,false,incremental"},"default":"false","field":"snapshot"},{"type":"string","optional":false,"field":"db"},{"type":"string","optional":true,"field":"sequence"},{"type":"int64","optional":true,"field":"ts_us"},{"type":"int64","optional":true,"field":"ts_ns"},{"type":"string","optional":false,"field":"schema"},{"type":"string","optional":false,"field":"table"},{"type":"int64","optional":true,"field":"txId"},{"type":"int64","optional":true,"field":"lsn"},{"type":"int64","optional":true,"field":"xmin"},{"type":"string","optional":true,"field":"origin"},{"type":"int64","optional":true,"field":"origin_lsn"}],"optional":false,"name":"io.debezium.connector.postgresql.Source","version":1,"field":"source"},{"type":"struct","fields":[{"type":"string","optional":false,"field":"id"},{"type":"int64","optional":false,"field":"total_order"},{"type":"int64","optional":false,"field":"data_collection_order"}],"optional":true,"name":"event.block","version":1,"field":"transaction"},{"type":"string","optional":false,"field":"op"},{"type":"int64","optional":true,"field":"ts_ms"},{"type":"int64","optional":true,"field":"ts_us"},{"type":"int64","optional":true,"field":"ts_ns"}]"#;

/// The schema of a value. A topic's name needs no escapes.
pub(super) fn write_envelope(topic: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"type\":\"struct\",\"fields\":[");
    for image in ["before", "after"] {
        let field = format!(
            r#"{{"type":"string","optional":true,"name":"io.debezium.data.Json","version":1,"field":"{image}"}},"#
        );
        out.extend_from_slice(field.as_bytes());
    }
    out.extend_from_slice(REST.as_bytes());
    out.extend_from_slice(format!(r#","optional":false,"name":"{topic}.Envelope","version":2}}"#).as_bytes());
}

/// A key with its schema. The type of a column follows from its value: the JSON of a column is always of one type.
pub(super) fn write_key(topic: &str, event: &Event, out: &mut Vec<u8>) {
    let mut key = Vec::new();
    event.key.write_object(&event.entity, &mut key);
    let columns = entries(&key).unwrap_or_default();
    out.extend_from_slice(br#"{"schema":{"type":"struct","fields":["#);
    for (at, (name, value)) in columns.iter().enumerate() {
        let data_type = match &event.key {
            Key::Uuid(_) => r#""string","optional":false,"name":"io.debezium.data.Uuid","version":1"#,
            Key::Json(_) => column_type(value).schema(),
        };
        out.extend_from_slice(if at > 0 { b",{\"type\":" } else { b"{\"type\":" });
        out.extend_from_slice(data_type.as_bytes());
        out.extend_from_slice(b",\"field\":");
        write_string(name, out);
        out.push(b'}');
    }
    out.extend_from_slice(format!(r#"],"optional":false,"name":"{topic}.Key"}},"payload":{{"#).as_bytes());
    for (at, (name, value)) in columns.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_string(name, out);
        out.push(b':');
        match column_type(value) {
            Column::Json => write_string(value, out),
            Column::Text | Column::Whole | Column::Truth => out.extend_from_slice(value.as_bytes()),
        }
    }
    out.extend_from_slice(b"}}");
}

/// What Connect knows a key's column as.
#[derive(Clone, Copy)]
enum Column {
    Text,
    Whole,
    Truth,
    /// Anything else, a fraction among them: as a string of JSON it loses nothing.
    Json,
}

fn column_type(value: &str) -> Column {
    match value.as_bytes() {
        [b'"', ..] => Column::Text,
        [b't' | b'f', ..] => Column::Truth,
        _ if value.parse::<i64>().is_ok() => Column::Whole,
        _ => Column::Json,
    }
}

impl Column {
    fn schema(self) -> &'static str {
        match self {
            Column::Text => r#""string","optional":false"#,
            Column::Whole => r#""int64","optional":false"#,
            Column::Truth => r#""boolean","optional":false"#,
            Column::Json => r#""string","optional":false,"name":"io.debezium.data.Json","version":1"#,
        }
    }
}
