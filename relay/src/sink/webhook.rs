//! HTTP: a `POST` for each event, signed as <https://www.standardwebhooks.com> says.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sha2::Sha256;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::lanes::send_in_lanes;
use super::{Delivery, Failure, FailureKind, NoSink, Outcome, Sink};
use crate::{Event, Format, Timestamp};

type Connection = SendRequest<Full<Bytes>>;

/// How much of an answer is read: it is only to be shown in an error.
const ANSWER_BYTES: usize = 64 << 10;

/// A server that asks for more does not mean it.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// The headers that every request has from the relay.
const OURS: [HeaderName; 6] = [
    HOST,
    CONTENT_TYPE,
    CONTENT_LENGTH,
    HeaderName::from_static("webhook-id"),
    HeaderName::from_static("webhook-timestamp"),
    HeaderName::from_static("webhook-signature"),
];

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
    tls: Option<Tls>,
    headers: HeaderMap,
    secret: Option<Vec<u8>>,
    timeout: Duration,
    concurrency: usize,
    idle: Mutex<Vec<Connection>>,
}

/// How a server proves who it is.
#[derive(Clone)]
struct Tls {
    connector: TlsConnector,
    server: ServerName<'static>,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("uri", &self.uri).finish_non_exhaustive()
    }
}

impl Webhook {
    /// Sends to `url`, such as `https://search.example.com/events`. A server of `https` has to prove who it is by a certificate that
    /// the system trusts.
    ///
    /// # Errors
    /// When that is no URL, or one of another scheme than `http` and `https`, or the system's certificates cannot be read.
    pub fn new(format: Format, url: &str) -> Result<Webhook, NoSink> {
        let no = |why: &str| NoSink(format!("`{url}` cannot be the URL of a webhook: {why}"));
        let uri: Uri = url.parse().map_err(|error| no(&format!("{error}")))?;
        let encrypted = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(no("it has to begin with https:// or http://")),
        };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(|| no("it names no host"))?;
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(no("a user and a password in it would not be sent, use a secret or a header"));
        }
        let tls = if encrypted {
            // An IPv6 address stands in brackets in a URL, and not in a certificate.
            let server = ServerName::try_from(host.trim_matches(['[', ']']).to_owned());
            let server = server.map_err(|error| no(&error.to_string()))?;
            Some(Tls { connector: connector(system_roots()?)?, server })
        } else {
            None
        };
        let address = format!("{host}:{}", uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 }));
        let authority = uri.authority().map_or(host, |authority| authority.as_str());
        let host = HeaderValue::from_str(authority).map_err(|error| no(&error.to_string()))?;
        Ok(Webhook {
            address,
            host,
            format,
            tls,
            headers: HeaderMap::new(),
            secret: None,
            timeout: Duration::from_secs(30),
            concurrency: 8,
            idle: Mutex::default(),
            uri,
        })
    }

    /// Trusts the certificates of this PEM file, and no others.
    ///
    /// # Errors
    /// When it cannot be read or holds none, and where the URL is not one of `https`.
    pub fn trust(mut self, file: &Path) -> Result<Webhook, NoSink> {
        let no = |why: &dyn fmt::Display| NoSink(format!("`{}` cannot be trusted: {why}", file.display()));
        let tls = self.tls.as_mut().ok_or_else(|| no(&"the URL of the webhook is none of https"))?;
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(file).map_err(|error| no(&error))? {
            roots.add(certificate.map_err(|error| no(&error))?).map_err(|error| no(&error))?;
        }
        if roots.is_empty() {
            return Err(no(&"it holds no certificate"));
        }
        tls.connector = connector(roots)?;
        Ok(self)
    }

    /// Sends this header with every request, such as `authorization`.
    ///
    /// # Errors
    /// When HTTP allows no such name or value, and where the header is one of the relay's own.
    pub fn header(mut self, name: &str, value: &str) -> Result<Webhook, NoSink> {
        let no = |why: &dyn fmt::Display| NoSink(format!("the header `{name}` cannot be sent: {why}"));
        let header = HeaderName::try_from(name).map_err(|error| no(&error))?;
        if OURS.contains(&header) {
            return Err(no(&"the relay sends one of its own"));
        }
        let mut value = HeaderValue::try_from(value).map_err(|error| no(&error))?;
        value.set_sensitive(true);
        self.headers.insert(header, value);
        Ok(self)
    }

    /// Signs with a secret: `whsec_` and base64, as Standard Webhooks write it.
    ///
    /// # Errors
    /// When it is not written so.
    pub fn secret(mut self, secret: &str) -> Result<Webhook, NoSink> {
        let no = || NoSink("the secret of a webhook is `whsec_` and base64".to_owned());
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
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::post(path)
            .header(HOST, self.host.clone())
            .header(CONTENT_TYPE, self.format.content_type())
            .header("webhook-id", &id)
            .header("webhook-timestamp", seconds);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(secret) = &self.secret {
            request = request.header("webhook-signature", sign(secret, &id, seconds, &body)?);
        }
        request.body(Full::new(body)).map_err(|error| Failure::rejected(format!("it makes no request: {error}")))
    }

    /// Sends an event, over a connection that is idle or a new one.
    async fn send(&self, event: &Event) -> Outcome {
        let request = match self.request(event) {
            Ok(request) => request,
            Err(failure) => return Outcome::Failed(failure),
        };
        let sent = async {
            let idle = self.idle().pop();
            let mut connection = match idle {
                Some(connection) if connection.is_ready() => connection,
                _ => self.connect().await?,
            };
            let answer = connection.send_request(request).await;
            let answer = answer.map_err(|error| Failure::transient(format!("{}: {error}", self.uri)))?;
            let outcome = outcome(&self.uri, answer).await;
            self.idle().push(connection);
            Ok(outcome)
        };
        match tokio::time::timeout(self.timeout, sent).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(failure)) => Outcome::Failed(failure),
            Err(_) => {
                let waited = self.timeout.as_secs_f32();
                Outcome::Failed(Failure::transient(format!("{} has not answered for {waited} s", self.uri)))
            }
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let failed =
            |error: &dyn fmt::Display| Failure::transient(format!("cannot connect to {}: {error}", self.address));
        let stream = TcpStream::connect(&self.address).await.map_err(|error| failed(&error))?;
        stream.set_nodelay(true).map_err(|error| failed(&error))?;
        // How a connection ends is told to whoever sends.
        match &self.tls {
            None => {
                let (sender, connection) =
                    http1::handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
                tokio::spawn(connection);
                Ok(sender)
            }
            Some(Tls { connector, server }) => {
                let stream = connector.connect(server.clone(), stream).await.map_err(|error| failed(&error))?;
                let (sender, connection) =
                    http1::handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
                tokio::spawn(connection);
                Ok(sender)
            }
        }
    }
}

