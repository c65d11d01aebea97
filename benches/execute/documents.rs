//! The documents as a program by hand would type them: snake case from and to PostgreSQL, camel case to the client.

use std::borrow::Cow;
use std::error::Error;

use bytes::{BufMut as _, BytesMut};
use pgmutate::types::Uuid;
use postgres_types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// jsonb as it is on the wire: a version, then text.
#[derive(Debug, Clone, Copy)]
pub struct Jsonb<'a>(pub &'a str);

impl ToSql for Jsonb<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.put_u8(1);
        out.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(sql_type: &Type) -> bool {
        *sql_type == Type::JSONB
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Jsonb<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        match raw.split_first() {
            Some((1, text)) => Ok(Self(std::str::from_utf8(text)?)),
            _ => Err("this is no jsonb".into()),
        }
    }

    fn accepts(sql_type: &Type) -> bool {
        *sql_type == Type::JSONB
    }
}

#[derive(Debug, Serialize)]
pub struct CustomerPatch<'a> {
    pub last_name: &'a str,
}

#[derive(Debug, Serialize)]
pub struct ProductPatch {
    pub stock: i32,
}

#[derive(Debug, Serialize)]
pub struct OrderInput<'a> {
    customer_id: &'a str,
    items: Vec<OrderItemInput<'a>>,
}

#[derive(Debug, Serialize)]
struct OrderItemInput<'a> {
    product_id: &'a str,
    quantity: i32,
}

impl<'a> OrderInput<'a> {
    pub fn new(customer_id: &'a str, product_ids: &'a [String; 3]) -> Self {
        let items = product_ids.iter().map(|product_id| OrderItemInput { product_id, quantity: 1 }).collect();
        Self { customer_id, items }
    }
}

#[derive(Debug, Serialize)]
pub struct OrderMetadata<'a> {
    pub customer_id: &'a str,
}

/// The documents of an answer as they are, for the event.
#[derive(Deserialize)]
pub struct Stored<'a> {
    #[serde(borrow)]
    pub customer: Option<&'a RawValue>,
    #[serde(borrow)]
    pub order: Option<&'a RawValue>,
}

impl<'a> Stored<'a> {
    pub fn of(answer: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(answer)
    }
}

/// What a function answers; texts are borrowed where they hold no escapes.
#[derive(Deserialize, Serialize)]
#[serde(rename_all(serialize = "camelCase"))]
pub struct Reply<'a> {
    #[serde(rename(serialize = "__typename"), skip_deserializing)]
    typename: &'static str,
    #[serde(borrow)]
    code: Cow<'a, str>,
    #[serde(borrow)]
    message: Cow<'a, str>,
    success: bool,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    customer: Option<Customer<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    customer_id: Option<&'a str>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    product: Option<Product<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    order: Option<Order<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    order_number: Option<&'a str>,
}

#[derive(Deserialize, Serialize)]
#[serde(tag = "__typename", rename_all(serialize = "camelCase"))]
struct Customer<'a> {
    id: &'a str,
    #[serde(borrow)]
    email: Cow<'a, str>,
    #[serde(borrow)]
    first_name: Cow<'a, str>,
    #[serde(borrow)]
    last_name: Option<Cow<'a, str>>,
    locale: &'a str,
    #[serde(borrow)]
    addresses: Vec<Address<'a>>,
    created_at: &'a str,
}

#[derive(Deserialize, Serialize)]
#[serde(tag = "__typename", rename_all(serialize = "camelCase"))]
struct Address<'a> {
    id: &'a str,
    #[serde(borrow)]
    street: Cow<'a, str>,
    #[serde(borrow)]
    city: Cow<'a, str>,
    #[serde(borrow)]
    postal_code: Cow<'a, str>,
    #[serde(borrow)]
    country: Cow<'a, str>,
}

#[derive(Deserialize, Serialize)]
#[serde(tag = "__typename", rename_all(serialize = "camelCase"))]
struct Product<'a> {
    id: &'a str,
    #[serde(borrow)]
    sku: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    // As common as it is wrong: 12.50 becomes 12.5.
    price: f64,
    stock: i32,
    created_at: &'a str,
}

#[derive(Deserialize, Serialize)]
#[serde(tag = "__typename", rename_all(serialize = "camelCase"))]
struct Order<'a> {
    id: &'a str,
    order_number: &'a str,
    #[serde(borrow)]
    customer: Customer<'a>,
    #[serde(borrow)]
    items: Vec<OrderItem<'a>>,
    total: f64,
    #[serde(borrow)]
    shipping_address: Option<Address<'a>>,
    #[serde(borrow)]
    note: Option<Cow<'a, str>>,
    created_at: &'a str,
}

#[derive(Deserialize, Serialize)]
#[serde(tag = "__typename", rename_all(serialize = "camelCase"))]
struct OrderItem<'a> {
    id: &'a str,
    product_id: &'a str,
    #[serde(borrow)]
    product_name: Cow<'a, str>,
    quantity: i32,
    unit_price: f64,
}

impl<'a> Reply<'a> {
    pub fn read(answer: &'a str) -> Result<Self, Box<dyn Error>> {
        let reply: Self = serde_json::from_str(answer)?;
        if reply.success { Ok(reply) } else { Err(answer.into()) }
    }

    pub fn order_id(&self) -> Result<Uuid, Box<dyn Error>> {
        Ok(self.order.as_ref().ok_or("there is no order")?.id.parse()?)
    }
}

/// Writes the client's JSON.
pub fn respond(mut reply: Reply<'_>, typename: &'static str, body: &mut Vec<u8>) -> Result<(), Box<dyn Error>> {
    reply.typename = typename;
    Ok(serde_json::to_writer(body, &reply)?)
}
