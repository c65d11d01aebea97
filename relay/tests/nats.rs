//! JetStream of a real NATS server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::{self, Message, stream};
use futures_util::StreamExt as _;
use pgmutate_relay::Format;
use pgmutate_relay::envelope::Debezium;
use pgmutate_relay::sink::{Failure, FailureKind, Nats, NatsLogin, Outcome, Sink};
use pgmutate_test_services::{Line, State};
use soak::delivering::delivering;
use soak::recorder::Seen;
use soak::verdict::of_row;
use soak::world::{Load, World, item, touch};

const EVERYBODY: &str = "";

async fn server(settings: &str) -> pgmutate_test_services::Nats {
    pgmutate_test_services::Nats::start(settings).await.unwrap()
}

async fn stream(url: &str, config: stream::Config) -> stream::Stream {
    make_stream(async_nats::connect(url).await.unwrap(), config).await
}

async fn make_stream(client: async_nats::Client, config: stream::Config) -> stream::Stream {
    let context = jetstream::new(client);
    let config = stream::Config { name: "SHOP".to_owned(), subjects: vec!["shop.>".to_owned()], ..config };
    context.create_stream(config).await.unwrap()
}

/// All that the stream has.
async fn messages(stream: &stream::Stream) -> Vec<Message> {
    let count = stream.get_info().await.unwrap().state.messages;
    let config = pull::Config { ack_policy: AckPolicy::None, ..pull::Config::default() };
    let consumer = stream.create_consumer(config).await.unwrap();
    let messages = consumer.messages().await.unwrap().take(usize::try_from(count).unwrap());
    messages.map(Result::unwrap).collect().await
}

fn sink(url: &str) -> Nats {
    Nats::new(Format::Row, url, "shop").unwrap().timeout(Duration::from_secs(2))
}

fn failure(outcomes: &[Outcome]) -> &Failure {
    match outcomes.iter().find(|outcome| matches!(outcome, Outcome::Failed(_))) {
        Some(Outcome::Failed(failure)) => failure,
        _ => panic!("no failure: {outcomes:?}"),
    }
}

#[tokio::test]
async fn a_message_holds_the_event_byte_for_byte() {
    let nats = server(EVERYBODY).await;
    let stream = stream(&nats.url(), stream::Config::default()).await;
    let (_world, events) = World::with(&[touch(1), touch(2)].concat()).await;
    let mut sink = Nats::new(Format::Debezium(Debezium::new("shop")), &nats.url(), "shop").unwrap().keys_in_subjects();
    assert_eq!(sink.deliver(&events).await, [Outcome::Delivered, Outcome::Delivered]);
    // Again: the stream drops it by its id.
    assert_eq!(sink.deliver(&events).await, [Outcome::Delivered, Outcome::Delivered]);
    let messages = messages(&stream).await;
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0].subject.as_str(), format!("shop.core.item.{}", item(1)));
    let headers = messages[0].headers.as_ref().unwrap();
    let header = |name: &str| headers.get(name).unwrap().as_str().to_owned();
    assert_eq!(header("Nats-Msg-Id"), events[0].id.to_string());
    assert_eq!(
        (header("Event-Type"), header("Entity-Type"), header("Operation")),
        ("ITEM_TOUCHED".to_owned(), "item".to_owned(), "UPDATE".to_owned())
    );
    let after = events[0].payload.after.as_ref().unwrap();
    assert!(messages[0].payload.windows(after.len()).any(|window| window == after), "{:?}", messages[0].payload);
}

