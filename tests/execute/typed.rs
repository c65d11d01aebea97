//! Answers as Rust types.

use pgmutate::types::{RawJson, Uuid};
use pgmutate::{BindError, Encoded, ErrorKind, EventPayload, Mutation, MutationError, Parameter, Patch, sql};
use pgmutate_tests::mutations::app::{
    CreateOrder, CreateOrderError, DeleteCustomer, DeleteCustomerError, DeleteCustomerSuccess, UpdateCustomer,
    UpdateCustomerError, UpdateCustomerSuccess, UpdateProduct, UpdateProductError, UpdateProductSuccess,
};
use pgmutate_tests::mutations::events::CustomerUpdated;
use pgmutate_tests::mutations::{CreateOrderInput, OrderItemInput, UpdateCustomerInput, UpdateProductInput};
use pgmutate_tests::shop::{ADA, POT, Shop, TEA, ZOE, id};
use pgmutate_tests::unruly;

/// An id that nobody has.
const NOBODY: &str = "ffffffff-ffff-4fff-8fff-ffffffffffff";

fn order(product: &str) -> CreateOrder {
    let items = vec![OrderItemInput { product_id: product.to_owned(), quantity: 2 }];
    let note = Patch::Value("\"quoted\" \u{1F600}".to_owned());
    let customer_id = ADA.to_owned();
    CreateOrder { input_payload: CreateOrderInput { customer_id, items, shipping_address_id: Patch::Absent, note } }
}

#[tokio::test]
async fn a_success_is_a_struct_to_its_depths() {
    let shop = Shop::open().await;
    let done = order(TEA).call(&shop.client).await.unwrap().unwrap();
    assert_eq!(done.order.order_number, done.order_number);
    assert_eq!(done.order.customer.id, ADA);
    assert_eq!(done.order.customer.addresses.len(), 1);
    assert_eq!(done.order.note.as_deref(), Some("\"quoted\" \u{1F600}"));
    let [item] = done.order.items.as_slice() else { panic!("{:?}", done.order.items) };
    assert_eq!((item.product_id.as_str(), item.quantity), (TEA, 2));
    assert_eq!((item.unit_price.as_str(), done.order.total.as_str()), ("12.50", "25.00"));
}

#[tokio::test]
async fn every_code_is_a_variant() {
    let shop = Shop::open().await;
    // Without a wildcard: a code more would not compile.
    match order(POT).call(&shop.client).await.unwrap().unwrap_err() {
        CreateOrderError::OutOfStock { message } => assert!(message.is_some()),
        CreateOrderError::CustomerNotFound { .. }
        | CreateOrderError::AddressNotFound { .. }
        | CreateOrderError::ProductNotFound { .. } => panic!("another code"),
    }
    let missing = DeleteCustomer { customer_id: id(NOBODY) }.call(&shop.client).await.unwrap().unwrap_err();
    assert!(matches!(missing, DeleteCustomerError::NotFound { .. }));
    assert_eq!(missing.code(), "NOT_FOUND");
    assert_eq!(missing.to_string(), format!("NOT_FOUND: {}", missing.message().unwrap()));
    let error: Box<dyn std::error::Error + Send + Sync> = missing.into();
    assert!(error.downcast_ref::<DeleteCustomerError>().is_some());
    let input = UpdateCustomerInput { email: Patch::Value("grace@example.com".into()), ..Default::default() };
    let taken = UpdateCustomer { customer_id: id(ADA), input }.call(&shop.client).await.unwrap().unwrap_err();
    assert!(matches!(taken, UpdateCustomerError::EmailTaken { .. }));
}

#[tokio::test]
async fn a_typed_call_leaves_what_an_untyped_one_leaves() {
    let shop = Shop::open().await;
    let deleted = DeleteCustomer { customer_id: id(ZOE) }.call(&shop.client).await.unwrap().unwrap();
    assert_eq!((deleted.customer_id.as_str(), deleted.customer.id.as_str()), (ZOE, ZOE));
    assert_eq!(deleted.customer.last_name, None);
    let [event] = shop.events().await.try_into().unwrap();
    assert_eq!((event.event_type.as_str(), event.entity_id.as_str()), ("CUSTOMER_DELETED", ZOE));
    let refused = DeleteCustomer { customer_id: id(ADA) };
    order(TEA).call(&shop.client).await.unwrap().unwrap();
    let refused = refused.call(&shop.client).await.unwrap();
    assert!(matches!(refused, Err(DeleteCustomerError::CustomerHasOrders { .. })));
    assert_eq!(shop.events().await.len(), 2);
}

/// A struct of one's own, whose answers are read into generated types.
#[derive(Mutation)]
#[mutation(function = "app.update_product", success = UpdateProductSuccess, error = UpdateProductError)]
struct Reprice {
    product_id: Uuid,
    input: RawJson,
}

/// Types of one's own for the answers.
#[derive(Mutation)]
#[mutation(function = "app.delete_customer", success = Gone, error = Stays)]
struct Remove {
    customer_id: Uuid,
}

#[derive(Debug, PartialEq, pgmutate::Output)]
struct Gone {
    #[output(key = "customer_id")]
    id: Uuid,
    not_there: Option<i32>,
}

#[derive(Debug, PartialEq, pgmutate::MutationError)]
enum Stays {
    #[output(code = "NOT_FOUND")]
    Unknown,
    #[output(code = "CUSTOMER_HAS_ORDERS")]
    Ordered { message: Option<String> },
}

