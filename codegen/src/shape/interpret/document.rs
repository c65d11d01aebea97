//! Documents that are written as constants: `'{}'`, `'[]'`, `'{"kind": "order"}'`.

use std::collections::BTreeMap;

use jsonc_parser::ast::Value as Tree;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use crate::shape::domain::{Field, Join, Json, Literal, Object, Places, Reason, Scalar};
use crate::source::Span;

/// JSON and nothing else, as the server takes it.
const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

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
