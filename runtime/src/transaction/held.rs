//! A connection for as long as a transaction needs it.

use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;

use futures_util::FutureExt;
use tokio::runtime::Handle;

use crate::client::{Client, Connection};

/// A connection that nobody else uses meanwhile.
#[doc(hidden)]
pub enum Held<'a> {
    /// The caller's own.
    Borrowed(&'a tokio_postgres::Client),
    /// One that a pool has handed out, and which goes back when it is dropped.
    Leased(Box<dyn Leased>),
}

/// A pool's connection.
#[doc(hidden)]
pub trait Leased: Send + Sync {
    fn client(&self) -> &tokio_postgres::Client;

    /// Ends what is on the way, and rolls back.
    fn reset(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// A client that is a connection of the driver's.
#[doc(hidden)]
pub trait Driven {
    fn driver(&self) -> &tokio_postgres::Client;
}

impl Driven for tokio_postgres::Client {
    fn driver(&self) -> &tokio_postgres::Client {
        self
    }
}

impl Driven for Connection {
    fn driver(&self) -> &tokio_postgres::Client {
        self
    }
}

impl<O> Leased for O
where
    O: Deref<Target: Client + Driven> + Send + Sync,
{
    fn client(&self) -> &tokio_postgres::Client {
        (**self).driver()
    }

    fn reset(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            (**self).settle().await;
            // A connection that cannot do even this is closed, and the pool finds it so.
            let _ = self.client().batch_execute("ROLLBACK").await;
        })
    }
}

impl Held<'_> {
    pub(super) fn client(&self) -> &tokio_postgres::Client {
        match self {
            Self::Borrowed(client) => client,
            Self::Leased(leased) => leased.client(),
        }
    }

    /// Rolls back what nobody will commit. A pool has the connection again when that is done.
    pub(super) fn abandon(self) {
        match self {
            // The driver takes a request when it is polled for the first time; nobody has to wait for its answer.
            Self::Borrowed(client) => drop(client.batch_execute("ROLLBACK").now_or_never()),
            Self::Leased(leased) => {
                // Without a runtime nothing drives the connection either; the pool finds it closed.
                if let Ok(runtime) = Handle::try_current() {
                    runtime.spawn(async move { leased.reset().await });
                }
            }
        }
    }
}

impl fmt::Debug for Held<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Borrowed(_) => "Borrowed",
            Self::Leased(_) => "Leased",
        })
    }
}
