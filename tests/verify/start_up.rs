//! The call of the runtime, at the start of a service.

use pgmutate::contract::{Argument, Contract, SKELETON};
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
        (
            "DO $do$ BEGIN EXECUTE replace(pg_get_functiondef('app.update_product'::regproc), '''product updated''', '''changed'''); END $do$",
            "has another body in the database than in the files of this build",
        ),
    ] {
        let shop = Shop::open().await;
        shop.client.batch_execute(change).await.unwrap();
        let found = verify(&shop.client, CONTRACTS).await.unwrap();
        assert_eq!(found.len(), 1, "{change}: {found:?}");
        let text = found[0].to_string();
        assert!(text.starts_with("`app.update_product` (") && text.contains(said), "{change}: {text}");
        assert_eq!(found[0].is_callable(), said.contains("another body"), "{change}");
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

/// Lines that end as on Windows are no other body, and a procedure is found by its arguments of both directions.
#[tokio::test]
async fn bodies_are_compared_as_the_server_runs_them() {
    let shop = Shop::open().await;
    let windows = "DO $do$ BEGIN
        EXECUTE replace(pg_get_functiondef('app.update_product'::regproc), E'\\n', E'\\r\\n');
    END $do$";
    shop.client.batch_execute(windows).await.unwrap();
    assert_eq!(format!("{:?}", verify(&shop.client, CONTRACTS).await.unwrap()), "[]");

    static ARCHIVE: Contract = Contract {
        function: "app.archive",
        log_schema: "app",
        // left(encode(sha256(' SELECT true, note '), 'hex'), 32)
        body: "8d0557de20e643fef487fdb2d711e519",
        arguments: &[
            Argument { name: "id", sql_type: "uuid", optional: false },
            Argument { name: "note", sql_type: "text", optional: false },
        ],
        ..SKELETON
    };
    let create = "CREATE PROCEDURE app.archive(id uuid, OUT archived boolean, INOUT note text)
        LANGUAGE sql AS ' SELECT true, note '";
    shop.client.batch_execute(create).await.unwrap();
    assert_eq!(format!("{:?}", verify(&shop.client, &[&ARCHIVE]).await.unwrap()), "[]");
}

/// A SECURITY DEFINER function of another owner runs with other rights, and can be called all the same.
#[tokio::test]
async fn the_owner_that_the_files_name_is_compared() {
    static UPDATE: Contract = Contract {
        function: "app.update_product",
        owner: "keeper of the shop",
        log_schema: "app",
        arguments: app::UpdateProduct::CONTRACT.arguments,
        ..SKELETON
    };
    let shop = Shop::open().await;
    let found = verify(&shop.client, &[&UPDATE]).await.unwrap();
    let [mismatch] = found.as_slice() else { panic!("{found:?}") };
    let said = "in the database, and of `keeper of the shop` by the files";
    assert!(mismatch.is_callable() && mismatch.reason().contains(said), "{mismatch}");
}
