//! What is looked at every second, for whoever watches and for the position of those who read by commits.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio_postgres::Row;

use super::Status;
use super::watermark::Watermark;
use crate::reader::holders_sql;
use crate::{Error, Log, Session};

/// How often it is looked.
const PAUSE: Duration = Duration::from_secs(1);

/// Looks how far the log has come, and what the server keeps for the consumer's slot, until the session fails.
pub(super) async fn watch(
    session: &Session,
    log: &Log,
    consumer: &str,
    status: &Status,
    watermark: Option<&Mutex<Watermark>>,
) -> Error {
    loop {
        let looked = match watermark {
            Some(watermark) => observe(session, log, consumer, status, watermark).await,
            None => newest(session, log).await.map(|newest| status.newest.store(newest, Relaxed)),
        };
        if let Err(error) = looked {
            return error;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn newest(session: &Session, log: &Log) -> Result<i64, Error> {
    let newest = format!("SELECT COALESCE(max(event_id), 0) FROM {}", log.table("mutation_events"));
    let row = session.answer("look for the newest event", session.client().query_one(&newest, &[])).await?;
    Ok(row.get(0))
}

async fn observe(
    session: &Session,
    log: &Log,
    consumer: &str,
    status: &Status,
    watermark: &Mutex<Watermark>,
) -> Result<(), Error> {
    let client = session.client();
    let holders = holders_sql(log);
    let row = session.answer("look for open transactions", client.query_one(&holders, &[])).await?;
    let (newest, holders): (i64, Vec<String>) = (row.get(0), row.get(1));
    status.newest.store(newest, Relaxed);
    // After the holders: whoever is none any more has left his commit before this place.
    let look = format!(
        "SELECT pg_current_wal_insert_lsn(), pg_wal_lsn_diff(pg_current_wal_lsn(), slot.restart_lsn)::bigint, slot.wal_status
         FROM {} AS consumer LEFT JOIN pg_replication_slots AS slot ON slot.slot_name = consumer.slot
         WHERE consumer.consumer = $1",
        log.table("mutation_consumers")
    );
    let row: Option<Row> =
        session.answer("look at the replication slot", client.query_opt(&look, &[&consumer])).await?;
    // Where the row is gone, the run learns of it when it next looks itself.
    let Some(row) = row else { return Ok(()) };
    watermark.lock().unwrap_or_else(PoisonError::into_inner).observe(newest, holders, row.get(0));
    let retained = row.get::<_, Option<i64>>(1).and_then(|bytes| u64::try_from(bytes).ok());
    status.retained_wal.store(retained.unwrap_or_default(), Relaxed);
    let at_risk = row.get::<_, Option<&str>>(2).is_some_and(|status| status == "unreserved" || status == "lost");
    status.slot_at_risk.store(at_risk, Relaxed);
    Ok(())
}
