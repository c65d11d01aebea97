//! The driver's own connections and transactions: the unnamed statement, of which nothing stays on the server.

use std::pin::pin;

use futures_util::TryStreamExt;
use tokio_postgres::{Row, RowStream, Transaction};

use super::{Client, Request};
use crate::error::Error;

/// Parse, bind, describe, execute and sync leave together. Nothing is prepared, so it works behind a transaction pooler.
macro_rules! unnamed_statement {
    ($client:ty) => {
        async fn run(&self, request: &Request<'_>, rows: &mut (dyn FnMut(&Row) + Send)) -> Result<(), Error> {
            let answer = self.query_typed_raw(request.statement(), request.arguments().values());
            Ok(read(answer.await?, rows).await?)
        }
    };
}

impl Client for tokio_postgres::Client {
    unnamed_statement!(tokio_postgres::Client);

    async fn settle(&self) {
        wait_until_ready(self).await;
    }
}

impl Client for Transaction<'_> {
    unnamed_statement!(Transaction<'_>);
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
