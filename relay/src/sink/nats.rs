//! NATS JetStream.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::header::HeaderValue;
use async_nats::jetstream::context::{Context, ContextBuilder, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, ErrorCode};
use async_nats::{ConnectErrorKind, ConnectOptions, ServerAddr};

use super::lanes::send_in_lanes;
use super::{Delivery, Failure, NoSink, Outcome, Sink};
use crate::envelope::topic;
use crate::{Event, Format, Timestamp};

/// Events of so many entities are under way at a time.
const ENTITIES: usize = 256;

/// Who connects to a NATS server, and how.
#[derive(Clone, Default)]
pub struct NatsLogin {
    /// A user, with [`NatsLogin::password`].
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<String>,
    /// A token, in place of a user.
    pub token: Option<String>,
    /// A file of credentials (`.creds`), in place of a user.
    pub credentials: Option<PathBuf>,
    /// A PEM file of certificates that the server's is signed with, beside those that the system trusts.
    pub trust: Option<PathBuf>,
}

impl fmt::Debug for NatsLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsLogin")
            .field("user", &self.user)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

/// Publishes each event to a subject `<prefix>.<schema>.<table>`, which a stream of the server's has to take. An event is delivered
/// once the stream has acknowledged it.
///
/// Its `Nats-Msg-Id` is the [id of the event](crate::EventId), so that the stream drops what comes again within its duplicate window.
/// Events of one entity are published one after the other, those of different entities at the same time. There are no tombstones.
pub struct Nats {
    format: Format,
    prefix: String,
    servers: Vec<ServerAddr>,
    login: NatsLogin,
    timeout: Duration,
    keys_in_subjects: bool,
    connected: Option<Connected>,
}

struct Connected {
    context: Context,
    /// What the server has complained of outside of an answer.
    complaint: Arc<Mutex<Option<String>>>,
}

impl fmt::Debug for Nats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nats").field("servers", &self.servers).field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl Nats {
    /// Publishes through one of these servers, such as `nats://127.0.0.1:4222` or `tls://nats.example.com`, with commas between them.
    ///
    /// # Errors
    /// When that is no address of a server, or the prefix cannot begin a subject.
    pub fn new(format: Format, servers: &str, prefix: impl Into<String>) -> Result<Nats, NoSink> {
        let no = |why: &dyn fmt::Display| NoSink(format!("`{servers}` cannot be the URL of a NATS server: {why}"));
        let servers = servers.split(',').map(|server| server.trim().parse::<ServerAddr>());
        let servers = servers.collect::<Result<Vec<_>, _>>().map_err(|error| no(&error))?;
        if servers.iter().any(ServerAddr::has_user_pass) {
            return Err(NoSink(
                "a user in the URL of a NATS server would not be sent: use `user` and `password_env`".to_owned(),
            ));
        }
        let prefix = prefix.into();
        if prefix.is_empty()
            || prefix.split('.').any(str::is_empty)
            || prefix.contains(|c: char| c.is_whitespace() || "*>".contains(c))
        {
            return Err(NoSink(format!("`{prefix}` cannot begin a subject of NATS: write a name such as `shop`")));
        }
        let (login, timeout) = (NatsLogin::default(), Duration::from_secs(5));
        Ok(Nats { format, prefix, servers, login, timeout, keys_in_subjects: false, connected: None })
    }

    /// Connects as somebody.
    #[must_use]
    pub fn login(mut self, login: NatsLogin) -> Nats {
        self.login = login;
        self
    }

    /// How long a connection and an acknowledgement are waited for: 5 s unless told.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Nats {
        self.timeout = timeout;
        self
    }

    /// Ends each subject with the entity's key, so that a server can map subjects to partitions by it.
    #[must_use]
    pub fn keys_in_subjects(mut self) -> Nats {
        self.keys_in_subjects = true;
        self
    }

    fn subject(&self, event: &Event) -> String {
        // A topic's name holds nothing else that a subject may not.
        let mut subject = topic(&self.prefix, event).replace("..", "._.");
        if subject.ends_with('.') {
            subject.push('_');
        }
        if self.keys_in_subjects {
            subject.push('.');
            subject.push_str(&token(&event.key.to_string()));
        }
        subject
    }

    async fn connect(&self) -> Result<Connected, Failure> {
        let complaint = Arc::new(Mutex::new(None));
        let heard = Arc::clone(&complaint);
        let mut options = ConnectOptions::new().name("pgmutate relay").connection_timeout(self.timeout).event_callback(
            move |event| {
                let heard = Arc::clone(&heard);
                async move {
                    if let async_nats::Event::ServerError(_) | async_nats::Event::ClientError(_) = event {
                        *heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(event.to_string());
                    }
                }
            },
        );
        let login = self.login.clone();
        if let Some(user) = login.user {
            options = options.user_and_password(user, login.password.unwrap_or_default());
        }
        if let Some(token) = login.token {
            options = options.token(token);
        }
        if let Some(file) = login.credentials {
            let read = options.credentials_file(&file).await;
            options = read.map_err(|error| {
                Failure::transient(format!("cannot read the credentials `{}` for NATS: {error}", file.display()))
            })?;
        }
        if let Some(file) = login.trust {
            options = options.add_root_certificates(file);
        }
        let client = options.connect(self.servers.as_slice()).await.map_err(|error| {
            let next = match error.kind() {
                ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
                    ": check `user` and `password_env`, `token_env` or `credentials`"
                }
                _ => "",
            };
            Failure::transient(format!("cannot connect to {}: {error}{next}", self.names()))
        })?;
        // As much as is ever under way.
        let context = ContextBuilder::new().timeout(self.timeout).max_ack_inflight(ENTITIES).build(client);
        Ok(Connected { context, complaint })
    }

    fn names(&self) -> String {
        let names: Vec<_> = self.servers.iter().map(|server| format!("{}:{}", server.host(), server.port())).collect();
        names.join(", ")
    }

    async fn publish(&self, connected: &Connected, event: &Event) -> Outcome {
        let headers = [
            ("Event-Type", event.event_type.as_str()),
            ("Entity-Type", &event.entity.name),
            ("Operation", event.operation.as_str()),
            ("content-type", self.format.content_type()),
        ];
        let value = self.format.value(event, Timestamp::now());
        let mut message = PublishMessage::build().message_id(event.id.to_string()).payload(value.into());
        for (name, value) in headers {
            match value.parse::<HeaderValue>() {
                Ok(value) => message = message.header(name, value),
                Err(error) => {
                    let reason =
                        format!("its `{}` cannot be the header `{name}` of NATS: {error}", value.escape_debug());
                    return Outcome::Failed(Failure::rejected(reason));
                }
            }
        }
        let subject = self.subject(event);
        let published = async { connected.context.send_publish(subject.clone(), message).await?.await };
        let Err(error) = published.await else {
            return Outcome::Delivered;
        };
        let complaint = connected.complaint.lock().unwrap_or_else(PoisonError::into_inner).take();
        let refusal = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<jetstream::Error>());
        let refused_for = refusal.map(jetstream::Error::error_code);
        Outcome::Failed(match (error.kind(), refused_for) {
            (PublishErrorKind::MaxPayloadExceeded, _) => {
                Failure::rejected(format!("{error}: raise `max_payload` of the NATS server, or leave such events out"))
            }
            (_, Some(ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM | ErrorCode::STREAM_HEADER_EXCEEDS_MAXIMUM)) => {
                Failure::rejected(format!(
                    "the stream of `{subject}` refuses it: {error}: raise `max_msg_size` of the stream"
                ))
            }
            (PublishErrorKind::StreamNotFound, _) => Failure::transient(format!(
                "no stream of {} takes the subject `{subject}`: create one, such as `nats stream add --subjects '{}.>'`",
                self.names(),
                self.prefix
            )),
            _ => {
                let complaint = complaint.map(|complaint| format!(" ({complaint})")).unwrap_or_default();
                Failure::transient(format!("{} has not taken it: {error}{complaint}", self.names()))
            }
        })
    }
}

