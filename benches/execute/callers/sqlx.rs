//! The same by hand with sqlx, which keeps its statements prepared as well.

use std::error::Error;

use serde_json::value::RawValue;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::types::Json;
use sqlx::{Connection as _, Row as _};
use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::documents::{CustomerPatch, OrderInput, OrderMetadata, ProductPatch, Reply, Stored, respond};
use crate::work::Job;

pub struct ByHand(PgConnection);

impl ByHand {
    pub async fn connect(config: &Config, synchronous_commit: &str) -> (i32, Self) {
        let mut options = PgConnectOptions::new_without_pgpass()
            .port(config.get_ports()[0])
            .username(config.get_user().expect("a user"))
            .database(config.get_dbname().expect("a database"))
            .options([("synchronous_commit", synchronous_commit)]);
        options = match &config.get_hosts()[0] {
            Host::Tcp(host) => options.host(host),
            Host::Unix(folder) => options.socket(folder),
        };
        if let Some(password) = config.get_password() {
            options = options.password(std::str::from_utf8(password).expect("a password"));
        }
        let mut connection = PgConnection::connect_with(&options).await.expect("a connection");
        let backend = sqlx::query_scalar(super::BACKEND).fetch_one(&mut connection).await.expect("a backend");
        (backend, Self(connection))
    }

    pub async fn call(&mut self, job: &Job, body: &mut Vec<u8>) -> Result<(), Box<dyn Error>> {
        match job {
            Job::CreateCustomer { email, first_name } => {
                let query =
                    sqlx::query(super::CREATE_CUSTOMER).bind(email).bind(first_name).bind(Some("last")).bind("en");
                let row = query.fetch_one(&mut self.0).await?;
                respond(Reply::read(answer(&row)?)?, "CreateCustomerSuccess", body)
            }
            Job::UpdateProduct { product_id, stock } => {
                let input = Json(ProductPatch { stock: *stock });
                let query = sqlx::query(super::UPDATE_PRODUCT).bind(*product_id).bind(input);
                let row = query.fetch_one(&mut self.0).await?;
                respond(Reply::read(answer(&row)?)?, "UpdateProductSuccess", body)
            }
            Job::UpdateCustomer { customer_id, last_name } => {
                let mut transaction = self.0.begin().await?;
                let image =
                    sqlx::query(super::LOCK_CUSTOMER).bind(*customer_id).fetch_optional(&mut *transaction).await?;
                let before = image.as_ref().map(|row| row.try_get::<Json<&RawValue>, _>(0)).transpose()?;
                let input = Json(CustomerPatch { last_name });
                let query = sqlx::query(super::UPDATE_CUSTOMER).bind(*customer_id).bind(input);
                let row = query.fetch_one(&mut *transaction).await?;
                let answer = answer(&row)?;
                let reply = Reply::read(answer)?;
                let after = Stored::of(answer)?.customer.map(Json);
                let event =
                    sqlx::query(super::LOG).bind("CUSTOMER_UPDATED").bind("customer").bind(*customer_id).bind("UPDATE");
                let event = event.bind(before).bind(after).bind(None::<Json<&RawValue>>);
                event.fetch_one(&mut *transaction).await?;
                transaction.commit().await?;
                respond(reply, "UpdateCustomerSuccess", body)
            }
            Job::DeleteCustomer { customer_id } => {
                let mut transaction = self.0.begin().await?;
                let image =
                    sqlx::query(super::LOCK_CUSTOMER).bind(*customer_id).fetch_optional(&mut *transaction).await?;
                let before = image.as_ref().map(|row| row.try_get::<Json<&RawValue>, _>(0)).transpose()?;
                let row = sqlx::query(super::DELETE_CUSTOMER).bind(*customer_id).fetch_one(&mut *transaction).await?;
                let reply = Reply::read(answer(&row)?)?;
                let event =
                    sqlx::query(super::LOG).bind("CUSTOMER_DELETED").bind("customer").bind(*customer_id).bind("DELETE");
                let event = event.bind(before).bind(None::<Json<&RawValue>>).bind(None::<Json<&RawValue>>);
                event.fetch_one(&mut *transaction).await?;
                transaction.commit().await?;
                respond(reply, "DeleteCustomerSuccess", body)
            }
            Job::CreateOrder { customer_id, product_ids } => {
                let mut transaction = self.0.begin().await?;
                let input = Json(OrderInput::new(customer_id, product_ids));
                let row = sqlx::query(super::CREATE_ORDER).bind(input).fetch_one(&mut *transaction).await?;
                let answer = answer(&row)?;
                let reply = Reply::read(answer)?;
                let order_id = reply.order_id()?;
                let after = Stored::of(answer)?.order.map(Json);
                let event = sqlx::query(super::LOG).bind("ORDER_CREATED").bind("order").bind(order_id).bind("CREATE");
                let event = event.bind(None::<Json<&RawValue>>).bind(after).bind(Json(OrderMetadata { customer_id }));
                event.fetch_one(&mut *transaction).await?;
                transaction.commit().await?;
                respond(reply, "CreateOrderSuccess", body)
            }
        }
    }
}

fn answer(row: &PgRow) -> Result<&str, sqlx::Error> {
    let Json(answer) = row.try_get::<Json<&RawValue>, _>(0)?;
    Ok(answer.get())
}
