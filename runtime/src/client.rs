//! Who carries a statement to the server: a connection, a transaction, or a pool of one's own.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use futures_util::TryStreamExt;
use tokio_postgres::{Row, RowStream};

use crate::arguments::Arguments;
use crate::error::Error;

/// One statement with its arguments, to be sent in one flight.
#[derive(Debug)]
pub struct Request<'a> {
    statement: &'a str,
    arguments: &'a Arguments,
}

impl<'a> Request<'a> {
    pub(crate) fn new(statement: &'a str, arguments: &'a Arguments) -> Self {
        Self { statement, arguments }
    }

    /// The statement's text.
    pub fn statement(&self) -> &'a str {
        self.statement
    }
}

/// Something that can run a mutation's statement: [`tokio_postgres::Client`], a [`tokio_postgres::Transaction`], a reference to either.
///
/// A pool implements it by taking a connection and handing over to it; the connection is free again when `run` has returned:
///
/// ```
/// use pgmutate::{Client, Error, Request};
/// use tokio_postgres::Row;
///
/// struct Pool { /* ... */ }
///
/// impl Pool {
///     async fn take(&self) -> Result<Box<tokio_postgres::Client>, std::io::Error> {
/// #       Err(std::io::Error::other("empty"))
///         // ...
///     }
/// }
///
/// impl Client for Pool {
///     async fn run(&self, request: &Request<'_>, rows: &mut (dyn FnMut(&Row) + Send)) -> Result<(), Error> {
///         let client = self.take().await.map_err(Error::connection)?;
///         client.run(request, rows).await
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot run mutations",
    label = "not a client",
    note = "pass a `tokio_postgres::Client` or `Transaction`, or implement `pgmutate::Client` by handing over to one"
)]
pub trait Client: Sync {
    /// Sends the request, hands every row to `rows` as it arrives, and returns when the server is ready for the next request: only that proves
    /// a commit, rows and even the command's completion do not.
    ///
    /// # Errors
    ///
    /// The connection failed or the server raised an error; rows that were handed over are then void.
    fn run(
        &self,
        request: &Request<'_>,
        rows: &mut (dyn FnMut(&Row) + Send),
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// The unnamed statement: parse, bind, describe, execute and sync leave together. Nothing is prepared, so it works behind a transaction pooler.
macro_rules! unnamed_statement {
    ($($client:ty),*) => {$(
        impl Client for $client {
            async fn run(&self, request: &Request<'_>, rows: &mut (dyn FnMut(&Row) + Send)) -> Result<(), Error> {
                read(self.query_typed_raw(request.statement, request.arguments.values()).await?, rows).await
            }
        }
    )*};
}

unnamed_statement!(tokio_postgres::Client, tokio_postgres::Transaction<'_>);

async fn read(answer: RowStream, rows: &mut (dyn FnMut(&Row) + Send)) -> Result<(), Error> {
    let mut answer = pin!(answer);
    while let Some(row) = answer.try_next().await? {
        rows(&row);
    }
    Ok(())
}

macro_rules! hand_over {
    ($($pointer:ty: $($bound:ident)?),*) => {$(
        impl<C: Client + ?Sized $(+ $bound)?> Client for $pointer {
            fn run(
                &self,
                request: &Request<'_>,
                rows: &mut (dyn FnMut(&Row) + Send),
            ) -> impl Future<Output = Result<(), Error>> + Send {
                C::run(self, request, rows)
            }
        }
    )*};
}

hand_over!(&C:, Box<C>:, Arc<C>: Send);
