//! Redis streams.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use futures_util::future::join_all;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, RedisError, Script};

use super::{Delivery, Failure, NoSink, Outcome, Sink};
use crate::envelope::topic;
use crate::{Event, Format, Timestamp};

/// Adds entries to one stream, in their order, until one is not taken.
const SCRIPT: &str = include_str!("redis.lua");

/// What Redis takes for one value unless it is set otherwise (`proto-max-bulk-len`).
const VALUE_BYTES: usize = 512 << 20;

/// What the entries of a stream are numbered by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum EntryIds {
    /// The server's clock.
    #[default]
    Clock,
    /// The `event_id`: an event that comes again is not added again. Needs Redis 7.
    Event,
}

/// Adds each event to a stream `<prefix>.<schema>.<table>`, with the fields `id` (which tells duplicates), `event_type`, `entity_type`,
/// `operation`, `key` and `value`. There are no tombstones.
///
/// Whether Redis still has after a crash what it has taken is its own setting (`appendfsync`).
pub struct RedisStreams {
    format: Format,
    prefix: String,
    client: Client,
    script: Script,
    ids: EntryIds,
    entries: Option<u64>,
    timeout: Duration,
    connected: Option<Connected>,
}

struct Connected {
    connection: MultiplexedConnection,
    /// The longest value that the server takes.
    value_bytes: usize,
}

impl fmt::Debug for RedisStreams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStreams")
            .field("server", &self.name())
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// An event and what is added for it.
struct Entry<'e> {
    at: usize,
    event: &'e Event,
    key: Vec<u8>,
    value: Vec<u8>,
}

impl RedisStreams {
    /// Adds to the streams of a server such as `redis://user:password@127.0.0.1:6379/0`.
    ///
    /// # Errors
    /// When that is no URL of a Redis server.
    pub fn new(format: Format, url: &str, prefix: impl Into<String>) -> Result<RedisStreams, NoSink> {
        // The URL is not told: it may hold a password.
        let client = Client::open(url).map_err(|error| {
            NoSink(format!(
                "the URL of the Redis server cannot be used: {error}: write redis://user:password@host:6379/0"
            ))
        })?;
        Ok(RedisStreams {
            format,
            prefix: prefix.into(),
            client,
            script: Script::new(SCRIPT),
            ids: EntryIds::Clock,
            entries: None,
            timeout: Duration::from_secs(5),
            connected: None,
        })
    }

    /// What the entries are numbered by: the server's clock unless told.
    #[must_use]
    pub fn ids(mut self, ids: EntryIds) -> RedisStreams {
        self.ids = ids;
        self
    }

    /// Lets Redis drop the oldest entries of a stream beyond about so many (`MAXLEN ~`): none unless told.
    #[must_use]
    pub fn keep(mut self, entries: u64) -> RedisStreams {
        self.entries = Some(entries);
        self
    }

