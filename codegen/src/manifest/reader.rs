//! A JSON object as a set of expected keys: each is asked for once, and what was never asked for is reported.

use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;

use super::Name;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, Span};
use crate::suggest;

/// Collects the diagnostics of one manifest.
pub(super) struct Reader {
    pub(super) file: FileId,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// The keys of one object of the manifest, asked for one by one.
pub(super) struct Keys<'a, 'v> {
    object: &'v Object<'a>,
    what: &'static str,
    asked: Vec<&'static str>,
}

impl Reader {
    pub(super) fn span(&self, ranged: &impl Ranged) -> Span {
        Span::new(self.file, ranged.start(), ranged.end())
    }

    /// A property's key with its place.
    pub(super) fn key(&self, property: &ObjectProp<'_>) -> Name {
        Name { text: property.name.as_str().to_owned(), span: self.span(&property.name) }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn mismatch(&mut self, value: &Value<'_>, what: &str, expected: &str) {
        let diagnostic = Diagnostic::new(Code::MANIFEST_FORM, format!("{what} must be {expected}"))
            .at(self.span(value), format!("this is {}", kind(value)));
        self.report(diagnostic);
    }

    /// The keys of an object.
    pub(super) fn keys<'a, 'v>(&mut self, value: &'v Value<'a>, what: &'static str) -> Option<Keys<'a, 'v>> {
        let object = self.object(value, what)?;
        Some(Keys { object, what, asked: Vec::new() })
    }

    /// An object whose keys are names of the user's; the same key twice is reported.
    pub(super) fn object<'a, 'v>(&mut self, value: &'v Value<'a>, what: &str) -> Option<&'v Object<'a>> {
        let Some(object) = value.as_object() else {
            self.mismatch(value, what, "an object");
            return None;
        };
        let mut seen = std::collections::HashMap::new();
        for property in &object.properties {
            let key = self.key(property);
            if let Some(first) = seen.insert(key.text.clone(), key.span) {
                let diagnostic = Diagnostic::new(Code::MANIFEST_DUPLICATE, format!("`{}` is declared twice", key.text))
                    .at(key.span, "declared again here")
                    .and(first, "declared first here")
                    .help("remove one of them: JSON would silently keep the last");
                self.report(diagnostic);
            }
        }
        Some(object)
    }

    pub(super) fn string(&mut self, value: &Value<'_>, what: &str) -> Option<Name> {
        match value.as_string_lit() {
            Some(literal) if !literal.value.is_empty() => {
                Some(Name { text: literal.value.to_string(), span: self.span(value) })
            }
            Some(_) => {
                let diagnostic = Diagnostic::new(Code::MANIFEST_FORM, format!("{what} must not be empty"))
                    .at(self.span(value), "this string is empty");
                self.report(diagnostic);
                None
            }
            None => {
                self.mismatch(value, what, "a string");
                None
            }
        }
    }

    pub(super) fn list<'a, 'v>(&mut self, value: &'v Value<'a>, what: &str) -> &'v [Value<'a>] {
        match value.as_array() {
            Some(array) => &array.elements,
            None => {
                self.mismatch(value, what, "a list");
                &[]
            }
        }
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&mut self, value: &Value<'_>, what: &str, words: &[(&str, T)]) -> Option<T> {
        let name = self.string(value, what)?;
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == name.text) {
            return Some(*meaning);
        }
        let all = words.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let diagnostic = Diagnostic::new(Code::MANIFEST_FORM, format!("{what} must be one of {all}"))
            .at(name.span, "this is none of them");
        let near = suggest::nearest(&name.text, words.iter().map(|(word, _)| *word));
        self.report(suggest::did_you_mean(diagnostic, near));
        None
    }
}

impl<'a, 'v> Keys<'a, 'v> {
    /// The value of a key that may be missing.
    pub(super) fn optional(&mut self, key: &'static str) -> Option<&'v Value<'a>> {
        self.asked.push(key);
        self.object.properties.iter().find(|property| property.name.as_str() == key).map(|property| &property.value)
    }

    /// The value of a key that must be there.
    pub(super) fn required(&mut self, reader: &mut Reader, key: &'static str) -> Option<&'v Value<'a>> {
        let value = self.optional(key);
        if value.is_none() {
            let diagnostic = Diagnostic::new(Code::MANIFEST_FORM, format!("{} needs `{key}`", self.what))
                .at(reader.span(self.object), format!("`{key}` is missing here"));
            reader.report(diagnostic);
        }
        value
    }

    /// A string that must be there.
    pub(super) fn required_string(&mut self, reader: &mut Reader, key: &'static str) -> Option<Name> {
        let value = self.required(reader, key)?;
        reader.string(value, &format!("`{key}`"))
    }

    /// A string that may be missing.
    pub(super) fn optional_string(&mut self, reader: &mut Reader, key: &'static str) -> Option<Name> {
        let value = self.optional(key)?;
        reader.string(value, &format!("`{key}`"))
    }

    /// Where the object stands.
    pub(super) fn span(&self, reader: &Reader) -> Span {
        reader.span(self.object)
    }

    /// Reports every key that was never asked for.
    pub(super) fn finish(self, reader: &mut Reader) {
        for property in &self.object.properties {
            let key = property.name.as_str();
            if self.asked.contains(&key) {
                continue;
            }
            let near = suggest::nearest(key, self.asked.iter().copied());
            let diagnostic = Diagnostic::new(Code::MANIFEST_UNKNOWN_KEY, format!("{} has no `{key}`", self.what))
                .at(reader.span(&property.name), "unknown key");
            let diagnostic = match near {
                Some(_) => suggest::did_you_mean(diagnostic, near),
                None => diagnostic.help(format!("known keys: {}", quoted(&self.asked))),
            };
            reader.report(diagnostic);
        }
    }
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn kind(value: &Value<'_>) -> &'static str {
    match value {
        Value::StringLit(_) => "a string",
        Value::NumberLit(_) => "a number",
        Value::BooleanLit(_) => "a boolean",
        Value::Object(_) => "an object",
        Value::Array(_) => "a list",
        Value::NullKeyword(_) => "null",
    }
}
