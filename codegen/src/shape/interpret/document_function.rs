//! The functions that make and take apart documents.

use super::operator::{as_text_value, text_array};
use super::{Frame, Given};
use crate::catalog::{Builtin, Type};
use crate::shape::domain::{Content, Field, Join, Json, Literal, Nullness, Object, Opaque, Places, Reason, Value};
use crate::source::Span;

/// Arrays of SQL whose rows are not known are followed no deeper than this in jsonb_set.
pub(super) const MAX_PATH: usize = 16;

impl Frame<'_> {
    /// The result of a function of documents; `None` if `name` is none.
    pub(super) fn document_function(&mut self, name: &str, given: &[Given], span: Option<Span>) -> Option<Value> {
        let first = given.first().map(|given| &given.value);
        Some(match name {
            "json_build_object" | "jsonb_build_object" => build_object(given, span),
            "json_build_array" | "jsonb_build_array" => {
                let elements = given.iter().map(|given| given.value.to_json());
                Value::json(Json::array(elements.fold(Json::default(), Join::join)))
            }
            "to_json" | "to_jsonb" | "row_to_json" | "array_to_json" => {
                let value = first?;
                let mut json = value.to_json();
                // NULL stays NULL: only inside a document it is JSON's null.
                if !matches!(value.content, Content::Json(_)) {
                    json.null = Nullness::Never;
                }
                Value::json(json).with_null(value.null)
            }
            "json_strip_nulls" | "jsonb_strip_nulls" => {
                let value = first?.clone();
                let Content::Json(json) = value.content else { return Some(Value::unknown(Reason::NotFollowed, span)) };
                Value::json(strip_nulls(json)).with_null(value.null)
            }
            "jsonb_set" | "jsonb_insert" | "jsonb_set_lax" => {
                let target = first?.clone();
                let (Some(path), Some(value)) = (given.get(1), given.get(2)) else { return None };
                let null = target.null.join(path.value.null).join(value.value.null);
                let jsonb = Type::Builtin(Builtin::JSONB);
                // NULL of SQL makes the whole NULL; a document that is JSON's null is put in.
                let new = self.analysis.coerce(value.value.clone(), &jsonb, value.span).not_null().to_json();
                let Content::Json(json) = target.content else {
                    return Some(Value::unknown(Reason::NotFollowed, span));
                };
                match text_array(&path.value) {
                    Some(keys) if keys.len() <= MAX_PATH => {
                        Value::json(set(json, &keys, &new, path.span)).with_null(null)
                    }
                    _ => Value::json(Json::unknown(Reason::DynamicKey, span)).with_null(null),
                }
            }
            "json_extract_path" | "jsonb_extract_path" | "json_extract_path_text" | "jsonb_extract_path_text" => {
                let as_text = name.ends_with("_text");
                let (value, keys) = given.split_first()?;
                let last = keys.len().saturating_sub(1);
                keys.iter().enumerate().fold(value.value.clone(), |value, (i, key)| {
                    self.member(&value, &key.value, as_text && i == last, key.span)
                })
            }
            "json_object" | "jsonb_object" => {
                let object = Object { rest: Some(Opaque::new(Reason::DynamicKey, span)), ..Object::default() };
                Value::json(Json::object(object)).with_null(first.map(|value| value.null).unwrap_or_default())
            }
            "jsonb_pretty" | "jsonb_typeof" | "json_typeof" => {
                Value::scalar(Builtin::TEXT).with_null(first.map(|value| value.null).unwrap_or_default())
            }
            "jsonb_array_length" | "json_array_length" => Value::scalar(Builtin::INT4).with_null(first?.null),
            "jsonb_concat" => {
                let (a, b) = (first?.clone(), given.get(1)?.value.clone());
                self.concat(a, b, span)
            }
            "jsonb_path_query_first" | "jsonb_path_query_array" | "jsonb_path_query" => {
                Value::json(Json::unknown(Reason::NotFollowed, span)).with_null(Nullness::Unproven)
            }
            "jsonb_path_exists" | "jsonb_path_match" | "jsonb_exists" => Value::scalar(Builtin::BOOL),
            _ => return None,
        })
    }

    /// The result of an aggregate that makes documents, for rows that are there.
    pub(super) fn document_aggregate(&mut self, name: &str, given: &[Given], span: Option<Span>) -> Option<Value> {
        let first = given.first();
        Some(match name {
            "json_agg" | "jsonb_agg" | "json_agg_strict" | "jsonb_agg_strict" | "json_arrayagg" => {
                let mut element = first?.value.to_json();
                if name.ends_with("_strict") {
                    element.null = Nullness::Never;
                }
                Value::json(Json::array(element))
            }
            "json_object_agg" | "jsonb_object_agg" | "json_object_agg_unique" | "jsonb_object_agg_unique" => {
                let object = match (first?.value.constant(), given.get(1)) {
                    (Some(Literal::Text(key)), Some(value)) => {
                        let places = Places::from_iter(first?.span);
                        let field = Field { value: value.value.to_json(), always: true, places };
                        Object { fields: [(key.clone(), field)].into(), rest: None }
                    }
                    _ => Object { rest: Some(Opaque::new(Reason::DynamicKey, span)), ..Object::default() },
                };
                Value::json(Json::object(object))
            }
            _ => return None,
        })
    }

    /// The elements that `jsonb_array_elements` gives.
    pub(super) fn elements(&self, value: &Value, as_text: bool) -> Value {
        let (json, null) = match &value.content {
            Content::Json(json) => {
                let element = json.array.as_deref().cloned().unwrap_or_default();
                (element.join(Json { opaque: json.opaque, ..Json::default() }), Nullness::Never)
            }
            Content::Never => (Json::default(), Nullness::Never),
            Content::Unknown(opaque) => (Json::opaque(*opaque), Nullness::Never),
            _ => (Json::unknown(Reason::NotFollowed, None), Nullness::Never),
        };
        let from = value.from.iter().map(|path| path.step(crate::shape::domain::InputStep::Element)).collect();
        let element = if as_text { as_text_value(&json) } else { Value::json(json).with_null(null) };
        Value { from, ..element }
    }
}

