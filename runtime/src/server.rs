//! Which server this is; asked only to explain a failure, so that a call that succeeds stays one round trip.

use tokio_postgres::Row;

use crate::arguments::Arguments;
use crate::client::{Client, Request};
use crate::contract;
use crate::error::Error;

/// The oldest server version that has all that the statements and the event log use.
const OLDEST: u32 = 14;

/// The same error, or what explains it: a server that is too old.
pub(crate) async fn explain<C: Client + ?Sized>(client: &C, error: Error) -> Error {
    if !error.may_be_an_old_server() {
        return error;
    }
    match version(client).await {
        Some(version) if major(&version).is_some_and(|major| major < OLDEST) => error.of_old_server(&version),
        _ => error,
    }
}

/// The server's version, such as `15.18`; `None` where it cannot be asked, as in a transaction that has failed.
async fn version<C: Client + ?Sized>(client: &C) -> Option<String> {
    let arguments = Arguments::new(&contract::SKELETON);
    let mut version = None;
    let mut read = |row: &Row| version = row.try_get(0).ok();
    client.run(&Request::text("SHOW server_version", &arguments), &mut read).await.ok()?;
    version
}

fn major(version: &str) -> Option<u32> {
    let digits = version.find(|character: char| !character.is_ascii_digit()).unwrap_or(version.len());
    version[..digits].parse().ok()
}
