//! What a transaction can begin on.

use std::future::Future;

use super::held::Held;
use crate::client::Connection;
use crate::error::Error;

/// A pool, by reference, or a connection that nobody else uses meanwhile, by mutable reference.
#[diagnostic::on_unimplemented(
    message = "a transaction cannot begin on `{Self}`",
    note = "pass `&pool` (features `bb8` and `deadpool`), `&mut connection` or `&mut client`"
)]
pub trait Begin: Send {
    /// A connection for as long as a transaction needs it.
    #[doc(hidden)]
    fn hold(&mut self) -> impl Future<Output = Result<Held<'_>, Error>> + Send;
}

impl Begin for &mut Connection {
    async fn hold(&mut self) -> Result<Held<'_>, Error> {
        Ok(Held::Borrowed(self))
    }
}

impl Begin for &mut tokio_postgres::Client {
    async fn hold(&mut self) -> Result<Held<'_>, Error> {
        Ok(Held::Borrowed(self))
    }
}