fn build_object(given: &[Given], span: Option<Span>) -> Value {
    if given.iter().any(|given| given.is_variadic) {
        let object = Object { rest: Some(Opaque::new(Reason::DynamicKey, span)), ..Object::default() };
        return Value::json(Json::object(object));
    }
    let mut object = Object::default();
    for pair in given.chunks(2) {
        let [key, value] = pair else {
            // An odd number of arguments raises.
            return Value::default();
        };
        let json = value.value.to_json();
        match key.value.constant() {
            Some(literal) => {
                let places = Places::from_iter(key.span);
                object.fields.insert(literal.text().to_owned(), Field { value: json, always: true, places });
            }
            None => {
                let rest = Opaque::new(Reason::DynamicKey, key.span.or(span));
                object.rest = object.rest.join(Some(rest));
            }
        }
    }
    Value::json(Json::object(object.bounded()))
}

fn strip_nulls(json: Json) -> Json {
    let stripped = json.map_objects(|mut object| {
        object.fields = object
            .fields
            .into_iter()
            .filter_map(|(key, mut field)| {
                field.always &= field.value.null == Nullness::Never;
                field.value.null = Nullness::Never;
                field.value = strip_nulls(field.value);
                (!field.value.is_never()).then_some((key, field))
            })
            .collect();
        object
    });
    Json { array: stripped.array.map(|element| Box::new(strip_nulls(*element))), ..stripped }
}

/// `jsonb_set(json, path, value)`; whether it creates a missing key only adds possibilities.
fn set(json: Json, path: &[String], new: &Json, span: Option<Span>) -> Json {
    let Some((key, rest)) = path.split_first() else { return json };
    let is_index = key.parse::<i64>().is_ok();
    let mut changed = json.map_objects(|mut object| {
        let known = object.fields.remove(key);
        let places = Places::from_iter(span);
        let field = match (known, rest) {
            (Some(field), []) => Field { value: new.clone(), places: field.places.join(places), always: true },
            (None, []) => Field { value: new.clone(), places, always: true },
            (Some(field), rest) => Field { value: set(field.value, rest, new, span), ..field },
            // Only the last key of a path is created.
            (None, _) => return object,
        };
        object.fields.insert(key.clone(), field);
        object
    });
    if let (Some(element), true) = (changed.array.take(), is_index) {
        let replaced = if rest.is_empty() { new.clone() } else { set((*element).clone(), rest, new, span) };
        changed.array = Some(Box::new((*element).join(replaced)));
    }
    changed
}
