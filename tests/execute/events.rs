//! The event and the change are one: both or neither.

use pgmutate::{ErrorKind, Mutation, Patch};
use pgmutate_tests::calls::{json, order, rename};
use pgmutate_tests::mutations::app::{CreateCustomer, DeleteCustomer, UpdateCustomer, UpdateProduct};
use pgmutate_tests::mutations::{UpdateCustomerInput, UpdateProductInput};
use pgmutate_tests::shop::{self, ADA, CUP, Event, GRACE, POT, Shop, TEA, id};
use serde_json::{Value, json};

fn only(mut events: Vec<Event>) -> Event {
    assert_eq!(events.len(), 1, "{events:?}");
    events.remove(0)
}

#[tokio::test]
async fn event_commits_with_mutation() {
    let shop = Shop::open().await;

    let answer = rename("Augusta").execute(&shop.client).await.unwrap();

    assert!(answer.is_success(), "{answer}");
    let event = only(shop::events(&shop.connect().await).await);
    assert_eq!(Some(event.id), answer.event_id());
    assert_eq!(
        (event.event_type.as_str(), event.entity.as_str(), event.entity_id.as_str(), event.operation.as_str()),
        ("CUSTOMER_UPDATED", "customer", ADA, "UPDATE")
    );
    let (mut before, after) = (event.before, event.after);
    assert_eq!(before["first_name"], "Ada");
    assert_eq!(after["first_name"], "Augusta");
    before["first_name"] = json!("Augusta");
    assert_eq!(before, after, "nothing else differs");
}

#[tokio::test]
async fn event_rolls_back_with_mutation() {
    let mut shop = Shop::open().await;

    let transaction = shop.client.transaction().await.unwrap();
    let answer = rename("Augusta").execute(&transaction).await.unwrap();
    assert!(answer.event_id().is_some());
    transaction.rollback().await.unwrap();

    assert_eq!(shop.events().await, []);
    let name: String = shop
        .client
        .query_one("SELECT first_name FROM core.customer WHERE email = 'ada@example.com'", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(name, "Ada");
}

#[tokio::test]
async fn mutation_rolls_back_with_event() {
    let shop = Shop::open().await;
    shop.client.batch_execute("DELETE FROM app.mutation_entities WHERE entity_type = 'customer'").await.unwrap();

    let error = rename("Augusta").execute(&shop.client).await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::EventLog, "{error}");
    assert!(error.to_string().contains("pgmutate install"), "{error}");
    let unchanged = "SELECT count(*) FROM core.customer WHERE first_name = 'Ada'";
    assert_eq!(shop.client.query_one(unchanged, &[]).await.unwrap().get::<_, i64>(0), 1);
}

#[tokio::test]
async fn no_event_for_unsuccessful_answer() {
    let shop = Shop::open().await;
    let nobody = id("c0000000-0000-4000-8000-0000000000ff");
    let retake = UpdateCustomerInput { email: Patch::Value("grace@example.com".to_owned()), ..Default::default() };

    for (answer, code) in [
        (order(&[(TEA, 1), (POT, 1)]).execute(&shop.client).await, "OUT_OF_STOCK"),
        (DeleteCustomer { customer_id: nobody }.execute(&shop.client).await, "NOT_FOUND"),
        (UpdateCustomer { customer_id: id(ADA), input: retake }.execute(&shop.client).await, "EMAIL_TAKEN"),
    ] {
        let answer = answer.unwrap();
        assert!(!answer.is_success(), "{answer}");
        assert_eq!(answer.event_id(), None);
        let body = json(&answer);
        assert_eq!((&body["code"], &body["success"]), (&json!(code), &json!(false)));
        assert!(body["__typename"].as_str().unwrap().ends_with("Error"), "{answer}");
    }

    assert_eq!(shop.events().await, []);
}

