//! The bare functions: what no caller can be cheaper than.

use std::error::Error;
use std::fmt::Write as _;

use tokio_postgres::{Client, Config, Statement};

use crate::documents::Jsonb;
use crate::work::Job;

pub struct Floor {
    client: Client,
    create_customer: Statement,
    update_customer: Statement,
    delete_customer: Statement,
    update_product: Statement,
    create_order: Statement,
}

impl Floor {
    pub async fn connect(config: &Config) -> (i32, Self) {
        let (backend, client) = super::connect(config).await;
        let prepare = async |sql: &str| client.prepare(sql).await.expect(sql);
        let floor = Self {
            create_customer: prepare("SELECT app.plain_create_customer($1, $2, $3, $4)").await,
            update_customer: prepare("SELECT app.update_customer($1, $2)").await,
            delete_customer: prepare("SELECT app.delete_customer($1)").await,
            update_product: prepare("SELECT app.plain_update_product($1, $2)").await,
            create_order: prepare("SELECT app.create_order($1)").await,
            client,
        };
        (backend, floor)
    }

    pub async fn call(&self, job: &Job, body: &mut Vec<u8>) -> Result<(), Box<dyn Error>> {
        let client = &self.client;
        let row = match job {
            Job::CreateCustomer { email, first_name } => {
                client.query_one(&self.create_customer, &[email, first_name, &Some("last"), &"en"]).await?
            }
            Job::UpdateCustomer { customer_id, last_name } => {
                let input = format!(r#"{{"last_name":"{last_name}"}}"#);
                client.query_one(&self.update_customer, &[customer_id, &Jsonb(&input)]).await?
            }
            Job::DeleteCustomer { customer_id } => client.query_one(&self.delete_customer, &[customer_id]).await?,
            Job::UpdateProduct { product_id, stock } => {
                let input = format!(r#"{{"stock":{stock}}}"#);
                client.query_one(&self.update_product, &[product_id, &Jsonb(&input)]).await?
            }
            Job::CreateOrder { customer_id, product_ids } => {
                let mut input = format!(r#"{{"customer_id":"{customer_id}","items":["#);
                for (index, product_id) in product_ids.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(input, r#"{comma}{{"product_id":"{product_id}","quantity":1}}"#)?;
                }
                input.push_str("]}");
                client.query_one(&self.create_order, &[&Jsonb(&input)]).await?
            }
        };
        let Jsonb(answer) = row.try_get(0)?;
        body.extend_from_slice(answer.as_bytes());
        Ok(())
    }
}
