//! The fields of an operation, and the mutation that each of them calls.

use pgmutate::graphql::Response;
use pgmutate::{Client, Mutation};
use serde_json::Value;

use crate::app::{CreateCustomer, CreateOrder, DeleteCustomer, UpdateCustomer, UpdateProduct};
use crate::arguments::{Arguments, Read};
use crate::{CreateOrderInput, OrderItemInput, UpdateCustomerInput, UpdateProductInput};

/// A field: its name in the response, and the mutation with its arguments.
pub(crate) struct Field {
    pub(crate) name: String,
    mutation: String,
    arguments: Value,
}

/// The fields of a request.
pub(crate) fn parse(body: &[u8]) -> Read<Vec<Field>> {
    let Ok(Value::Array(fields)) = serde_json::from_slice(body) else {
        return Err("a JSON list of fields is expected".to_owned());
    };
    let mut parsed = Vec::with_capacity(fields.len());
    for mut field in fields {
        let arguments = field.get_mut("arguments").map(Value::take).unwrap_or_default();
        let text = |key: &str| field.get(key).and_then(Value::as_str).map(str::to_owned);
        let mutation = text("mutation").ok_or("a field names its `mutation`")?;
        let name = text("as").unwrap_or_else(|| mutation.clone());
        if parsed.iter().any(|other: &Field| other.name == name) {
            return Err(format!("two fields are called `{name}`: give one of them another name by `as`"));
        }
        parsed.push(Field { name, mutation, arguments });
    }
    Ok(parsed)
}

impl Field {
    /// Calls the mutation and puts its answer into the response.
    pub(crate) async fn run(&self, response: &mut Response, client: &impl Client) {
        let arguments = Arguments(&self.arguments);
        match self.mutation.as_str() {
            "createCustomer" => self.call(create_customer(&arguments), response, client).await,
            "updateCustomer" => self.call(update_customer(&arguments), response, client).await,
            "deleteCustomer" => self.call(delete_customer(&arguments), response, client).await,
            "updateProduct" => self.call(update_product(&arguments), response, client).await,
            "createOrder" => self.call(create_order(&arguments), response, client).await,
            other => response.field_error(&self.name, "NO_SUCH_MUTATION", &format!("there is no mutation `{other}`")),
        }
    }

    async fn call(&self, mutation: Read<impl Mutation>, response: &mut Response, client: &impl Client) {
        match mutation {
            Ok(mutation) => {
                if let Err(error) = response.execute(&self.name, &mutation, client).await {
                    // A log must not hold the data of customers.
                    eprintln!("{}", error.without_values());
                }
            }
            Err(message) => response.field_error(&self.name, "BAD_INPUT", &message),
        }
    }
}

fn create_customer(arguments: &Arguments<'_>) -> Read<CreateCustomer> {
    Ok(CreateCustomer {
        email: arguments.string("email")?,
        first_name: arguments.string("firstName")?,
        last_name: arguments.patch_string("lastName")?,
        locale: None,
    })
}

fn update_customer(arguments: &Arguments<'_>) -> Read<UpdateCustomer> {
    let input = arguments.input("input")?;
    let input = UpdateCustomerInput {
        email: input.patch_string("email")?,
        first_name: input.patch_string("firstName")?,
        last_name: input.patch_string("lastName")?,
        locale: input.patch_string("locale")?,
    };
    Ok(UpdateCustomer { customer_id: arguments.uuid("customerId")?, input })
}

fn delete_customer(arguments: &Arguments<'_>) -> Read<DeleteCustomer> {
    Ok(DeleteCustomer { customer_id: arguments.uuid("customerId")? })
}

fn update_product(arguments: &Arguments<'_>) -> Read<UpdateProduct> {
    let input = arguments.input("input")?;
    let input = UpdateProductInput {
        name: input.patch_string("name")?,
        price: input.patch_decimal("price")?,
        stock: input.patch_int("stock")?,
    };
    Ok(UpdateProduct { product_id: arguments.uuid("productId")?, input })
}

fn create_order(arguments: &Arguments<'_>) -> Read<CreateOrder> {
    let input = arguments.input("input")?;
    let item = |item: Arguments<'_>| {
        Ok(OrderItemInput { product_id: item.string("productId")?, quantity: item.int("quantity")? })
    };
    let input_payload = CreateOrderInput {
        customer_id: input.string("customerId")?,
        items: input.list("items")?.map(item).collect::<Read<_>>()?,
        shipping_address_id: input.patch_string("shippingAddressId")?,
        note: input.patch_string("note")?,
    };
    Ok(CreateOrder { input_payload })
}
