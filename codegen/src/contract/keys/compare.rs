//! Documents against declared types, key by key.

use std::collections::BTreeSet;

use super::super::types::{Direction, Named};
use super::{Checker, and, at, fit};
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{Field, Object as Declared, TypeRef, Union};
use crate::shape::domain::{Field as Answered, Json, Literals, Nullness, Object};
use crate::source::Span;
use crate::suggest;

impl Checker<'_> {
    /// Compares the keys of an object with the declared fields; gives the keys that have another name.
    pub(super) fn object(
        &mut self,
        object: &Object,
        fields: &[Field],
        what: &str,
        place: Option<Span>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> BTreeSet<String> {
        let mut extra = object
            .fields
            .iter()
            .filter(|(key, _)| !fields.iter().any(|field| field.key.text == **key))
            .collect::<Vec<_>>();
        let mut missing =
            fields.iter().filter(|field| !object.fields.contains_key(&field.key.text)).collect::<Vec<_>>();
        if object.rest.is_some() {
            missing.clear();
        }
        let mut renamed = BTreeSet::new();
        for (key, answered, field) in pairs(&mut extra, &mut missing) {
            renamed.insert(key.to_owned());
            let name = &field.key.text;
            let message = format!("the SQL answers `{key}`, the manifest declares `{name}`");
            let diagnostic = at(Diagnostic::new(Code::RENAMED_KEY, message), first(answered).or(place), "this key");
            let diagnostic = diagnostic.and(field.key.span, format!("declared as `{name}` here"));
            let help = match field.key.span.file == self.context.manifest.file {
                true => "give both the same name".to_owned(),
                false => format!("give both the same name, or say what the key is: `@pgmutate(key: \"{key}\")`"),
            };
            self.report(diagnostic.help(help), diagnostics);
        }
        for (key, answered) in extra {
            let message = format!("{what} has the key `{key}`, which is not declared");
            let diagnostic = at(Diagnostic::new(Code::UNDECLARED_KEY, message), first(answered).or(place), "this key");
            let diagnostic = and(diagnostic, fields.first().map(|field| field.key.span), "the declared fields");
            self.report(diagnostic.help(format!("declare it: \"{key}\": \"...\"")), diagnostics);
        }
        for field in missing {
            let name = &field.key.text;
            let message = format!("{what} has no key `{name}`, which is declared");
            let others = object.fields.values().filter_map(first).min().or(place);
            let diagnostic = at(Diagnostic::new(Code::MISSING_KEY, message), others, "the keys that are answered");
            let diagnostic = diagnostic.and(field.key.span, "declared here");
            self.report(diagnostic.help("answer it, or remove it from the manifest"), diagnostics);
        }
        for field in fields {
            if let Some(answered) = object.fields.get(&field.key.text) {
                self.field(answered, field, place, diagnostics);
            }
        }
        renamed
    }

    pub(super) fn field(
        &mut self,
        answered: &Answered,
        field: &Field,
        place: Option<Span>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let name = &field.key.text;
        let place = first(answered).or(place);
        if !answered.always && !field.type_ref.is_nullable() {
            let message = format!("`{name}` is not answered on every path, and is declared `{}`", field.type_ref);
            let diagnostic = at(Diagnostic::new(Code::MISSING_KEY, message), place, "only answered here");
            let diagnostic = diagnostic.and(field.type_ref.named().1, "declared not to be null here");
            self.report(diagnostic.help("answer it on every path, or declare it without `!`"), diagnostics);
        }
        self.compare(&answered.value, &field.type_ref, name, place, diagnostics);
    }

    /// Compares a document with a declared type.
    pub(super) fn compare(
        &mut self,
        json: &Json,
        type_ref: &TypeRef,
        name: &str,
        place: Option<Span>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let declared = type_ref.named().1;
        if json.null >= Nullness::Passed && !type_ref.is_nullable() {
            let message = format!("`{name}` may be null, and is declared `{type_ref}`");
            let diagnostic = at(Diagnostic::new(Code::NULLABLE_KEY, message), place, "this may be null");
            let diagnostic = diagnostic.and(declared, "declared not to be null here");
            let diagnostic = match json.null {
                Nullness::Passed => {
                    diagnostic.note("it is an argument that callers may leave null, passed on as it is")
                }
                _ => diagnostic,
            };
            self.report(diagnostic.help("declare it without `!`, or see that it has a value"), diagnostics);
        }
        if let TypeRef::List { element, .. } = type_ref {
            if json.scalar.is_some() || !json.objects.is_empty() {
                self.kind(name, &kind_of(json), type_ref, place, diagnostics);
            } else if let Some(elements) = &json.array {
                self.compare(elements, element, name, place, diagnostics);
            }
            return;
        }
        // What is not declared has been reported where it is.
        match self.context.types.find(type_ref, Direction::Output, &mut Vec::new()) {
            Some(Named::Scalar(scalar)) if scalar.is_json() => {}
            Some(Named::Scalar(scalar)) => {
                if json.array.is_some() || !json.objects.is_empty() {
                    return self.kind(name, &kind_of(json), type_ref, place, diagnostics);
                }
                let Some(found) = &json.scalar else { return };
                let catalog = self.context.catalog;
                let wrong = found.types.iter().find(|ty| !fit::output(catalog, ty, scalar, type_ref.named().0));
                if let Some(ty) = wrong {
                    let what = format!("`{}`", catalog.display(ty));
                    self.kind(name, &what, type_ref, place, diagnostics);
                }
            }
            Some(Named::Enum(declared)) => {
                if json.array.is_some() || !json.objects.is_empty() {
                    return self.kind(name, &kind_of(json), type_ref, place, diagnostics);
                }
                let Some(found) = &json.scalar else { return };
                let labels = match &found.literals {
                    Literals::Of(literals) => literals.keys().map(|literal| literal.text().to_owned()).collect(),
                    Literals::Any => {
                        found.types.iter().flat_map(|ty| fit::labels(self.context.catalog, ty)).collect::<Vec<_>>()
                    }
                };
                let unknown =
                    labels.iter().find(|label| !declared.values.iter().any(|value| value.name.text == **label));
                if let Some(label) = unknown {
                    let message = format!("`{name}` may be `{label}`, which is no value of `{}`", declared.name.text);
                    let diagnostic = at(Diagnostic::new(Code::KEY_TYPE, message), place, "this value");
                    let near = suggest::nearest(label, declared.values.iter().map(|value| value.name.text.as_str()));
                    let diagnostic = diagnostic.and(declared.name.span, "the enum");
                    self.report(suggest::did_you_mean(diagnostic, near), diagnostics);
                }
            }
            Some(Named::Object(declared)) => {
                if json.array.is_some() || json.scalar.is_some() {
                    return self.kind(name, &kind_of(json), type_ref, place, diagnostics);
                }
                for object in json.objects.values() {
                    self.declared_object(object, declared, place, diagnostics);
                }
            }
            Some(Named::Union(declared)) => {
                if json.array.is_some() || json.scalar.is_some() {
                    return self.kind(name, &kind_of(json), type_ref, place, diagnostics);
                }
                for object in json.objects.values() {
                    self.member(object, declared, name, place, diagnostics);
                }
            }
            Some(Named::Input(_)) | None => {}
        }
    }

    /// Compares an object with the member of a union that its discriminator tells.
    fn member(
        &mut self,
        object: &Object,
        union: &Union,
        name: &str,
        place: Option<Span>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let key = &union.discriminator;
        let Some(field) = object.fields.get(&key.text) else {
            if object.rest.is_none() {
                let message = format!("`{name}` has no key `{}`, which tells what it is", key.text);
                let others = object.fields.values().filter_map(first).min().or(place);
                let diagnostic = at(Diagnostic::new(Code::MISSING_KEY, message), others, "the keys that are answered");
                self.report(diagnostic.and(key.span, "the discriminator of the union"), diagnostics);
            }
            return;
        };
        let Some(Literals::Of(literals)) = field.value.scalar.as_ref().map(|scalar| &scalar.literals) else { return };
        let members = union.members.iter().map(|(value, _)| value.text.as_str());
        if let Some((unknown, places)) =
            literals.iter().find(|(it, _)| !members.clone().any(|value| value == it.text()))
        {
            let message =
                format!("`{}` may be `{}`, which no member of `{}` has", key.text, unknown.text(), union.name.text);
            let at_value = places.first().copied().or(first(field)).or(place);
            let diagnostic = at(Diagnostic::new(Code::KEY_TYPE, message), at_value, "this value");
            let near = suggest::nearest(unknown.text(), members);
            self.report(suggest::did_you_mean(diagnostic.and(union.name.span, "the union"), near), diagnostics);
            return;
        }
        // Objects of several members in one have the keys of all of them.
        let mut literals = literals.keys();
        let (Some(only), None) = (literals.next(), literals.next()) else { return };
        let member = union.members.iter().find(|(value, _)| value.text == only.text());
        let member = member
            .and_then(|(_, member)| self.context.manifest.types.iter().find(|object| object.name.text == member.text));
        if let Some(member) = member {
            self.declared_object(object, member, place, diagnostics);
        }
    }

    pub(super) fn declared_object(
        &mut self,
        object: &Object,
        declared: &Declared,
        place: Option<Span>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let what = format!("the document of `{}`", declared.name.text);
        self.object(object, &declared.fields, &what, place, diagnostics);
    }

    fn kind(
        &mut self,
        name: &str,
        found: &str,
        type_ref: &TypeRef,
        place: Option<Span>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let message = format!("`{name}` is {found} in the SQL, and declared `{type_ref}`");
        let diagnostic = at(Diagnostic::new(Code::KEY_TYPE, message), place, format!("this is {found}"));
        let diagnostic = diagnostic.and(type_ref.named().1, format!("declared `{type_ref}` here"));
        self.report(diagnostic, diagnostics);
    }
}

