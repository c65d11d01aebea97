//! Who carries a statement to the server: a connection, a transaction, a pool.

mod cancel;
mod connection;
mod driver;
mod flight;
mod prepared;
mod request;

#[cfg(any(feature = "bb8", feature = "deadpool"))]
mod lease;
#[cfg(any(feature = "bb8", feature = "deadpool"))]
mod manager;
#[cfg(any(feature = "bb8", feature = "deadpool"))]
mod pool;
#[cfg(feature = "rustls")]
mod tls;

use std::future::Future;
use std::sync::Arc;

use tokio_postgres::Row;

pub use connection::{Connection, Encryption};
pub(crate) use driver::in_transaction;
#[cfg(any(feature = "bb8", feature = "deadpool"))]
pub use manager::Manager;
pub use prepared::Statements;
pub use request::Request;
#[cfg(feature = "rustls")]
pub use tls::{Tls, TlsError};

use crate::context::{Context, InContext};
use crate::error::Error;

/// Something that can run a mutation's statement.
///
/// | client | statements | features |
/// |---|---|---|
/// | [`Connection`] | [`Statements`]: prepared once per connection, or unnamed behind a transaction pooler | |
/// | `bb8::Pool<Manager<_>>`, `deadpool::managed::Pool<Manager<_>>` | those of its [`Connection`]s | `bb8`, `deadpool` |
/// | `deadpool_postgres::Pool`, `bb8::Pool<bb8_postgres::PostgresConnectionManager<_>>` | unnamed | `deadpool`, `bb8` |
/// | [`tokio_postgres::Client`], [`tokio_postgres::Transaction`] | unnamed | |
/// | a reference, a box or an `Arc` of one of these | | |
///
/// With every one of them a call is one round trip, the first of a connection as well. A call that is dropped on its way is cancelled where the client is
/// a pool of [`Connection`]s; in every pool the connection is given to nobody else before the server is ready again.
///
/// Another pool implements it by taking a connection and handing over to it; the connection is free again when `run` has returned:
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
    note = "pass a `pgmutate::Connection`, a `tokio_postgres::Client` or `Transaction`, or a pool (features `bb8` and `deadpool`), or implement \
            `pgmutate::Client` by handing over to one"
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

    /// Ends what a dropped `run` has left on the way, if it can be cancelled, and returns when the server is ready for the next request.
    ///
    /// A pool awaits this before it gives the connection to somebody else. Returns at once where there is nothing to wait for, which is what a client
    /// that is no connection leaves it at.
    fn settle(&self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    /// The same client, whose calls run under `context`.
    fn with<'a>(&'a self, context: &'a Context) -> InContext<'a, Self> {
        InContext::new(self, context)
    }

    /// What calls run under.
    fn context(&self) -> Option<&Context> {
        None
    }

    /// Whether it is a transaction of the caller's own: then a call that fails is not made again, for what was done before it is gone as well.
    fn is_transaction(&self) -> bool {
        false
    }
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

            fn settle(&self) -> impl Future<Output = ()> + Send {
                C::settle(self)
            }

            fn context(&self) -> Option<&Context> {
                C::context(self)
            }

            fn is_transaction(&self) -> bool {
                C::is_transaction(self)
            }
        }
    )*};
}

hand_over!(&C:, Box<C>:, Arc<C>: Send);