impl Sink for Webhook {
    fn deliver<'a>(&'a mut self, events: &'a [Event]) -> Delivery<'a> {
        Box::pin(async move {
            self.idle().truncate(self.concurrency);
            send_in_lanes(events, self.concurrency, |event| self.send(event)).await
        })
    }
}

/// What the system trusts.
fn system_roots() -> Result<RootCertStore, NoSink> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    match (added, found.errors.first()) {
        (0, Some(error)) => Err(NoSink(format!("the system's certificates cannot be read: {error}"))),
        _ => Ok(roots),
    }
}

fn connector(roots: RootCertStore) -> Result<TlsConnector, NoSink> {
    // Named, because another part of the program may have chosen another one for all.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = versions.map_err(|error| NoSink(error.to_string()))?.with_root_certificates(roots);
    Ok(TlsConnector::from(Arc::new(config.with_no_client_auth())))
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
        assert!(refusal("ftp://example.com/").contains("begin with https:// or http://"));
        assert!(refusal("example.com").contains("begin with https:// or http://"));
        assert!(refusal("http://me:pw@example.com/").contains("use a secret"));
        assert!(refusal("http://").starts_with("`http://` cannot be the URL of a webhook"));
        let webhook = Webhook::new(Format::Row, "http://[::1]:8080/a?b=c").unwrap();
        assert_eq!(webhook.address, "[::1]:8080");
        let webhook = Webhook::new(Format::Row, "https://[::1]/a").unwrap();
        assert_eq!(webhook.address, "[::1]:443");
        for secret in ["", "abc", "whsec_", "whsec_*"] {
            assert!(Webhook::new(Format::Row, "http://x/").unwrap().secret(secret).is_err(), "{secret}");
        }
    }

    #[test]
    fn a_header_that_cannot_be_sent_is_told() {
        let refusal = |name: &str, value: &str| {
            Webhook::new(Format::Row, "http://x/").unwrap().header(name, value).unwrap_err().to_string()
        };
        assert!(refusal("two words", "x").starts_with("the header `two words` cannot be sent: "));
        assert!(refusal("x-key", "a\nb").starts_with("the header `x-key` cannot be sent: "));
        assert!(refusal("Webhook-Id", "7").contains("the relay sends one of its own"));
        Webhook::new(Format::Row, "http://x/").unwrap().header("authorization", "Bearer ü").unwrap();
    }

    #[test]
    fn a_file_of_certificates_that_cannot_be_trusted_is_told() {
        let trust = |url: &str, file: &str| {
            Webhook::new(Format::Row, url).unwrap().trust(Path::new(file)).unwrap_err().to_string()
        };
        assert!(trust("https://x/", "/nowhere.pem").starts_with("`/nowhere.pem` cannot be trusted: "));
        assert!(trust("https://x/", "/dev/null").contains("it holds no certificate"));
        assert!(trust("http://x/", "/dev/null").contains("none of https"));
    }
}
