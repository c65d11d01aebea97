//! Which part of what a function gives each declared field of a success is.

use super::Context;
use super::convention::{Answering, Gives};
use super::model::Convention;
use super::types::{Direction, Named};
use crate::catalog::Function;
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{self, Field, TypeRef};
use crate::suggest;

/// Where the declared fields of a success come from.
pub(super) enum Fields<'a> {
    /// They are keys of the document.
    Keys,
    /// Each is a column of the row.
    Columns(Vec<&'a Field>),
    /// One holds the row, as an object of these columns.
    Row(&'a Field, Vec<&'a Field>),
    /// One holds every row, as objects of these columns, or every value.
    Rows(&'a Field, Option<Vec<&'a Field>>),
    /// One holds the value.
    Value(&'a Field),
    /// There is nothing.
    None,
}

/// Finds them; fields that are nowhere are reported.
pub(super) fn find<'a>(
    context: &Context<'a>,
    declared: &'a manifest::Mutation,
    function: &Function,
    answering: &Answering,
    diagnostics: &mut Vec<Diagnostic>,
) -> Fields<'a> {
    let fields = Finder { context, declared, function, answering };
    match &answering.convention {
        Convention::Flat => Fields::Keys,
        Convention::Composite(_) => Fields::Columns(fields.columns(&declared.success, diagnostics)),
        Convention::Row { .. } | Convention::Out => match declared.success.as_slice() {
            [only] if answering.column(&only.key.text).is_none() => match fields.object(&only.type_ref) {
                Some(object) => Fields::Row(only, fields.columns(&object.fields, diagnostics)),
                None => Fields::Columns(fields.columns(&declared.success, diagnostics)),
            },
            several => Fields::Columns(fields.columns(several, diagnostics)),
        },
        Convention::List => fields.list(diagnostics),
        Convention::Scalar => match declared.success.as_slice() {
            [only] => Fields::Value(only),
            _ => {
                diagnostics.push(fields.wrong_number("one value", "\"success\": { \"customer_id\": \"ID!\" }"));
                Fields::None
            }
        },
        Convention::Void => {
            if !declared.success.is_empty() {
                diagnostics.push(fields.wrong_number("nothing", "remove them"));
            }
            Fields::None
        }
    }
}

struct Finder<'c, 'a> {
    context: &'c Context<'a>,
    declared: &'a manifest::Mutation,
    function: &'c Function,
    answering: &'c Answering,
}

impl<'a> Finder<'_, 'a> {
    fn object(&self, type_ref: &TypeRef) -> Option<&'a manifest::Object> {
        match (type_ref, self.context.types.find(type_ref, Direction::Output, &mut Vec::new())) {
            (TypeRef::Named { .. }, Some(Named::Object(object))) => Some(object),
            _ => None,
        }
    }

    /// The fields that are columns; the others are reported.
    fn columns(&self, fields: &'a [Field], diagnostics: &mut Vec<Diagnostic>) -> Vec<&'a Field> {
        if self.answering.is_open {
            return fields.iter().collect();
        }
        let (known, unknown): (Vec<_>, Vec<_>) =
            fields.iter().partition(|field| self.answering.column(&field.key.text).is_some());
        for field in unknown {
            let name = &field.key.text;
            let message = format!("what `{}` returns has no column `{name}`, which is declared", self.function.name);
            let mut diagnostic = Diagnostic::new(Code::MISSING_KEY, message).at(field.key.span, "declared here");
            let free = self.answering.columns().iter().map(|column| column.name.as_str());
            let free = free.filter(|name| !fields.iter().any(|field| field.key.text == *name));
            let near = suggest::nearest(name, free);
            let place = near.and_then(|near| self.answering.column(near)).and_then(|column| column.span);
            if let Some(place) = place.or(self.function.spans.map(|spans| spans.name)) {
                diagnostic = diagnostic.and(place, "not among the columns of what this returns");
            }
            diagnostics.push(match near {
                Some(_) => suggest::did_you_mean(diagnostic, near),
                None => {
                    let all = self.answering.columns().iter().map(|column| format!("`{}`", column.name));
                    diagnostic.note(format!("its columns: {}", all.collect::<Vec<_>>().join(", ")))
                }
            });
        }
        known
    }

    fn list(&self, diagnostics: &mut Vec<Diagnostic>) -> Fields<'a> {
        let example = "\"success\": { \"orders\": \"[Order!]!\" }";
        let [field] = self.declared.success.as_slice() else {
            diagnostics.push(self.wrong_number("a list", example));
            return Fields::None;
        };
        let TypeRef::List { element, .. } = &field.type_ref else {
            diagnostics.push(self.wrong_type(field, "returns rows, any number of them", "a list", example));
            return Fields::None;
        };
        match (&self.answering.gives, self.object(element)) {
            (Gives::Record(_), Some(object)) => {
                let columns = self.columns(&object.fields, diagnostics);
                Fields::Rows(field, Some(columns))
            }
            (Gives::Record(_), None) if !self.is_json(element) => {
                diagnostics.push(self.wrong_type(field, "returns rows with columns", "an output type", example));
                Fields::None
            }
            _ => Fields::Rows(field, None),
        }
    }

    fn is_json(&self, type_ref: &TypeRef) -> bool {
        let named = self.context.types.find(type_ref, Direction::Output, &mut Vec::new());
        // What does not exist has been reported.
        named.is_none() || matches!(named, Some(Named::Scalar(scalar)) if scalar.is_json())
    }

    fn wrong_number(&self, gives: &str, help: &str) -> Diagnostic {
        let found = match self.declared.success.len() {
            0 => "no field is declared for it".to_owned(),
            1 => "a field is declared".to_owned(),
            count => format!("{count} fields are declared"),
        };
        let message = format!("`{}` gives {gives}, and {found}", self.function.name);
        let place = self.declared.success.first().map_or(self.declared.name.span, |field| field.key.span);
        let mut diagnostic = Diagnostic::new(Code::RESULT_FIELDS, message).at(place, "the fields of its success");
        if let Some(spans) = self.function.spans {
            diagnostic = diagnostic.and(spans.name, "the function");
        }
        diagnostic.help(if help.starts_with('"') { format!("declare one field: {help}") } else { help.to_owned() })
    }

    fn wrong_type(&self, field: &Field, gives: &str, expected: &str, example: &str) -> Diagnostic {
        let message = format!("`{}` {gives}, and `{}` is `{}`", self.function.name, field.key.text, field.type_ref);
        let mut diagnostic = Diagnostic::new(Code::RESULT_FIELDS, message)
            .at(field.type_ref.named().1, format!("{expected} is expected"));
        if let Some(spans) = self.function.spans {
            diagnostic = diagnostic.and(spans.name, "the function");
        }
        diagnostic.help(format!("declare it as in {example}"))
    }
}
