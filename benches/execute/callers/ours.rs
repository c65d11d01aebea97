//! pgmutate: the generated structs on a connection that keeps its statements prepared.

use std::error::Error;

use pgmutate::{Connection, Mutation as _, Outcome, Patch};
use tokio_postgres::{Config, NoTls};

use self::mutations::app::{CreateCustomer, CreateOrder, DeleteCustomer, UpdateCustomer, UpdateProduct};
use self::mutations::{CreateOrderInput, OrderItemInput, UpdateCustomerInput, UpdateProductInput};
use crate::work::Job;

mod mutations {
    pgmutate::include_mutations!();
}

pub struct Pgmutate(Connection);

impl Pgmutate {
    pub async fn connect(config: &Config) -> (i32, Self) {
        let connection = Connection::connect(config, NoTls).await.expect("a connection");
        let backend = connection.query_one(super::BACKEND, &[]).await.expect("a backend").get(0);
        (backend, Self(connection))
    }

    pub async fn call(&self, job: Job, body: &mut Vec<u8>) -> Result<(), Box<dyn Error>> {
        let connection = &self.0;
        let outcome: Outcome = match job {
            Job::CreateCustomer { email, first_name } => {
                let last_name = Patch::Value("last".to_owned());
                let call = CreateCustomer { email, first_name, last_name, locale: Some("en".to_owned()) };
                call.execute_into(connection, body).await?
            }
            Job::UpdateCustomer { customer_id, last_name } => {
                let input = UpdateCustomerInput { last_name: Patch::Value(last_name), ..Default::default() };
                UpdateCustomer { customer_id, input }.execute_into(connection, body).await?
            }
            Job::DeleteCustomer { customer_id } => {
                DeleteCustomer { customer_id }.execute_into(connection, body).await?
            }
            Job::UpdateProduct { product_id, stock } => {
                let input = UpdateProductInput { stock: Patch::Value(stock), ..Default::default() };
                UpdateProduct { product_id, input }.execute_into(connection, body).await?
            }
            Job::CreateOrder { customer_id, product_ids } => {
                let items = product_ids.map(|product_id| OrderItemInput { product_id, quantity: 1 }).into();
                let (shipping_address_id, note) = (Patch::Absent, Patch::Absent);
                let input_payload = CreateOrderInput { customer_id, items, shipping_address_id, note };
                CreateOrder { input_payload }.execute_into(connection, body).await?
            }
        };
        if outcome.is_success() { Ok(()) } else { Err(String::from_utf8_lossy(body).into()) }
    }
}
