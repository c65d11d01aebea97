//! CloudEvents 1.0, structured JSON.

use super::write_document;
use crate::Event;
use crate::document::write_string;

pub(super) fn write(event: &Event, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{{\"specversion\":\"1.0\",\"id\":\"{}\",\"source\":\"", event.id).as_bytes());
    // A URI reference: what is not of its letters is escaped, so it needs no escapes of JSON.
    out.push(b'/');
    write_segment(&event.source.database, out);
    for part in [&event.source.schema, &event.source.table] {
        out.push(b'/');
        write_segment(part, out);
    }
    out.extend_from_slice(b"\",\"type\":");
    write_string(&event.event_type, out);
    out.extend_from_slice(b",\"subject\":");
    write_string(&format!("{}/{}", event.entity.name, event.key), out);
    out.extend_from_slice(
        format!(",\"time\":\"{}\",\"datacontenttype\":\"application/json\",\"partitionkey\":", event.written_at)
            .as_bytes(),
    );
    write_string(&event.key.to_string(), out);
    for (name, document) in [
        (",\"data\":{\"before\":", &event.payload.before),
        (",\"after\":", &event.payload.after),
        (",\"metadata\":", &event.payload.metadata),
    ] {
        out.extend_from_slice(name.as_bytes());
        write_document(document.as_ref(), out);
    }
    out.extend_from_slice(b"}}");
}

/// A segment of a path: unreserved characters of RFC 3986 as they are, the rest as `%XX`.
fn write_segment(text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte);
        } else {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
}
