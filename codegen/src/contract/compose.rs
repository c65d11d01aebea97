//! The flat response that a statement composes of what a function gives, whatever its convention.
//!
//! Only what is declared is taken from a row: a column that nobody declared stays in the database.

use super::convention::{Answering, Gives};
use super::fields::Fields;
use super::function;
use super::model::{Convention, Outcome};
use crate::manifest::Field;
use crate::sql_text::{identifier, literal};

/// The response, in pieces of SQL around the call.
pub(super) struct Composition {
    /// What stands before and behind the call.
    pub(super) around: (String, String),
    /// The response, made of `result`; none where the call is the response.
    pub(super) response: Option<String>,
    /// Whether a returned answer is a success whatever it holds.
    pub(super) always_succeeds: bool,
    /// Whether the answer changed anything, made of `result`; none where it always did.
    pub(super) changed: Option<String>,
    /// The columns that paths may start at beside the fields.
    pub(super) columns: Vec<String>,
    /// How `result` holds its columns.
    pub(super) access: Access,
}

/// How columns are read from `result`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// It is a row.
    Row,
    /// It is the row as jsonb.
    Document,
}

impl Access {
    /// The column as a value of its own type, or as jsonb.
    pub(super) fn value(self, column: &str) -> String {
        match self {
            Access::Row => format!("(result).{}", identifier(column)),
            Access::Document => format!("result -> {}", literal(column)),
        }
    }

    /// The column as text.
    pub(super) fn text(self, column: &str) -> String {
        match self {
            Access::Row => format!("(result).{}::text", identifier(column)),
            Access::Document => format!("result ->> {}", literal(column)),
        }
    }

    /// The column as jsonb.
    pub(super) fn json(self, column: &str) -> String {
        match self {
            Access::Row => format!("to_jsonb({})", self.value(column)),
            Access::Document => self.value(column),
        }
    }

    fn boolean(self, column: &str) -> String {
        match self {
            Access::Row => self.value(column),
            Access::Document => format!("({})::boolean", self.text(column)),
        }
    }
}

/// So many pairs fit into one call: a function takes at most 100 arguments.
const PAIRS: usize = 50;

/// What a response is made of.
pub(super) struct Composer<'a> {
    pub(super) answering: &'a Answering,
    pub(super) fields: &'a Fields<'a>,
    pub(super) success_codes: &'a [String],
    pub(super) error_codes: &'a [String],
    pub(super) answers_json: bool,
}

