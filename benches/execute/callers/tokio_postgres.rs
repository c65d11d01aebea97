//! By hand with tokio-postgres, as well as it is commonly done: prepared statements, typed documents, a transaction around function and event.

use std::error::Error;

use postgres_types::{Json, ToSql};
use tokio_postgres::{Client, Config, Statement};

use crate::documents::{CustomerPatch, Jsonb, OrderInput, OrderMetadata, ProductPatch, Reply, Stored, respond};
use crate::work::Job;

pub struct ByHand {
    client: Client,
    create_customer: Statement,
    update_customer: Statement,
    delete_customer: Statement,
    update_product: Statement,
    create_order: Statement,
    lock_customer: Statement,
    log: Statement,
}

impl ByHand {
    pub async fn connect(config: &Config) -> (i32, Self) {
        let (backend, client) = super::connect(config).await;
        let prepare = async |sql: &str| client.prepare(sql).await.expect(sql);
        let by_hand = Self {
            create_customer: prepare(super::CREATE_CUSTOMER).await,
            update_customer: prepare(super::UPDATE_CUSTOMER).await,
            delete_customer: prepare(super::DELETE_CUSTOMER).await,
            update_product: prepare(super::UPDATE_PRODUCT).await,
            create_order: prepare(super::CREATE_ORDER).await,
            lock_customer: prepare(super::LOCK_CUSTOMER).await,
            log: prepare(super::LOG).await,
            client,
        };
        (backend, by_hand)
    }

    pub async fn call(&mut self, job: &Job, body: &mut Vec<u8>) -> Result<(), Box<dyn Error>> {
        match job {
            // These two leave their event themselves: one round trip by hand as well.
            Job::CreateCustomer { email, first_name } => {
                let row =
                    self.client.query_one(&self.create_customer, &[email, first_name, &Some("last"), &"en"]).await?;
                let Jsonb(answer) = row.try_get(0)?;
                respond(Reply::read(answer)?, "CreateCustomerSuccess", body)
            }
            Job::UpdateProduct { product_id, stock } => {
                let input = Json(ProductPatch { stock: *stock });
                let row = self.client.query_one(&self.update_product, &[product_id, &input]).await?;
                let Jsonb(answer) = row.try_get(0)?;
                respond(Reply::read(answer)?, "UpdateProductSuccess", body)
            }
            Job::UpdateCustomer { customer_id, last_name } => {
                let transaction = self.client.transaction().await?;
                let image = transaction.query_opt(&self.lock_customer, &[customer_id]).await?;
                let before = image.as_ref().map(|row| row.try_get::<_, Jsonb<'_>>(0)).transpose()?;
                let input = Json(CustomerPatch { last_name });
                let row = transaction.query_one(&self.update_customer, &[customer_id, &input]).await?;
                let Jsonb(answer) = row.try_get(0)?;
                let reply = Reply::read(answer)?;
                let stored = Stored::of(answer)?;
                let after = stored.customer.map(|document| Jsonb(document.get()));
                let metadata = None::<Jsonb<'_>>;
                let event: &[&(dyn ToSql + Sync)] =
                    &[&"CUSTOMER_UPDATED", &"customer", customer_id, &"UPDATE", &before, &after, &metadata];
                transaction.query_one(&self.log, event).await?;
                transaction.commit().await?;
                respond(reply, "UpdateCustomerSuccess", body)
            }
            Job::DeleteCustomer { customer_id } => {
                let transaction = self.client.transaction().await?;
                let image = transaction.query_opt(&self.lock_customer, &[customer_id]).await?;
                let before = image.as_ref().map(|row| row.try_get::<_, Jsonb<'_>>(0)).transpose()?;
                let row = transaction.query_one(&self.delete_customer, &[customer_id]).await?;
                let Jsonb(answer) = row.try_get(0)?;
                let reply = Reply::read(answer)?;
                let nothing = None::<Jsonb<'_>>;
                let event: &[&(dyn ToSql + Sync)] =
                    &[&"CUSTOMER_DELETED", &"customer", customer_id, &"DELETE", &before, &nothing, &nothing];
                transaction.query_one(&self.log, event).await?;
                transaction.commit().await?;
                respond(reply, "DeleteCustomerSuccess", body)
            }
            Job::CreateOrder { customer_id, product_ids } => {
                let transaction = self.client.transaction().await?;
                let input = Json(OrderInput::new(customer_id, product_ids));
                let row = transaction.query_one(&self.create_order, &[&input]).await?;
                let Jsonb(answer) = row.try_get(0)?;
                let reply = Reply::read(answer)?;
                let order_id = reply.order_id()?;
                let stored = Stored::of(answer)?;
                let before = None::<Jsonb<'_>>;
                let after = stored.order.map(|document| Jsonb(document.get()));
                let metadata = Json(OrderMetadata { customer_id });
                let event: &[&(dyn ToSql + Sync)] =
                    &[&"ORDER_CREATED", &"order", &order_id, &"CREATE", &before, &after, &metadata];
                transaction.query_one(&self.log, event).await?;
                transaction.commit().await?;
                respond(reply, "CreateOrderSuccess", body)
            }
        }
    }
}
