use pgmutate::Mutation;
use pgmutate::types::Uuid;

/// Which type the argument has is not known without the function; the caller knows it.
pub async fn remove(client: &impl pgmutate::Client, customer_id: Uuid) -> Result<String, pgmutate::Error> {
    match (app::DeleteCustomer { customer_id }).call(client).await? {
        Ok(done) => Ok(done.customer.email),
        Err(app::DeleteCustomerError::NotFound { .. } | app::DeleteCustomerError::CustomerHasOrders { .. }) => {
            Ok(String::new())
        }
    }
}

fn main() {}