#[tokio::test]
async fn a_created_order_is_the_answer_and_the_event() {
    let shop = Shop::open().await;

    let answer = order(&[(TEA, 2), (CUP, 1)]).execute(&shop.client).await.unwrap();

    let body = answer.as_str();
    assert!(
        body.starts_with(r#"{"__typename":"CreateOrderSuccess","code":"SUCCESS","order":{"__typename":"Order","id":""#),
        "{body}"
    );
    assert!(body.contains(r#""items":[{"__typename":"OrderItem","id":""#), "{body}");
    assert!(body.contains(r#""total":33.00,"customer":{"__typename":"Customer","id":""#), "{body}");
    assert!(body.contains(r#""unitPrice":12.50,"#), "{body}");
    assert!(
        body.contains(r#""shippingAddress":null},"message":"order placed","success":true,"orderNumber":"ORD-"#),
        "{body}"
    );
    assert!(!body.contains(": "), "it is compact: {body}");
    let event = only(shop.events().await);
    assert_eq!((event.event_type.as_str(), event.entity.as_str()), ("ORDER_CREATED", "order"));
    assert_eq!((event.operation.as_str(), &event.before), ("CREATE", &Value::Null));
    assert_eq!(event.metadata, json!({ "customer_id": ADA }));
    assert_eq!(event.after["order_number"], json(&answer)["orderNumber"]);
    assert_eq!(event.after["id"], event.entity_id.as_str());
    assert_eq!(event.after["items"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_deleted_customer_is_whole_in_before() {
    let shop = Shop::open().await;

    let answer = DeleteCustomer { customer_id: id(GRACE) }.execute(&shop.client).await.unwrap();

    assert_eq!(json(&answer)["customerId"], GRACE);
    let event = only(shop.events().await);
    assert_eq!((event.operation.as_str(), &event.after), ("DELETE", &Value::Null));
    assert_eq!((&event.before["id"], &event.before["last_name"]), (&json!(GRACE), &json!("Hopper")));
    assert_eq!(event.before["addresses"], json!([]));
}

#[tokio::test]
async fn a_function_that_logs_itself_is_logged_once() {
    let shop = Shop::open().await;

    let input = UpdateProductInput { price: Patch::Value("13.00".parse().unwrap()), ..Default::default() };
    let answer = UpdateProduct { product_id: id(TEA), input }.execute(&shop.client).await.unwrap();

    assert_eq!(answer.event_id(), None, "the event is the function's own");
    assert!(answer.as_str().contains(r#""price":13.00,"#), "{answer}");
    let event = only(shop.events().await);
    assert_eq!((event.event_type.as_str(), &event.before["price"]), ("PRODUCT_UPDATED", &json!(12.5)));
}

#[tokio::test]
async fn an_argument_left_out_takes_its_default() {
    let shop = Shop::open().await;
    let create = |email: &str, last_name, locale: Option<&str>| CreateCustomer {
        email: email.to_owned(),
        first_name: "Emmy".to_owned(),
        last_name,
        locale: locale.map(str::to_owned),
    };

    let mut answers = Vec::new();
    for call in [
        create("1@example.com", Patch::Absent, None),
        create("2@example.com", Patch::Null, Some("de")),
        create("3@example.com", Patch::Value("Noether".to_owned()), Some("de")),
        create("4@example.com", Patch::Value("Noether".to_owned()), None),
    ] {
        let customer = json(&call.execute(&shop.client).await.unwrap())["customer"].take();
        answers.push((customer["lastName"].clone(), customer["locale"].clone()));
    }

    assert_eq!(
        answers,
        [
            (Value::Null, json!("en")),
            (Value::Null, json!("de")),
            (json!("Noether"), json!("de")),
            (json!("Noether"), json!("en"))
        ]
    );
}

#[tokio::test]
async fn absent_stays_and_null_clears() {
    let shop = Shop::open().await;
    let update = |last_name| UpdateCustomer {
        customer_id: id(ADA),
        input: UpdateCustomerInput { last_name, ..Default::default() },
    };

    let stays = json(&update(Patch::Absent).execute(&shop.client).await.unwrap());
    let clears = json(&update(Patch::Null).execute(&shop.client).await.unwrap());

    assert_eq!((&stays["customer"]["lastName"], &clears["customer"]["lastName"]), (&json!("Lovelace"), &Value::Null));
}