impl Composer<'_> {
    pub(super) fn compose(&self) -> Composition {
        let of_set = self.answering.is_set && self.answering.convention != Convention::List;
        let access = if of_set || self.answering.is_procedure { Access::Document } else { Access::Row };
        let columns = self.answering.columns().iter().map(|column| column.name.clone());
        let mut composition = Composition {
            around: (String::new(), String::new()),
            response: None,
            always_succeeds: false,
            changed: None,
            columns: columns.collect(),
            access,
        };
        if of_set {
            composition.around = ("(SELECT to_jsonb(item) FROM ".to_owned(), " AS item)".to_owned());
        }
        let code = self.success_codes.first().map(String::as_str).unwrap_or_default();
        let succeeded = |fields: Vec<(String, String)>| {
            let standard = [("success", "true".to_owned()), ("code", literal(code)), ("message", "NULL".to_owned())];
            let standard = standard.into_iter().map(|(key, value)| (key.to_owned(), value));
            object(standard.chain(fields).collect())
        };
        match &self.answering.convention {
            Convention::Flat => {
                composition.columns.clear();
                composition.around.1.push_str(if self.answers_json { "::jsonb" } else { "" });
            }
            Convention::Composite(outcome) => {
                composition.response = Some(self.composite(outcome, access));
                let changed = outcome.changed.as_ref();
                composition.changed = changed.map(|column| format!("{} IS NOT FALSE", access.boolean(column)));
            }
            Convention::Row { missing } => {
                let missing = match missing {
                    Some(code) => object(vec![
                        ("success".to_owned(), "false".to_owned()),
                        ("code".to_owned(), literal(code)),
                        ("message".to_owned(), "NULL".to_owned()),
                    ]),
                    None => "NULL".to_owned(),
                };
                let row = succeeded(self.of_record(access));
                composition.response = Some(format!("CASE WHEN result IS NULL THEN {missing} ELSE {row} END"));
            }
            Convention::Out => {
                composition.response = Some(succeeded(self.of_record(access)));
                composition.always_succeeds = true;
            }
            Convention::List => {
                let (item, alias) = self.item();
                composition.around = (
                    format!("(\n        SELECT coalesce(jsonb_agg({item}), '[]'::jsonb)\n        FROM "),
                    format!(" AS {alias}\n    )"),
                );
                composition.columns.clear();
                composition.response = Some(succeeded(self.of_value()));
                composition.always_succeeds = true;
            }
            Convention::Scalar | Convention::Void => {
                composition.response = Some(succeeded(self.of_value()));
                composition.always_succeeds = true;
            }
        }
        composition
    }

    fn composite(&self, outcome: &Outcome, access: Access) -> String {
        let code = outcome.code.as_ref().map(|code| access.text(code));
        let first = |codes: &[String]| codes.first().map_or_else(|| "NULL".to_owned(), |code| literal(code));
        let listed = self.success_codes.iter().map(|code| literal(code)).collect::<Vec<_>>().join(", ");
        let (success, code) = match (&outcome.success, code) {
            (Some(success), Some(code)) => {
                let success = access.boolean(success);
                // A success need not have a code.
                let code = format!("coalesce({code}, CASE WHEN {success} THEN {} END)", first(self.success_codes));
                (success, code)
            }
            (Some(success), None) => {
                let success = access.boolean(success);
                let (yes, no) = (first(self.success_codes), first(self.error_codes));
                let code = format!("CASE WHEN {success} THEN {yes} ELSE {no} END");
                (success, code)
            }
            (None, Some(code)) => (format!("coalesce({code} IN ({listed}), false)"), code),
            // That nothing tells has been reported.
            (None, None) => ("NULL".to_owned(), "NULL".to_owned()),
        };
        let message = outcome.message.as_ref().map_or_else(|| "NULL".to_owned(), |message| access.text(message));
        let standard = [("success", success), ("code", code), ("message", message)];
        let standard = standard.into_iter().map(|(key, value)| (key.to_owned(), value));
        object(standard.chain(self.of_record(access)).collect())
    }

    /// The declared fields of a row.
    fn of_record(&self, access: Access) -> Vec<(String, String)> {
        let column = |field: &&Field| (field.key.text.clone(), access.value(&field.key.text));
        match self.fields {
            Fields::Columns(fields) => fields.iter().map(column).collect(),
            Fields::Row(field, columns) => {
                vec![(field.key.text.clone(), object(columns.iter().map(column).collect()))]
            }
            _ => Vec::new(),
        }
    }

    /// The declared field of a value or of all rows.
    fn of_value(&self) -> Vec<(String, String)> {
        match self.fields {
            Fields::Value(field) | Fields::Rows(field, _) => vec![(field.key.text.clone(), "result".to_owned())],
            _ => Vec::new(),
        }
    }

    /// One element of a list, and what the call is called that gives it.
    fn item(&self) -> (String, &'static str) {
        match (&self.answering.gives, self.fields) {
            (Gives::Record(_), Fields::Rows(_, Some(columns))) => {
                let column = |field: &&Field| {
                    let key = &field.key.text;
                    (key.clone(), format!("item.{}", identifier(key)))
                };
                (object(columns.iter().map(column).collect()), "item")
            }
            (Gives::Record(_), _) => ("to_jsonb(item)".to_owned(), "item"),
            _ => ("item.value".to_owned(), "item(value)"),
        }
    }
}

/// A jsonb object of these keys and expressions.
fn object(pairs: Vec<(String, String)>) -> String {
    if pairs.is_empty() {
        return "'{}'::jsonb".to_owned();
    }
    let calls = pairs.chunks(PAIRS).map(|pairs| {
        let pairs = pairs.iter().map(|(key, value)| format!("{}, {value}", literal(key)));
        format!("jsonb_build_object({})", pairs.collect::<Vec<_>>().join(", "))
    });
    calls.collect::<Vec<_>>().join(" || ")
}

/// A composer of what `function` gives.
pub(super) fn composer<'a>(
    context: &super::Context<'_>,
    called: &crate::catalog::Function,
    answering: &'a Answering,
    fields: &'a Fields<'a>,
    codes: (&'a [String], &'a [String]),
) -> Composer<'a> {
    Composer {
        answering,
        fields,
        success_codes: codes.0,
        error_codes: codes.1,
        answers_json: function::answers_json(context, called),
    }
}
