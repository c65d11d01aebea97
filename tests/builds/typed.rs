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

pub async fn half_typed(client: &impl pgmutate::Client, call: HalfTyped) {
    let _ = call.call(client).await;
}

#[derive(pgmutate::Mutation)]
#[mutation(function = "app.delete_customer", success = app::DeleteCustomerError, error = app::DeleteCustomerSuccess)]
pub struct Swapped {
    pub customer_id: Uuid,
}

struct Private;

#[derive(pgmutate::Output)]
pub struct Unreadable {
    pub other: Private,

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

#[derive(pgmutate::MutationError)]
pub enum NoDebug {
    #[output(code = "NOT_FOUND")]
    NotFound,
}

#[derive(Debug, pgmutate::MutationError)]
pub enum NoOption {
    #[output(code = "NOT_FOUND")]
    NotFound { message: String },
}

// Neither needs `Copy`.
#[derive(pgmutate::Output)]
pub enum NoCopy {
    #[output(value = "one")]
    One,
}

#[derive(pgmutate::Event)]
#[event(name = "ORDER_CREATED", entity = "order", operation = "INSERT")]
pub struct Inserted {}

#[derive(pgmutate::Event)]
#[event(name = "ORDER_CREATED", operation = "CREATE")]
pub struct OfNothing {}

fn main() {}
