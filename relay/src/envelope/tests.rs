//! Our messages, and where they differ from what Debezium's own engine emits.

use std::collections::BTreeSet;
use std::sync::Arc;

use uuid::Uuid;

use super::*;
use crate::document::entries;
use crate::event::{Commit, Entity, EventId, Key, Payload, Source};

const NOW: Timestamp = Timestamp { micros: 1_795_330_960_642_180 };

fn event(operation: Operation, payload: &'static str) -> Event {
    Event {
        id: EventId { log: Uuid::from_u128(0x77), event_id: 42, transaction_id: 748 },
        event_type: "ORDER_\"X\"".to_owned(),
        entity: Arc::new(Entity { name: "order".to_owned(), key_columns: vec!["id".to_owned()] }),
        key: Key::Uuid(Uuid::from_u128(0x2222)),
        operation,
        payload: Payload::new(Bytes::from_static(payload.as_bytes())).unwrap(),
        source: Source::new(Bytes::from_static(
            br#"{"db": "shop \u00fc", "txId": 748, "table": "orders", "schema": "app"}"#,
        ))
        .unwrap(),
        written_at: Timestamp { micros: 1_795_330_959_706_228 },
        committed: None,
        defect: None,
    }
}

fn update() -> Event {
    event(
        Operation::Update,
        r#"{"after": {"n": 123456789012345678901234.120, "q": "\"\\"}, "before": {"n": 12.50, "x": null}, "metadata": {"by": 1}}"#,
    )
}

fn text(format: &Format, event: &Event) -> String {
    String::from_utf8(format.value(event, NOW)).unwrap()
}

#[test]
fn a_change_event_has_the_documents_byte_for_byte() {
    let debezium = Format::Debezium(Debezium::new("shop"));
    assert_eq!(
        text(&debezium, &update()),
        format!(
            r#"{{"before":{{"n": 12.50, "x": null}},"after":{{"n": 123456789012345678901234.120, "q": "\"\\"}},"source":{{"version":"{}","connector":"postgresql","name":"shop","ts_ms":1795330959706,"snapshot":"false","db":"shop ü","sequence":"[null,\"42\"]","ts_us":1795330959706228,"ts_ns":1795330959706228000,"schema":"app","table":"orders","txId":748,"lsn":null,"xmin":null,"origin":null,"origin_lsn":null}},"transaction":null,"op":"u","ts_ms":1795330960642,"ts_us":1795330960642180,"ts_ns":1795330960642180000}}"#,
            env!("CARGO_PKG_VERSION")
        )
    );
    assert_eq!(debezium.key(&update()), br#"{"id":"00000000-0000-0000-0000-000000002222"}"#);
}

#[test]
fn the_row_is_as_it_is_stored() {
    assert_eq!(
        text(&Format::Row, &update()),
        r#"{"event_id":42,"event_type":"ORDER_\"X\"","entity_type":"order","entity_id":"00000000-0000-0000-0000-000000002222","entity_key":null,"operation":"UPDATE","payload":{"after": {"n": 123456789012345678901234.120, "q": "\"\\"}, "before": {"n": 12.50, "x": null}, "metadata": {"by": 1}},"source":{"db": "shop \u00fc", "txId": 748, "table": "orders", "schema": "app"},"event_timestamp":"2026-11-22T07:02:39.706228+00:00","transaction_id":748}"#
    );
}

#[test]
fn a_cloud_event_has_what_the_specification_asks_for() {
    assert_eq!(
        text(&Format::CloudEvents, &update()),
        r#"{"specversion":"1.0","id":"00000000-0000-0000-0000-000000000077:42:748","source":"/shop%20%C3%BC/app/orders","type":"ORDER_\"X\"","subject":"order/00000000-0000-0000-0000-000000002222","time":"2026-11-22T07:02:39.706228Z","datacontenttype":"application/json","partitionkey":"00000000-0000-0000-0000-000000002222","data":{"before":{"n": 12.50, "x": null},"after":{"n": 123456789012345678901234.120, "q": "\"\\"},"metadata":{"by": 1}}}"#
    );
}

#[test]
fn a_delete_is_followed_by_a_tombstone() {
    let delete = event(Operation::Delete, r#"{"after": null, "before": {"id": 1}, "metadata": null}"#);
    let mut debezium = Debezium::new("my shop");
    let messages = Format::Debezium(debezium.clone()).messages(&delete, "my shop", NOW);
    assert_eq!(messages.len(), 2);
    assert_eq!(
        (messages[1].topic.as_str(), &messages[1].key, &messages[1].value),
        ("my_shop.app.orders", &messages[0].key, &None)
    );
    debezium.tombstones = false;
    assert_eq!(Format::Debezium(debezium).messages(&delete, "p", NOW).len(), 1);
    assert_eq!(Format::Row.messages(&delete, "p", NOW).len(), 1);
}

/// What kind of JSON a text is.
fn kind(json: &str) -> &'static str {
    match json.trim_start().as_bytes()[0] {
        b'{' => "object",
        b'[' => "array",
        b'"' => "string",
        b'n' => "null",
        b't' | b'f' => "boolean",
        _ => "number",
    }
}

/// Where two objects differ in the names of their members, their order, or the kinds of their values.
fn differences(path: &str, ours: &str, theirs: &str, found: &mut BTreeSet<String>) {
    let (ours, theirs) = (entries(ours.as_bytes()).unwrap(), entries(theirs.as_bytes()).unwrap());
    let names = |members: &[(String, &str)]| members.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&ours), names(&theirs), "the members of `{path}` and their order");
    for ((name, ours), (_, theirs)) in ours.iter().zip(&theirs) {
        let path = format!("{path}{name}");
        match (kind(ours), kind(theirs)) {
            // What is in an image is the entity's own.
            ("object", "object") if ["before", "after"].contains(&path.as_str()) => {}
            ("object", "object") => differences(&format!("{path}."), ours, theirs, found),
            (ours, theirs) if ours != theirs => {
                found.insert(format!("{path}: {ours} for {theirs}"));
            }
            _ => {}
        }
    }
}

