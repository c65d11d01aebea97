//! Replication slots: made, looked at and dropped over an ordinary connection.

use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Row;
use tokio_postgres::types::PgLsn;

use super::fault::{Gap, SlotFault};
use crate::{Error, Log, Session};

/// How long a slot may take to be made: until every transaction that is open has ended.
const MAKING_PATIENCE: Duration = Duration::from_secs(3600);

/// What a name of a slot may be: PostgreSQL keeps 63 bytes.
const NAME_BYTES: usize = 63;

/// A replication slot by its name.
pub(crate) struct Slot<'s> {
    session: &'s Arc<Session>,
    log: &'s Log,
    name: &'s str,
}

/// A slot as the server tells it.
struct Found {
    plugin: Option<String>,
    here: bool,
    process: Option<i32>,
    application: Option<String>,
    status: String,
    confirmed: Option<PgLsn>,
}

impl<'s> Slot<'s> {
    pub(crate) fn new(session: &'s Arc<Session>, log: &'s Log, name: &'s str) -> Slot<'s> {
        Slot { session, log, name }
    }

    pub(crate) fn name(&self) -> &str {
        self.name
    }

    pub(crate) fn fault(&self, fault: SlotFault) -> Error {
        Error::Slot { slot: self.name.to_owned(), fault }
    }

    /// Makes it, in the place of one that is there, and returns where it begins.
    pub(crate) async fn make(&self) -> Result<PgLsn, Error> {
        let what = "make the replication slot";
        self.can_be_read().await?;
        self.drop().await?;
        let make = "SELECT lsn FROM pg_create_logical_replication_slot($1, 'pgoutput')";
        let client = self.session.client();
        let row = self.session.answer_within(MAKING_PATIENCE, what, client.query_one(make, &[&self.name])).await?;
        Ok(row.get(0))
    }

    /// Drops it where it is there.
    pub(crate) async fn drop(&self) -> Result<(), Error> {
        if self.free().await?.is_some() {
            let client = self.session.client();
            let drop = "SELECT pg_drop_replication_slot($1)";
            self.session.answer("drop the replication slot", client.query(drop, &[&self.name])).await?;
        }
        Ok(())
    }

    /// Looks whether a reader may begin at `position`, and frees the slot of one that is gone.
    pub(crate) async fn check(&self, position: Gap) -> Result<(), Error> {
        self.can_be_read().await?;
        let Some(found) = self.free().await? else {
            return Err(self.fault(SlotFault::Missing(position)));
        };
        if found.status == "lost" || found.confirmed.is_none() {
            return Err(self.fault(SlotFault::Lost(position, found.status)));
        }
        match (found.confirmed, position.lsn) {
            (Some(confirmed), Some(lsn)) if confirmed > lsn => Err(self.fault(SlotFault::Ahead(position, confirmed))),
            _ => Ok(()),
        }
    }

    /// The publication of the log, quoted as the server reads a list of them.
    pub(crate) async fn publication(&self) -> Result<String, Error> {
        let what = "look for the log's publication";
        // One that filters rows or columns, as newer servers can, publishes less than the log.
        let find = "SELECT quote_ident(publication.pubname)
             FROM pg_publication_rel AS member JOIN pg_publication AS publication ON publication.oid = member.prpubid
             WHERE member.prrelid = to_regclass($1)::oid AND publication.pubinsert AND publication.pubviaroot
                 AND to_jsonb(member) ->> 'prqual' IS NULL AND to_jsonb(member) ->> 'prattrs' IS NULL
             ORDER BY publication.oid LIMIT 1";
        let table = self.log.table("mutation_events");
        let found = self.session.answer(what, self.session.client().query_opt(find, &[&table])).await?;
        found.map(|row| row.get(0)).ok_or_else(|| self.fault(SlotFault::NoPublication))
    }

    async fn can_be_read(&self) -> Result<(), Error> {
        let what = "look at the server's wal_level";
        let row = self.session.answer(what, self.session.client().query_one("SHOW wal_level", &[])).await?;
        let level: String = row.get(0);
        if level != "logical" {
            return Err(self.fault(SlotFault::WalLevel(level)));
        }
        self.publication().await.map(drop)
    }

    /// The slot, once nobody reads it: an earlier reader of the same consumer whose end the server has not noticed is cut off.
    async fn free(&self) -> Result<Option<Found>, Error> {
        let what = "look at the replication slot";
        let look = "SELECT slot.plugin, slot.database = current_database(), slot.active_pid, reader.application_name, slot.wal_status,
                    slot.confirmed_flush_lsn
             FROM pg_replication_slots AS slot LEFT JOIN pg_stat_activity AS reader ON reader.pid = slot.active_pid
             WHERE slot.slot_name = $1";
        let client = self.session.client();
        let mut pause = Duration::from_millis(5);
        loop {
            let Some(found) = self.session.answer(what, client.query_opt(look, &[&self.name])).await?.map(read) else {
                return Ok(None);
            };
            if found.plugin.as_deref() != Some("pgoutput") || !found.here {
                let plugin = found.plugin.as_deref().unwrap_or("physical");
                let place = if found.here { "" } else { " of another database" };
                return Err(self.fault(SlotFault::Foreign(format!("of the plugin `{plugin}`{place}"))));
            }
            let Some(process) = found.process else { return Ok(Some(found)) };
            // Where its process has just ended there is no name to see.
            if found.application.as_deref().is_some_and(|name| name != self.name) || pause > Duration::from_secs(1) {
                return Err(self.fault(SlotFault::Busy(process)));
            }
            let cut_off = "SELECT pg_terminate_backend($1)";
            let what = "cut off the slot's former reader";
            self.session.answer(what, client.query(cut_off, &[&process])).await?;
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }
}

fn read(row: Row) -> Found {
    Found {
        plugin: row.get(0),
        here: row.get::<_, Option<bool>>(1).unwrap_or_default(),
        process: row.get(2),
        application: row.get(3),
        status: row.get::<_, Option<String>>(4).unwrap_or_else(|| "lost".to_owned()),
        confirmed: row.get(5),
    }
}

/// The name of the slot of a relay's consumer. Slots of all databases of a server share one set of names, so the log's identity is in it.
#[must_use]
pub fn name(log: &Log, consumer: &str) -> String {
    // FNV-1a: what tells names apart that are alike once the characters are gone that a slot's name cannot have.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in log.identity().as_bytes().iter().chain(consumer.as_bytes()) {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let readable = consumer.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
    let mut name: String = "pgmutate_".chars().chain(readable).collect();
    name.truncate(NAME_BYTES - 17);
    format!("{name}_{hash:016x}")
}
