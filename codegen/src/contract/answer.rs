//! The answers of a mutation: the type of a successful one and of an unsuccessful one.

use super::model::{Convention, Object, ObjectField, Outcome, Rust, Value};
use super::{Context, types};
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest;
use crate::naming::pascal_case;

/// The keys that every flat answer has; all but `message` are never null.
const STANDARD: [(&str, &str); 3] = [("code", "String!"), ("message", "String"), ("success", "Boolean!")];

/// Whether every answer has this key.
pub(crate) fn is_standard(key: &str) -> bool {
    STANDARD.iter().any(|(standard, _)| *standard == key)
}

/// The code of a successful answer, unless the manifest names others.
const SUCCESS: &str = "SUCCESS";

/// The same for a composite that tells by its status alone.
const SUCCESS_STATUS: &str = "success";

/// The codes of successful answers, those that changed nothing included.
pub(super) fn success_codes(declared: &manifest::Mutation, convention: &Convention) -> Vec<String> {
    let mut codes = declared.success_codes.iter().map(|code| code.text.clone()).collect::<Vec<_>>();
    if codes.is_empty() {
        let by_status = matches!(convention, Convention::Composite(Outcome { success: None, .. }));
        codes.push(if by_status { SUCCESS_STATUS } else { SUCCESS }.to_owned());
    }
    for noop in &declared.noop_codes {
        if !codes.contains(&noop.text) {
            codes.push(noop.text.clone());
        }
    }
    codes
}

/// The types of the successful and of the unsuccessful answer.
pub(super) fn objects(
    context: &Context<'_>,
    declared: &manifest::Mutation,
    success_codes: &[String],
    diagnostics: &mut Vec<Diagnostic>,
) -> [Object; 2] {
    let name = pascal_case(&declared.name.text);
    for field in &declared.success {
        if STANDARD.iter().any(|(key, _)| *key == field.key.text) {
            diagnostics.push(
                Diagnostic::new(Code::MANIFEST_DUPLICATE, format!("`{}` is in every answer already", field.key.text))
                    .at(field.key.span, "declared again here")
                    .help("remove it: `success` holds what a successful answer has beside code, message and success"),
            );
        }
    }
    for code in &declared.error_codes {
        if success_codes.contains(&code.text) {
            diagnostics.push(
                Diagnostic::new(Code::MANIFEST_DUPLICATE, format!("`{}` is a code of success and of error", code.text))
                    .at(code.span, "an answer with this code could be either"),
            );
        }
    }
    let mut success = context.types.object_fields(&declared.success, diagnostics);
    for field in success.iter().filter(|field| field.key != field.name) {
        let declared = declared.success.iter().find(|declared| declared.key.text == field.key);
        if let (Some(declared), true) = (declared, STANDARD.iter().any(|(key, _)| *key == field.name)) {
            diagnostics.push(
                Diagnostic::new(Code::NAME_COLLISION, format!("`{}` is in every answer already", field.name))
                    .at(declared.key.span, format!("this is `{}` for clients", field.name))
                    .help("give it a name of its own: { \"type\": ..., \"name\": \"...\" }"),
            );
        }
    }
    success.retain(|field| !STANDARD.iter().any(|(key, _)| *key == field.key));
    success.extend(standard());
    types::jsonb_order(&mut success, |field| &field.key);
    let mut error = standard().collect::<Vec<_>>();
    types::jsonb_order(&mut error, |field| &field.key);
    let source = context.sources.location(declared.name.span);
    [("Success", success), ("Error", error)].map(|(suffix, fields)| Object {
        typename: format!("{name}{suffix}"),
        docs: Vec::new(),
        source: source.clone(),
        fields,
    })
}

fn standard() -> impl Iterator<Item = ObjectField> {
    STANDARD.into_iter().map(|(key, graphql)| ObjectField {
        key: key.to_owned(),
        name: key.to_owned(),
        docs: Vec::new(),
        graphql: graphql.to_owned(),
        value: Value::Scalar,
        nullable: !graphql.ends_with('!'),
        rust: Rust::Std(if graphql == "Boolean!" { "bool" } else { "String" }),
        position: 0,
    })
}
