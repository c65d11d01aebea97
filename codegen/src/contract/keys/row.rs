//! What functions that return rows, values or nothing answer, against the declared fields and codes.

use std::collections::BTreeMap;

use super::code::{Codes, Kind};
use super::{Checker, name_of};
use crate::catalog::Function;
use crate::contract::answer::success_codes;
use crate::contract::convention::Answering;
use crate::contract::fields::Fields;
use crate::contract::model::{Convention, Outcome};
use crate::diagnostic::Diagnostic;
use crate::manifest::{Field, Mutation, TypeRef};
use crate::shape::domain::{Content, Field as Answered, Join, Json, Literal, Literals, Nullness, Places, Row, Value};
use crate::shape::{Shape, Trace};

/// How an answer went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Went {
    Well,
    /// As well, and nothing changed.
    WithoutChange,
    Wrong,
    /// One way or the other.
    Unknown,
}

/// A mutation's answers of one kind, as one.
struct Part {
    row: Value,
    /// Whether every answer in it is of the kind.
    is_certain: bool,
}

impl Checker<'_> {
    /// Compares what a function of another convention than flat gives.
    pub(super) fn row_answer(
        &mut self,
        declared: &Mutation,
        function: &Function,
        answering: &Answering,
        fields: &Fields<'_>,
        shape: &Shape,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let part = match &answering.convention {
            Convention::Composite(outcome) => {
                self.row_codes(declared, function, answering, outcome, shape, diagnostics);
                successful(declared, answering, shape)
            }
            Convention::Row { .. } => successful(declared, answering, shape),
            _ => Some(Part { row: shape.result.clone(), is_certain: true }),
        };
        let Some(Part { row, is_certain }) = part else { return };
        let place = name_of(function);
        match (fields, &row.content) {
            (Fields::Columns(fields) | Fields::Row(_, fields) | Fields::Rows(_, Some(fields)), Content::Row(row)) => {
                for field in fields {
                    let Some(value) = row.get(&field.key.text) else { continue };
                    let place = answering.column(&field.key.text).and_then(|column| column.span).or(place);
                    self.value(value, field, is_certain, place, diagnostics);
                }
            }
            (Fields::Value(field), _) => self.value(&row, field, is_certain, place, diagnostics),
            (Fields::Rows(field, None), _) => {
                if let TypeRef::List { element, .. } = &field.type_ref {
                    self.compare(&row.to_json(), element, &field.key.text, place, diagnostics);
                }
            }
            _ => {}
        }
    }

    fn value(
        &mut self,
        value: &Value,
        field: &Field,
        is_certain: bool,
        place: Option<crate::source::Span>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let mut json = value.to_json();
        if !is_certain {
            json.null = Nullness::Never;
        }
        let answered = Answered { value: json, always: true, places: place.into_iter().collect() };
        self.field(&answered, field, place, diagnostics);
    }

    fn row_codes(
        &mut self,
        declared: &Mutation,
        function: &Function,
        answering: &Answering,
        outcome: &Outcome,
        shape: &Shape,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let Some(column) = &outcome.code else { return };
        let known = success_codes(declared, &answering.convention);
        let mut kinds = [Codes::default(), Codes::default()];
        let mut is_complete = true;
        for answer in &shape.answers {
            let went = went(declared, answering, &known, &answer.value);
            let code = match &answer.value.content {
                Content::Row(row) => row.get(column).map(|code| codes(&code.to_json())),
                _ => None,
            };
            let Some((codes, complete)) = code else {
                is_complete = false;
                continue;
            };
            is_complete &= complete && went != Went::Unknown;
            for (code, places) in codes {
                // Of an answer that may have gone either way, a code that is declared for one of them went that way.
                let is_success = match went {
                    Went::Well | Went::WithoutChange => true,
                    Went::Wrong => false,
                    Went::Unknown => known.contains(&code),
                };
                let [success, failure] = &mut kinds;
                let kind = if is_success { success } else { failure };
                let joined = kind.answered.remove(&code).unwrap_or_default().join(places);
                kind.answered.insert(code, joined);
            }
        }
        let [success, failure] = kinds;
        let errors = declared.error_codes.iter().map(|code| code.text.clone()).collect();
        // A success may have no code.
        let is_default = outcome.success.is_some();
        let kinds = [
            Kind { word: "success ", codes: success, known, written: &declared.success_codes },
            Kind { word: "error ", codes: failure, known: errors, written: &declared.error_codes },
        ];
        for kind in kinds {
            let unanswered = self.undeclared(declared, function, &kind, diagnostics);
            if is_complete && !(kind.word == "success " && (is_default || kind.codes.answered.is_empty())) {
                self.unanswered(function, &kind, unanswered.iter(), diagnostics);
            }
        }
    }
}

