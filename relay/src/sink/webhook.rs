//! HTTP: a `POST` for each event, signed as <https://www.standardwebhooks.com> says.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue, RETRY_AFTER};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use sha2::Sha256;
use tokio::net::TcpStream;

use super::{Delivery, Failure, FailureKind, Outcome, Sink};
use crate::event::Key;
use crate::{Event, Format, Timestamp};

type Connection = SendRequest<Full<Bytes>>;

/// How much of an answer is read: it is only to be shown in an error.
const ANSWER_BYTES: usize = 64 << 10;

/// A server that asks for more does not mean it.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// Sends each event as the body of a `POST`, with the headers `webhook-id` (which tells duplicates), `webhook-timestamp`, and where
/// there is a secret `webhook-signature`.
///
/// Events of one entity are sent one after the other, those of different entities at the same time. An answer of 2xx takes an event;
/// 400, 409, 413, 415 and 422 refuse it for ever; after any other it is sent again, after `Retry-After` where the answer has one.
pub struct Webhook {
    uri: Uri,
    address: String,
    host: HeaderValue,
    format: Format,
    secret: Option<Vec<u8>>,
    timeout: Duration,
    concurrency: usize,
    idle: Vec<Connection>,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("uri", &self.uri).finish_non_exhaustive()
    }
}

/// Why a webhook cannot be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoWebhook(String);

impl fmt::Display for NoWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoWebhook {}

impl Webhook {
    /// Sends to `url`, such as `http://127.0.0.1:8080/events`.
    ///
    /// # Errors
    /// When that is no URL, or one of another scheme than `http`.
    pub fn new(format: Format, url: &str) -> Result<Webhook, NoWebhook> {
        let no = |why: &str| NoWebhook(format!("`{url}` cannot be the URL of a webhook: {why}"));
        let uri: Uri = url.parse().map_err(|error| no(&format!("{error}")))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err(no("this relay speaks no TLS, send to a proxy that does")),
            _ => return Err(no("it has to begin with http://")),
        }
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(|| no("it names no host"))?;
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(no("a user and a password in it would not be sent, use a secret"));
        }
        let address = format!("{host}:{}", uri.port_u16().unwrap_or(80));
        let authority = uri.authority().map_or(host, |authority| authority.as_str());
        let host = HeaderValue::from_str(authority).map_err(|error| no(&error.to_string()))?;
        let timeout = Duration::from_secs(30);
        Ok(Webhook { address, host, format, secret: None, timeout, concurrency: 8, idle: Vec::new(), uri })
    }

    /// Signs with a secret: `whsec_` and base64, as Standard Webhooks write it.
    ///
    /// # Errors
    /// When it is not written so.
    pub fn secret(mut self, secret: &str) -> Result<Webhook, NoWebhook> {
        let no = || NoWebhook("the secret of a webhook is `whsec_` and base64".to_owned());
        let encoded = secret.strip_prefix("whsec_").ok_or_else(no)?;
        self.secret = Some(STANDARD.decode(encoded).ok().filter(|key| !key.is_empty()).ok_or_else(no)?);
        Ok(self)
    }

    /// How long an answer is waited for: 30 s unless told.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Webhook {
        self.timeout = timeout;
        self
    }

    /// How many events are under way at a time: 8 unless told.
    #[must_use]
    pub fn concurrency(mut self, concurrency: usize) -> Webhook {
        self.concurrency = concurrency.max(1);
        self
    }

    fn request(&self, event: &Event) -> Result<Request<Full<Bytes>>, Failure> {
        let now = Timestamp::now();
        let body = Bytes::from(self.format.value(event, now));
        let (id, seconds) = (event.id.to_string(), now.micros / 1_000_000);
        let kind = if self.format == Format::CloudEvents { "application/cloudevents+json" } else { "application/json" };
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::post(path)
            .header(HOST, self.host.clone())
            .header(CONTENT_TYPE, kind)
            .header("webhook-id", &id)
            .header("webhook-timestamp", seconds);
        if let Some(secret) = &self.secret {
            request = request.header("webhook-signature", sign(secret, &id, seconds, &body)?);
        }
        request.body(Full::new(body)).map_err(|error| Failure::rejected(format!("it makes no request: {error}")))
    }

    /// Sends an event over a connection that is idle, or a new one, which is given back if it can be used again.
    async fn send(&self, event: &Event, idle: Option<Connection>) -> (Outcome, Option<Connection>) {
        let request = match self.request(event) {
            Ok(request) => request,
            Err(failure) => return (Outcome::Failed(failure), idle),
        };
        let sent = async {
            let mut connection = match idle {
                Some(connection) if connection.is_ready() => connection,
                _ => self.connect().await?,
            };
            let answer = connection.send_request(request).await;
            let answer = answer.map_err(|error| Failure::transient(format!("{}: {error}", self.uri)))?;
            Ok((outcome(&self.uri, answer).await, connection))
        };
        match tokio::time::timeout(self.timeout, sent).await {
            Ok(Ok((outcome, connection))) => (outcome, Some(connection)),
            Ok(Err(failure)) => (Outcome::Failed(failure), None),
            Err(_) => {
                let waited = self.timeout.as_secs_f32();
                (Outcome::Failed(Failure::transient(format!("{} has not answered for {waited} s", self.uri))), None)
            }
        }
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let failed =
            |error: &dyn fmt::Display| Failure::transient(format!("cannot connect to {}: {error}", self.address));
        let stream = TcpStream::connect(&self.address).await.map_err(|error| failed(&error))?;
        stream.set_nodelay(true).map_err(|error| failed(&error))?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
        // How it ends is told to whoever sends.
        tokio::spawn(connection);
        Ok(sender)
    }

    /// Sends the events of one entity, in their order, until one is not taken.
    async fn lane(&self, events: Vec<(usize, &Event)>, pool: &Mutex<Vec<Connection>>) -> Vec<(usize, Outcome)> {
        let mut idle = pool.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut outcomes = Vec::with_capacity(events.len());
        for (at, event) in events {
            let (outcome, connection) = self.send(event, idle.take()).await;
            idle = connection;
            let taken = outcome == Outcome::Delivered;
            outcomes.push((at, outcome));
            if !taken {
                break;
            }
        }
        pool.lock().unwrap_or_else(PoisonError::into_inner).extend(idle);
        outcomes
    }
}

