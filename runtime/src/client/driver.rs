//! The driver's own connections and transactions: the unnamed statement, of which nothing stays on the server.

use std::pin::pin;

use futures_util::{TryStreamExt, future};
use tokio_postgres::types::Type;
use tokio_postgres::{Row, RowStream, Transaction};

use super::{Client, Request};
use crate::error::Error;

/// Parse, bind, describe, execute and sync leave together. Nothing is prepared, so it works behind a transaction pooler.
macro_rules! unnamed {
    ($client:expr, $request:expr, $rows:expr) => {
        async {
            let answer = $client.query_typed_raw($request.statement(), $request.arguments().values());
            read(answer.await?, $rows).await
        }
    };
}

/// What makes the settings of `ahead`.
macro_rules! settings {
    ($client:expr, $ahead:expr) => {
        async {
            let values = $ahead.values().map(|value| (value, Type::TEXT));
            read($client.query_typed_raw(&$ahead.statement(), values).await?, &mut |_| ()).await
        }
    };
}

pub(super) use {settings, unnamed};

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
        Ok(unnamed!(self, request, rows).await?)
    }

    async fn settle(&self) {
        wait_until_ready(self).await;
    }
}

/// The settings hold until the transaction ends.
impl Client for Transaction<'_> {
    async fn run(&self, request: &Request<'_>, rows: &mut (dyn FnMut(&Row) + Send)) -> Result<(), Error> {
        let answer = unnamed!(self, request, rows);
        let Some(ahead) = request.ahead() else { return Ok(answer.await?) };
        let (set, answer) = future::join(settings!(self, ahead), answer).await;
        Ok(set.and(answer)?)
    }
}

/// Answers come in the order of the requests, so that of an empty one comes when the server is done with all before it.
pub(super) async fn wait_until_ready(client: &tokio_postgres::Client) {
    // A connection that is lost has nothing on the way.
    let _ = client.check_connection().await;
}

pub(super) async fn read(answer: RowStream, rows: &mut (dyn FnMut(&Row) + Send)) -> Result<(), tokio_postgres::Error> {
    let mut answer = pin!(answer);
    while let Some(row) = answer.try_next().await? {
        rows(&row);
    }
    Ok(())
}
