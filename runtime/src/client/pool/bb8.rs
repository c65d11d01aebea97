//! `bb8`: any pool of it whose connections are clients.

use bb8::{ManageConnection, Pool, PooledConnection, RunError};
use tokio_postgres::Row;

use crate::client::connection::Encryption;
use crate::client::{Client, Connection, Manager, Request, lease};
use crate::error::Error;
use crate::transaction::Begin;
use crate::transaction::held::{Driven, Held};

impl<T: Encryption> ManageConnection for Manager<T> {
    type Connection = Connection;
    type Error = Error;

    async fn connect(&self) -> Result<Connection, Error> {
        Manager::connect(self).await
    }

    async fn is_valid(&self, connection: &mut Connection) -> Result<(), Error> {
        if connection.is_spent() { Err(Error::connection("the connection cannot be used any more")) } else { Ok(()) }
    }

    fn has_broken(&self, connection: &mut Connection) -> bool {
        connection.is_spent()
    }
}

impl<M> Client for Pool<M>
where
    M: ManageConnection<Connection: Client, Error: std::error::Error + Sync>,
{
    async fn run(&self, request: &Request<'_>, rows: &mut (dyn FnMut(&Row) + Send)) -> Result<(), Error> {
        lease::run(take(self).await?, request, rows).await
    }
}

impl<M> Begin for &Pool<M>
where
    M: ManageConnection<Connection: Client + Driven, Error: std::error::Error + Sync>,
{
    async fn hold(&mut self) -> Result<Held<'_>, Error> {
        Ok(Held::Leased(Box::new(take(self).await?)))
    }
}

async fn take<M>(pool: &Pool<M>) -> Result<PooledConnection<'static, M>, Error>
where
    M: ManageConnection<Error: std::error::Error + Sync>,
{
    pool.get_owned().await.map_err(|error| match error {
        RunError::User(cause) => Error::connection(cause),
        RunError::TimedOut => Error::connection("the pool had no connection free in time"),
    })
}