/// The one difference that is allowed in each: see the module `debezium`.
#[test]
fn envelopes_have_the_form_of_those_that_debezium_emits() {
    let captured = include_str!("../../../fixtures/debezium/envelopes.jsonl");
    let create = event(Operation::Create, r#"{"after": {"id": 1}, "before": null, "metadata": null}"#);
    let without_image = event(Operation::Update, r#"{"after": {"id": 1}, "before": null, "metadata": null}"#);
    let delete = event(Operation::Delete, r#"{"after": null, "before": {"id": 1}, "metadata": null}"#);
    let debezium = Format::Debezium(Debezium::new("shop"));
    let ours = [create, without_image, update(), delete];
    assert_eq!(captured.lines().count(), ours.len());
    for (event, theirs) in ours.iter().zip(captured.lines()) {
        let ours = text(&debezium, event);
        let mut found = BTreeSet::new();
        differences("", &ours, theirs, &mut found);
        let found: Vec<_> = found.into_iter().collect();
        assert_eq!(found, ["source.lsn: null for number", "transaction: null for object"]);
        // Nothing of that where a slot was read and transactions are asked for.
        let commit = Commit { lsn: 22_611_528.into(), at: event.written_at, number: 2, number_of_entity: 1 };
        let event = Event { committed: Some(commit), ..event.clone() };
        let whole = text(&Format::Debezium(Debezium { transactions: true, ..Debezium::new("shop") }), &event);
        let mut found = BTreeSet::new();
        differences("", &whole, theirs, &mut found);
        assert_eq!(found, BTreeSet::new());
        let block = r#""transaction":{"id":"748:22611528","total_order":2,"data_collection_order":1}"#;
        assert!(whole.contains(block), "{whole}");
        let values = |json: &str| {
            let members = entries(json.as_bytes()).unwrap().into_iter().map(|(name, value)| (name, value.to_owned()));
            let members: std::collections::HashMap<_, _> = members.collect();
            let source: std::collections::HashMap<_, _> =
                entries(members["source"].as_bytes()).unwrap().into_iter().map(|(n, v)| (n, v.to_owned())).collect();
            [
                &members["op"],
                &source["connector"],
                &source["name"],
                &source["snapshot"],
                &source["schema"],
                &source["table"],
            ]
            .map(String::clone)
        };
        assert_eq!(values(&ours), values(theirs));
    }
}

#[test]
fn schemas_are_those_of_debezium_but_for_the_images() {
    let with_schemas = Debezium { schemas: true, ..Debezium::new("shop") };
    let debezium = Format::Debezium(with_schemas);
    let member = |json: &str, name: &str| {
        let members = entries(json.as_bytes()).unwrap();
        members.iter().find(|(member, _)| member == name).map(|(_, value)| (*value).to_owned()).unwrap()
    };
    let theirs = include_str!("../../../fixtures/debezium/value-with-schema.json").trim_end();
    let schema = member(theirs, "schema").replace("shop.app.mutation_events", "shop.app.orders");
    // Behind the two images everything is the same.
    let behind = |schema: &str| schema.split_once(r#""field":"after"},"#).unwrap().1.to_owned();
    let ours = text(&debezium, &update());
    assert_eq!(behind(&member(&ours, "schema")), behind(&schema));
    assert!(member(&ours, "schema").starts_with(
        r#"{"type":"struct","fields":[{"type":"string","optional":true,"name":"io.debezium.data.Json","version":1,"field":"before"},"#
    ));
    assert_eq!(
        member(&member(&ours, "payload"), "after"),
        r#""{\"n\": 123456789012345678901234.120, \"q\": \"\\\"\\\\\"}""#
    );

    let theirs = include_str!("../../../fixtures/debezium/key-with-schema.json").trim_end();
    let theirs = theirs.replace("shop.app.mutation_events", "shop.app.orders").replace("entity_id", "id");
    let theirs = theirs.replace("33333333-3333-3333-3333-333333333333", "00000000-0000-0000-0000-000000002222");
    assert_eq!(String::from_utf8(debezium.key(&update())).unwrap(), theirs);
}

#[test]
fn a_key_of_several_columns_keeps_its_values() {
    let key = r#"{"n": 7, "ok": true, "part": "a \"b\"", "big": 12345678901234567890, "half": 1.50}"#;
    let event = Event { key: Key::Json(Bytes::from_static(key.as_bytes())), ..update() };
    let with_schemas = Format::Debezium(Debezium { schemas: true, ..Debezium::new("shop") });
    let written = String::from_utf8(with_schemas.key(&event)).unwrap();
    assert!(
        written
            .ends_with(r#""payload":{"n":7,"ok":true,"part":"a \"b\"","big":"12345678901234567890","half":"1.50"}}"#),
        "{written}"
    );
    assert_eq!(Format::Debezium(Debezium::new("shop")).key(&event), key.as_bytes());
}

#[test]
fn of_what_is_gone_there_is_at_least_the_key() {
    let delete = event(Operation::Delete, r#"{"after": null, "before": null, "metadata": null}"#);
    let debezium = Format::Debezium(Debezium::new("shop"));
    let envelope = text(&debezium, &delete);
    assert!(
        envelope.starts_with(r#"{"before":{"id":"00000000-0000-0000-0000-000000002222"},"after":null,"#),
        "{envelope}"
    );
    let update = event(Operation::Update, r#"{"after": {"id": 1}, "before": null, "metadata": null}"#);
    assert!(text(&debezium, &update).starts_with(r#"{"before":null,"after":{"id": 1},"#));
}
