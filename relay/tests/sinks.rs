//! Each sink with its real other end.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt as _;
use pgmutate_relay::envelope::Debezium;
use pgmutate_relay::sink::{Failure, FailureKind, Handlers, Lines, Logged, Notify, Outcome, Sink, TypedEvent};
use pgmutate_relay::{Event, Format, Operation};
use soak::world::{World, item, touch};
use tokio::io::AsyncReadExt as _;
use tokio_postgres::{AsyncMessage, NoTls};

fn failure(outcomes: &[Outcome]) -> &Failure {
    match outcomes.last() {
        Some(Outcome::Failed(failure)) => failure,
        other => panic!("no failure: {other:?}"),
    }
}

#[tokio::test]
async fn lines_hold_one_event_each() {
    let (world, events) = World::with(&[touch(1), touch(2)].concat()).await;
    let (mut out, written) = tokio::io::duplex(1 << 16);
    let outcomes = Lines::new(Format::Row, written).deliver(&events).await;
    assert_eq!(outcomes, [Outcome::Delivered, Outcome::Delivered]);
    let mut text = String::new();
    out.read_to_string(&mut text).await.unwrap();

    // Byte for byte what PostgreSQL writes.
    world.client.batch_execute("SET TimeZone = 'UTC'").await.unwrap();
    let rows = "SELECT row_to_json(event)::text FROM app.mutation_events AS event ORDER BY event_id";
    let rows = world.client.query(rows, &[]).await.unwrap();
    let rows: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(text.lines().collect::<Vec<_>>(), rows);
}

#[tokio::test]
async fn an_output_that_is_closed_ends_it() {
    let (_world, events) = World::with(&touch(1)).await;
    let (out, written) = tokio::io::duplex(1 << 16);
    drop(out);
    let outcomes = Lines::new(Format::Debezium(Debezium::new("shop")), written).deliver(&events).await;
    assert_eq!(failure(&outcomes).kind, FailureKind::Broken);
}

#[tokio::test]
async fn notify_tells_what_happened() {
    let (world, events) = World::with(&touch(1)).await;
    let (listener, mut connection) = world.database.config().connect(NoTls).await.unwrap();
    let mut messages = futures_util::stream::poll_fn(move |context| connection.poll_message(context));
    let listening = async {
        listener.batch_execute("LISTEN \"shop: events\"").await.unwrap();
        let mut notify = Notify::new(world.connector(), "shop: events");
        assert_eq!(notify.deliver(&events).await, [Outcome::Delivered]);
        // Again, on the same connection.
        assert_eq!(notify.deliver(&events).await, [Outcome::Delivered]);
    };
    let hearing = async {
        loop {
            if let AsyncMessage::Notification(heard) = messages.next().await.unwrap().unwrap() {
                break heard;
            }
        }
    };
    let ((), heard) = tokio::join!(listening, hearing);
    assert_eq!(heard.channel(), "shop: events");
    assert_eq!(
        heard.payload(),
        format!(
            r#"{{"event_id":1,"transaction_id":{},"event_type":"ITEM_TOUCHED","entity_type":"item","entity":"{}","operation":"UPDATE"}}"#,
            events[0].id.transaction_id,
            item(1)
        )
    );
}

#[tokio::test]
async fn notify_refuses_what_is_too_long() {
    let long = "SELECT app.log_cdc_event('T', 'item', NULL, 'CREATE', NULL, '{}', NULL, to_jsonb(repeat('x', 8000)));";
    let (world, events) = World::with(&[&touch(1), long, &touch(2)].concat()).await;
    let outcomes = Notify::new(world.connector(), "c").deliver(&events).await;
    assert_eq!(outcomes.len(), 2);
    assert_eq!(outcomes[0], Outcome::Delivered);
    assert_eq!(failure(&outcomes).kind, FailureKind::Rejected);
    assert_eq!(failure(&outcomes).reason, "its summary is longer than the 7999 bytes that NOTIFY takes");

    // PostgreSQL itself refuses the channel, now and for ever.
    let outcomes = Notify::new(world.connector(), "c".repeat(64)).deliver(&events).await;
    assert_eq!(failure(&outcomes).kind, FailureKind::Broken);
    assert!(failure(&outcomes).reason.contains("channel name too long"), "{}", failure(&outcomes));
}

/// As a program would declare it.
#[derive(Debug, PartialEq)]
struct ItemTouched {
    event_id: i64,
    n: i64,
}

