//! The other ways to do the same job: a tree that is renamed, or structs that are read and written again.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::documents::child;

pub fn camel(key: &str) -> String {
    let mut name = String::with_capacity(key.len());
    let mut upper = false;
    for character in key.chars() {
        match character {
            '_' if !name.is_empty() => upper = true,
            _ if upper => {
                name.extend(character.to_uppercase());
                upper = false;
            }
            _ => name.push(character),
        }
    }
    name
}

pub fn snake(name: &str) -> String {
    let mut key = String::with_capacity(name.len() + 4);
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            key.push('_');
        }
        key.push(character.to_ascii_lowercase());
    }
    key
}

pub mod serde_value {
    use super::*;
    use serde_json::{Map, Value};

    pub fn run(document: &[u8], out: &mut Vec<u8>) {
        let value: Value = serde_json::from_slice(document).expect("the document is JSON");
        serde_json::to_writer(out, &renamed(value, "Order")).expect("a vector can be written to");
    }

    fn renamed(value: Value, typename: &'static str) -> Value {
        match value {
            Value::Object(members) => {
                let mut map = Map::new();
                if !typename.is_empty() {
                    map.insert("__typename".to_owned(), Value::String(typename.to_owned()));
                }
                for (key, value) in members {
                    let value = renamed(value, child(typename, &key));
                    map.insert(camel(&key), value);
                }
                Value::Object(map)
            }
            Value::Array(elements) => {
                Value::Array(elements.into_iter().map(|value| renamed(value, typename)).collect())
            }
            other => other,
        }
    }

    pub fn back(document: &[u8], out: &mut Vec<u8>) {
        let value: Value = serde_json::from_slice(document).expect("the document is JSON");
        serde_json::to_writer(out, &snaked(value)).expect("a vector can be written to");
    }

    fn snaked(value: Value) -> Value {
        match value {
            Value::Object(members) => {
                Value::Object(members.into_iter().map(|(name, value)| (snake(&name), snaked(value))).collect())
            }
            Value::Array(elements) => Value::Array(elements.into_iter().map(snaked).collect()),
            other => other,
        }
    }
}