/// The constants that a code may be, and whether there are no others.
fn codes(json: &Json) -> (BTreeMap<String, Places>, bool) {
    match &json.scalar {
        Some(scalar) => match &scalar.literals {
            Literals::Of(literals) => {
                let codes = literals.iter().map(|(literal, places)| (literal.text().to_owned(), places.clone()));
                (codes.collect(), json.opaque.is_none())
            }
            Literals::Any => (BTreeMap::new(), false),
        },
        None => (BTreeMap::new(), json.opaque.is_none()),
    }
}

/// The successful answers; where none is certain to be one, those that may be.
fn successful(declared: &Mutation, answering: &Answering, shape: &Shape) -> Option<Part> {
    let known = success_codes(declared, &answering.convention);
    let of = |wanted: &[Went]| {
        let answers =
            shape.answers.iter().filter(|answer| wanted.contains(&went(declared, answering, &known, &answer.value)));
        answers.map(|answer| answer.value.clone()).reduce(Join::join)
    };
    let certain = of(&[Went::Well]).map(|row| Part { row, is_certain: true });
    certain.or_else(|| of(&[Went::Unknown]).map(|row| Part { row, is_certain: false }))
}

/// How an answer went, as far as its constants tell.
fn went(declared: &Mutation, answering: &Answering, success: &[String], value: &Value) -> Went {
    let outcome = match &answering.convention {
        Convention::Composite(outcome) => outcome,
        Convention::Row { .. } => return went_by_row(value),
        _ => return Went::Well,
    };
    let Content::Row(row) = &value.content else { return Went::Unknown };
    let constant = |name: &Option<String>| row.get(name.as_ref()?)?.only();
    let code = constant(&outcome.code).map(|code| code.text().to_owned());
    let is_noop = constant(&outcome.changed) == Some(&Literal::Bool(false))
        || code.as_ref().is_some_and(|code| declared.noop_codes.iter().any(|noop| noop.text == *code));
    let well = if is_noop { Went::WithoutChange } else { Went::Well };
    match (&outcome.success, constant(&outcome.success)) {
        (Some(_), Some(Literal::Bool(true))) => well,
        (Some(_), Some(_)) => Went::Wrong,
        (Some(_), None) => Went::Unknown,
        (None, _) => match code {
            Some(code) if success.contains(&code) => well,
            Some(_) => Went::Wrong,
            None => Went::Unknown,
        },
    }
}

/// A row of NULLs is none.
fn went_by_row(value: &Value) -> Went {
    let all = |row: &Row, holds: fn(&Value) -> bool| row.columns.iter().all(|(_, column)| holds(column));
    match &value.content {
        Content::Never => Went::Wrong,
        Content::Row(row) if all(row, Value::is_only_null) => Went::Wrong,
        Content::Row(row) if value.null != Nullness::Never || all(row, |column| column.null != Nullness::Never) => {
            Went::Unknown
        }
        _ => Went::Well,
    }
}

/// What happened on the way to a success that changed something; and whether nothing else is among it.
pub(super) fn success_trace(declared: &Mutation, answering: &Answering, shape: &Shape) -> Option<(Trace, bool)> {
    let known = success_codes(declared, &answering.convention);
    let of = |wanted: Went| {
        let answers = shape.answers.iter().filter(|answer| went(declared, answering, &known, &answer.value) == wanted);
        answers.map(|answer| answer.trace.clone()).reduce(Join::join)
    };
    let certain = of(Went::Well).map(|trace| (trace, true));
    certain.or_else(|| of(Went::Unknown).map(|trace| (trace, false)))
}
