//! The right to deliver for a consumer, and the position that goes with it.
//!
//! One session holds the lock, reads the log and moves the position. So who has lost the lock can do none of the three.

use std::sync::Arc;

use tokio_postgres::types::ToSql;

use super::latency::Latencies;
use super::parking::{self, EntityRef, Kept, Refused};
use super::{Consumer, Reader};
use crate::{Error, Filter, Limits, Log, Position, Session, TableReader};

/// A server drops a session whose client has been silent for this long, and with it the lock. A living one is heard every 3 s.
const SETTINGS: &str = "
    SET idle_session_timeout = '20s';
    SET tcp_keepalives_idle = 5;
    SET tcp_keepalives_interval = 5;
    SET tcp_keepalives_count = 3;
    SET tcp_user_timeout = '20s';
    -- A position that a crash forgets costs duplicates, and nothing else.
    SET synchronous_commit = off";

/// How often it is tried again to keep the position after a deadlock.
const DEADLOCKS: u32 = 3;

/// The lead of a consumer: nobody else has it while this session lives.
#[derive(Debug)]
pub(crate) struct Lead {
    session: Arc<Session>,
    log: Log,
    consumer: String,
    position: Position,
}

impl Lead {
    /// Takes the lead, if nobody has it.
    pub(crate) async fn take(session: &Arc<Session>, log: &Log, consumer: &Consumer) -> Result<Option<Lead>, Error> {
        let what = "take the lead";
        session.run(what, SETTINGS).await?;
        #[cfg(feature = "slot")]
        if consumer.reader == Reader::Slot {
            // A slot that is ahead of a position that a crash has forgotten looks like one that somebody else has moved.
            session.run(what, "SET synchronous_commit = on").await?;
        }
        let consumer = &consumer.name;
        let lock = format!("pgmutate relay {} {consumer}", log.identity());
        let take = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))";
        let taken = session.answer(what, session.client().query_one(take, &[&lock])).await?;
        Ok(taken.get::<_, bool>(0).then(|| Lead {
            session: Arc::clone(session),
            log: log.clone(),
            consumer: consumer.to_owned(),
            position: Position::of_table(0),
        }))
    }

    /// Finds the consumer's position, or makes it a new one, and what its reader needs for it.
    pub(crate) async fn find_position(&mut self, consumer: &Consumer) -> Result<Position, Error> {
        let what = "read the position of the consumer";
        let positions = self.log.table("mutation_consumers");
        let find = format!("SELECT position, slot, lsn, table_to FROM {positions} WHERE consumer = $1");
        let client = self.session.client();
        let kept = self.session.answer(what, client.query_opt(&find, &[&self.consumer])).await?;
        let event_id = match &kept {
            Some(row) => row.get(0),
            None => {
                let (filter, limits) = (Filter::default(), Limits::default());
                let session = Arc::clone(&self.session);
                let reader = TableReader::open(session, &self.log, consumer.start, filter, limits).await?;
                let event_id = reader.position();
                let insert = format!("INSERT INTO {positions} (consumer, position) VALUES ($1, $2)");
                self.session.answer(what, client.execute(&insert, &[&self.consumer, &event_id])).await?;
                event_id
            }
        };
        // Now that the position is there nothing behind it is pruned; before that something may have been.
        let pruned = format!("SELECT pruned_to FROM {}", self.log.table("mutation_log"));
        let pruned_to = self.session.answer(what, client.query_one(&pruned, &[])).await?.get(0);
        if event_id < pruned_to {
            return Err(Error::Pruned { consumer: self.consumer.clone(), position: event_id, pruned_to });
        }
        let slot = kept.as_ref().and_then(|row| row.get(1));
        self.position = match consumer.reader {
            Reader::Table => {
                self.leave_slot(slot).await?;
                Position::of_table(event_id)
            }
            #[cfg(feature = "slot")]
            Reader::Slot => {
                let stands = kept.and_then(|row| {
                    Some(crate::SlotPosition {
                        lsn: row.get::<_, Option<_>>(2)?,
                        table_to: row.get::<_, Option<_>>(3)?,
                    })
                });
                let stands = match stands {
                    Some(stands) => stands,
                    None => self.find_slot().await?,
                };
                Position { event_id, slot: Some(stands) }
            }
        };
        Ok(self.position)
    }

    /// Drops the slot of a consumer that reads the table now: the server would keep its write-ahead log for ever.
    async fn leave_slot(&self, slot: Option<String>) -> Result<(), Error> {
        let Some(slot) = slot else { return Ok(()) };
        let what = "drop the replication slot that the consumer no longer reads";
        let client = self.session.client();
        let drop = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1";
        self.session.answer(what, client.query(drop, &[&slot])).await?;
        let positions = self.log.table("mutation_consumers");
        let forget = format!("UPDATE {positions} SET slot = NULL, lsn = NULL, table_to = NULL WHERE consumer = $1");
        self.session.answer(what, client.execute(&forget, &[&self.consumer])).await.map(drop_count)
    }

    /// Makes the consumer a slot, after its name is kept: so none is ever forgotten.
    #[cfg(feature = "slot")]
    async fn find_slot(&self) -> Result<crate::SlotPosition, Error> {
        let what = "keep the slot of the consumer";
        let name = crate::slot::name(&self.log, &self.consumer);
        let positions = self.log.table("mutation_consumers");
        let client = self.session.client();
        let keep = format!("UPDATE {positions} SET slot = $2 WHERE consumer = $1");
        self.session.answer(what, client.execute(&keep, &[&self.consumer, &name])).await?;
        let stands = crate::slot::make_slot(&self.session, &self.log, &name).await?;
        let keep = format!("UPDATE {positions} SET lsn = $2, table_to = $3 WHERE consumer = $1");
        let values: [&(dyn ToSql + Sync); 3] = [&self.consumer, &stands.lsn, &stands.table_to];
        self.session.answer(what, client.execute(&keep, &values)).await?;
        Ok(stands)
    }

    /// Keeps that everything up to `position` is dealt with: so many events delivered, these refused.
    ///
    /// `passed` tells up to which event the stream has gone by entities that were parked before.
    pub(crate) async fn advance(
        &mut self,
        position: Position,
        delivered: u64,
        refused: &[Refused],
        passed: &[(EntityRef, i64)],
    ) -> Result<(), Error> {
        let what = "keep the position of the consumer";
        let delivered = i64::try_from(delivered).unwrap_or(i64::MAX);
        let texts = |text: fn(&Refused) -> String| refused.iter().map(text).collect::<Vec<_>>();
        let entities = texts(|refused| refused.event.entity.name.clone());
        let keys = texts(|refused| refused.event.key.to_string());
        let ids: Vec<Option<uuid::Uuid>> = refused.iter().map(|refused| uuid_of(&refused.event.key)).collect();
        let event_ids: Vec<i64> = refused.iter().map(|refused| refused.event.id.event_id).collect();
        let types = texts(|refused| refused.event.event_type.clone());
        // PostgreSQL keeps no zero bytes in a text.
        let reasons = texts(|refused| refused.reason.replace('\0', "\u{fffd}"));
        let attempts: Vec<i32> =
            refused.iter().map(|refused| i32::try_from(refused.attempts).unwrap_or(i32::MAX)).collect();
        let passed: Vec<_> =
            passed.iter().filter(|(entity, _)| !refused.iter().any(|it| entity == &it.entity())).collect();
        let passed_entities: Vec<&str> = passed.iter().map(|((entity, _), _)| entity.as_str()).collect();
        let passed_keys: Vec<String> = passed.iter().map(|((_, key), _)| key.to_string()).collect();
        let passed_to: Vec<i64> = passed.iter().map(|(_, event_id)| *event_id).collect();
        let advance = format!(
            "WITH moved AS (
                 UPDATE {positions}
                 SET position = $2, delivered = delivered + $3, moved_at = clock_timestamp(), lsn = $12
                 WHERE consumer = $1 AND position = $4 AND lsn IS NOT DISTINCT FROM $13
                 RETURNING consumer
             ),
             passed AS (
                 UPDATE {parked} AS parked
                 SET passed_to = GREATEST(parked.passed_to, new.event_id)
                 FROM moved, unnest($14::text[], $15::text[], $16::bigint[]) AS new (entity_type, entity, event_id)
                 WHERE parked.consumer = moved.consumer AND parked.entity_type = new.entity_type AND parked.entity = new.entity
             ),
             parked AS (
                 INSERT INTO {parked} AS parked
                     (consumer, entity_type, entity, entity_id, entity_key, event_id, event_type, reason, attempts, passed_to)
                 SELECT moved.consumer, new.entity_type, new.entity, new.entity_id,
                     CASE WHEN new.entity_id IS NULL THEN new.entity::jsonb END, new.event_id, new.event_type, new.reason, new.attempts,
                     new.event_id
                 FROM moved,
                     unnest($5::text[], $6::text[], $7::uuid[], $8::bigint[], $9::text[], $10::text[], $11::integer[])
                         AS new (entity_type, entity, entity_id, event_id, event_type, reason, attempts)
                 ON CONFLICT (consumer, entity_type, entity) DO UPDATE
                 SET event_id = excluded.event_id, event_type = excluded.event_type, reason = excluded.reason,
                     attempts = excluded.attempts, parked_at = now(), release = NULL,
                     passed_to = GREATEST(parked.passed_to, excluded.passed_to)
             )
             SELECT count(*) FROM moved",
            positions = self.log.table("mutation_consumers"),
            parked = self.log.table("mutation_parked"),
        );
        let client = self.session.client();
        let (lsn, former_lsn) = (position.lsn(), self.position.lsn());
        let values: [&(dyn ToSql + Sync); 16] = [
            &self.consumer,
            &position.event_id,
            &delivered,
            &self.position.event_id,
            &entities,
            &keys,
            &ids,
            &event_ids,
            &types,
            &reasons,
            &attempts,
            &lsn,
            &former_lsn,
            &passed_entities,
            &passed_keys,
            &passed_to,
        ];
        let mut deadlocks = 0;
        let moved = loop {
            match self.session.answer(what, client.query_one(&advance, &values)).await {
                // Whoever releases parked entities locks their rows in an order of his own. Nothing has been done, so it is done again:
                // to give up the lead would deliver twice what is not kept yet.
                Err(error) if error.is_deadlock() && deadlocks < DEADLOCKS => deadlocks += 1,
                answer => break answer?,
            }
        };
        if moved.get::<_, i64>(0) == 0 {
            return Err(Error::Superseded { consumer: self.consumer.clone() });
        }
        self.position = position;
        Ok(())
    }

    /// The parked entities, or those of them for which something is asked.
    pub(crate) async fn parked(&self, only_released: bool) -> Result<Vec<Kept>, Error> {
        let what = "read the parked entities";
        let parked = format!(
            "SELECT entity_type, entity, entity_id, event_id, passed_to, release FROM {}
             WHERE consumer = $1 AND (NOT $2 OR release IS NOT NULL) ORDER BY event_id",
            self.log.table("mutation_parked")
        );
        let client = self.session.client();
        let rows = self.session.answer(what, client.query(&parked, &[&self.consumer, &only_released])).await?;
        rows.iter().map(parking::read).collect()
    }

    /// Looks whether the position is still the one that was kept.
    ///
    /// # Errors
    /// Somebody has set another one, and wants to go on from there.
    pub(crate) async fn look(&self) -> Result<(), Error> {
        let what = "read the position of the consumer";
        let positions = self.log.table("mutation_consumers");
        let ours =
            format!("SELECT 1 FROM {positions} WHERE consumer = $1 AND position = $2 AND lsn IS NOT DISTINCT FROM $3");
        let (event_id, lsn) = (self.position.event_id, self.position.lsn());
        let values: [&(dyn ToSql + Sync); 3] = [&self.consumer, &event_id, &lsn];
        match self.session.answer(what, self.session.client().query_opt(&ours, &values)).await? {
            Some(_) => Ok(()),
            None => Err(Error::Superseded { consumer: self.consumer.clone() }),
        }
    }

    /// Adds how long events were on their way.
    pub(crate) async fn keep_latencies(&self, latencies: &mut Latencies) -> Result<(), Error> {
        let what = "keep how long events were on their way";
        let add = format!(
            "INSERT INTO {latencies} AS kept (consumer, event_type, events, seconds, longest, counts)
             SELECT $1, new.event_type, new.events, new.seconds, new.longest, new.counts::bigint[]
             FROM unnest($2::text[], $3::bigint[], $4::float8[], $5::float8[], $6::text[])
                 AS new (event_type, events, seconds, longest, counts)
             WHERE EXISTS (SELECT FROM {consumers} AS consumer WHERE consumer.consumer = $1)
             ON CONFLICT (consumer, event_type) DO UPDATE
             SET events = kept.events + excluded.events, seconds = kept.seconds + excluded.seconds,
                 longest = GREATEST(kept.longest, excluded.longest), latest = now(),
                 counts = ARRAY(
                     SELECT COALESCE(place.before, 0) + COALESCE(place.added, 0)
                     FROM unnest(kept.counts, excluded.counts) WITH ORDINALITY AS place (before, added, at) ORDER BY place.at
                 )",
            latencies = self.log.table("mutation_latencies"),
            consumers = self.log.table("mutation_consumers"),
        );
        let (mut types, mut events, mut seconds, mut longest, mut counts) = (vec![], vec![], vec![], vec![], vec![]);
        for (event_type, latency) in latencies.take() {
            types.push(event_type);
            events.push(latency.events);
            seconds.push(latency.seconds);
            longest.push(latency.longest);
            counts.push(format!("{{{}}}", latency.counts.map(|count| count.to_string()).join(",")));
        }
        let values: [&(dyn ToSql + Sync); 6] = [&self.consumer, &types, &events, &seconds, &longest, &counts];
        self.session.answer(what, self.session.client().execute(&add, &values)).await.map(drop_count)
    }

    /// Keeps that a released entity waits with a later event now, or no longer at all.
    pub(crate) async fn release(&self, entity: &EntityRef, next: Option<i64>) -> Result<(), Error> {
        let what = "release a parked entity";
        let parked = self.log.table("mutation_parked");
        let (name, key) = (&entity.0, entity.1.to_string());
        let here = "consumer = $1 AND entity_type = $2 AND entity = $3";
        let client = self.session.client();
        match next {
            Some(event_id) => {
                let sql = format!("UPDATE {parked} SET event_id = $4, release = 'replay' WHERE {here}");
                self.session.answer(what, client.execute(&sql, &[&self.consumer, name, &key, &event_id])).await?;
            }
            None => {
                let sql = format!("DELETE FROM {parked} WHERE {here}");
                self.session.answer(what, client.execute(&sql, &[&self.consumer, name, &key])).await?;
            }
        }
        Ok(())
    }

    /// What is kept.
    pub(crate) fn position(&self) -> Position {
        self.position
    }
}

fn drop_count(_: u64) {}

fn uuid_of(key: &crate::event::Key) -> Option<uuid::Uuid> {
    match key {
        crate::event::Key::Uuid(id) => Some(*id),
        crate::event::Key::Json(_) => None,
    }
}
