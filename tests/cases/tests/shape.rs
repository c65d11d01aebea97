//! Whether JSON that came back lies in the shape that was inferred, and how much of the shape is known.

use std::collections::BTreeMap;

use pgmutate_codegen::catalog::{Builtin, Category, Type};
use pgmutate_codegen::contract::{Convention, Mutation};
use pgmutate_codegen::shape::domain::{Content, Json, Literals, Nullness, Object, Row, Tag, Value as Shaped};
use serde_json::Value;

use crate::case::Case;

/// The keys that a composed response has of itself.
const STANDARD: [&str; 3] = ["success", "code", "message"];

/// Whether `response` may be, and where not.
pub(crate) fn admits(case: &Case, mutation: &Mutation, response: &Value) -> Result<(), String> {
    let shape = case.shape(mutation);
    if mutation.convention == Convention::Flat {
        return json(case, &shape.result.to_json(), response, "response");
    }
    let mut own = response.as_object().unwrap().clone();
    own.retain(|key, _| !STANDARD.contains(&key.as_str()));
    if own.is_empty() {
        return Ok(());
    }
    let may_be = |value: &Shaped| fields(case, mutation, value, &own);
    // Answers that are told apart: one of them it must be.
    let results = shape.answers.iter().map(|answer| may_be(&answer.value)).collect::<Vec<_>>();
    if results.iter().any(Result::is_ok) {
        return Ok(());
    }
    match results.into_iter().next() {
        Some(result) => result,
        None => may_be(&shape.result),
    }
}

fn fields(
    case: &Case,
    mutation: &Mutation,
    value: &Shaped,
    own: &serde_json::Map<String, Value>,
) -> Result<(), String> {
    let row = match &value.content {
        Content::Row(row) => Some(row),
        _ => None,
    };
    for (key, found) in own {
        match (&mutation.convention, row, found) {
            (Convention::List, Some(row), Value::Array(elements)) => {
                for element in elements {
                    columns(case, row, element, key)?;
                }
            }
            (Convention::List, None, Value::Array(elements)) => {
                for element in elements {
                    json(case, &value.to_json(), element, key)?;
                }
            }
            (_, Some(row), found) => match row.get(key) {
                Some(column) => json(case, &column.to_json(), found, key)?,
                None => columns(case, row, found, key)?,
            },
            (_, None, found) => json(case, &value.to_json(), found, key)?,
        }
    }
    Ok(())
}

/// An object of some of a row's columns.
fn columns(case: &Case, row: &Row, found: &Value, path: &str) -> Result<(), String> {
    let Value::Object(found) = found else { return Err(format!("`{path}` is no row")) };
    for (key, value) in found {
        let column = row.get(key).ok_or_else(|| format!("`{path}.{key}` is no column"))?;
        json(case, &column.to_json(), value, &format!("{path}.{key}"))?;
    }
    Ok(())
}