    /// How long a connection and an answer are waited for: 5 s unless told.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> RedisStreams {
        self.timeout = timeout;
        self
    }

    fn name(&self) -> String {
        self.client.get_connection_info().addr().to_string()
    }

    async fn connect(&self) -> Result<Connected, Failure> {
        let settings = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.timeout))
            .set_response_timeout(Some(self.timeout));
        let connection = self.client.get_multiplexed_async_connection_with_config(&settings).await;
        let mut connection = connection.map_err(|error| self.failure("cannot connect", &error))?;
        let mut ask = redis::cmd("CONFIG");
        ask.arg("GET").arg("proto-max-bulk-len");
        let limit = match ask.query_async::<HashMap<String, usize>>(&mut connection).await {
            Ok(settings) => settings.into_values().next(),
            // Before it knows who we are, the server cuts off what is longer than a few words, and says nothing of a password.
            Err(error) if error.code() == Some("NOAUTH") => return Err(self.failure("cannot connect", &error)),
            // Who may not ask finds out by being cut off.
            Err(_) => None,
        };
        Ok(Connected { connection, value_bytes: limit.unwrap_or(VALUE_BYTES) })
    }

    fn failure(&self, what: &str, error: &RedisError) -> Failure {
        let credentials = error.kind() == ErrorKind::AuthenticationFailed
            || ["NOAUTH", "WRONGPASS", "NOPERM"].contains(&error.code().unwrap_or_default());
        let next = if credentials { ": check the user, the password and its rights in `url` or `url_env`" } else { "" };
        Failure::transient(format!("{what} to Redis at {}: {error}{next}", self.name()))
    }

    /// Adds entries to one stream, and tells how many it has taken and why not the next.
    async fn add(&self, connected: &Connected, stream: &str, entries: &[Entry<'_>]) -> (usize, Option<Failure>) {
        let mut call = self.script.key(stream);
        call.arg(match self.ids {
            EntryIds::Clock => "clock",
            EntryIds::Event => "event",
        });
        call.arg(self.entries.unwrap_or(0));
        for Entry { event, key, value, .. } in entries {
            call.arg(event.id.event_id).arg(event.id.to_string()).arg(&event.event_type).arg(&event.entity.name);
            call.arg(event.operation.as_str()).arg(key).arg(value);
        }
        let answer: Result<(usize, Option<String>), _> = call.invoke_async(&mut connected.connection.clone()).await;
        match answer {
            Ok((taken, None)) => (taken, None),
            Ok((taken, Some(refusal))) => {
                let reason = format!("Redis at {} does not add to the stream `{stream}`: {refusal}", self.name());
                (taken, Some(Failure::transient(reason)))
            }
            Err(error) => (0, Some(self.failure("cannot add", &error))),
        }
    }
}

impl Sink for RedisStreams {
    fn deliver<'a>(&'a mut self, events: &'a [Event]) -> Delivery<'a> {
        Box::pin(async move {
            let connected = match self.connected.take() {
                Some(connected) => connected,
                None => match self.connect().await {
                    Ok(connected) => connected,
                    Err(failure) => return vec![Outcome::Failed(failure)],
                },
            };
            let mut outcomes = vec![Outcome::Skipped; events.len()];
            let mut streams: Vec<(String, Vec<Entry<'_>>)> = Vec::new();
            let now = Timestamp::now();
            for (at, event) in events.iter().enumerate() {
                let (key, value) = (self.format.key(event), self.format.value(event, now));
                let longest = key.len().max(value.len());
                if longest > connected.value_bytes {
                    let most = connected.value_bytes;
                    outcomes[at] = Outcome::Failed(Failure::rejected(format!(
                        "it has {longest} bytes, and Redis at {} takes {most}: raise its `proto-max-bulk-len`",
                        self.name()
                    )));
                    // What comes behind it may be of the same entity.
                    break;
                }
                let (stream, entry) = (topic(&self.prefix, event), Entry { at, event, key, value });
                match streams.iter_mut().find(|(name, _)| *name == stream) {
                    Some((_, entries)) => entries.push(entry),
                    None => streams.push((stream, vec![entry])),
                }
            }
            let adding = streams.iter().map(|(stream, entries)| self.add(&connected, stream, entries));
            let mut lost = false;
            for ((_, entries), (taken, failure)) in streams.iter().zip(join_all(adding).await) {
                for entry in entries.iter().take(taken) {
                    outcomes[entry.at] = Outcome::Delivered;
                }
                if let (Some(entry), Some(failure)) = (entries.get(taken), failure) {
                    outcomes[entry.at] = Outcome::Failed(failure);
                    lost = true;
                }
            }
            if !lost {
                self.connected = Some(connected);
            }
            outcomes
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_server_is_told_without_its_password() {
        let refusal = RedisStreams::new(Format::Row, "http://me:secret@host", "shop").unwrap_err().to_string();
        assert!(refusal.starts_with("the URL of the Redis server cannot be used: "), "{refusal}");
        assert!(!refusal.contains("secret"), "{refusal}");
    }
}
