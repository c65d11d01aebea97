// Beside the generated types of the same names.
pub mod mine {
    use pgmutate::types::Uuid;

    // What is right stays quiet.
    #[derive(pgmutate::Output)]
    #[output(typename = "Customer")]
    pub struct Customer {
        pub email: String,
        #[output(key = "last_name")]
        pub name: Option<String>,
        pub addresses: Vec<Address>,
    }

    #[derive(pgmutate::Output)]
    #[output(typename = "Address")]
    pub struct Address {
        pub city: String,
    }

    #[derive(pgmutate::Output)]
    #[output(typename = "DeleteCustomerSuccess")]
    pub struct Deleted {
        pub customer: Customer,
    }

    #[derive(Debug, pgmutate::MutationError)]
    #[output(typename = "DeleteCustomerError")]
    pub enum NotDeleted {
        #[output(code = "NOT_FOUND")]
        NotFound,
        #[output(code = "CUSTOMER_HAS_ORDERS")]
        HasOrders { message: Option<String> },
    }

    #[derive(pgmutate::Mutation)]
    #[mutation(function = "app.delete_customer", success = Deleted, error = NotDeleted)]
    pub struct Right {
        pub customer_id: Uuid,
    }

    #[derive(pgmutate::Event)]
    #[event(name = "CUSTOMER_DELETED", entity = "customer", operation = "DELETE")]
    pub struct CustomerDeleted {
        pub before: Customer,
    }

    /// Names that a macro by example is given.
    macro_rules! made {
        ($name:ident, $variant:ident { $($field:ident: $ty:ident),* }) => {
            #[derive(pgmutate::Input)]
            pub struct $name { $(pub $field: $ty),* }

            #[derive(pgmutate::Event)]
            #[event(name = "MADE", entity = "made", operation = "CREATE", foreign)]
            pub struct $variant { $(pub $field: $ty),* }
        };
    }
    made!(Made, MadeEvent { product_id: String, quantity: i32 });

    #[derive(pgmutate::Output)]
    #[output(typename = "Custommer")]
    pub struct UnknownType {
        pub email: String,
    }

    #[derive(pgmutate::Output)]
    #[output(typename = "Customer")]
    pub struct Misread {
        pub emial: String,
        pub last_name: String,
        pub addresses: Address,
        #[output(key = "languages")]
        pub locale: String,
        pub created_at: bool,
    }

    #[derive(pgmutate::Output)]
    #[output(typename = "Order")]
    pub struct OfOther {
        pub customer: Address,
        pub items: Vec<Customer>,
        pub shipping_address: Address,
    }

    #[derive(Debug, pgmutate::MutationError)]
    #[output(typename = "DeleteCustomerError")]
    pub enum Unhandled {
        #[output(code = "NOT_FOND")]
        NotFound,
    }

    #[derive(pgmutate::Mutation)]
    #[mutation(function = "app.delete_customer", success = Customer, error = NotDeleted)]
    pub struct OtherAnswers {
        pub customer_id: Uuid,
    }

    #[derive(pgmutate::Input)]
    #[input(typename = "OrderItemInput")]
    pub struct Missent {
        pub product: String,
        pub quantity: Option<i32>,
    }

    #[derive(pgmutate::Event)]
    #[event(name = "CUSTOMER_DELETED", entity = "customer", operation = "DELETE")]
    pub struct NoAfter {
        pub after: Customer,
    }

    #[derive(pgmutate::Event)]
    #[event(name = "CUSTOMER_DELETE", entity = "customer", operation = "DELETE")]
    pub struct UnknownEvent {}
}

fn main() {}
