//! Rows of the log, however they were read, as events.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use crate::event::{Commit, Entity, Event, EventId, Key, Operation, Payload, Source};
use crate::{Error, Log, Session, Timestamp};

/// A row of the log.
pub(crate) struct Record<'r> {
    pub(crate) event_id: i64,
    pub(crate) event_type: &'r str,
    pub(crate) entity_type: &'r str,
    pub(crate) entity_id: Option<Uuid>,
    pub(crate) entity_key: Option<Bytes>,
    pub(crate) operation: &'r str,
    pub(crate) payload: Bytes,
    pub(crate) source: Bytes,
    pub(crate) written_at: Timestamp,
    pub(crate) transaction_id: i64,
}

/// What is needed beside a row to make an event of it.
#[derive(Debug)]
pub(crate) struct Records {
    session: Arc<Session>,
    log: Log,
    entities: HashMap<String, Arc<Entity>>,
}

impl Records {
    pub(crate) async fn open(session: Arc<Session>, log: &Log) -> Result<Records, Error> {
        let mut records = Records { session, log: log.clone(), entities: HashMap::new() };
        records.learn_entities().await?;
        Ok(records)
    }

    /// The event that a row holds.
    ///
    /// # Errors
    /// When the row is not as the log writes rows.
    pub(crate) async fn event(&mut self, record: Record<'_>, committed: Option<Commit>) -> Result<Event, Error> {
        let event_id = record.event_id;
        let unreadable = |why: String| Error::Row { event_id, why };
        let entity = self.entity(record.entity_type).await?;
        let key = match (record.entity_id, record.entity_key) {
            (Some(id), _) => Key::Uuid(id),
            (None, Some(key)) => Key::Json(key),
            (None, None) => return Err(unreadable("it has no key".to_owned())),
        };
        let operation = Operation::parse(record.operation)
            .ok_or_else(|| unreadable(format!("`{}` is no operation", record.operation)))?;
        let (payload, defect) = match Payload::new(record.payload.clone()) {
            Ok(payload) => (payload, None),
            Err(error) => (
                Payload::opaque(record.payload),
                Some(format!("its payload is not as the event log writes it: {error}")),
            ),
        };
        let source = Source::new(record.source).map_err(|error| unreadable(format!("its source: {error}")))?;
        Ok(Event {
            id: EventId { log: self.log.identity(), event_id, transaction_id: record.transaction_id },
            event_type: record.event_type.to_owned(),
            entity,
            key,
            operation,
            payload,
            source,
            written_at: record.written_at,
            committed,
            defect,
        })
    }

    async fn entity(&mut self, name: &str) -> Result<Arc<Entity>, Error> {
        if !self.entities.contains_key(name) {
            // The manifest has got a new entity since.
            self.learn_entities().await?;
        }
        if let Some(entity) = self.entities.get(name) {
            return Ok(Arc::clone(entity));
        }
        let unknown = Arc::new(Entity { name: name.to_owned(), key_columns: Vec::new() });
        self.entities.insert(name.to_owned(), Arc::clone(&unknown));
        Ok(unknown)
    }

    async fn learn_entities(&mut self) -> Result<(), Error> {
        let what = "read the entities of the log";
        let sql = format!("SELECT entity_type, key_columns FROM {}", self.log.table("mutation_entities"));
        for row in self.session.answer(what, self.session.client().query(&sql, &[])).await? {
            let name: String = row.get(0);
            let entity = Entity { name: name.clone(), key_columns: row.get(1) };
            self.entities.insert(name, Arc::new(entity));
        }
        Ok(())
    }
}
