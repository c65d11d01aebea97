//! Documents that are written as constants: `'{}'`, `'[]'`, `'{"kind": "order"}'`.

use std::collections::BTreeMap;

use jsonc_parser::ast::Value as Tree;
use jsonc_parser::{CollectOptions, parse_to_ast};

use crate::json::STRICT;
use crate::shape::domain::{Field, Join, Json, Literal, Object, Places, Reason, Scalar};
use crate::source::Span;

/// The document that `text` is; every key of it is written at `span`.
pub(super) fn parse(text: &str, span: Option<Span>) -> Json {
    match parse_to_ast(text, &CollectOptions::default(), &STRICT).ok().and_then(|parsed| parsed.value) {
        Some(tree) => json(&tree, &Places::from_iter(span)),
        None => Json::unknown(Reason::NotUnderstood, span),
    }
}

fn json(tree: &Tree<'_>, places: &Places) -> Json {
    let constant = |literal| Json::scalar(Scalar::literal(literal, places.clone()));
    match tree {
        Tree::NullKeyword(_) => Json::null(),
        Tree::BooleanLit(value) => constant(Literal::Bool(value.value)),
        Tree::NumberLit(number) => constant(Literal::Number(number.value.to_string())),
        Tree::StringLit(text) => constant(Literal::Text(text.value.to_string())),
        Tree::Array(array) => {
            Json::array(array.elements.iter().map(|element| json(element, places)).fold(Json::default(), Join::join))
        }
        Tree::Object(object) => {
            let mut fields = BTreeMap::new();
            for property in &object.properties {
                let field = Field { value: json(&property.value, places), always: true, places: places.clone() };
                // As in jsonb, the last of equal keys counts.
                fields.insert(property.name.as_str().to_owned(), field);
            }
            Json::object(Object { fields, rest: None })
        }
    }
}