impl TypedEvent for ItemTouched {
    const TYPES: &'static [&'static str] = &["ITEM_TOUCHED"];

    fn from_event(event: &Event) -> Result<ItemTouched, Box<dyn Error + Send + Sync>> {
        let after = event.payload.after.as_deref().ok_or("it has no after image")?;
        let after: serde_json::Value = serde_json::from_slice(after)?;
        Ok(ItemTouched { event_id: event.id.event_id, n: after["n"].as_i64().ok_or("`n` is missing")? })
    }
}

/// As the generator writes it.
#[derive(Debug, PartialEq, pgmutate::Event)]
#[event(name = "ITEM_TOUCHED", entity = "item", operation = "UPDATE")]
struct Touched {
    before: Option<pgmutate::types::RawJson>,
    after: Item,
}

#[derive(Debug, PartialEq, pgmutate::Output)]
struct Item {
    n: i64,
}

#[tokio::test]
async fn handlers_get_generated_events_with_what_the_log_has_of_them() {
    let strange =
        "SELECT app.log_cdc_event('ITEM_TOUCHED', 'item', gen_random_uuid(), 'UPDATE', NULL, '{\"n\": \"x\"}', NULL);";
    let (_world, events) = World::with(&[&touch(1), strange].concat()).await;
    let handled = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&handled);
    let mut handlers = Handlers::new().on::<Logged<Touched>>(move |logged: Logged<Touched>| {
        keep.lock().unwrap().push((logged.event.id, logged.payload.after));
        async { Ok(()) }
    });
    let outcomes = handlers.deliver(&events).await;
    assert_eq!(outcomes[0], Outcome::Delivered);
    assert_eq!(*handled.lock().unwrap(), [(events[0].id, Item { n: 1 })]);
    let reason = &failure(&outcomes).reason;
    assert!(
        reason.ends_with(r#"expected a whole number of 64 bits, found `\"x\"`, at `after.n` (byte 16)"#),
        "{reason}"
    );
    assert_eq!(
        (failure(&outcomes).kind, handlers.event_types()),
        (FailureKind::Rejected, vec!["ITEM_TOUCHED".to_owned()])
    );
}

/// One whose reader panics.
struct ItemLost;

impl TypedEvent for ItemLost {
    const TYPES: &'static [&'static str] = &["ITEM_LOST"];

    fn from_event(_: &Event) -> Result<ItemLost, Box<dyn Error + Send + Sync>> {
        panic!("lost")
    }
}

#[tokio::test]
async fn handlers_get_events_of_their_own_types() {
    let made = "SELECT app.log_cdc_event('ITEM_MADE', 'item', gen_random_uuid(), 'CREATE', NULL, '{}', NULL);";
    let strange = "SELECT app.log_cdc_event('ITEM_TOUCHED', 'item', gen_random_uuid(), 'UPDATE', NULL, '{}', NULL);";
    let lost = "SELECT app.log_cdc_event('ITEM_LOST', 'item', gen_random_uuid(), 'DELETE', '{}', NULL, NULL);";
    let (_world, events) = World::with(&[&touch(1), made, &touch(1), strange, lost].concat()).await;
    let handled = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&handled);
    let mut handlers = Handlers::new()
        .on::<ItemTouched>(move |touched: ItemTouched| {
            let keep = Arc::clone(&keep);
            async move {
                tokio::time::sleep(Duration::from_millis(1)).await;
                keep.lock().unwrap().push(touched);
                Ok(())
            }
        })
        .on::<ItemLost>(|_: ItemLost| async { Ok(()) });
    assert_eq!(handlers.event_types(), ["ITEM_LOST", "ITEM_TOUCHED"]);

    let outcomes = handlers.deliver(&events).await;
    assert_eq!(outcomes[..3], [Outcome::Delivered, Outcome::Delivered, Outcome::Delivered]);
    assert_eq!(*handled.lock().unwrap(), [ItemTouched { event_id: 1, n: 1 }, ItemTouched { event_id: 3, n: 2 }]);
    let reason = &failure(&outcomes).reason;
    assert!(reason.starts_with("it is no ") && reason.ends_with("ItemTouched: `n` is missing"), "{reason}");
    assert_eq!(failure(&outcomes).kind, FailureKind::Rejected);

    let outcomes = handlers.deliver(&events[4..]).await;
    assert_eq!(failure(&outcomes), &Failure::rejected("its handler panicked: lost"));
    assert_eq!(events[4].operation, Operation::Delete);
}