fn kind_of(json: &Json) -> String {
    let kind = match (&json.array, &json.scalar) {
        (Some(_), _) => "a list",
        (None, _) if !json.objects.is_empty() => "an object",
        _ => "a scalar",
    };
    kind.to_owned()
}

fn first(field: &Answered) -> Option<Span> {
    field.places.first().copied()
}

/// Takes out the keys that are most likely the same under another name: those that are near, or the only ones left.
fn pairs<'o, 'f>(
    extra: &mut Vec<(&'o String, &'o Answered)>,
    missing: &mut Vec<&'f Field>,
) -> Vec<(&'o str, &'o Answered, &'f Field)> {
    let mut found = Vec::new();
    let mut i = 0;
    while let Some((key, answered)) = extra.get(i).copied() {
        let near = suggest::nearest(key, missing.iter().map(|field| field.key.text.as_str()));
        let only = || (extra.len() == 1 && missing.len() == 1).then_some(0);
        let at = near.and_then(|near| missing.iter().position(|field| field.key.text == near)).or_else(only);
        match at {
            Some(at) => {
                extra.remove(i);
                found.push((key.as_str(), answered, missing.remove(at)));
            }
            None => i += 1,
        }
    }
    // The last pass may leave one of each.
    if let ([(key, answered)], [field]) = (extra.as_slice(), missing.as_slice()) {
        found.push((key.as_str(), *answered, *field));
        extra.clear();
        missing.clear();
    }
    found
}
