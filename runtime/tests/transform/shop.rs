//! The tables of a small shop, as the generator would write them, and short ways to call the transform.

use pgmutate::transform::{Engine, Error, Field, Hint, Object, Transform, Union, Value};

pub(crate) static CUSTOMER: Object = Object::new(
    "Customer",
    &[
        Field::new("id", "id", Value::Scalar).hint(Hint::Uuid),
        Field::new("email", "email", Value::Scalar),
        Field::new("orders", "orders", Value::List(&Value::Object(&ORDER))).nullable(),
        Field::new("settings", "settings", Value::Generic).nullable(),
        Field::new("first_name", "firstName", Value::Scalar).nullable(),
        Field::new("preferences", "preferences", Value::Opaque).nullable(),
    ],
);

pub(crate) static ORDER: Object = Object::new(
    "Order",
    &[
        Field::new("id", "id", Value::Scalar).hint(Hint::Uuid),
        Field::new("tags", "tags", Value::List(&Value::Nullable(&Value::Scalar))).nullable(),
        Field::new("items", "items", Value::List(&Value::Object(&ITEM))),
        Field::new("total", "total", Value::Scalar),
        Field::new("payment", "payment", Value::Union(&PAYMENT)).nullable(),
        Field::new("customer", "customer", Value::Object(&CUSTOMER)).nullable(),
        Field::new("order_number", "orderNumber", Value::Scalar),
    ],
);

pub(crate) static ITEM: Object = Object::new(
    "OrderItem",
    &[
        Field::new("sku", "sku", Value::Scalar),
        Field::new("quantity", "quantity", Value::Scalar),
        Field::new("unit_price", "unitPrice", Value::Scalar).nullable(),
    ],
);

static PAYMENT: Union = Union::new("kind", &[("card", &CARD), ("invoice", &INVOICE)]);
static CARD: Object = Object::new(
    "CardPayment",
    &[Field::new("kind", "kind", Value::Scalar), Field::new("last_four", "lastFour", Value::Scalar)],
);
static INVOICE: Object = Object::new("InvoicePayment", &[Field::new("due_on", "dueOn", Value::Scalar)]);

pub(crate) static NEW_ORDER: Object = Object::new(
    "CreateOrderInput",
    &[
        Field::new("note", "note", Value::Scalar).nullable(),
        Field::new("items", "items", Value::List(&Value::Object(&NEW_ITEM))),
        Field::new("extras", "extras", Value::Generic).nullable(),
        Field::new("express", "express", Value::Scalar).optional(),
        Field::new("customer_id", "customerId", Value::Scalar),
    ],
);
static NEW_ITEM: Object = Object::new(
    "OrderItemInput",
    &[Field::new("quantity", "quantity", Value::Scalar), Field::new("product_id", "productId", Value::Scalar)],
);

/// The document as the client gets it.
pub(crate) fn shown(document: &str, object: &'static Object) -> Result<String, Error> {
    run(Transform::new(object), document.as_bytes())
}

/// The document under other policies. Every engine has to say the same, byte for byte.
pub(crate) fn run(transform: Transform, document: &[u8]) -> Result<String, Error> {
    let by = |engine| {
        let mut out = b"before".to_vec();
        let result = transform.engine(engine).run(document, &mut out);
        finish(result, out)
    };
    let expected = by(Engine::General);
    for engine in [Engine::Portable, Engine::Fastest] {
        let outcome = |result: &Result<String, Error>| match result {
            Ok(text) => Ok(text.clone()),
            Err(error) => Err(error.to_string()),
        };
        assert_eq!(outcome(&by(engine)), outcome(&expected), "{engine:?}");
    }
    expected
}

/// The way back.
pub(crate) fn reversed(document: &str, object: &'static Object) -> Result<String, Error> {
    let mut out = b"before".to_vec();
    let result = Transform::new(object).reverse(document.as_bytes(), &mut out);
    finish(result, out)
}

fn finish(result: Result<(), Error>, out: Vec<u8>) -> Result<String, Error> {
    let text = String::from_utf8(out).unwrap();
    let added = text.strip_prefix("before").unwrap();
    if let Err(error) = result {
        assert_eq!(added, "", "an error leaves the buffer as it was");
        return Err(error);
    }
    Ok(added.to_owned())
}
