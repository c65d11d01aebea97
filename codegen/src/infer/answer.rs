//! What a function's answers hold and are called, by its result convention.

use super::names::{row_name, table_of};
use super::{Drafter, STANDARD_KEYS};
use crate::catalog::Function;
use crate::contract::{Answering, Convention, Outcome, of_header};
use crate::shape::domain::{Content, Join, Json, Literal, Literals, Nullness, Object, Row, Tag, Value};
use crate::shape::{Answer, Shape};

/// Words of codes that say that all went well, where no column does.
const WELL: [&str; 6] = ["success", "ok", "created", "updated", "deleted", "done"];

/// Words of codes that say that nothing had to be done.
const NOOPS: [&str; 4] = ["noop", "no_change", "unchanged", "already_"];

/// The code of an answer without a row, which no SQL names.
const MISSING: &str = "NOT_FOUND";

/// What a mutation's answers hold.
#[derive(Default)]
pub(super) struct Success {
    /// Keys, types, and why a type is not known.
    pub(super) fields: Vec<(String, String, Option<String>)>,
    pub(super) comment: Option<String>,
    pub(super) codes: Codes,
    /// The result convention, where the header leaves it open.
    pub(super) result: Option<&'static str>,
}

/// What a mutation's answers are called.
#[derive(Default)]
pub(super) struct Codes {
    /// Those of success, where they are not the usual one.
    pub(super) success: Vec<String>,
    /// Those of success without a change.
    pub(super) noops: Vec<String>,
    /// The others; `None` where there can be none.
    pub(super) errors: Option<Vec<String>>,
    /// Why the errors are not known.
    pub(super) comment: Option<String>,
}

impl Success {
    fn unknown(comment: &str) -> Self {
        Self { comment: Some(comment.to_owned()), ..Self::default() }
    }
}

impl Drafter<'_> {
    pub(super) fn success(&mut self, function: &Function, shape: &Shape) -> Success {
        let Some(answering) = of_header(self.catalog, function) else {
            return Success::unknown("what it returns cannot be an answer; see the result conventions");
        };
        match &answering.convention {
            Convention::Flat => self.flat(function, shape),
            Convention::Composite(outcome) => self.composite(function, shape, &answering, outcome),
            Convention::Row { .. } => self.row(function, shape),
            Convention::Out => match &shape.result.content {
                Content::Row(row) => Success { fields: self.columns(function, row, &[]), ..Success::default() },
                _ => Success::unknown("its OUT parameters were not followed"),
            },
            Convention::List => self.list(function, &shape.result),
            Convention::Scalar => self.scalar(function, &shape.result),
            Convention::Void => Success::default(),
        }
    }

    fn flat(&mut self, function: &Function, shape: &Shape) -> Success {
        let Content::Json(json) = &shape.result.content else {
            return Success::unknown("the document was not followed");
        };
        if is_plain(json) {
            return self.document(function, json);
        }
        let Some(object) = json.objects.get(&Tag::Success).or_else(|| json.objects.get(&Tag::Other)) else {
            return Success::unknown("no successful answer was found");
        };
        let own = object.fields.iter().filter(|(key, _)| !STANDARD_KEYS.contains(&key.as_str()));
        let fields = own.map(|(key, field)| {
            let (mut ty, unknown) = self.types.output(&field.value, key, &function.name.name);
            if !field.always {
                ty.truncate(ty.trim_end_matches('!').len());
            }
            (key.clone(), ty, unknown)
        });
        let fields = fields.collect();
        let comment = object.rest.map(|_| "there may be other keys, whose names are made at run time".to_owned());
        let of = |tag| {
            let object: Option<&Object> = json.objects.get(&tag);
            object.and_then(|object| object.fields.get("code")).map_or_else(Vec::new, |code| constants(&code.value))
        };
        let mut errors = of(Tag::Failure);
        errors.extend(of(Tag::Other).into_iter().filter(|code| code != "SUCCESS"));
        let (noops, success) = of(Tag::Success).into_iter().partition(|code| is_noop(code));
        let codes = Codes { success, noops, errors: Some(errors), comment: None };
        Success { fields, comment, codes, ..Success::default() }
    }

    /// A document that does not tell how it went is a value.
    fn document(&mut self, function: &Function, json: &Json) -> Success {
        let keys = json.objects.values().flat_map(|object| object.fields.keys().cloned()).collect();
        let table = table_of(self.catalog, &keys).map(row_name);
        let why = table.is_none().then(|| "what it is called".to_owned());
        let key = table.unwrap_or_else(|| "result".to_owned());
        let (ty, unknown) = self.types.output(json, &key, &function.name.name);
        Success { fields: vec![(key, ty, unknown.or(why))], result: Some("scalar"), ..Success::default() }
    }

    fn composite(&mut self, function: &Function, shape: &Shape, answering: &Answering, outcome: &Outcome) -> Success {
        let mut codes = Codes { errors: Some(Vec::new()), ..Codes::default() };
        let (mut well, mut any): (Option<Value>, Option<Value>) = (None, None);
        for answer in &shape.answers {
            let code = outcome.code.as_deref().and_then(|name| column(answer, name));
            let found = code.map(|code| constants(&code.to_json())).unwrap_or_default();
            let is_well = went_well(answer, outcome, &found);
            for code in found {
                let is_noop = is_noop(&code);
                let (errors, success) = (codes.errors.get_or_insert_default(), &mut codes.success);
                let kind = match is_well {
                    Some(true) if is_noop => &mut codes.noops,
                    Some(true) => success,
                    _ => errors,
                };
                if !kind.contains(&code) {
                    kind.push(code);
                }
            }
            let part = if is_well == Some(true) { &mut well } else { &mut any };
            *part = part.take().join(Some(answer.value.clone()));
        }
        if outcome.success.is_none() {
            codes.comment = Some("which codes are those of a success: it is told by their words".to_owned());
        }
        let own = [&outcome.success, &outcome.code, &outcome.message, &outcome.changed];
        let own = own.into_iter().flatten().map(String::as_str).chain(STANDARD_KEYS).collect::<Vec<_>>();
        let is_certain = well.is_some();
        let Some(Content::Row(row)) = well.or(any).map(|value| value.content) else {
            return Success { codes, ..Success::unknown("no successful answer was found") };
        };
        let mut fields = self.columns(function, &row, &own);
        fields.retain(|(name, _, _)| answering.columns().iter().any(|column| column.name == *name));
        for (_, ty, why) in fields.iter_mut().filter(|_| !is_certain) {
            ty.truncate(ty.trim_end_matches('!').len());
            *why = why.take().or_else(|| Some("whether a success has it".to_owned()));
        }
        Success { fields, codes, ..Success::default() }
    }

    /// The columns of a row as fields, but for those named.
    fn columns(&mut self, function: &Function, row: &Row, without: &[&str]) -> Vec<(String, String, Option<String>)> {
        let own = row.columns.iter().filter(|(name, _)| !without.contains(&name.as_str()));
        let fields = own.map(|(name, value)| {
            let (ty, unknown) = self.types.output(&value.to_json(), name, &function.name.name);
            (name.clone(), ty, unknown)
        });
        fields.collect()
    }

    fn row(&mut self, function: &Function, shape: &Shape) -> Success {
        let there = shape.answers.iter().filter(|answer| !is_missing(&answer.value)).map(|answer| answer.value.clone());
        let row = there.reduce(Join::join).unwrap_or_else(|| shape.result.clone());
        let Content::Row(row) = row.content else { return Success::unknown("its row was not followed") };
        let may_be_missing = shape.result.null != Nullness::Never
            || shape.answers.iter().any(|answer| is_missing(&answer.value))
            || row.columns.iter().all(|(_, column)| column.null != Nullness::Never);
        let key = self.name_of(&row);
        let json = Json::object(row.to_object());
        let (ty, unknown) = self.types.output(&json, &key, &function.name.name);
        let codes = match may_be_missing {
            true => Codes {
                errors: Some(vec![MISSING.to_owned()]),
                comment: Some("what an answer without a row is called".to_owned()),
                ..Codes::default()
            },
            false => Codes::default(),
        };
        Success { fields: vec![(key, ty, unknown)], codes, ..Success::default() }
    }

    fn list(&mut self, function: &Function, element: &Value) -> Success {
        let (key, json) = match &element.content {
            Content::Row(row) => (format!("{}s", self.name_of(row)), Json::object(row.to_object())),
            _ => ("values".to_owned(), element.to_json()),
        };
        let (ty, unknown) = self.types.output(&Json::array(json), &key, &function.name.name);
        Success { fields: vec![(key, ty, unknown)], ..Success::default() }
    }

    fn scalar(&mut self, function: &Function, value: &Value) -> Success {
        let output = function.outputs().find_map(|output| output.name.clone());
        let unnamed = output.is_none().then(|| "what it is called".to_owned());
        let key = output.unwrap_or_else(|| "result".to_owned());
        let (ty, unknown) = self.types.output(&value.to_json(), &key, &function.name.name);
        Success { fields: vec![(key, ty, unknown.or(unnamed))], ..Success::default() }
    }

    /// What a row is: the table's singular, or `row`; never the name of one of its columns.
    fn name_of(&self, row: &Row) -> String {
        let keys = row.columns.iter().map(|(name, _)| name.clone()).collect();
        let name = table_of(self.catalog, &keys).map_or_else(|| "row".to_owned(), row_name);
        if keys.contains(&name) { format!("{name}_row") } else { name }
    }
}