#[tokio::test]
async fn what_nats_does_not_take_is_told() {
    let users = "max_payload: 4096\nauthorization { users = [ { user: relay, password: secret } ] }";
    let nats = server(users).await;
    let login = |password: &str| NatsLogin {
        user: Some("relay".to_owned()),
        password: Some(password.to_owned()),
        ..NatsLogin::default()
    };
    let long = |bytes| format!("SELECT core.touch('{}', 0, repeat('x', {bytes}));", item(2));
    let strange = "SELECT app.log_cdc_event(E'A\\nB', 'item', gen_random_uuid(), 'CREATE', NULL, '{}', NULL);";
    let (_world, events) = World::with(&[&touch(1), &long(5000), &touch(2), &long(3000), strange].concat()).await;

    let outcomes = sink(&nats.url()).login(login("wrong")).deliver(&events).await;
    assert_eq!(failure(&outcomes).kind, FailureKind::Transient(None));
    assert!(
        failure(&outcomes).reason.ends_with("check `user` and `password_env`, `token_env` or `credentials`"),
        "{outcomes:?}"
    );

    // Nobody listens for the subject yet.
    let mut sink = sink(&nats.url()).login(login("secret"));
    let outcomes = sink.deliver(&events[..1]).await;
    assert_eq!(failure(&outcomes).kind, FailureKind::Transient(None));
    assert!(failure(&outcomes).reason.contains("takes the subject `shop.core.item`: create one"), "{outcomes:?}");

    let user = async_nats::ConnectOptions::with_user_and_password("relay".to_owned(), "secret".to_owned());
    let small = stream::Config { max_message_size: 2000, ..stream::Config::default() };
    make_stream(user.connect(nats.url()).await.unwrap(), small).await;
    let outcomes = sink.deliver(&events[..3]).await;
    assert_eq!((&outcomes[0], &outcomes[2]), (&Outcome::Delivered, &Outcome::Skipped));
    assert_eq!(failure(&outcomes).kind, FailureKind::Rejected);
    assert!(failure(&outcomes).reason.contains("raise `max_payload`"), "{outcomes:?}");
    let outcomes = sink.deliver(&events[3..4]).await;
    assert_eq!(failure(&outcomes).kind, FailureKind::Rejected);
    assert!(failure(&outcomes).reason.contains("raise `max_msg_size`"), "{outcomes:?}");
    let outcomes = sink.deliver(&events[4..]).await;
    assert_eq!(failure(&outcomes).kind, FailureKind::Rejected);
    assert!(failure(&outcomes).reason.contains(r"its `A\nB` cannot be the header `Event-Type`"), "{outcomes:?}");

    let mut nobody = Nats::new(Format::Row, "nats://127.0.0.1:1", "shop").unwrap();
    let outcomes = nobody.deliver(&events[..1]).await;
    assert!(failure(&outcomes).reason.starts_with("cannot connect to 127.0.0.1:1: "), "{outcomes:?}");
}

/// Under sixteen writers, while the server is killed and started again, and while its answers are lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_arrives_once_in_order_per_entity() {
    let nats = server(EVERYBODY).await;
    let stream = stream(&nats.url(), stream::Config::default()).await;
    let line = Line::to(nats.port()).await.unwrap();
    let world = World::open().await;
    let sink = sink(&format!("nats://127.0.0.1:{}", line.port()));
    let load = Load::of_this_run();
    let disturbed = async {
        let pause = load.duration / 5;
        tokio::time::sleep(pause).await;
        line.set(State::AnswersLost);
        tokio::time::sleep(pause).await;
        line.set(State::Open);
        tokio::time::sleep(pause).await;
        nats.service().kill();
        tokio::time::sleep(pause).await;
        nats.service().start_again();
        nats.service().wait_for_port(nats.port()).await.unwrap();
    };
    let seen = Seen::default();
    let config = pull::Config { ack_policy: AckPolicy::None, ..pull::Config::default() };
    let arrived = || async {
        // One consumer for each look: the server that held the last one may have been killed.
        if let Ok(consumer) = stream.create_consumer(config.clone()).await {
            let have = seen.changes().len();
            let mut batch = consumer.fetch().max_messages(100_000).messages().await.unwrap().skip(have);
            while let Some(Ok(message)) = batch.next().await {
                seen.add(of_row(&message.payload));
            }
        }
        seen.changes()
    };
    let verdict = delivering(&world, sink, load, disturbed, arrived).await;
    assert!(verdict.is_whole() && verdict.duplicates == 0, "{verdict}");
    assert!(verdict.committed > 100, "{verdict}");
}
