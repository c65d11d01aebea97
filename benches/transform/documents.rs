//! The documents that are measured: orders as PostgreSQL prints jsonb, and the tables and selections for them.

use std::fmt::Write;

use pgmutate::transform::{Field, Hint, Object, Value};

pub static ORDER: Object = Object::new(
    "Order",
    &[
        Field::new("id", "id", Value::Scalar).hint(Hint::Uuid),
        Field::new("items", "items", Value::List(&Value::Object(&ITEM))),
        Field::new("total", "total", Value::Scalar),
        Field::new("status", "status", Value::Scalar),
        Field::new("customer", "customer", Value::Object(&CUSTOMER)).nullable(),
        Field::new("created_at", "createdAt", Value::Scalar),
        Field::new("order_number", "orderNumber", Value::Scalar),
        Field::new("shipping_address", "shippingAddress", Value::Object(&ADDRESS)),
    ],
);

static ITEM: Object = Object::new(
    "OrderItem",
    &[
        Field::new("id", "id", Value::Scalar).hint(Hint::Uuid),
        Field::new("sku", "sku", Value::Scalar),
        Field::new("name", "name", Value::Scalar),
        Field::new("notes", "notes", Value::Scalar).nullable(),
        Field::new("quantity", "quantity", Value::Scalar),
        Field::new("line_total", "lineTotal", Value::Scalar),
        Field::new("product_id", "productId", Value::Scalar).hint(Hint::Uuid),
        Field::new("unit_price", "unitPrice", Value::Scalar),
    ],
);

static CUSTOMER: Object = Object::new(
    "Customer",
    &[
        Field::new("id", "id", Value::Scalar).hint(Hint::Uuid),
        Field::new("email", "email", Value::Scalar),
        Field::new("last_name", "lastName", Value::Scalar),
        Field::new("created_at", "createdAt", Value::Scalar),
        Field::new("first_name", "firstName", Value::Scalar),
    ],
);

static ADDRESS: Object = Object::new(
    "Address",
    &[
        Field::new("city", "city", Value::Scalar),
        Field::new("street", "street", Value::Scalar),
        Field::new("postal_code", "postalCode", Value::Scalar),
    ],
);

/// Half of the fields, out of order.
pub const HALF: &str = "{ status id orderNumber items { unitPrice name quantity id } shippingAddress { city } }";

/// The same half in jsonb's order.
pub const HALF_IN_ORDER: &str =
    "{ id items { id name quantity unitPrice } status orderNumber shippingAddress { city } }";

/// Every field, from the last to the first.
pub const REVERSED: &str = "{
    shippingAddress { postalCode street city } orderNumber createdAt
    customer { firstName createdAt lastName email id }
    status total items { unitPrice productId lineTotal quantity notes name sku id } id __typename
}";

/// The type of a key's value, for the peers that walk a tree.
pub fn child(typename: &str, key: &str) -> &'static str {
    match (typename, key) {
        ("Order", "items") => "OrderItem",
        ("Order", "customer") => "Customer",
        ("Order", "shipping_address") => "Address",
        _ => "",
    }
}

/// An order of about the size asked for.
pub struct Case {
    pub label: &'static str,
    pub document: Vec<u8>,
}

pub fn cases() -> Vec<Case> {
    [("300 B", false, 0), ("1.5 kB", true, 4), ("20 kB", true, 80), ("1 MB", true, 4200)]
        .into_iter()
        .map(|(label, customer, items)| Case { label, document: order(customer, items).into_bytes() })
        .collect()
}

/// The document as a client would send it: compact, with the client's names, without typenames.
pub fn client(document: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    pgmutate::transform::transform(document, &ORDER, &mut out).expect("the document is an order");
    let mut text = String::from_utf8(out).expect("JSON is UTF-8");
    for typename in ["Order", "OrderItem", "Customer", "Address"] {
        text = text.replace(&format!(r#""__typename":"{typename}","#), "");
    }
    text.into_bytes()
}

fn order(customer: bool, items: usize) -> String {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut text = format!(r#"{{"id": "{}", "items": ["#, random.uuid());
    for number in 0..items {
        let separator = if number == 0 { "" } else { ", " };
        let (quantity, cents) = (1 + random.below(12), 100 + random.below(20_000));
        let notes = match random.below(4) {
            0 => r#""Please wrap as a gift, \"no invoice\" in the box""#.to_owned(),
            _ => "null".to_owned(),
        };
        let name = NAMES[random.below(NAMES.len() as u64) as usize];
        let (id, product) = (random.uuid(), random.uuid());
        let (price, total) = (money(cents), money(cents * quantity));
        let sku = random.below(100_000);
        write!(
            text,
            r#"{separator}{{"id": "{id}", "sku": "SKU-{sku:05}", "name": "{name}", "notes": {notes}, "quantity": {quantity}, "line_total": {total}, "product_id": "{product}", "unit_price": {price}}}"#
        )
        .expect("a string can be written to");
    }
    text.push_str(r#"], "total": 1234.50, "status": "CONFIRMED", "#);
    if customer {
        write!(
            text,
            r#""customer": {{"id": "{}", "email": "ada.lovelace@example.com", "last_name": "Lovelace", "created_at": "2024-02-29T23:59:59.123456+00:00", "first_name": "Ada"}}, "#,
            random.uuid()
        )
        .expect("a string can be written to");
    }
    text.push_str(r#""created_at": "2026-11-22T12:26:16.654321+00:00", "order_number": "ORD-2026-000123", "shipping_address": {"city": "Berlin", "street": "Invalidenstr. 44", "postal_code": "10115"}}"#);
    text
}

const NAMES: [&str; 5] = [
    "Coffee beans, dark roast, 1 kg",
    "Teapot",
    "Espresso machine with two boilers and a rotary pump",
    "Paper filters (100 pieces)",
    "Mug, porcelain, 0.3 l",
];

fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// xorshift: the same documents in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        let (a, b, c) = (high >> 32, high >> 16 & 0xFFFF, high & 0xFFFF);
        format!("{a:08x}-{b:04x}-{c:04x}-{:04x}-{:012x}", low >> 48, low & 0xFFFF_FFFF_FFFF)
    }
}
