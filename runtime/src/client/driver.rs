//! The driver's own connections and transactions: the unnamed statement, of which nothing stays on the server.

use std::future::Future;
use std::pin::pin;

use futures_util::{TryStreamExt, future};
use tokio_postgres::types::Type;
use tokio_postgres::{Row, RowStream, Transaction};

use super::{Client, Request};
use crate::context::{Ahead, Sql};
use crate::error::Error;

/// The commands around what is to be undone without the transaction that it is in.
const SAVEPOINT: &str = "SAVEPOINT pgmutate";
const RELEASE: &str = "RELEASE SAVEPOINT pgmutate";
const ROLL_BACK: &str = "ROLLBACK TO SAVEPOINT pgmutate; RELEASE SAVEPOINT pgmutate";

type Done<T = ()> = Result<T, tokio_postgres::Error>;

/// Parse, bind, describe, execute and sync leave together. Nothing is prepared, so it works behind a transaction pooler.
pub(super) async fn unnamed(
    client: &tokio_postgres::Client,
    request: &Request<'_>,
    rows: &mut (dyn FnMut(&Row) + Send),
) -> Done {
    read(client.query_typed_raw(request.statement(), request.arguments().values()).await?, rows).await
}

/// Runs a statement in a transaction block, with what has to go ahead of it, what begins the block and what ends it; all in one flight. Gives the row of an
/// earlier call with the same idempotency key.
///
/// What fails in the block fails what comes after it, and its end is then a rollback: so the first error is the cause.
pub(super) async fn in_block(
    client: &tokio_postgres::Client,
    request: &Request<'_>,
    begin: Option<&str>,
    statement: impl Future<Output = Done>,
    end: Option<&str>,
) -> Done<Option<Row>> {
    let (settings, claim) = request.ahead().map_or((None, None), |ahead| (ahead.settings(), ahead.claim()));
    let check = request.ahead().is_some_and(Ahead::is_dry_run).then_some("SET CONSTRAINTS ALL IMMEDIATE");
    let before = future::join3(command(client, begin), bound(client, settings), bound(client, claim));
    let after = future::join(command(client, check), command(client, end));
    let ((begun, set, claimed), answered, (checked, ended)) = future::join3(before, statement, after).await;
    begun.and(set)?;
    let earlier = claimed?;
    answered.and(checked).and(ended)?;
    Ok(earlier)
}

/// A command without arguments, where there is one.
async fn command(client: &tokio_postgres::Client, sql: Option<&str>) -> Done {
    match sql {
        Some(sql) => client.batch_execute(sql).await,
        None => Ok(()),
    }
}

/// A statement of the runtime's own, where there is one; gives its last row.
async fn bound(client: &tokio_postgres::Client, sql: Option<&Sql>) -> Done<Option<Row>> {
    let Some(sql) = sql else { return Ok(None) };
    let mut last = None;
    let values = sql.values.iter().map(|value| (value.as_str(), Type::TEXT));
    read(client.query_typed_raw(&sql.text, values).await?, &mut |row| last = Some(row.clone())).await?;
    Ok(last)
}

/// Sends a request in a transaction that is open: behind a savepoint where the transaction may go on though it fails.
pub(crate) async fn in_transaction(
    client: &tokio_postgres::Client,
    request: &Request<'_>,
    rows: &mut (dyn FnMut(&Row) + Send),
) -> Result<(), Error> {
    let goes_on = request.is_dry_run() || request.may_fail_and_go_on();
    if !goes_on && request.ahead().is_none() {
        return Ok(unnamed(client, request, rows).await?);
    }
    let (begin, end) = match (goes_on, request.is_dry_run()) {
        (false, _) => (None, None),
        (true, false) => (Some(SAVEPOINT), Some(RELEASE)),
        (true, true) => (Some(SAVEPOINT), Some(ROLL_BACK)),
    };
    match Box::pin(in_block(client, request, begin, unnamed(client, request, rows), end)).await {
        Ok(earlier) => earlier.iter().for_each(rows),
        Err(error) => {
            if goes_on {
                // Where this fails, so does whatever comes after it.
                let _ = client.batch_execute(ROLL_BACK).await;
            }
            return Err(error.into());
        }
    }
    Ok(())
}

impl Client for tokio_postgres::Client {
    async fn run(&self, request: &Request<'_>, rows: &mut (dyn FnMut(&Row) + Send)) -> Result<(), Error> {
        if request.ahead().is_some() {
            // Of several messages, and with `&self` others may send theirs in between.
            return Err(Error::context(
                "it takes a transaction block, so a connection that nobody else uses meanwhile: use a `pgmutate::Connection`, a pool of them, \
                 or a transaction"
                    .into(),
            ));
        }
        Ok(unnamed(self, request, rows).await?)
    }

    async fn settle(&self) {
        wait_until_ready(self).await;
    }
}

/// The settings hold until the transaction ends.
impl Client for Transaction<'_> {
    async fn run(&self, request: &Request<'_>, rows: &mut (dyn FnMut(&Row) + Send)) -> Result<(), Error> {
        in_transaction(self.client(), request, rows).await
    }

    fn is_transaction(&self) -> bool {
        true
    }
}

/// Answers come in the order of the requests, so that of an empty one comes when the server is done with all before it.
pub(super) async fn wait_until_ready(client: &tokio_postgres::Client) {
    // A connection that is lost has nothing on the way.
    let _ = client.check_connection().await;
}

pub(super) async fn read(answer: RowStream, rows: &mut (dyn FnMut(&Row) + Send)) -> Done {
    let mut answer = pin!(answer);
    while let Some(row) = answer.try_next().await? {
        rows(&row);
    }
    Ok(())
}