impl Sink for Nats {
    fn deliver<'a>(&'a mut self, events: &'a [Event]) -> Delivery<'a> {
        Box::pin(async move {
            let connected = match self.connected.take() {
                Some(connected) => connected,
                None => match self.connect().await {
                    Ok(connected) => connected,
                    Err(failure) => return vec![Outcome::Failed(failure)],
                },
            };
            let outcomes = send_in_lanes(events, ENTITIES, |event| self.publish(&connected, event)).await;
            let lost = |outcome: &Outcome| matches!(outcome, Outcome::Failed(failure) if failure.is_transient());
            // A new connection sends nothing that is left over from the old one.
            if !outcomes.iter().any(lost) {
                self.connected = Some(connected);
            }
            outcomes
        })
    }
}

/// A text as one token of a subject: what a token may not hold, and `%`, as `%XX`.
fn token(text: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_:".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let escaped = text.chars().map(|c| {
        if plain(c) {
            return c.to_string();
        }
        c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%{byte:02X}")).collect()
    });
    // An empty token would be none.
    Cow::Owned(if text.is_empty() { "%".to_owned() } else { escaped.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_token() {
        assert_eq!(token("0b8f-1"), "0b8f-1");
        assert_eq!(token("a.b *>"), "a%2Eb%20%2A%3E");
        assert_eq!(token("é"), "%C3%A9");
        assert_eq!(token(""), "%");
    }

    #[test]
    fn what_is_no_server_is_told() {
        let refusal = |servers: &str, prefix: &str| Nats::new(Format::Row, servers, prefix).unwrap_err().to_string();
        assert!(refusal("nats://me:pw@host", "shop").contains("use `user` and `password_env`"));
        assert!(refusal("http://host", "shop").starts_with("`http://host` cannot be the URL of a NATS server: "));
        for prefix in ["", "a..b", "a b", "shop.>"] {
            assert!(refusal("nats://host", prefix).contains("cannot begin a subject"), "{prefix}");
        }
    }
}
