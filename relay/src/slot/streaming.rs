//! The stream that a slot's server sends, until it breaks off.

use std::collections::HashMap;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use pgwire_replication::{Lsn, PgWireError, ReplicationClient, ReplicationConfig, ReplicationEvent};
use tokio_postgres::types::PgLsn;

use super::manage::Slot;
use super::pgoutput::{self, Layout, Message, POSTGRES_EPOCH};
use crate::event::Commit;
use crate::reader::Records;
use crate::{Batch, Connector, Error, Event, Filter, Limits, Log, Position, Session, SlotPosition, Timestamp};

/// How many messages the connection may be ahead of whoever takes them.
const MESSAGES_AHEAD: usize = 256;

/// How often the server is told, at most, how far its slot has come.
const STATUS_PAUSE: Duration = Duration::from_secs(1);

/// How many messages that nobody wants are taken before it is told how far one has come.
const UNWANTED_MESSAGES: usize = 10_000;

const WHAT: &str = "read the replication slot";

/// One connection that sends a slot.
pub(super) struct Streaming {
    client: ReplicationClient,
    records: Records,
    /// The log's table; what else the publication may have is passed over.
    table: u32,
    layout: Option<Layout>,
    transaction: Option<Transaction>,
    /// What committed before this has been sent.
    lsn: PgLsn,
    /// A message that is taken and not yet dealt with.
    message: Option<Bytes>,
    /// What is read and not yet given out, and how large it is.
    events: Vec<Event>,
    bytes: usize,
    /// A server that lives says something within this time.
    silence: Duration,
}

/// The transaction that is being sent.
struct Transaction {
    lsn: PgLsn,
    at: Timestamp,
    /// How many events it has had so far, of all kinds and of each.
    events: u64,
    of_entity: HashMap<String, u64>,
}

impl Transaction {
    /// The commit of its next event.
    fn next(&mut self, entity: &str) -> Commit {
        self.events += 1;
        let number_of_entity = match self.of_entity.get_mut(entity) {
            Some(count) => {
                *count += 1;
                *count
            }
            None => *self.of_entity.entry(entity.to_owned()).or_insert(1),
        };
        Commit { lsn: self.lsn, at: self.at, number: self.events, number_of_entity }
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        // At once, so that the server lets the slot go.
        self.client.abort();
    }
}