/// Structs for the same types; `$text` is their type of string.
macro_rules! typed {
    ($module:ident, $text:ty, $($lifetime:lifetime)?, $(#[$borrow:meta])?) => {
        pub mod $module {
            use super::*;

            #[derive(Serialize, Deserialize)]
            #[serde(tag = "__typename", rename = "Order", rename_all(serialize = "camelCase"))]
            pub struct Order$(<$lifetime>)? {
                $(#[$borrow])? id: $text,
                $(#[$borrow])? items: Vec<Item$(<$lifetime>)?>,
                total: f64,
                $(#[$borrow])? status: $text,
                $(#[$borrow])? #[serde(default, skip_serializing_if = "Option::is_none")] customer: Option<Customer$(<$lifetime>)?>,
                $(#[$borrow])? created_at: $text,
                $(#[$borrow])? order_number: $text,
                $(#[$borrow])? shipping_address: Address$(<$lifetime>)?,
            }

            #[derive(Serialize, Deserialize)]
            #[serde(tag = "__typename", rename = "OrderItem", rename_all(serialize = "camelCase"))]
            pub struct Item$(<$lifetime>)? {
                $(#[$borrow])? id: $text,
                $(#[$borrow])? sku: $text,
                $(#[$borrow])? name: $text,
                $(#[$borrow])? notes: Option<$text>,
                quantity: u32,
                line_total: f64,
                $(#[$borrow])? product_id: $text,
                unit_price: f64,
            }

            #[derive(Serialize, Deserialize)]
            #[serde(tag = "__typename", rename = "Customer", rename_all(serialize = "camelCase"))]
            pub struct Customer$(<$lifetime>)? {
                $(#[$borrow])? id: $text,
                $(#[$borrow])? email: $text,
                $(#[$borrow])? last_name: $text,
                $(#[$borrow])? first_name: $text,
                $(#[$borrow])? created_at: $text,
            }

            #[derive(Serialize, Deserialize)]
            #[serde(tag = "__typename", rename = "Address", rename_all(serialize = "camelCase"))]
            pub struct Address$(<$lifetime>)? {
                $(#[$borrow])? city: $text,
                $(#[$borrow])? street: $text,
                $(#[$borrow])? postal_code: $text,
            }
        }
    };
}

typed!(owned, String, ,);
typed!(borrowed, Cow<'a, str>, 'a, #[serde(borrow)]);

pub fn serde_owned(document: &[u8], out: &mut Vec<u8>) {
    let order: owned::Order = serde_json::from_slice(document).expect("the document is an order");
    serde_json::to_writer(out, &order).expect("a vector can be written to");
}

pub fn serde_borrowed(document: &[u8], out: &mut Vec<u8>) {
    let order: borrowed::Order<'_> = serde_json::from_slice(document).expect("the document is an order");
    serde_json::to_writer(out, &order).expect("a vector can be written to");
}

pub fn sonic_owned(document: &[u8], out: &mut Vec<u8>) {
    let order: owned::Order = sonic_rs::from_slice(document).expect("the document is an order");
    sonic_rs::to_writer(out, &order).expect("a vector can be written to");
}

pub fn sonic_borrowed(document: &[u8], out: &mut Vec<u8>) {
    let order: borrowed::Order<'_> = sonic_rs::from_slice(document).expect("the document is an order");
    sonic_rs::to_writer(out, &order).expect("a vector can be written to");
}

/// simd-json writes into its input, so it needs a copy: the buffer for it is reused.
pub fn simd_typed(document: &[u8], copy: &mut Vec<u8>, out: &mut Vec<u8>) {
    copy.clear();
    copy.extend_from_slice(document);
    let order: borrowed::Order<'_> = simd_json::serde::from_slice(copy).expect("the document is an order");
    simd_json::serde::to_writer(out, &order).expect("a vector can be written to");
}

pub mod simd_tree {
    use super::*;
    use simd_json::prelude::Writable;
    use simd_json::{BorrowedValue, OwnedValue, StaticNode};

    pub fn borrowed(document: &[u8], copy: &mut Vec<u8>, out: &mut Vec<u8>) {
        copy.clear();
        copy.extend_from_slice(document);
        let value = simd_json::to_borrowed_value(copy).expect("the document is JSON");
        renamed(value, "Order").write(out).expect("a vector can be written to");
    }

    fn renamed<'a>(value: BorrowedValue<'a>, typename: &'static str) -> BorrowedValue<'a> {
        match value {
            BorrowedValue::Object(members) => {
                let mut map =
                    simd_json::borrowed::Object::with_capacity_and_hasher(members.len() + 1, Default::default());
                if !typename.is_empty() {
                    map.insert(Cow::Borrowed("__typename"), BorrowedValue::from(typename));
                }
                for (key, value) in *members {
                    let value = renamed(value, child(typename, &key));
                    map.insert(Cow::Owned(camel(&key)), value);
                }
                BorrowedValue::Object(Box::new(map))
            }
            BorrowedValue::Array(elements) => {
                BorrowedValue::Array(Box::new(elements.into_iter().map(|value| renamed(value, typename)).collect()))
            }
            other => other,
        }
    }

    pub fn owned(document: &[u8], copy: &mut Vec<u8>, out: &mut Vec<u8>) {
        copy.clear();
        copy.extend_from_slice(document);
        let value = simd_json::to_owned_value(copy).expect("the document is JSON");
        renamed_owned(value, "Order").write(out).expect("a vector can be written to");
    }

    fn renamed_owned(value: OwnedValue, typename: &'static str) -> OwnedValue {
        match value {
            OwnedValue::Object(members) => {
                let mut map = simd_json::owned::Object::with_capacity_and_hasher(members.len() + 1, Default::default());
                if !typename.is_empty() {
                    map.insert("__typename".to_owned(), OwnedValue::from(typename));
                }
                for (key, value) in *members {
                    let value = renamed_owned(value, child(typename, &key));
                    map.insert(camel(&key), value);
                }
                OwnedValue::Object(Box::new(map))
            }
            OwnedValue::Array(elements) => {
                OwnedValue::Array(Box::new(elements.into_iter().map(|value| renamed_owned(value, typename)).collect()))
            }
            OwnedValue::Static(StaticNode::Null) => OwnedValue::Static(StaticNode::Null),
            other => other,
        }
    }
}

pub mod sonic_tree {
    use super::*;
    use sonic_rs::{JsonContainerTrait, Value};

    pub fn run(document: &[u8], out: &mut Vec<u8>) {
        let value: Value = sonic_rs::from_slice(document).expect("the document is JSON");
        sonic_rs::to_writer(out, &renamed(&value, "Order")).expect("a vector can be written to");
    }

    fn renamed(value: &Value, typename: &'static str) -> Value {
        if let Some(members) = value.as_object() {
            let mut map = sonic_rs::Object::with_capacity(members.len() + 1);
            if !typename.is_empty() {
                map.insert("__typename", typename);
            }
            for (key, value) in members {
                let value = renamed(value, child(typename, key));
                map.insert(&camel(key), value);
            }
            map.into()
        } else if let Some(elements) = value.as_array() {
            elements.iter().map(|value| renamed(value, typename)).collect::<sonic_rs::Array>().into()
        } else {
            value.clone()
        }
    }
}
