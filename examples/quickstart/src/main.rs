//! The main job of pgmutate on real input: SQL files become typed Rust, which runs on a real PostgreSQL.
//!
//! `build.rs` has read the shop's SQL and manifest; this program installs the same SQL on a server, runs every mutation once
//! with success and once without, and shows what the client gets and what event stays behind. In the end it breaks the SQL on
//! purpose and shows what a build says.

mod broken;
mod shop;
mod show;

use std::error::Error;

use pgmutate::Patch;
use pgmutate::types::{RawJson, Uuid};
use pgmutate_test_support::Server;

// The generated code: one module for each SQL schema, and the inputs.
pgmutate::include_mutations!();

use app::{
    CreateCustomer, CreateOrder, DeleteCustomer, DeleteCustomerError, UpdateCustomer, UpdateProduct, UpdateProductError,
};

/// A struct of one's own for the same function: checked against the SQL when this file compiles.
#[derive(Debug, pgmutate::Mutation)]
#[mutation(function = "app.update_product", typename = "UpdateProductSuccess")]
struct Reprice {
    product_id: Uuid,
    input: RawJson,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    show::line("Looking for PostgreSQL: DATABASE_URL, else a private server from installed or downloaded binaries ...");
    let server = Server::start().await?;
    let database = server.database().await?;
    let client = database.connect().await?;
    let whose =
        if server.is_private() { "a private server, gone when this ends" } else { "the server of DATABASE_URL" };
    show::title(&format!("PostgreSQL {}.{}, {whose}", server.major(), server.version() % 100));
    if cfg!(debug_assertions) {
        show::line("This build is not optimised: with --release a transform takes a fraction of the time.");
    }
    shop::install(&client).await?;

    let show = show::Show::new(&client);
    let email = "alan@example.com".to_owned();
    let alan =
        CreateCustomer { email, first_name: "Alan".into(), last_name: Patch::Value("Turing".into()), locale: None };
    show.mutation("a new customer; the function leaves its event itself", &alan).await?;
    show.mutation("the same again: the email is taken", &alan).await?;

    let customer_id = shop::ADA;
    let input = UpdateCustomerInput { first_name: Patch::Value("Augusta Ada".into()), ..Default::default() };
    show.mutation("a patch: what is absent stays", &UpdateCustomer { customer_id, input: input.clone() }).await?;
    show.mutation("nobody has this id", &UpdateCustomer { customer_id: shop::NOBODY, input }).await?;

    let items = vec![OrderItemInput { product_id: shop::TEA.to_string(), quantity: 2 }];
    let order = CreateOrderInput {
        customer_id: shop::ADA.to_string(),
        items,
        shipping_address_id: Patch::Absent,
        note: Patch::Value("leave it with the neighbours \u{2603}".into()),
    };
    show.mutation("an order; the event holds all of it", &CreateOrder { input_payload: order.clone() }).await?;
    let items = vec![OrderItemInput { product_id: shop::POT.to_string(), quantity: 1 }];
    let out_of_stock = CreateOrderInput { items, ..order };
    show.mutation("out of stock: no event", &CreateOrder { input_payload: out_of_stock }).await?;

    let input = UpdateProductInput { price: Patch::Value("13.50".parse()?), ..Default::default() };
    let reprice = UpdateProduct { product_id: shop::TEA, input };
    show.mutation("a price keeps its digits", &reprice).await?;
    show.mutation("no product has this id", &UpdateProduct { product_id: shop::NOBODY, ..reprice }).await?;
    let input = RawJson::new(r#"{"price": -1}"#)?;
    show.mutation("a struct of one's own, and a constraint that says no", &Reprice { product_id: shop::TEA, input })
        .await?;

    show.mutation("a customer without orders", &DeleteCustomer { customer_id: shop::ZOE }).await?;
    show.mutation("a customer with orders stays", &DeleteCustomer { customer_id: shop::ADA }).await?;

    // Typed, for callers inside Rust. No match has a wildcard: a code more in the SQL, and this does not compile.
    let input = UpdateProductInput { stock: Patch::Value(250), ..Default::default() };
    let restock = UpdateProduct { product_id: shop::TEA, input };
    show.typed("a success is a struct", &restock, |answer| match answer {
        Ok(done) => format!("{} at {}, {} in stock", done.product.name, done.product.price, done.product.stock),
        Err(UpdateProductError::NotFound { message }) => format!("no such product: {message:?}"),
    })
    .await?;
    let delete = DeleteCustomer { customer_id: shop::ADA };
    show.typed("an error is an enum of the codes", &delete, |answer| match answer {
        Ok(done) => format!("{} is gone", done.customer.email),
        Err(DeleteCustomerError::NotFound { .. }) => "there is no such customer".to_owned(),
        Err(DeleteCustomerError::CustomerHasOrders { message }) => format!("refused: {}", message.unwrap_or_default()),
    })
    .await?;

    broken::show(&server)
}
