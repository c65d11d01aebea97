//! What a GraphQL client asked for of an answer, in the order in which it was asked for.

use pgmutate::graphql::Response;
use pgmutate::transform::{Selected, Selection};
use pgmutate::{Client, Connection, Context, ErrorKind, Mutation};
use pgmutate_tests::calls::{json, order, rename};
use pgmutate_tests::kinds::Kinds;
use pgmutate_tests::kinds::mutations::app::JoinClub;
use pgmutate_tests::mutations::app::{CreateOrder, DeleteCustomer, UpdateCustomer};
use pgmutate_tests::shop::{ADA, POT, Shop, TEA, id};
use tokio_postgres::NoTls;

const ORDER: &str = "{
    ... on CreateOrderSuccess { order { total items { quantity name: productName __typename } customer { id } note } code }
    kind: __typename
    ... on CreateOrderError { message code }
}";

fn of<M: Mutation>(_: &M, text: &str) -> Selection {
    M::CONTRACT.parse_selection(text).unwrap()
}

#[tokio::test]
async fn an_answer_holds_what_was_asked_for_in_that_order() {
    let shop = Shop::open().await;
    let connection = Connection::connect(&shop.database.config(), NoTls).await.unwrap();

    for (product, key) in [(TEA, "ordered"), (POT, "out of stock")] {
        let (call, context) = (order(&[(product, 2)]), Context::new().idempotency_key(key));
        let selection = of(&call, ORDER);
        let selected = call.selecting(&selection).execute(&connection.with(&context)).await.unwrap();
        // The same answer as it is kept, all of it.
        let whole = call.execute(&connection.with(&context)).await.unwrap();
        let tree = json(&whole);
        let expected = if product == TEA {
            r#"{"order":{"total":25.00,"items":[{"quantity":2,"name":"Green tea","__typename":"OrderItem"}],"customer":{"id":"c0000000-0000-4000-8000-000000000001"},"note":null},"code":"SUCCESS","kind":"CreateOrderSuccess"}"#.to_owned()
        } else {
            format!(r#"{{"kind":"CreateOrderError","message":{},"code":"OUT_OF_STOCK"}}"#, tree["message"])
        };
        assert_eq!(selected.as_str(), expected);
        assert_eq!((selected.is_success(), selected.outcome().code()), (whole.is_success(), whole.outcome().code()));
        assert!(whole.outcome().is_replayed() && !selected.outcome().is_replayed());
        // A selection is the answer's, not the call's: another one of the same key is answered as well.
        let other = of(&call, "{ __typename }");
        let again = call.selecting(&other).execute(&connection.with(&context)).await.unwrap();
        assert_eq!(again.as_str(), format!(r#"{{"__typename":{}}}"#, tree["__typename"]));
    }
    assert_eq!(shop.events().await.len(), 1);
}

/// An error of the database that is an answer.
#[tokio::test]
async fn a_mapped_error_is_selected_from_as_well() {
    let kinds = Kinds::open().await;
    let join = JoinClub { email: "ada@example.com".to_owned(), age: 3, sponsor: None };
    let selection = of(&join, "{ ... on JoinClubError { code is: __typename } ... on JoinClubSuccess { email } }");
    let answer = join.selecting(&selection).execute(&kinds.client).await.unwrap();
    assert_eq!(answer.as_str(), r#"{"code":"TOO_YOUNG","is":"JoinClubError"}"#);
    let join = JoinClub { age: 30, ..join };
    let answer = join.selecting(&selection).execute(&kinds.client).await.unwrap();
    assert_eq!(answer.as_str(), r#"{"email":"ada@example.com"}"#);
}

/// Wherever a mutation is taken, one of which a part was asked for is.
#[tokio::test]
async fn responses_buffers_and_transactions_take_it() {
    let shop = Shop::open().await;
    let connection = Connection::connect(&shop.database.config(), NoTls).await.unwrap();
    let call = rename("Augusta");
    let selection = of(&call, "{ ... on UpdateCustomerSuccess { customer { lastName firstName } } }");
    let selected = r#"{"customer":{"lastName":"Lovelace","firstName":"Augusta"}}"#;

    let mut body = b"before ".to_vec();
    let outcome = call.selecting(&selection).execute_into(&connection, &mut body).await.unwrap();
    assert_eq!(String::from_utf8(body).unwrap(), format!("before {selected}"));
    assert_eq!(outcome.bytes(), selected.len());

    let mut response = Response::new();
    response.execute("a", &call.selecting(&selection), &connection).await.unwrap();
    response.execute("b", &call, &connection).await.unwrap();
    let response = String::from_utf8(response.into_bytes()).unwrap();
    let begin = format!(r#"{{"data":{{"a":{selected},"b":{{"__typename":"UpdateCustomerSuccess","#);
    assert!(response.starts_with(&begin), "{response}");

    let mut connection = connection;
    let done = pgmutate::transaction(&mut connection)
        .run(async |transaction| transaction.execute(&call.selecting(&selection)).await.map(drop))
        .await
        .unwrap();
    assert_eq!(done.answers[0].as_str(), selected);
}

#[tokio::test]
async fn the_selection_of_another_mutation_is_found_before_anything_is_sent() {
    let shop = Shop::open().await;
    let (call, other) = (rename("Augusta"), DeleteCustomer { customer_id: id(ADA) });
    let selection = of(&other, "{ __typename }");

    let error = call.selecting(&selection).execute(&shop.client).await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Bind);
    let says = "a call of `app.update_customer` has a selection that was compiled for the answer of another mutation";
    assert!(error.to_string().contains(says), "{error}");
    assert_eq!(shop.events().await, []);
}

#[test]
fn a_selection_that_does_not_fit_the_answer_is_refused() {
    let contract = UpdateCustomer::CONTRACT;
    for (text, says) in [
        ("{ customer { id } }", "`UpdateCustomerError` has no field `customer`"),
        ("{ ... on UpdateCustomerSuccess { customer } }", "`customer` holds objects: say which of their fields"),
        ("{ ... on UpdateCustomerSuccess { customer { name } } }", "`Customer` has no field `name`, under `customer`"),
        ("{ ... on CreateOrderSuccess { code } }", "no object here can be a `CreateOrderSuccess`"),
        ("{ code code: message }", "two selections of different fields have the response name `code`"),
    ] {
        assert_eq!(contract.parse_selection(text).unwrap_err().to_string(), says, "{text}");
    }
    // What both types have needs no condition.
    let both = Selected::parse("{ code message success }").unwrap();
    assert!(contract.selection(&both).is_ok() && CreateOrder::CONTRACT.selection(&both).is_ok());
}