fn column<'v>(answer: &'v Answer, name: &str) -> Option<&'v Value> {
    match &answer.value.content {
        Content::Row(row) => row.get(name),
        _ => None,
    }
}

/// Whether an answer is a success, as far as its constants tell.
fn went_well(answer: &Answer, outcome: &Outcome, codes: &[String]) -> Option<bool> {
    match &outcome.success {
        Some(name) => match column(answer, name)?.only()? {
            Literal::Bool(went_well) => Some(*went_well),
            Literal::Number(_) | Literal::Text(_) => None,
        },
        None => match codes {
            [only] => Some(WELL.contains(&only.to_lowercase().as_str()) || is_noop(only)),
            _ => None,
        },
    }
}

fn is_noop(code: &str) -> bool {
    let code = code.to_lowercase();
    NOOPS.iter().any(|word| code.starts_with(word))
}

/// Whether a document says nothing of how it went.
fn is_plain(json: &Json) -> bool {
    let is_other = |(tag, object): (&Tag, &Object)| {
        *tag == Tag::Other && object.rest.is_none() && !object.fields.contains_key("success")
    };
    json.opaque.is_none() && json.objects.iter().all(is_other)
}

/// Whether there is no row.
fn is_missing(value: &Value) -> bool {
    match &value.content {
        Content::Never => true,
        Content::Row(row) => row.columns.iter().all(|(_, column)| column.is_only_null()),
        _ => false,
    }
}

/// The constants that a document may be, in the order in which they are written.
fn constants(json: &Json) -> Vec<String> {
    let Some(Literals::Of(literals)) = json.scalar.as_ref().map(|scalar| &scalar.literals) else { return Vec::new() };
    let mut codes = literals.iter().map(|(code, places)| (places.first().copied(), code.text())).collect::<Vec<_>>();
    codes.sort_unstable();
    codes.into_iter().map(|(_, code)| code.to_owned()).collect()
}
