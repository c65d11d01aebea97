//! `NOTIFY`, for small consumers: a summary of each event, sent on a connection of the relay's own.

use tokio_postgres::types::Type;

use super::{Delivery, Failure, Outcome, Sink};
use crate::document::write_string;
use crate::{Connector, Error, Event, Session};

/// PostgreSQL takes payloads that are shorter than this.
const PAYLOAD_BYTES: usize = 8000;

/// Notifies a channel of each event: a JSON object with `event_id`, `transaction_id`, `event_type`, `entity_type`, `entity` and
/// `operation`. Who wants more reads the event in the log.
///
/// Only who listens at that moment hears it: PostgreSQL keeps no notification for later.
#[derive(Debug)]
pub struct Notify {
    connector: Connector,
    channel: String,
    session: Option<Session>,
}

impl Notify {
    /// Notifies `channel`.
    pub fn new(connector: Connector, channel: impl Into<String>) -> Notify {
        Notify { connector, channel: channel.into(), session: None }
    }

    async fn send(&mut self, payloads: &[String]) -> Result<(), Error> {
        let session = match self.session.take() {
            Some(session) => session,
            None => self.connector.connect().await?,
        };
        let notify = "SELECT pg_notify($1, payload) FROM unnest($2) AS payload";
        let parameters: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 2] =
            [(&self.channel, Type::TEXT), (&payloads, Type::TEXT_ARRAY)];
        session.answer("notify", session.client().query_typed(notify, &parameters)).await?;
        self.session = Some(session);
        Ok(())
    }
}

impl Sink for Notify {
    fn deliver<'a>(&'a mut self, events: &'a [Event]) -> Delivery<'a> {
        Box::pin(async move {
            let mut payloads: Vec<String> = events.iter().map(summary).collect();
            let too_long = payloads.iter().position(|payload| payload.len() >= PAYLOAD_BYTES);
            payloads.truncate(too_long.unwrap_or(events.len()));
            let mut outcomes = vec![Outcome::Delivered; payloads.len()];
            if !payloads.is_empty()
                && let Err(error) = self.send(&payloads).await
            {
                let failure = if error.is_transient() {
                    Failure::transient(error.to_string())
                } else {
                    Failure::broken(error.to_string())
                };
                return vec![Outcome::Failed(failure)];
            }
            if too_long.is_some() {
                let reason = format!("its summary is longer than the {} bytes that NOTIFY takes", PAYLOAD_BYTES - 1);
                outcomes.push(Outcome::Failed(Failure::rejected(reason)));
            }
            outcomes
        })
    }
}

fn summary(event: &Event) -> String {
    let mut out =
        format!("{{\"event_id\":{},\"transaction_id\":{}", event.id.event_id, event.id.transaction_id).into_bytes();
    let members = [
        ("event_type", event.event_type.as_str()),
        ("entity_type", &event.entity.name),
        ("entity", &event.key.to_string()),
        ("operation", event.operation.as_str()),
    ];
    for (name, text) in members {
        out.extend_from_slice(format!(",\"{name}\":").as_bytes());
        write_string(text, &mut out);
    }
    out.push(b'}');
    String::from_utf8_lossy(&out).into_owned()
}
