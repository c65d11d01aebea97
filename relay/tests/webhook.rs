//! Webhooks against a server that answers as it is told.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderMap;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use pgmutate_relay::envelope::Debezium;
use pgmutate_relay::sink::{FailureKind, Outcome, Sink, Webhook};
use pgmutate_relay::{Event, Format};
use rustls::pki_types::PrivateKeyDer;
use soak::delivering::delivering;
use soak::world::{Change, Load, World, touch};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

type Requests = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// Answers each body with what `answer` says: a status, and seconds to wait.
async fn server(answer: impl Fn(&str) -> (u16, Option<u64>) + Send + Sync + 'static) -> (String, Requests) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/events?x=1", listener.local_addr().unwrap());
    let requests = Requests::default();
    let (keep, answer) = (Arc::clone(&requests), Arc::new(answer));
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (keep, answer) = (Arc::clone(&keep), Arc::clone(&answer));
            let service = service_fn(move |request: Request<Incoming>| {
                let (keep, answer) = (Arc::clone(&keep), Arc::clone(&answer));
                async move {
                    assert_eq!((request.method().as_str(), request.uri().path()), ("POST", "/events"));
                    let headers = request.headers().clone();
                    let body = request.into_body().collect().await.unwrap().to_bytes();
                    let (status, after) = answer(std::str::from_utf8(&body).unwrap());
                    if status == 0 {
                        std::future::pending::<()>().await;
                    }
                    if status == 200 {
                        keep.lock().unwrap().push((headers, body));
                    }
                    let mut response = Response::builder().status(status);
                    if let Some(after) = after {
                        response = response.header("retry-after", after);
                    }
                    Ok::<_, Infallible>(response.body(Full::new(Bytes::from_static(b"because\n"))).unwrap())
                }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    (url, requests)
}

async fn events(items: &[usize]) -> (World, Vec<Event>) {
    World::with(&items.iter().map(|number| touch(*number)).collect::<String>()).await
}

fn kind(outcome: &Outcome) -> FailureKind {
    match outcome {
        Outcome::Failed(failure) => failure.kind,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_request_is_signed_and_whole() {
    let (_world, events) = events(&[1]).await;
    let (url, requests) = server(|_| (200, None)).await;
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let mut webhook = Webhook::new(Format::Debezium(Debezium::new("shop")), &url).unwrap().secret(secret).unwrap();
    assert_eq!(webhook.deliver(&events).await, [Outcome::Delivered]);
    let (headers, body) = requests.lock().unwrap()[0].clone();
    assert_eq!(headers["webhook-id"], events[0].id.to_string());
    assert_eq!(headers["content-type"], "application/json");
    assert!(headers["webhook-signature"].to_str().unwrap().starts_with("v1,"));
    assert!(headers["webhook-timestamp"].to_str().unwrap().parse::<i64>().unwrap() > 1_700_000_000);
    assert!(url.contains(headers["host"].to_str().unwrap()));
    let after = events[0].payload.after.as_ref().unwrap();
    assert!(body.windows(after.len()).any(|window| window == after), "{body:?}");
}

#[tokio::test]
async fn an_answer_says_what_becomes_of_the_event() {
    let (_world, events) = events(&[1, 2, 1]).await;
    let first = |status, after| {
        move |body: &str| {
            if body.contains(r#""event_id":1,"#) { (status, after) } else { (200, None) }
        }
    };
    for (status, after, expected) in [
        (422, None, FailureKind::Rejected),
        (413, None, FailureKind::Rejected),
        (503, Some(7), FailureKind::Transient(Some(Duration::from_secs(7)))),
        (500, None, FailureKind::Transient(None)),
        (401, None, FailureKind::Transient(None)),
        (302, None, FailureKind::Transient(None)),
    ] {
        let (url, requests) = server(first(status, after)).await;
        let mut webhook = Webhook::new(Format::Row, &url).unwrap();
        let outcomes = webhook.deliver(&events).await;
        assert_eq!(kind(&outcomes[0]), expected, "{status}");
        let Outcome::Failed(failure) = &outcomes[0] else { panic!() };
        assert!(failure.reason.contains(&status.to_string()) && failure.reason.ends_with(": because"), "{failure}");
        // Another entity is not held up; the same entity is.
        assert_eq!(outcomes[1..], [Outcome::Delivered, Outcome::Skipped]);
        assert_eq!(requests.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn silence_is_not_waited_for_without_end() {
    let (_world, events) = events(&[1]).await;
    let (url, _) = server(|_| (0, None)).await;
    let mut webhook = Webhook::new(Format::Row, &url).unwrap().timeout(Duration::from_millis(100));
    let outcomes = webhook.deliver(&events).await;
    assert_eq!(kind(&outcomes[0]), FailureKind::Transient(None));
    let mut nobody = Webhook::new(Format::Row, "http://127.0.0.1:1/").unwrap();
    assert_eq!(kind(&nobody.deliver(&events).await[0]), FailureKind::Transient(None));
}

/// Under writers, with answers that go wrong now and then: everything arrives, in order per entity.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_arrives_in_order_per_entity() {
    let world = World::open().await;
    let random = Mutex::new(fastrand::Rng::with_seed(3));
    let (url, requests) =
        server(move |_| if random.lock().unwrap().u8(..10) == 0 { (503, None) } else { (200, None) }).await;
    let webhook = Webhook::new(Format::Row, &url).unwrap();
    let arrived = || async {
        requests.lock().unwrap().iter().map(|(_, body)| soak::verdict::of_row(body)).collect::<Vec<Change>>()
    };
    let verdict = delivering(&world, webhook, Load::of_this_run(), async {}, arrived).await;
    assert!(verdict.is_whole() && verdict.duplicates == 0, "{verdict}");
    assert!(verdict.committed > 100, "{verdict}");
}

/// A server of https, with a certificate that only the file trusts.
#[tokio::test]
async fn a_server_of_https_has_to_prove_who_it_is() {
    let (_world, events) = events(&[1]).await;
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let requests = Requests::default();
    let keep = Arc::clone(&requests);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Who does not trust it goes away.
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let keep = Arc::clone(&keep);
            let service = service_fn(move |request: Request<Incoming>| {
                let keep = Arc::clone(&keep);
                async move {
                    let headers = request.headers().clone();
                    let body = request.into_body().collect().await.unwrap().to_bytes();
                    keep.lock().unwrap().push((headers, body));
                    Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
                }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, cert.pem()).unwrap();
    let url = format!("https://localhost:{port}/");
    let mut trusting =
        Webhook::new(Format::Row, &url).unwrap().trust(&file).unwrap().header("authorization", "Bearer x").unwrap();
    assert_eq!(trusting.deliver(&events).await, [Outcome::Delivered]);
    assert_eq!(requests.lock().unwrap()[0].0["authorization"], "Bearer x");

    let mut careful = Webhook::new(Format::Row, &url).unwrap();
    let outcomes = careful.deliver(&events).await;
    let Outcome::Failed(failure) = &outcomes[0] else { panic!("{outcomes:?}") };
    assert_eq!(failure.kind, FailureKind::Transient(None));
    assert!(failure.reason.contains("invalid peer certificate"), "{failure}");
    // The certificate is localhost's.
    let mut elsewhere = Webhook::new(Format::Row, &format!("https://127.0.0.1:{port}/")).unwrap().trust(&file).unwrap();
    let outcomes = elsewhere.deliver(&events).await;
    assert!(
        matches!(&outcomes[0], Outcome::Failed(failure) if failure.reason.contains("not valid for name")),
        "{outcomes:?}"
    );
    assert_eq!(requests.lock().unwrap().len(), 1);
}