fn json(case: &Case, shape: &Json, found: &Value, path: &str) -> Result<(), String> {
    if shape.opaque.is_some() {
        return Ok(());
    }
    match found {
        Value::Null if shape.null == Nullness::Never => Err(format!("`{path}` is null, and inferred never to be")),
        Value::Null => Ok(()),
        Value::Array(elements) => {
            let element = shape.array.as_ref().ok_or_else(|| format!("`{path}` is a list"))?;
            elements.iter().enumerate().try_for_each(|(i, it)| json(case, element, it, &format!("{path}[{i}]")))
        }
        Value::Object(members) => {
            if shape.objects.is_empty() {
                return Err(format!("`{path}` is an object"));
            }
            let tag = match members.get("success") {
                Some(Value::Bool(true)) => Tag::Success,
                Some(Value::Bool(false)) => Tag::Failure,
                _ => Tag::Other,
            };
            let likely = shape.objects.get(&tag).into_iter().chain(shape.objects.values());
            let results = likely.map(|it| object(case, it, members, path)).collect::<Vec<_>>();
            if results.iter().any(Result::is_ok) { Ok(()) } else { results.into_iter().next().unwrap() }
        }
        scalar_value => {
            let scalar = shape.scalar.as_ref().ok_or_else(|| format!("`{path}` is {scalar_value}, a scalar"))?;
            if let Literals::Of(literals) = &scalar.literals {
                let text = scalar_value.as_str().map_or_else(|| scalar_value.to_string(), str::to_owned);
                let number = |text: &str| text.parse::<f64>().ok();
                let same =
                    |literal: &str| literal == text || number(literal).is_some_and(|it| Some(it) == number(&text));
                if !literals.keys().any(|literal| same(literal.text())) {
                    return Err(format!("`{path}` is {text}, and inferred to be one of {literals:?}"));
                }
                return Ok(());
            }
            let fits = scalar.types.iter().any(|ty| is_of(case, ty, scalar_value));
            if fits { Ok(()) } else { Err(format!("`{path}` is {scalar_value}, inferred {:?}", scalar.types)) }
        }
    }
}

fn object(case: &Case, shape: &Object, members: &serde_json::Map<String, Value>, path: &str) -> Result<(), String> {
    for (key, value) in members {
        match shape.fields.get(key) {
            Some(field) => json(case, &field.value, value, &format!("{path}.{key}"))?,
            None if shape.rest.is_some() => {}
            None => return Err(format!("`{path}.{key}` is not inferred")),
        }
    }
    match shape.fields.iter().find(|(key, field)| field.always && !members.contains_key(*key)) {
        Some((key, _)) => Err(format!("`{path}.{key}` is inferred to be always there, and is not")),
        None => Ok(()),
    }
}

/// Whether JSON of this kind is made of a value of this type.
fn is_of(case: &Case, ty: &Type, value: &Value) -> bool {
    let Type::Builtin(builtin) = case.catalog.base_type(ty) else { return value.is_string() };
    match *builtin {
        Builtin::BOOL => value.is_boolean(),
        Builtin::INT2 | Builtin::INT4 | Builtin::INT8 => value.is_i64(),
        Builtin::NUMERIC | Builtin::FLOAT4 | Builtin::FLOAT8 => value.is_number(),
        builtin if builtin.category() == Category::Numeric => value.is_number() || value.is_string(),
        _ => value.is_string(),
    }
}

/// The leaves of what a case's functions answer.
#[derive(Default)]
pub(crate) struct Leaves {
    pub(crate) count: usize,
    /// The paths and reasons of those that are not known.
    pub(crate) opaque: Vec<String>,
}

pub(crate) fn leaves(case: &Case) -> Leaves {
    let mut leaves = Leaves::default();
    for mutation in &case.contract.mutations {
        let shape = case.shape(mutation);
        let mut found = BTreeMap::new();
        collect(&shape.result.to_json(), &mutation.function, &mut found);
        leaves.count += found.len();
        let opaque = found.into_iter().filter_map(|(path, reason)| Some(format!("{path}: {}", reason?)));
        leaves.opaque.extend(opaque);
    }
    leaves
}

fn collect(shape: &Json, path: &str, found: &mut BTreeMap<String, Option<&'static str>>) {
    if let Some(opaque) = shape.opaque {
        found.insert(path.to_owned(), Some(opaque.reason.words()));
    } else if shape.array.is_none() && shape.objects.is_empty() {
        found.entry(path.to_owned()).or_insert(None);
    }
    if let Some(element) = &shape.array {
        collect(element, &format!("{path}[]"), found);
    }
    for object in shape.objects.values() {
        for (key, field) in &object.fields {
            collect(&field.value, &format!("{path}.{key}"), found);
        }
        if let Some(opaque) = object.rest {
            found.insert(format!("{path}.*"), Some(opaque.reason.words()));
        }
    }
}
