//! Entities of which an event could not be delivered.

use std::collections::HashMap;

use tokio_postgres::Row;

use crate::event::Key;
use crate::{Error, Event};

/// An entity: its kind and its key.
pub(crate) type EntityRef = (String, Key);

pub(crate) fn entity_of(event: &Event) -> EntityRef {
    (event.entity.name.clone(), event.key.clone())
}

/// An event that was not taken, and with which its entity waits.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Refused {
    pub(crate) event: Event,
    pub(crate) reason: String,
    pub(crate) attempts: u32,
}

/// What somebody asks for a parked entity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Release {
    /// Try again from the event that was refused.
    Replay,
    /// Go on behind it.
    Skip,
}

/// The parked entities of a consumer, with the first event of each that is not delivered.
#[derive(Debug, Default)]
pub(crate) struct Parking {
    parked: HashMap<EntityRef, i64>,
}

impl Parking {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.parked.len()
    }

    pub(crate) fn holds(&self, event: &Event) -> bool {
        // The common case costs no copy of the key.
        !self.parked.is_empty() && self.has(&entity_of(event))
    }

    pub(crate) fn has(&self, entity: &EntityRef) -> bool {
        self.parked.contains_key(entity)
    }

    pub(crate) fn park(&mut self, entity: EntityRef, event_id: i64) {
        self.parked.insert(entity, event_id);
    }

    pub(crate) fn free(&mut self, entity: &EntityRef) {
        self.parked.remove(entity);
    }
}

/// A row of `mutation_parked`: the entity, the event that was refused, and what is asked for.
pub(crate) fn read(row: &Row) -> Result<(EntityRef, i64, Option<Release>), Error> {
    let unreadable = Error::database("read the parked entities");
    let key = match row.try_get("entity_id").map_err(unreadable)? {
        Some(id) => Key::Uuid(id),
        None => Key::Json(row.try_get::<_, String>("entity").map_err(unreadable)?.into()),
    };
    let release = match row.try_get::<_, Option<&str>>("release").map_err(unreadable)? {
        Some("replay") => Some(Release::Replay),
        Some("skip") => Some(Release::Skip),
        _ => None,
    };
    let entity = row.try_get("entity_type").map_err(unreadable)?;
    Ok(((entity, key), row.try_get("event_id").map_err(unreadable)?, release))
}
