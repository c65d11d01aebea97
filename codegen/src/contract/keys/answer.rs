//! The answer: one flat object with `success` and `code`, whose other keys are the declared ones.

use std::collections::BTreeSet;

use super::{Checker, at, name_of};
use crate::catalog::Function;
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::Mutation;
use crate::shape::Shape;
use crate::shape::domain::{Content, Json, Nullness, Object, Tag};

/// The keys of every answer.
const STANDARD: [&str; 3] = ["success", "code", "message"];

impl Checker<'_> {
    pub(super) fn answer(
        &mut self,
        declared: &Mutation,
        function: &Function,
        shape: &Shape,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> BTreeSet<String> {
        let Content::Json(json) = &shape.result.content else { return BTreeSet::new() };
        self.form(function, json, shape.result.null, diagnostics);
        let Some(object) = json.objects.get(&Tag::Success) else { return BTreeSet::new() };
        let own = object.fields.iter().filter(|(key, _)| !STANDARD.contains(&key.as_str()));
        let own = own.map(|(key, field)| (key.clone(), field.clone()));
        let answered = Object { fields: own.collect(), rest: object.rest };
        let what = format!("a successful answer of `{}`", declared.name.text);
        self.object(&answered, &declared.success, &what, name_of(function), diagnostics)
    }

    /// Whether it is an object with `success` and `code`, as far as that is known.
    fn form(&mut self, function: &Function, json: &Json, null: Nullness, diagnostics: &mut Vec<Diagnostic>) {
        let name = &function.name;
        let mut wrong = Vec::new();
        if null == Nullness::Nullable || json.null == Nullness::Nullable {
            wrong.push((format!("`{name}` may answer NULL"), None));
        }
        if let Some(scalar) = &json.scalar
            && json.opaque.is_none()
        {
            let place = match &scalar.literals {
                crate::shape::domain::Literals::Of(literals) => literals.values().flatten().next().copied(),
                crate::shape::domain::Literals::Any => None,
            };
            wrong.push((format!("`{name}` may answer a scalar instead of an object"), place));
        }
        if json.array.is_some() {
            wrong.push((format!("`{name}` may answer an array instead of an object"), None));
        }
        for code in json.objects.values().filter_map(|object| object.fields.get("code")) {
            if code.value.null == Nullness::Nullable {
                wrong.push((format!("`{name}` may answer the code NULL"), code.places.first().copied()));
                break;
            }
        }
        if let Some(object) = json.objects.get(&Tag::Other)
            && object.rest.is_none()
        {
            let place = object.fields.values().flat_map(|field| &field.places).min().copied();
            for key in ["success", "code"] {
                if !object.fields.contains_key(key) {
                    wrong.push((format!("`{name}` may answer without `{key}`"), place));
                    break;
                }
            }
        }
        for tag in [Tag::Success, Tag::Failure] {
            let Some(object) = json.objects.get(&tag).filter(|object| object.rest.is_none()) else { continue };
            if !object.fields.get("code").is_some_and(|code| code.always) {
                let place = object.fields.values().flat_map(|field| &field.places).min().copied();
                wrong.push((format!("`{name}` may answer without `code`"), place));
                break;
            }
        }
        for (message, place) in wrong {
            let diagnostic = at(
                Diagnostic::new(Code::ANSWER_FORM, message),
                place.or(name_of(function)),
                "an answer is a flat object with `success`, `code` and `message`",
            );
            self.report(diagnostic.help("build_mutation_response makes one"), diagnostics);
        }
    }
}
