//! The codes that a function answers against the declared ones.

use std::collections::BTreeMap;

use super::super::answer::success_codes;
use super::super::model::Convention;
use super::{Checker, and, at, name_of};
use crate::catalog::Function;
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{Mutation, Name};
use crate::shape::Shape;
use crate::shape::domain::{Content, Join, Json, Literals, Nullness, Places, Tag};
use crate::suggest;

/// The codes of one kind of answer.
#[derive(Default)]
pub(super) struct Codes {
    pub(super) answered: BTreeMap<String, Places>,
    /// Whether there are no others.
    is_complete: bool,
}

/// Codes of successful answers, or of the others.
pub(super) struct Kind<'m> {
    pub(super) word: &'static str,
    pub(super) codes: Codes,
    /// Those that are declared, or stand for none that are.
    pub(super) known: Vec<String>,
    /// Those that are declared.
    pub(super) written: &'m [Name],
}

impl Checker<'_> {
    pub(super) fn codes(
        &mut self,
        declared: &Mutation,
        function: &Function,
        shape: &Shape,
        never: &[String],
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let Content::Json(json) = &shape.result.content else { return };
        let other = codes(json, &[Tag::Other]);
        let success = codes(json, &[Tag::Success]);
        let failure = codes(json, &[Tag::Failure]);
        // An answer of another form has been reported, and may stand in the place of one with a code.
        let is_object = shape.result.null != Nullness::Nullable && json.scalar.is_none() && json.array.is_none();
        let is_complete =
            is_object && json.opaque.is_none() && [&success, &failure, &other].iter().all(|codes| codes.is_complete);
        let errors = declared.error_codes.iter().map(|code| code.text.clone()).collect::<Vec<_>>();
        let successes = success_codes(declared, &Convention::Flat);
        let any = successes.iter().cloned().chain(errors.iter().cloned()).collect();
        // Where success is not told apart, a code may be of either kind.
        let either = other.answered.keys().cloned().collect::<Vec<_>>();
        let kinds = [
            Kind { word: "success ", codes: success, known: successes, written: &declared.success_codes },
            Kind { word: "error ", codes: failure, known: errors, written: &declared.error_codes },
            Kind { word: "", codes: other, known: any, written: &declared.error_codes },
        ];
        for kind in kinds {
            let unanswered = self.undeclared(declared, function, &kind, diagnostics);
            if is_complete && !kind.word.is_empty() && !(kind.word == "success " && kind.codes.answered.is_empty()) {
                // A code that only a comparison leads to that never holds has been reported with it.
                let unexplained = unanswered.iter().filter(|code| !never.contains(code) && !either.contains(code));
                let unexplained = unexplained.filter(|code| !declared.maps_to(code));
                self.unanswered(function, &kind, unexplained, diagnostics);
            }
        }
    }

    /// Reports codes that are answered and not declared; gives those that are declared and not answered.
    pub(super) fn undeclared(
        &mut self,
        declared: &Mutation,
        function: &Function,
        kind: &Kind<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<String> {
        let Kind { word: kind, codes, known, written } = kind;
        let undeclared = codes.answered.iter().filter(|(code, _)| !known.contains(code)).collect::<Vec<_>>();
        let mut unanswered = known.iter().filter(|code| !codes.answered.contains_key(*code)).collect::<Vec<_>>();
        for (code, places) in &undeclared {
            let message = format!("`{}` answers the {kind}code `{code}`, which is not declared", function.name);
            let place = places.first().copied().or(name_of(function));
            let mut diagnostic = at(Diagnostic::new(Code::UNDECLARED_CODE, message), place, "this code");
            let near = suggest::nearest(code, unanswered.iter().map(|code| code.as_str()));
            let only = (undeclared.len() == 1 && unanswered.len() == 1).then(|| unanswered.first().map(|c| c.as_str()));
            let meant = near.or(only.flatten()).map(str::to_owned);
            let name = meant.as_ref().and_then(|meant| written.iter().find(|name| name.text == *meant));
            diagnostic = match (&meant, name) {
                (Some(meant), Some(name)) => {
                    diagnostic.and(name.span, format!("`{meant}` is declared, and never answered"))
                }
                _ => diagnostic.and(declared.name.span, "the mutation"),
            };
            if let Some(meant) = &meant {
                unanswered.retain(|code| *code != meant);
            }
            diagnostic = match meant {
                Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
                None => diagnostic.help(format!("declare it: add \"{code}\" to the {kind}codes of the mutation")),
            };
            self.report(diagnostic, diagnostics);
        }
        unanswered.into_iter().cloned().collect()
    }

    pub(super) fn unanswered<'c>(
        &mut self,
        function: &Function,
        kind: &Kind<'_>,
        codes: impl Iterator<Item = &'c String>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        for code in codes {
            let Some(name) = kind.written.iter().find(|name| name.text == *code) else { continue };
            let message = format!("`{}` never answers the declared code `{code}`", function.name);
            let diagnostic = Diagnostic::new(Code::UNANSWERED_CODE, message).at(name.span, "declared here");
            let diagnostic = and(diagnostic, name_of(function), "the function");
            self.report(diagnostic.help("remove it, or answer it"), diagnostics);
        }
    }
}

fn codes(json: &Json, tags: &[Tag]) -> Codes {
    let mut codes = Codes { answered: BTreeMap::new(), is_complete: true };
    for object in tags.iter().filter_map(|tag| json.objects.get(tag)) {
        let Some(field) = object.fields.get("code") else {
            codes.is_complete &= object.rest.is_none();
            continue;
        };
        codes.is_complete &= field.value.opaque.is_none();
        let Some(scalar) = &field.value.scalar else { continue };
        match &scalar.literals {
            Literals::Any => codes.is_complete = false,
            Literals::Of(literals) => {
                let found = literals.iter().map(|(literal, places)| (literal.text().to_owned(), places.clone()));
                codes.answered = std::mem::take(&mut codes.answered).join(found.collect());
            }
        }
    }
    codes
}
