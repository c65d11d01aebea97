use pgmutate::Mutation;
use pgmutate::types::Uuid;

// What is right stays quiet.
#[derive(pgmutate::Mutation)]
#[mutation(function = "app.delete_customer", success = app::DeleteCustomerSuccess, error = app::DeleteCustomerError)]
pub struct Right {
    pub customer_id: Uuid,
}

pub async fn right(client: &impl pgmutate::Client, call: Right) -> Result<Option<String>, pgmutate::Error> {
    Ok(call.call(client).await?.ok().map(|done| done.customer.email))
}

#[derive(pgmutate::Mutation)]
#[mutation(function = "app.delete_customer")]
pub struct Untyped {
    pub customer_id: Uuid,
}

pub async fn untyped(client: &impl pgmutate::Client, call: Untyped) {
    let _ = call.call(client).await;
}

#[derive(pgmutate::Mutation)]
#[mutation(function = "app.delete_customer", success = app::DeleteCustomerSuccess)]
pub struct HalfTyped {
    pub customer_id: Uuid,
}

#[derive(pgmutate::Output)]
pub struct Unreadable {
    pub since: std::time::Instant,
}

#[derive(pgmutate::Output)]
pub struct Nameless(String);

#[derive(pgmutate::Output)]
pub enum Words {
    #[output(value = "one")]
    One,
    Two,
    #[output(valu = "three")]
    Three,
}

#[derive(pgmutate::Output)]
#[output(discriminator = "kind")]
pub enum Union {
    #[output(value = "a")]
    Two(String, String),
}

#[derive(Debug, pgmutate::MutationError)]
pub enum Codes {
    NotFound { message: Option<String> },
}

#[derive(pgmutate::Event)]
#[event(name = "ORDER_CREATED", entity = "order", operation = "INSERT")]
pub struct Inserted {}

#[derive(pgmutate::Event)]
#[event(name = "ORDER_CREATED", operation = "CREATE")]
pub struct OfNothing {}

fn main() {}
