//! Reads the log as a table, strictly in the order of `event_id`, and loses nothing.
//!
//! `WHERE event_id > last` loses what commits late, and an order by transaction tears the events of one entity apart. So: the number
//! behind the last one is taken at once. At a gap the [horizon](super::horizon) says whether the missing number may still come; until
//! it is decided nothing behind it is given out.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::stream::{Stream, StreamExt as _};
use tokio_postgres::types::{FromSql, ToSql, Type};
use tokio_postgres::{Row, Statement};

use super::horizon::{Horizon, holders_sql};
use super::record::{Record, Records};
use super::{Batch, Filter, GAP_PAUSE, Limits, Start};
use crate::event::{Event, Key};
use crate::{Error, Log, Position, Session};

/// How long the first event of a time is looked for, in a log of any size.
const SEARCH_PATIENCE: Duration = Duration::from_secs(600);

/// How many events of one entity are read at a time.
const HISTORY_EVENTS: u32 = 100;

/// Reads one log over a connection of its own.
#[derive(Debug)]
pub struct TableReader {
    session: Arc<Session>,
    log: Log,
    filter: Filter,
    limits: Limits,
    events: Statement,
    holders: Statement,
    position: i64,
    /// How many rows are asked for. Fewer than allowed where events are large: what a batch has no room for was sent in vain.
    rows: u32,
    horizon: Horizon,
    /// Something behind the position is visible, and what lies between is not decided.
    at_gap: bool,
    /// Since when an open transaction holds the reader up, 0 where none does.
    held_up_since: Arc<AtomicI64>,
    records: Records,
}

impl TableReader {
    /// Begins to read.
    ///
    /// # Errors
    /// When the database does not answer, and where the role may not read the log.
    pub async fn open(
        session: Arc<Session>,
        log: &Log,
        start: Start,
        filter: Filter,
        limits: Limits,
    ) -> Result<TableReader, Error> {
        let what = "prepare to read events";
        let client = session.client();
        session.run("listen for the doorbell", &format!("LISTEN {}", log.channel())).await?;
        let events = session.answer(what, client.prepare(&events_sql(log, &filter))).await?;
        let holders = session.answer(what, client.prepare(&holders_sql(log))).await?;
        let limits = Limits { events: limits.events.max(1), ..limits };
        let records = Records::open(Arc::clone(&session), log).await?;
        let mut reader = TableReader {
            session,
            log: log.clone(),
            filter,
            limits,
            events,
            holders,
            position: 0,
            rows: limits.events,
            horizon: Horizon::new(0),
            at_gap: false,
            held_up_since: Arc::default(),
            records,
        };
        reader.position = reader.find(start).await?;
        reader.horizon = Horizon::new(reader.position);
        Ok(reader)
    }

    /// Up to this event the log has been given out.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Waits for what comes next. It may be that only the position has moved.
    ///
    /// A call that is given up loses nothing: the next one begins where the last batch ended.
    ///
    /// # Errors
    /// When the connection is lost, and on a row that is not as the log writes rows.
    pub async fn next_batch(&mut self) -> Result<Batch, Error> {
        let mut pause = Duration::from_millis(1);
        loop {
            if self.at_gap {
                self.observe().await?;
                if self.horizon.decided() <= self.position {
                    let now = crate::delivery::uptime();
                    let _ = self.held_up_since.compare_exchange(0, now, Relaxed, Relaxed);
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(GAP_PAUSE);
                    // The transactions in question may take long, and meanwhile the very next number may have come.
                    if pause < GAP_PAUSE {
                        continue;
                    }
                }
                self.at_gap = false;
            }
            if let Some(batch) = self.read().await? {
                self.held_up_since.store(0, Relaxed);
                self.position = batch.position.event_id;
                return Ok(batch);
            }
            if !self.at_gap {
                let _ = tokio::time::timeout(pause, self.session.bell().notified()).await;
                pause = (pause * 2).min(self.limits.poll);
            }
        }
    }

