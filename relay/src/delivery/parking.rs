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

impl Refused {
    pub(crate) fn entity(&self) -> EntityRef {
        entity_of(&self.event)
    }
}

/// What somebody asks for a parked entity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Release {
    /// Try again from the event that was refused.
    Replay,
    /// Go on behind it.
    Skip,
}

/// How an entity waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Parked {
    /// The first event that is not delivered.
    pub(crate) event_id: i64,
    /// The newest event that the stream has gone by.
    pub(crate) passed_to: i64,
    /// Whether that is still to be kept.
    unkept: bool,
}

impl Parked {
    pub(crate) fn new(event_id: i64, passed_to: i64) -> Parked {
        Parked { event_id, passed_to: passed_to.max(event_id), unkept: false }
    }
}

/// The parked entities of a consumer.
#[derive(Debug, Default)]
pub(crate) struct Parking {
    parked: HashMap<EntityRef, Parked>,
}

impl Parking {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.parked.len()
    }

    /// Whether an event's entity is parked: then the stream goes by.
    pub(crate) fn passes(&mut self, event: &Event) -> bool {
        // The common case costs no copy of the key.
        if self.parked.is_empty() {
            return false;
        }
        let Some(parked) = self.parked.get_mut(&entity_of(event)) else { return false };
        if event.id.event_id > parked.passed_to {
            parked.passed_to = event.id.event_id;
            parked.unkept = true;
        }
        true
    }

    pub(crate) fn get(&self, entity: &EntityRef) -> Option<Parked> {
        self.parked.get(entity).copied()
    }

    pub(crate) fn park(&mut self, entity: EntityRef, parked: Parked) {
        self.parked.insert(entity, parked);
    }

    pub(crate) fn free(&mut self, entity: &EntityRef) {
        self.parked.remove(entity);
    }

    /// How far the stream has gone by entities, where that is still to be kept.
    pub(crate) fn take_unkept(&mut self) -> Vec<(EntityRef, i64)> {
        let unkept = self.parked.iter_mut().filter(|(_, parked)| parked.unkept);
        unkept
            .map(|(entity, parked)| {
                parked.unkept = false;
                (entity.clone(), parked.passed_to)
            })
            .collect()
    }
}

/// An entity that is parked, as the database tells it.
pub(crate) struct Kept {
    pub(crate) entity: EntityRef,
    pub(crate) parked: Parked,
    pub(crate) release: Option<Release>,
}

/// A row of `mutation_parked`.
pub(crate) fn read(row: &Row) -> Result<Kept, Error> {
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
    let event_id = row.try_get("event_id").map_err(unreadable)?;
    let parked = Parked::new(event_id, row.try_get("passed_to").map_err(unreadable)?);
    Ok(Kept { entity: (entity, key), parked, release })
}