impl Sink for Webhook {
    fn deliver<'a>(&'a mut self, events: &'a [Event]) -> Delivery<'a> {
        Box::pin(async move {
            let mut lanes: Vec<Vec<(usize, &Event)>> = Vec::new();
            let mut lane_of: HashMap<(&str, &Key), usize> = HashMap::new();
            for (at, event) in events.iter().enumerate() {
                let lane = *lane_of.entry((&event.entity.name, &event.key)).or_insert_with(|| {
                    lanes.push(Vec::new());
                    lanes.len() - 1
                });
                lanes[lane].push((at, event));
            }
            let mut idle = std::mem::take(&mut self.idle);
            idle.truncate(self.concurrency);
            let pool = Mutex::new(idle);
            let mut sending = Vec::new();
            for lane in lanes {
                sending.push(self.lane(lane, &pool));
            }
            let results: Vec<_> = stream::iter(sending).buffer_unordered(self.concurrency).collect().await;
            let mut outcomes = vec![Outcome::Skipped; events.len()];
            for (at, outcome) in results.into_iter().flatten() {
                outcomes[at] = outcome;
            }
            self.idle = pool.into_inner().unwrap_or_else(PoisonError::into_inner);
            outcomes
        })
    }
}

/// `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64.
fn sign(secret: &[u8], id: &str, seconds: i64, body: &[u8]) -> Result<String, Failure> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret)
        .map_err(|error| Failure::broken(format!("the secret of the webhook cannot be used: {error}")))?;
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// What an answer means.
async fn outcome(uri: &Uri, answer: Response<hyper::body::Incoming>) -> Outcome {
    let status = answer.status();
    let after = answer.headers().get(RETRY_AFTER).and_then(|after| after.to_str().ok()?.parse().ok());
    // To its end, so that the connection can be used again.
    let body = Limited::new(answer.into_body(), ANSWER_BYTES).collect().await;
    if status.is_success() {
        return Outcome::Delivered;
    }
    let body = body.map(|body| body.to_bytes()).unwrap_or_default();
    let words: String = String::from_utf8_lossy(&body).chars().filter(|c| !c.is_control()).take(200).collect();
    let reason = format!("{uri} answered {status}{}{words}", if words.is_empty() { "" } else { ": " });
    let kind = match status {
        StatusCode::BAD_REQUEST
        | StatusCode::CONFLICT
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::UNSUPPORTED_MEDIA_TYPE
        | StatusCode::UNPROCESSABLE_ENTITY => FailureKind::Rejected,
        // A wrong URL or secret concerns every event: better that all wait than that all are parked.
        _ => FailureKind::Transient(after.map(|seconds| Duration::from_secs(seconds).min(LONGEST_PAUSE))),
    };
    Outcome::Failed(Failure { kind, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn signs_as_the_specification_does() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature =
            sign(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#).unwrap();
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_url_that_cannot_be_sent_to_is_told() {
        let refusal = |url: &str| Webhook::new(Format::Row, url).unwrap_err().to_string();
        assert!(refusal("https://example.com/").contains("speaks no TLS"));
        assert!(refusal("example.com").contains("begin with http://"));
        assert!(refusal("http://me:pw@example.com/").contains("use a secret"));
        assert!(refusal("http://").starts_with("`http://` cannot be the URL of a webhook"));
        let webhook = Webhook::new(Format::Row, "http://[::1]:8080/a?b=c").unwrap();
        assert_eq!(webhook.address, "[::1]:8080");
        for secret in ["", "abc", "whsec_", "whsec_*"] {
            assert!(Webhook::new(Format::Row, "http://x/").unwrap().secret(secret).is_err(), "{secret}");
        }
    }
}
