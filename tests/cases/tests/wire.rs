//! A call as the runtime composes it, with arguments that are told by JSON: they travel as text, which the server reads by their types.

use std::error::Error;

use bytes::BytesMut;
use pgmutate::contract::{Contract, Part};
use pgmutate_codegen::contract::Mutation;
use postgres_types::{Format, FromSql, IsNull, ToSql, Type};
use serde_json::{Map, Value};

/// The statement and its arguments.
pub(crate) fn compose(
    contract: &Contract,
    mutation: &Mutation,
    given: &Map<String, Value>,
) -> (String, Vec<(Text, Type)>) {
    let mut bound = Vec::new();
    let mut numbers = Vec::new();
    for argument in &mutation.arguments {
        let value = given.get(&argument.name);
        assert!(value.is_some() || argument.optional, "{}: `{}` is not given", mutation.name, argument.name);
        numbers.push(value.map(|value| {
            bound.push((Text::of(value, &argument.marker), parameter(&argument.marker)));
            bound.len()
        }));
    }
    let mut text = String::new();
    for part in contract.statement {
        match part {
            Part::Text(part) => text.push_str(part),
            Part::Optional { argument, before, after } => {
                if let Some(number) = numbers[*argument] {
                    let before = if number == 1 { before.trim_start_matches(", ") } else { before };
                    text.push_str(&format!("{before}${number}{after}"));
                }
            }
            Part::Value(argument) => match numbers[*argument] {
                Some(number) => text.push_str(&format!("${number}")),
                None => text.push_str("NULL"),
            },
            // Calls without a context.
            Part::Response => text.push_str("response"),
            Part::Settings | Part::Guard => {}
        }
    }
    (text, bound)
}

fn parameter(marker: &str) -> Type {
    match marker {
        "Bool" => Type::BOOL,
        "Int2" => Type::INT2,
        "Int4" => Type::INT4,
        "Int8" => Type::INT8,
        "Float4" => Type::FLOAT4,
        "Float8" => Type::FLOAT8,
        "Numeric" => Type::NUMERIC,
        "Text" => Type::TEXT,
        "Bytea" => Type::BYTEA,
        "Uuid" => Type::UUID,
        "Json" => Type::JSON,
        "Jsonb" => Type::JSONB,
        "Array<Text>" => Type::TEXT_ARRAY,
        "Array<Uuid>" => Type::UUID_ARRAY,
        "Array<Int4>" => Type::INT4_ARRAY,
        other => panic!("no case has needed `{other}` yet"),
    }
}

/// A value as text.
#[derive(Debug)]
pub(crate) struct Text(Option<String>);

impl Text {
    fn of(value: &Value, marker: &str) -> Self {
        Self(match (value, marker) {
            (Value::Null, _) => None,
            (value, "Json" | "Jsonb") => Some(value.to_string()),
            (Value::String(text), _) => Some(text.clone()),
            (Value::Array(elements), _) => {
                let quoted = elements.iter().map(|element| match element {
                    Value::String(text) => serde_json::to_string(text).unwrap(),
                    other => other.to_string(),
                });
                Some(format!("{{{}}}", quoted.collect::<Vec<_>>().join(",")))
            }
            (other, _) => Some(other.to_string()),
        })
    }
}

impl ToSql for Text {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.to_sql_checked(ty, out)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match &self.0 {
            Some(text) => {
                out.extend_from_slice(text.as_bytes());
                Ok(IsNull::No)
            }
            None => Ok(IsNull::Yes),
        }
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }
}

/// The text of a jsonb.
pub(crate) struct Jsonb(pub(crate) Vec<u8>);

impl<'a> FromSql<'a> for Jsonb {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw[1..].to_vec()))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::JSONB
    }
}
