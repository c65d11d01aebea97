//! A struct of one's own, outside of the library.

#[derive(pgmutate::Mutation)]
#[mutation(function = "app.delete_customer", typename = "DeleteCustomerSuccess")]
pub struct Remove {
    pub customer_id: pgmutate::types::Uuid,
}

#[derive(pgmutate::Output)]
#[output(typename = "DeleteCustomerSuccess")]
pub struct Removed {
    pub customer_id: String,
}

fn main() {}