#[tokio::test]
async fn structs_of_ones_own_are_called_as_well() {
    let shop = Shop::open().await;
    let input = UpdateProductInput { price: Patch::Value("13.10".parse().unwrap()), ..Default::default() };
    let generated = UpdateProduct { product_id: id(TEA), input }.call(&shop.client).await.unwrap().unwrap();
    let input = r#"{"price": 13.10}"#.parse().unwrap();
    let own = Reprice { product_id: id(TEA), input }.call(&shop.client).await.unwrap().unwrap();
    assert_eq!(generated, own);
    assert_eq!(own.product.price.as_str(), "13.10");

    let gone = Remove { customer_id: id(ZOE) }.call(&shop.client).await.unwrap();
    assert_eq!(gone, Ok(Gone { id: id(ZOE), not_there: None }));
    let unknown = Remove { customer_id: id(ZOE) }.call(&shop.client).await.unwrap().unwrap_err();
    assert_eq!((&unknown, unknown.code(), unknown.message()), (&Stays::Unknown, "NOT_FOUND", None));
    order(TEA).call(&shop.client).await.unwrap().unwrap();
    let ordered = Remove { customer_id: id(ADA) }.call(&shop.client).await.unwrap().unwrap_err();
    assert!(matches!(ordered, Stays::Ordered { message: Some(_) }));
}

/// A response that is no `DeleteCustomerSuccess`, from a function whose contract does not know better.
#[derive(Mutation)]
#[mutation(contract = unruly::ECHO, success = DeleteCustomerSuccess, error = DeleteCustomerError)]
struct Echo {
    #[argument(sql = Jsonb)]
    input: RawJson,
}

#[tokio::test]
async fn an_answer_of_another_type_is_an_error_with_its_path() {
    let shop = Shop::open().await;
    shop.client.batch_execute(unruly::SQL).await.unwrap();
    let error = Echo { input: "1".parse().unwrap() }.call(&shop.client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transform);
    assert!(error.to_string().contains("field `customer_id` of `DeleteCustomerSuccess` is missing"), "{error}");
}

/// The same mutation by hand: other names, other types, and an input of one's own.
#[derive(Mutation)]
#[mutation(function = "app.update_customer", success = UpdateCustomerSuccess, error = UpdateCustomerError)]
struct Rename<'a> {
    #[argument(name = "customer_id")]
    customer: CustomerId,
    input: Names<'a>,
}

/// A newtype is an argument like what it wraps.
struct CustomerId(Uuid);

impl Parameter<sql::Uuid> for CustomerId {
    fn encode(&self, out: &mut pgmutate::bytes::BytesMut) -> Result<Encoded, BindError> {
        Parameter::<sql::Uuid>::encode(&self.0, out)
    }
}

#[derive(pgmutate::Input)]
struct Names<'a> {
    first_name: &'a str,
    last_name: Patch<&'a str>,
}

/// The same mutation with a client's bytes as its input.
#[derive(Mutation)]
#[mutation(function = "app.update_customer", success = UpdateCustomerSuccess, error = UpdateCustomerError)]
struct Raw {
    customer_id: [u8; 16],
    input: RawJson,
}

#[tokio::test]
async fn generated_and_hand_written_structs_and_raw_bytes_do_the_same() {
    let shop = Shop::open().await;
    let first_name = "Augusta \"Ada\" \u{1F600}";
    let input = UpdateCustomerInput {
        first_name: Patch::Value(first_name.to_owned()),
        last_name: Patch::Null,
        ..Default::default()
    };
    let generated = UpdateCustomer { customer_id: id(ADA), input };
    let by_hand = Rename { customer: CustomerId(id(ADA)), input: Names { first_name, last_name: Patch::Null } };
    let sent = br#"{ "last_name": null, "first_name": "Augusta \"Ada\" \ud83d\ude00" }"#.to_vec();
    let raw = Raw { customer_id: id(ADA).into_bytes(), input: sent.try_into().unwrap() };

    let reset = "UPDATE core.customer SET first_name = 'Ada', last_name = 'Lovelace'; SELECT core.refresh_customer(id) FROM core.customer";
    let (mut bodies, mut typed) = (Vec::new(), Vec::new());
    macro_rules! run {
        ($($call:expr),*) => {$(
            shop.client.batch_execute(reset).await.unwrap();
            bodies.push($call.execute(&shop.client).await.unwrap().into_bytes());
            shop.client.batch_execute(reset).await.unwrap();
            typed.push($call.call(&shop.client).await.unwrap().unwrap());
        )*};
    }
    run!(generated, by_hand, raw);

    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    assert!(typed.iter().all(|answer| *answer == typed[0]), "{typed:?}");
    assert_eq!((typed[0].customer.first_name.as_str(), &typed[0].customer.last_name), (first_name, &None));
    let events = shop.events().await;
    assert_eq!(events.len(), 6);
    let same =
        |event: &pgmutate_tests::shop::Event| (event.before == events[0].before) && (event.after == events[0].after);
    assert!(events.iter().all(same), "{events:?}");
    // What the answer says is what the events say: the same types read both.
    let payload = shop.client.query_one("SELECT payload::text FROM app.mutation_events LIMIT 1", &[]).await.unwrap();
    let event = CustomerUpdated::from_payload(payload.get::<_, String>(0).as_bytes()).unwrap();
    assert_eq!(event.after, typed[0].customer);
    assert_eq!(event.before.unwrap().last_name.as_deref(), Some("Lovelace"));
    assert_eq!(
        (CustomerUpdated::TYPE, CustomerUpdated::ENTITY, CustomerUpdated::OPERATION),
        ("CUSTOMER_UPDATED", "customer", "UPDATE")
    );
}
