use pgmutate::Mutation;

fn explain(error: app::DeleteCustomerError) -> &'static str {
    match error {
        app::DeleteCustomerError::NotFound { .. } => "there is no such customer",
        app::DeleteCustomerError::CustomerHasOrders { .. } => "not before the orders",
    }
}

pub async fn delete(client: &impl pgmutate::Client, call: app::DeleteCustomer) -> Result<String, pgmutate::Error> {
    match call.call(client).await? {
        Ok(done) => Ok(done.customer.email),
        Err(error) => Ok(explain(error).to_owned()),
    }
}

fn main() {}