impl Streaming {
    pub(super) async fn open(
        connector: &Connector,
        session: &Arc<Session>,
        log: &Log,
        slot: Slot<'_>,
        lsn: PgLsn,
    ) -> Result<Streaming, Error> {
        let publication = slot.publication().await?;
        let table = "SELECT to_regclass($1)::oid";
        let name = log.table("mutation_events");
        let row = session.answer(WHAT, session.client().query_one(table, &[&name])).await?;
        let table = row.get::<_, Option<u32>>(0).ok_or_else(|| Error::NoLog { schema: log.schema().to_owned() })?;
        let records = Records::open(Arc::clone(session), log).await?;
        // The server asks whether we live after half of this time without a word, and drops us after the whole of it.
        let silence = connector.longest_silence();
        let configure = |config: ReplicationConfig| {
            config
                .with_start_lsn(Lsn::from_u64(lsn.into()))
                .with_binary(true)
                .with_application_name(slot.name())
                .with_status_interval(STATUS_PAUSE.min(silence / 4))
                // Nothing of our own accord, so that the server does ask.
                .with_wakeup_interval(silence * 2)
                .with_buffer_size(MESSAGES_AHEAD)
        };
        let ours = "SELECT session_user::text, current_database()::text,
                    COALESCE((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)";
        let row = session.answer(WHAT, session.client().query_one(ours, &[])).await?;
        let (user, database, encrypted): (String, String, bool) = (row.get(0), row.get(1), row.get(2));
        let configs = connector.replication_configs(slot.name(), &publication, &user, &database, silence, encrypted)?;
        let client = connect(configs.into_iter().map(configure), silence).await?;
        Ok(Streaming {
            client,
            records,
            table,
            layout: None,
            transaction: None,
            lsn,
            message: None,
            events: Vec::new(),
            bytes: 0,
            silence,
        })
    }

    /// Tells the server what is dealt with.
    pub(super) fn acknowledge(&self, lsn: PgLsn) {
        self.client.update_applied_lsn(Lsn::from_u64(lsn.into()));
    }

    /// Takes what has come, waits where nothing has, and returns once it can say something new. Whatever is read lies in `self`, so a call
    /// that is given up loses nothing.
    pub(super) async fn next_batch(
        &mut self,
        filter: &Filter,
        limits: &Limits,
        position: Position,
    ) -> Result<Batch, Error> {
        let table_to = position.slot.map_or(0, |slot| slot.table_to);
        let known = position.lsn();
        let mut taken = 0;
        loop {
            if let Some(message) = &self.message {
                let message = message.clone();
                self.take(message, filter, table_to).await?;
                self.message = None;
            }
            let something = !self.events.is_empty() || known.is_none_or(|known| self.lsn > known);
            let full = self.events.len() >= usize::try_from(limits.events).unwrap_or(usize::MAX)
                || self.bytes >= limits.bytes
                || taken >= UNWANTED_MESSAGES;
            let next = if something && full { None } else { self.client.recv().now_or_never() };
            let event = match next {
                Some(event) => event,
                None if something => {
                    self.bytes = 0;
                    let slot = SlotPosition { lsn: self.lsn, table_to };
                    let position = Position { event_id: position.event_id, slot: Some(slot) };
                    return Ok(Batch { events: mem::take(&mut self.events), position });
                }
                None => match tokio::time::timeout(self.silence, self.client.recv()).await {
                    Ok(event) => event,
                    Err(_) => return Err(Error::Silent { what: WHAT, waited: self.silence }),
                },
            };
            taken += 1;
            match event.map_err(|error| Error::Replication { what: WHAT, error: error.into() })? {
                Some(ReplicationEvent::Begin { final_lsn, commit_time_micros, .. }) => {
                    let at = Timestamp { micros: commit_time_micros.saturating_add(POSTGRES_EPOCH) };
                    let lsn = PgLsn::from(final_lsn.as_u64());
                    self.transaction = Some(Transaction { lsn, at, events: 0, of_entity: HashMap::new() });
                }
                Some(ReplicationEvent::XLogData { data, .. }) => self.message = Some(data),
                Some(ReplicationEvent::Commit { end_lsn, .. }) => {
                    self.transaction = None;
                    self.lsn = self.lsn.max(PgLsn::from(end_lsn.as_u64()));
                }
                // Within a transaction it tells nothing of those that are still to come.
                Some(ReplicationEvent::KeepAlive { wal_end, .. }) if self.transaction.is_none() => {
                    self.lsn = self.lsn.max(PgLsn::from(wal_end.as_u64()));
                }
                Some(_) => {}
                None => return Err(Error::Silent { what: WHAT, waited: Duration::ZERO }),
            }
        }
    }

    async fn take(&mut self, data: Bytes, filter: &Filter, table_to: i64) -> Result<(), Error> {
        let malformed = |why: String| Error::Stream { why };
        match pgoutput::parse(&data).map_err(malformed)? {
            Message::Relation { oid, columns } if oid == self.table => {
                self.layout = Some(Layout::new(&columns).map_err(malformed)?);
            }
            Message::Insert { oid, row } if oid == self.table => {
                let layout = self.layout.as_ref().ok_or_else(|| malformed("a row before its table".to_owned()))?;
                let event_id = layout.event_id(&row).map_err(malformed)?;
                let unreadable = |why: String| Error::Row { event_id, why };
                let [event_type, entity, operation] = layout.kind(&row).map_err(unreadable)?;
                let commit = self.transaction.as_mut().map(|transaction| transaction.next(entity));
                if event_id > table_to && filter.wants(event_type, entity, operation) {
                    let record = layout.record(&row).map_err(unreadable)?;
                    let event = self.records.event(record, commit).await?;
                    self.bytes += data.len();
                    self.events.push(event);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Connects to the first of the servers that lets us read the slot.
async fn connect(
    configs: impl Iterator<Item = ReplicationConfig>,
    silence: Duration,
) -> Result<ReplicationClient, Error> {
    let replication = |error: PgWireError| Error::Replication { what: WHAT, error: error.into() };
    let mut failed = Error::Stream { why: "the connection string names no server".to_owned() };
    for config in configs {
        let mut client = ReplicationClient::connect(config).await.map_err(replication)?;
        failed = match tokio::time::timeout(silence, client.wait_started()).await {
            Ok(Ok(())) => return Ok(client),
            Ok(Err(error)) => replication(error),
            Err(_) => Error::Silent { what: WHAT, waited: silence },
        };
        client.abort();
    }
    Err(failed)
}
