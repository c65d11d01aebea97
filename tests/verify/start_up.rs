//! The call of the runtime, at the start of a service.

use pgmutate::contract::Contract;
use pgmutate::{Mutation, verify};
use pgmutate_tests::mutations::app;
use pgmutate_tests::shop::Shop;

const CONTRACTS: &[&Contract] = &[
    app::CreateCustomer::CONTRACT,
    app::CreateOrder::CONTRACT,
    app::DeleteCustomer::CONTRACT,
    app::UpdateCustomer::CONTRACT,
    app::UpdateProduct::CONTRACT,
];

#[tokio::test]
async fn a_deployed_shop_is_the_one_of_the_build() {
    let shop = Shop::open().await;
    assert_eq!(format!("{:?}", verify(&shop.client, CONTRACTS).await.unwrap()), "[]");
    assert_eq!(format!("{:?}", verify(&shop.client, &[]).await.unwrap()), "[]");
}

#[tokio::test]
async fn what_a_caller_would_stumble_over_is_told() {
    for (change, said) in [
        ("DROP FUNCTION app.update_product", "is not in the database"),
        (
            "DROP FUNCTION app.update_product;
             CREATE FUNCTION app.update_product(product_id uuid, changes jsonb) RETURNS jsonb LANGUAGE sql AS 'SELECT changes'",
            "takes other arguments in the database: the code binds (product_id uuid, input jsonb), \
             deployed is app.update_product(uuid,jsonb)",
        ),
        (
            "CREATE FUNCTION app.update_product(text) RETURNS jsonb LANGUAGE sql AS 'SELECT NULL::jsonb'",
            "has overloads in the database that no file defines: app.update_product(text)",
        ),
        ("ALTER FUNCTION app.update_product STABLE", "is not VOLATILE in the database"),
    ] {
        let shop = Shop::open().await;
        shop.client.batch_execute(change).await.unwrap();
        let found = verify(&shop.client, CONTRACTS).await.unwrap();
        assert_eq!(found.len(), 1, "{change}: {found:?}");
        let text = found[0].to_string();
        assert!(text.starts_with("`app.update_product` (") && text.contains(said), "{change}: {text}");
    }

    let shop = Shop::without_event_log().await;
    let found = verify(&shop.client, CONTRACTS).await.unwrap();
    assert_eq!(found.len(), 5, "{found:?}");
    assert!(found.iter().all(|it| it.reason().contains("there is no event log in the schema `app`")), "{found:?}");
}

#[tokio::test]
async fn rights_are_those_of_the_role_that_asks() {
    let shop = Shop::open().await;
    let role = format!("{}_caller", shop.database.name());
    shop.client.batch_execute(&format!("CREATE ROLE {role}; SET ROLE {role}")).await.unwrap();
    let found = verify(&shop.client, CONTRACTS).await.unwrap();
    assert_eq!(found.len(), 5, "{found:?}");
    assert!(found.iter().all(|it| it.reason().contains("lacks USAGE on its schema")), "{found:?}");
    let grant = format!("RESET ROLE; GRANT USAGE ON SCHEMA app TO {role}; SET ROLE {role}");
    shop.client.batch_execute(&grant).await.unwrap();
    let found = verify(&shop.client, CONTRACTS).await.unwrap();
    assert!(found.iter().all(|it| it.reason().contains("lacks EXECUTE on it")), "{found:?}");
    let grant = format!("RESET ROLE; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA app TO {role}; SET ROLE {role}");
    shop.client.batch_execute(&grant).await.unwrap();
    assert_eq!(format!("{:?}", verify(&shop.client, CONTRACTS).await.unwrap()), "[]");
    shop.client.batch_execute(&format!("RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
}
