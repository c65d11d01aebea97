//! What is called: the shop's five mutations, each client with rows of its own.

use pgmutate::types::Uuid;

/// A mutation of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutation {
    /// The function leaves its event itself.
    CreateCustomer,
    /// With a before image and an event that the caller has to leave.
    UpdateCustomer,
    /// The same.
    DeleteCustomer,
    /// The function leaves its event itself, with a before image.
    UpdateProduct,
    /// With an event that the caller has to leave.
    CreateOrder,
}

impl Mutation {
    pub const ALL: [Self; 5] =
        [Self::CreateCustomer, Self::UpdateCustomer, Self::DeleteCustomer, Self::UpdateProduct, Self::CreateOrder];

    pub fn name(self) -> &'static str {
        match self {
            Self::CreateCustomer => "createCustomer",
            Self::UpdateCustomer => "updateCustomer",
            Self::DeleteCustomer => "deleteCustomer",
            Self::UpdateProduct => "updateProduct",
            Self::CreateOrder => "createOrder",
        }
    }

    /// Whether the caller has to leave the event; otherwise the function does.
    pub fn is_stitched(self) -> bool {
        !matches!(self, Self::CreateCustomer | Self::UpdateProduct)
    }
}

/// The arguments of one call, as a program would have them.
pub enum Job {
    CreateCustomer { email: String, first_name: String },
    UpdateCustomer { customer_id: Uuid, last_name: String },
    DeleteCustomer { customer_id: Uuid },
    UpdateProduct { product_id: Uuid, stock: i32 },
    CreateOrder { customer_id: String, product_ids: [String; 3] },
}
