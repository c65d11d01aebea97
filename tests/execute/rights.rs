//! What a caller must be allowed to do: EXECUTE, nothing else.

use pgmutate::{ErrorKind, Mutation, Patch};
use pgmutate_test_support::Server;
use pgmutate_tests::calls::{order, rename};
use pgmutate_tests::mutations::UpdateProductInput;
use pgmutate_tests::mutations::app::{CreateCustomer, DeleteCustomer, UpdateProduct};
use pgmutate_tests::shop::{GRACE, Shop, TEA, id};
use tokio_postgres::Client;

/// Roles are shared by all databases of a server, so each test has a server of its own, with which they go.
async fn shop_with_caller() -> (Server, Shop, Client) {
    let server = Server::private().start().await.unwrap();
    let shop = Shop::open_in(server.database().await.unwrap()).await;
    shop.client.batch_execute("CREATE ROLE caller; GRANT USAGE ON SCHEMA app TO caller").await.unwrap();
    let caller = shop.connect().await;
    caller.batch_execute("SET ROLE caller").await.unwrap();
    (server, shop, caller)
}

async fn grant(shop: &Shop, functions: &[&str]) {
    let sql = format!("GRANT EXECUTE ON FUNCTION {} TO caller", functions.join(", "));
    shop.client.batch_execute(&sql).await.unwrap();
}

const MUTATIONS: [&str; 5] =
    ["app.create_customer", "app.update_customer", "app.delete_customer", "app.update_product", "app.create_order"];

/// What the stitched statements call besides.
const EVENT_LOG: [&str; 5] = [
    "app.log_cdc_event",
    "app.contract_violation",
    "app.answer_violation",
    "app.before_customer",
    "app.before_product",
];

#[tokio::test]
async fn works_with_execute_right_only() {
    let (_server, shop, caller) = shop_with_caller().await;
    grant(&shop, &MUTATIONS).await;
    grant(&shop, &EVENT_LOG).await;

    let create = CreateCustomer {
        email: "emmy@example.com".to_owned(),
        first_name: "Emmy".to_owned(),
        last_name: Patch::Absent,
        locale: None,
    };
    let restock = UpdateProduct {
        product_id: id(TEA),
        input: UpdateProductInput { stock: Patch::Value(7), ..Default::default() },
    };
    for answer in [
        create.execute(&caller).await,
        rename("Augusta").execute(&caller).await,
        DeleteCustomer { customer_id: id(GRACE) }.execute(&caller).await,
        restock.execute(&caller).await,
        order(&[(TEA, 1)]).execute(&caller).await,
    ] {
        assert!(answer.as_ref().is_ok_and(pgmutate::Answer::is_success), "{answer:?}");
    }

    let types = shop.events().await.into_iter().map(|event| event.event_type).collect::<Vec<_>>();
    assert_eq!(types, ["CUSTOMER_CREATED", "CUSTOMER_UPDATED", "CUSTOMER_DELETED", "PRODUCT_UPDATED", "ORDER_CREATED"]);
    for table in ["core.customer", "app.tv_customer", "app.mutation_events", "app.mutation_entities"] {
        let error = caller.query(&format!("SELECT FROM {table}"), &[]).await.unwrap_err();
        assert_eq!(error.code().map(|code| code.code()), Some("42501"), "{table} is out of the caller's reach");
    }
}

#[tokio::test]
async fn a_missing_right_says_which() {
    let (_server, shop, caller) = shop_with_caller().await;

    grant(&shop, &EVENT_LOG).await;
    let error = rename("Augusta").execute(&caller).await.unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::Database, Some("42501")));
    assert!(error.to_string().contains("permission denied for function update_customer"), "{error}");

    grant(&shop, &MUTATIONS).await;
    shop.client.batch_execute("REVOKE EXECUTE ON FUNCTION app.log_cdc_event FROM caller").await.unwrap();
    let error = rename("Augusta").execute(&caller).await.unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::EventLog, Some("42501")));
    assert!(error.to_string().contains("needs EXECUTE on the event log's functions"), "{error}");
    assert_eq!(shop.events().await, []);
}
