//! `deadpool` and `deadpool-postgres`: any pool of them whose connections are clients.

use deadpool::managed::{Manager as ManageConnection, Metrics, Object, Pool, RecycleError, RecycleResult};
use deadpool_postgres::ClientWrapper;
use tokio_postgres::Row;

use crate::client::connection::Encryption;
use crate::client::{Client, Connection, Manager, Request, lease};
use crate::error::Error;
use crate::transaction::Begin;
use crate::transaction::held::{Driven, Held};

impl<T: Encryption> ManageConnection for Manager<T> {
    type Type = Connection;
    type Error = Error;

    async fn create(&self) -> Result<Connection, Error> {
        self.connect().await
    }

    async fn recycle(&self, connection: &mut Connection, _: &Metrics) -> RecycleResult<Error> {
        if connection.is_spent() {
            Err(RecycleError::message("the connection cannot be used any more"))
        } else {
            Ok(())
        }
    }
}

impl<M, W> Client for Pool<M, W>
where
    M: ManageConnection<Type: Client, Error: std::error::Error + Send + Sync + 'static> + 'static,
    W: From<Object<M>> + std::ops::Deref<Target: Client> + Send + Sync + 'static,
{
    async fn run(&self, request: &Request<'_>, rows: &mut (dyn FnMut(&Row) + Send)) -> Result<(), Error> {
        let connection = self.get().await.map_err(Error::connection)?;
        lease::run(connection, request, rows).await
    }
}

impl<M, W> Begin for &Pool<M, W>
where
    M: ManageConnection<Type: Client, Error: std::error::Error + Send + Sync + 'static> + 'static,
    W: From<Object<M>> + std::ops::Deref<Target: Client + Driven> + Send + Sync + 'static,
{
    async fn hold(&mut self) -> Result<Held<'_>, Error> {
        Ok(Held::Leased(Box::new(self.get().await.map_err(Error::connection)?)))
    }
}

impl Driven for ClientWrapper {
    fn driver(&self) -> &tokio_postgres::Client {
        self
    }
}

/// A connection of `deadpool_postgres::Pool`.
impl Client for ClientWrapper {
    async fn run(&self, request: &Request<'_>, rows: &mut (dyn FnMut(&Row) + Send)) -> Result<(), Error> {
        tokio_postgres::Client::run(self, request, rows).await
    }

    async fn settle(&self) {
        tokio_postgres::Client::settle(self).await;
    }
}
