//! The right to deliver for a consumer, and the position that goes with it.
//!
//! One session holds the lock, reads the log and moves the position. So who has lost the lock can do none of the three.

use std::sync::Arc;

use tokio_postgres::types::ToSql;

use super::parking::{self, EntityRef, Refused, Release};
use crate::{Error, Filter, Limits, Log, Session, Start, TableReader};

/// A server drops a session whose client has been silent for this long, and with it the lock. A living one is heard every 3 s.
const SETTINGS: &str = "
    SET idle_session_timeout = '20s';
    SET tcp_keepalives_idle = 5;
    SET tcp_keepalives_interval = 5;
    SET tcp_keepalives_count = 3;
    SET tcp_user_timeout = '20s';
    -- A position that a crash forgets costs duplicates, and nothing else.
    SET synchronous_commit = off";

/// The lead of a consumer: nobody else has it while this session lives.
#[derive(Debug)]
pub(crate) struct Lead {
    session: Arc<Session>,
    log: Log,
    consumer: String,
    position: i64,
}

impl Lead {
    /// Takes the lead, if nobody has it.
    pub(crate) async fn take(session: &Arc<Session>, log: &Log, consumer: &str) -> Result<Option<Lead>, Error> {
        let what = "take the lead";
        session.run(what, SETTINGS).await?;
        let lock = format!("pgmutate relay {} {consumer}", log.identity());
        let take = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))";
        let taken = session.answer(what, session.client().query_one(take, &[&lock])).await?;
        Ok(taken.get::<_, bool>(0).then(|| Lead {
            session: Arc::clone(session),
            log: log.clone(),
            consumer: consumer.to_owned(),
            position: 0,
        }))
    }

    /// Finds the consumer's position, or makes it a new one.
    pub(crate) async fn find_position(&mut self, start: Start) -> Result<i64, Error> {
        let what = "read the position of the consumer";
        let positions = self.log.table("mutation_consumers");
        let find = format!("SELECT position FROM {positions} WHERE consumer = $1");
        let client = self.session.client();
        let found = self.session.answer(what, client.query_opt(&find, &[&self.consumer])).await?;
        self.position = match found {
            Some(row) => row.get(0),
            None => {
                let (filter, limits) = (Filter::default(), Limits::default());
                let reader = TableReader::open(Arc::clone(&self.session), &self.log, start, filter, limits).await?;
                let position = reader.position();
                let insert = format!("INSERT INTO {positions} (consumer, position) VALUES ($1, $2)");
                self.session.answer(what, client.execute(&insert, &[&self.consumer, &position])).await?;
                position
            }
        };
        // Now that the position is there nothing behind it is pruned; before that something may have been.
        let pruned = format!("SELECT pruned_to FROM {}", self.log.table("mutation_log"));
        let pruned_to = self.session.answer(what, client.query_one(&pruned, &[])).await?.get(0);
        if self.position < pruned_to {
            return Err(Error::Pruned { consumer: self.consumer.clone(), position: self.position, pruned_to });
        }
        Ok(self.position)
    }

    /// Keeps that everything up to `position` is dealt with: so many events delivered, these refused.
    pub(crate) async fn advance(&mut self, position: i64, delivered: u64, refused: &[Refused]) -> Result<(), Error> {
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
        let advance = format!(
            "WITH moved AS (
                 UPDATE {positions}
                 SET position = $2, delivered = delivered + $3, moved_at = clock_timestamp()
                 WHERE consumer = $1 AND position = $4
                 RETURNING consumer
             ),
             parked AS (
                 INSERT INTO {parked} AS parked
                     (consumer, entity_type, entity, entity_id, entity_key, event_id, event_type, reason, attempts)
                 SELECT moved.consumer, new.entity_type, new.entity, new.entity_id,
                     CASE WHEN new.entity_id IS NULL THEN new.entity::jsonb END, new.event_id, new.event_type, new.reason, new.attempts
                 FROM moved,
                     unnest($5::text[], $6::text[], $7::uuid[], $8::bigint[], $9::text[], $10::text[], $11::integer[])
                         AS new (entity_type, entity, entity_id, event_id, event_type, reason, attempts)
                 ON CONFLICT (consumer, entity_type, entity) DO UPDATE
                 SET event_id = excluded.event_id, event_type = excluded.event_type, reason = excluded.reason,
                     attempts = excluded.attempts, parked_at = now(), release = NULL
             )
             SELECT count(*) FROM moved",
            positions = self.log.table("mutation_consumers"),
            parked = self.log.table("mutation_parked"),
        );
        let client = self.session.client();
        let values: [&(dyn ToSql + Sync); 11] = [
            &self.consumer,
            &position,
            &delivered,
            &self.position,
            &entities,
            &keys,
            &ids,
            &event_ids,
            &types,
            &reasons,
            &attempts,
        ];
        if self.session.answer(what, client.query_one(&advance, &values)).await?.get::<_, i64>(0) == 0 {
            return Err(Error::Superseded { consumer: self.consumer.clone() });
        }
        self.position = position;
        Ok(())
    }

    /// The parked entities, with the event that each waits with and what is asked for it.
    pub(crate) async fn parked(&self, only_released: bool) -> Result<Vec<(EntityRef, i64, Option<Release>)>, Error> {
        let what = "read the parked entities";
        let parked = format!(
            "SELECT entity_type, entity, entity_id, event_id, release FROM {}
             WHERE consumer = $1 AND (NOT $2 OR release IS NOT NULL) ORDER BY event_id",
            self.log.table("mutation_parked")
        );
        let client = self.session.client();
        let rows = self.session.answer(what, client.query(&parked, &[&self.consumer, &only_released])).await?;
        rows.iter().map(parking::read).collect()
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
    pub(crate) fn position(&self) -> i64 {
        self.position
    }
}

fn uuid_of(key: &crate::event::Key) -> Option<uuid::Uuid> {
    match key {
        crate::event::Key::Uuid(id) => Some(*id),
        crate::event::Key::Json(_) => None,
    }
}
