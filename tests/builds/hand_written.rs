use pgmutate::types::Uuid;

// What is right stays quiet.
#[derive(pgmutate::Mutation)]
#[mutation(function = "app.delete_customer", typename = "DeleteCustomerSuccess")]
struct Right {
    customer_id: Uuid,
}

#[derive(pgmutate::Mutation)]
#[mutation(function = "app.delete_customers")]
struct UnknownFunction {
    customer_id: Uuid,
}

#[derive(pgmutate::Mutation)]
#[mutation(function = "app.update_customer")]
struct MissingArgument {
    customer_id: Uuid,
}

#[derive(pgmutate::Mutation)]
#[mutation(function = "app.delete_customer")]
struct MisnamedArgument {
    custommer_id: Uuid,
}

#[derive(pgmutate::Mutation)]
#[mutation(function = "app.delete_customer")]
struct ExtraArgument {
    customer_id: Uuid,
    reason: String,
}

#[derive(pgmutate::Mutation)]
#[mutation(function = "app.delete_customer")]
struct MistypedArgument {
    customer_id: i64,
}

#[derive(pgmutate::Mutation)]
#[mutation(function = "app.create_customer")]
struct MistypedOptionalArgument {
    email: String,
    first_name: String,
    locale: String,
}

#[derive(pgmutate::Mutation)]
#[mutation(function = "app.delete_customer", typename = "DeletedCustomer")]
struct WrongTypename {
    customer_id: Uuid,
}

fn main() {}
