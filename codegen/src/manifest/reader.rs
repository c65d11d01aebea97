//! A JSON object as a set of expected keys: each is asked for once, and what was never asked for is reported.

use std::collections::HashMap;

use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;

use super::Name;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, Span};
use crate::suggest;

/// Collects the diagnostics of one manifest.
pub(super) struct Reader {
    pub(super) file: FileId,
    /// Where the parsed text starts in the file.
    pub(super) mark: usize,
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
        Span::new(self.file, ranged.start() + self.mark, ranged.end() + self.mark)
    }

    /// The opening brace or bracket: all of a large object would bury the message.
    pub(super) fn opening(&self, ranged: &impl Ranged) -> Span {
        let span = self.span(ranged);
        Span { end: span.start + 1, ..span }
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
        let keys = object.properties.iter().map(|property| self.key(property)).collect::<Vec<_>>();
        self.distinct(&keys, "remove one of them: JSON would silently keep the last");
        Some(object)
    }

    /// Reports every name that stands in a list or object twice.
    pub(super) fn distinct(&mut self, names: &[Name], help: &str) {
        let mut seen = HashMap::new();
        for name in names {
            if let Some(first) = seen.insert(name.text.as_str(), name.span) {
                let diagnostic =
                    Diagnostic::new(Code::MANIFEST_DUPLICATE, format!("`{}` is declared twice", name.text))
                        .at(name.span, "declared again here")
                        .and(first, "declared first here")
                        .help(help);
                self.report(diagnostic);
            }
        }
    }

    /// Reports a list or object that holds nothing: in GraphQL a type has a field, and an enum a value.
    pub(super) fn not_empty(&mut self, value: &Value<'_>, what: &str) {
        let empty = match value {
            Value::Array(array) => array.elements.is_empty(),
            Value::Object(object) => object.properties.is_empty(),
            _ => false,
        };
        if empty {
            let diagnostic = Diagnostic::new(Code::MANIFEST_FORM, format!("{what} must not be empty"))
                .at(self.span(value), "there is nothing in it");
            self.report(diagnostic);
        }
    }

    /// A number as it is written.
    pub(super) fn number<'a>(&mut self, value: &Value<'a>, what: &str) -> Option<&'a str> {
        let number = value.as_number_lit().map(|number| number.value);
        if number.is_none() {
            self.mismatch(value, what, "a number");
        }
        number
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, value: &Value<'_>, what: &str) -> Option<bool> {
        let boolean = value.as_boolean_lit().map(|boolean| boolean.value);
        if boolean.is_none() {
            self.mismatch(value, what, "true or false");
        }
        boolean
    }

    /// Text for people, of any length.
    pub(super) fn text(&mut self, value: &Value<'_>, what: &str) -> Option<String> {
        let literal = value.as_string_lit();
        if literal.is_none() {
            self.mismatch(value, what, "a string");
        }
        literal.map(|literal| literal.value.to_string())
    }

    /// A string that means something: not empty, and nothing in it that cannot be seen.
    pub(super) fn string(&mut self, value: &Value<'_>, what: &str) -> Option<Name> {
        match value.as_string_lit() {
            Some(literal) if literal.value.chars().any(char::is_control) => {
                let diagnostic =
                    Diagnostic::new(Code::MANIFEST_FORM, format!("{what} must not hold a control character"))
                        .at(self.span(value), "there is one in this string");
                self.report(diagnostic);
                None
            }
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
                .at(reader.opening(self.object), format!("`{key}` is missing here"));
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
