//! The stored row as one JSON object, column by column.

use crate::Event;
use crate::document::write_string;
use crate::event::Key;

pub(super) fn write(event: &Event, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{{\"event_id\":{},\"event_type\":", event.id.event_id).as_bytes());
    write_string(&event.event_type, out);
    out.extend_from_slice(b",\"entity_type\":");
    write_string(&event.entity.name, out);
    match &event.key {
        Key::Uuid(id) => out.extend_from_slice(format!(",\"entity_id\":\"{id}\",\"entity_key\":null").as_bytes()),
        Key::Json(json) => {
            out.extend_from_slice(b",\"entity_id\":null,\"entity_key\":");
            out.extend_from_slice(json);
        }
    }
    out.extend_from_slice(format!(",\"operation\":\"{}\",\"payload\":", event.operation.as_str()).as_bytes());
    out.extend_from_slice(&event.payload.document);
    out.extend_from_slice(b",\"source\":");
    out.extend_from_slice(&event.source.document);
    out.extend_from_slice(
        format!(
            ",\"event_timestamp\":\"{}\",\"transaction_id\":{}}}",
            event.written_at.postgres_json(),
            event.id.transaction_id
        )
        .as_bytes(),
    );
}
