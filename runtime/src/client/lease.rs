//! A pool's connection for as long as one call needs it.

use std::ops::Deref;

use tokio::runtime::Handle;
use tokio_postgres::Row;

use super::{Client, Request};
use crate::error::Error;

/// A pool's connection that goes back to the pool when the server is ready again, also where the call is dropped on its way.
struct Lease<O>(Option<O>)
where
    O: Deref<Target: Client> + Send + Sync + 'static;

/// Runs the request on a connection that the pool has handed out.
pub(super) async fn run<O>(
    connection: O,
    request: &Request<'_>,
    rows: &mut (dyn FnMut(&Row) + Send),
) -> Result<(), Error>
where
    O: Deref<Target: Client> + Send + Sync + 'static,
{
    let mut lease = Lease(Some(connection));
    let Some(connection) = &lease.0 else { return Ok(()) };
    let done = connection.run(request, rows).await;
    // Nothing is on the way any more: straight back to the pool.
    drop(lease.0.take());
    done
}

impl<O> Drop for Lease<O>
where
    O: Deref<Target: Client> + Send + Sync + 'static,
{
    fn drop(&mut self) {
        let Some(connection) = self.0.take() else { return };
        // Without a runtime nothing drives the connection either; the pool finds it closed.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { connection.settle().await });
        }
    }
}