    /// Takes for granted that up to this event everything is visible that ever will be.
    #[cfg(feature = "slot")]
    pub(crate) fn decided_to(&mut self, event_id: i64) {
        self.horizon = Horizon::new(event_id.max(self.position));
    }

    /// Since when an open transaction holds the reader up, by the clock of [`uptime`](crate::delivery::uptime); 0 where none does.
    pub(crate) fn held_up_since(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.held_up_since)
    }

    /// All events from here on, one by one.
    pub fn into_stream(self) -> impl Stream<Item = Result<Event, Error>> {
        super::events_of(self)
    }

    /// What can be given out now, if anything.
    async fn read(&mut self) -> Result<Option<Batch>, Error> {
        let what = "read events";
        let limit = i64::from(self.rows);
        let wanted = self.filter.values();
        let first: [&(dyn ToSql + Sync); 2] = [&self.position, &limit];
        let parameters: Vec<_> =
            first.into_iter().chain(wanted.iter().map(|value| &**value as &(dyn ToSql + Sync))).collect();
        let session = Arc::clone(&self.session);
        let rows = session.answer(what, session.client().query_raw(&self.events, parameters)).await?;
        let mut rows = pin!(rows);

        let mut events = Vec::new();
        let (mut position, mut seen, mut bytes) = (self.position, 0, 0);
        let (mut whole, mut full) = (true, false);
        loop {
            // Mostly it is there already, and then needs no timer.
            let row = match rows.next().now_or_never() {
                Some(row) => row.transpose().map_err(Error::database(what))?,
                None => session.answer(what, async { rows.next().await.transpose() }).await?,
            };
            let Some(row) = row else { break };
            let event_id: i64 = column(&row, "event_id")?;
            if event_id != position + 1 && event_id > self.horizon.decided() {
                self.at_gap = true;
                whole = false;
                break;
            }
            if column(&row, "wanted")? {
                let event = self.event(event_id, &row).await?;
                bytes += event.payload.document.len() + event.source.document.len();
                events.push(event);
            }
            position = event_id;
            seen += 1;
            full = bytes >= self.limits.bytes;
            if seen == limit || full {
                whole = false;
                break;
            }
        }
        let fitting =
            if full { u32::try_from(seen).unwrap_or(u32::MAX).saturating_add(1) } else { self.rows.saturating_mul(2) };
        self.rows = fitting.min(self.limits.events);
        if whole || self.at_gap {
            // What is missing up to the horizon was rolled back.
            position = position.max(self.horizon.decided());
        }
        Ok((position > self.position).then_some(Batch { events, position: Position::of_table(position) }))
    }

    /// The wanted events of one entity from `from` up to the position, at most a batch of them.
    pub(crate) async fn history(&mut self, entity: &str, key: &Key, from: i64, to: i64) -> Result<Vec<Event>, Error> {
        let what = "read the events of an entity";
        let column = match key {
            Key::Uuid(_) => "entity_id = $3::text::uuid",
            Key::Json(_) => "entity_key = $3::text::jsonb",
        };
        let sql = format!(
            "{} WHERE {} AND event.event_id >= $1 AND event.event_id <= $2 AND event.{column} AND event.entity_type = $4
             ORDER BY event.event_id LIMIT {}",
            events_columns(&self.log, "true"),
            self.filter.condition(5),
            self.limits.events.min(HISTORY_EVENTS)
        );
        let (key, wanted) = (key.to_string(), self.filter.values());
        let first: [&(dyn ToSql + Sync); 4] = [&from, &to, &key, &entity];
        let parameters: Vec<_> =
            first.into_iter().chain(wanted.iter().map(|value| &**value as &(dyn ToSql + Sync))).collect();
        let session = Arc::clone(&self.session);
        let mut events = Vec::new();
        for row in session.answer(what, session.client().query(&sql, &parameters)).await? {
            events.push(self.event(self::column(&row, "event_id")?, &row).await?);
        }
        Ok(events)
    }

    /// The position that a start means: the last event that is not wanted.
    pub(super) async fn find(&mut self, start: Start) -> Result<i64, Error> {
        match start {
            Start::Beginning => Ok(self.log.pruned_to()),
            Start::After(event_id) => Ok(event_id),
            Start::Now => self.settle().await,
            Start::At(time) => {
                // Before that an event of the time may still be on its way, with a smaller number than those that are there.
                let settled = self.settle().await?;
                let first = format!(
                    "SELECT min(event_id) FROM {} WHERE event_timestamp >= $1",
                    self.log.table("mutation_events")
                );
                let what = "look for the time to start from";
                let client = self.session.client();
                let row = self.session.answer_within(SEARCH_PATIENCE, what, client.query_one(&first, &[&time])).await?;
                let first: Option<i64> = row.get(0);
                Ok(first.map_or(settled, |first| settled.min(first - 1)))
            }
        }
    }

    /// Waits until everything is decided up to what is visible now, and returns that.
    pub(crate) async fn settle(&mut self) -> Result<i64, Error> {
        let target = self.observe().await?;
        let mut pause = Duration::from_millis(1);
        while self.horizon.decided() < target {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(GAP_PAUSE);
            self.observe().await?;
        }
        Ok(self.horizon.decided())
    }

    /// Looks who may still commit a number, and returns the greatest that is visible.
    async fn observe(&mut self) -> Result<i64, Error> {
        let what = "look for open transactions";
        let row = self.session.answer(what, self.session.client().query_one(&self.holders, &[])).await?;
        let visible = row.get(0);
        self.horizon.observe(visible, row.get(1));
        Ok(visible)
    }

    async fn event(&mut self, event_id: i64, row: &Row) -> Result<Event, Error> {
        let record = Record {
            event_id,
            event_type: column(row, "event_type")?,
            entity_type: column(row, "entity_type")?,
            entity_id: column(row, "entity_id")?,
            entity_key: column::<Option<Jsonb<'_>>>(row, "entity_key")?.map(|key| key.bytes()),
            operation: column(row, "operation")?,
            payload: column::<Jsonb<'_>>(row, "payload")?.bytes(),
            source: column::<Jsonb<'_>>(row, "source")?.bytes(),
            written_at: column(row, "event_timestamp")?,
            transaction_id: column(row, "transaction_id")?,
        };
        self.records.event(record, None).await
    }
}

/// A column of the row, an error where somebody has given it another type.
fn column<'r, T: FromSql<'r>>(row: &'r Row, name: &str) -> Result<T, Error> {
    row.try_get(name).map_err(Error::database("read events"))
}

/// The next events. Those that are not wanted come without their documents, because their numbers tell that they are no gap.
fn events_sql(log: &Log, filter: &Filter) -> String {
    format!("{} WHERE event.event_id > $1 ORDER BY event.event_id LIMIT $2", events_columns(log, &filter.condition(3)))
}

/// What is read of an event.
fn events_columns(log: &Log, wanted: &str) -> String {
    format!(
        "SELECT event.event_id, {wanted} AS wanted, event.event_type, event.entity_type, event.entity_id, event.entity_key,
                event.operation::text AS operation, event.event_timestamp, event.transaction_id,
                CASE WHEN {wanted} THEN event.payload END AS payload, CASE WHEN {wanted} THEN event.source END AS source
         FROM {} AS event",
        log.table("mutation_events")
    )
}

/// The text of a jsonb as PostgreSQL sends it.
struct Jsonb<'r>(&'r [u8]);

impl Jsonb<'_> {
    fn bytes(&self) -> Bytes {
        Bytes::copy_from_slice(self.0)
    }
}

impl<'r> FromSql<'r> for Jsonb<'r> {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Jsonb<'r>, Box<dyn std::error::Error + Sync + Send>> {
        match raw {
            [1, text @ ..] => Ok(Jsonb(text)),
            _ => Err("a version of jsonb that is not known".into()),
        }
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::JSONB
    }
}
