//! What an answer must not hold, as SQL: so an answer that breaks its contract is found before the commit, however deep the mistake lies.
//!
//! A constant jsonpath looks for a mistake, in one walk over the response. Which mistake it was is told by the event log's `contract_mistake`, for which the
//! types are written down; it also looks for the mistakes of types that contain themselves, which no jsonpath can.

use std::collections::{BTreeMap, BTreeSet};

use super::Context;
use super::scalar::Scalar;
use super::types::{Direction, Named};
use crate::catalog::Builtin;
use crate::json::quoted;
use crate::manifest::{Field, TypeRef};
use crate::sql_text::literal;

/// Finds what is nested deeper than the 128 levels that the transform reads.
const TOO_DEEP: &str = "@.**{128}.type() ? (@ == \"object\" || @ == \"array\")";

/// A longer path is not written: where types share types, it would be written out again for each.
const LONGEST: usize = 16_000;

/// An identifier as the transform and Rust read it.
const UUID: &str = "^([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$";

/// What the answers of a mutation must not hold.
pub(super) struct Violations {
    /// Of a successful answer.
    pub(super) success: Violation,
    /// Of an unsuccessful one.
    pub(super) error: Violation,
}

/// What one kind of answer must not hold.
pub(super) struct Violation {
    /// The type of the answer.
    typename: String,
    /// Its types as JSON, for `contract_mistake`.
    types: String,
    /// A jsonpath that finds something where the answer breaks the contract; none where there is no such path.
    path: Option<String>,
}

impl Violations {
    pub(super) fn of(context: &Context<'_>, success: &[Field], typenames: [&str; 2]) -> Self {
        let [of_success, of_error] = typenames;
        Self { success: Violation::of(context, success, of_success), error: Violation::of(context, &[], of_error) }
    }
}

impl Violation {
    fn of(context: &Context<'_>, fields: &[Field], typename: &str) -> Self {
        let walk = Walk { context };
        let mut definitions = BTreeMap::new();
        let mut members = vec![("message".to_owned(), "String".to_owned())];
        definitions.insert("String".to_owned(), scalar_definition(Scalar::BuiltIn(Builtin::TEXT), "String"));
        for field in fields {
            members.push((field.key.text.clone(), field.type_ref.to_string()));
            walk.define(&field.type_ref, &mut definitions);
        }
        definitions.insert(typename.to_owned(), format!("{{\"fields\": {}}}", object(&members)));
        let definitions = definitions.into_iter().map(|(name, definition)| format!("{}: {definition}", quoted(&name)));
        let types = format!("{{{}}}", definitions.collect::<Vec<_>>().join(", "));
        Self { typename: typename.to_owned(), types, path: walk.path(fields) }
    }

    /// The condition under which the response keeps the contract, and the call that says what is wrong with it.
    pub(super) fn sql(&self, log_schema: &str, function: &str) -> (String, String) {
        let (typename, types) = (literal(&self.typename), literal(&self.types));
        let keeps = match &self.path {
            Some(path) => format!("NOT response @? {}", literal(path)),
            None => format!(
                "NOT response @? {} AND {log_schema}.contract_mistake(response, {typename}, {types}::jsonb, '') IS NULL",
                literal(&format!("$ ? (exists({TOO_DEEP}))"))
            ),
        };
        let raises = format!("{log_schema}.answer_violation({}, response, {typename}, {types})", literal(function));
        (keeps, raises)
    }
}

/// `{"key": "value"}`.
fn object(pairs: &[(String, String)]) -> String {
    let pairs = pairs.iter().map(|(key, value)| format!("{}: {}", quoted(key), quoted(value)));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
}

fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    format!("[{}]", texts.into_iter().map(quoted).collect::<Vec<_>>().join(", "))
}

/// What the values of a scalar are in JSON; none where that may be anything.
fn kinds(scalar: Scalar<'_>, name: &str) -> Option<&'static [&'static str]> {
    if scalar.is_json() {
        return None;
    }
    Some(match scalar.builtin() {
        _ if name == "ID" => &["string", "number"],
        Some(Builtin::BOOL) => &["boolean"],
        Some(Builtin::INT2 | Builtin::INT4) => &["number"],
        // NaN and the infinities are strings in jsonb.
        Some(Builtin::INT8 | Builtin::NUMERIC | Builtin::FLOAT4 | Builtin::FLOAT8) => &["number", "string"],
        Some(
            Builtin::TEXT
            | Builtin::VARCHAR
            | Builtin::UUID
            | Builtin::TIMESTAMP
            | Builtin::TIMESTAMPTZ
            | Builtin::DATE
            | Builtin::TIME,
        ) => &["string"],
        // Any other scalar has a form of its own.
        _ => &["string", "number", "boolean"],
    })
}

/// The least and the greatest number of an integer type.
fn range(scalar: Scalar<'_>) -> Option<[i64; 2]> {
    Some(match scalar.builtin()? {
        Builtin::INT2 => [i16::MIN.into(), i16::MAX.into()],
        Builtin::INT4 => [i32::MIN.into(), i32::MAX.into()],
        Builtin::INT8 => [i64::MIN, i64::MAX],
        _ => return None,
    })
}

fn is_uuid(scalar: Scalar<'_>) -> bool {
    scalar.builtin() == Some(Builtin::UUID)
}

fn scalar_definition(scalar: Scalar<'_>, name: &str) -> String {
    let Some(kinds) = kinds(scalar, name) else { return "{}".to_owned() };
    let range = range(scalar).map(|[least, most]| format!(", \"range\": [{least}, {most}]")).unwrap_or_default();
    let pattern = if is_uuid(scalar) { format!(", \"pattern\": {}", quoted(UUID)) } else { String::new() };
    format!("{{\"kinds\": {}{range}{pattern}}}", list(kinds.iter().copied()))
}

/// A walk over the types of an answer.
struct Walk<'a> {
    context: &'a Context<'a>,
}

/// The conditions under which a value is wrong, joined by `||`; none where no path can tell.
type Conditions = Option<Vec<String>>;

impl<'a> Walk<'a> {
    /// What is wrong with it has been reported: a type that is not known is anything.
    fn find(&self, type_ref: &TypeRef) -> Option<Named<'a>> {
        self.context.types.find(type_ref, Direction::Output, &mut Vec::new())
    }

    fn member(&self, name: &crate::manifest::Name) -> Option<Named<'a>> {
        self.find(&TypeRef::Named { name: name.text.clone(), span: name.span, nullable: false })
    }

    /// Writes down the definition of a type and of all that it holds.
    fn define(&self, type_ref: &TypeRef, definitions: &mut BTreeMap<String, String>) {
        let (name, _) = type_ref.named();
        if definitions.contains_key(name) {
            return;
        }
        match self.find(type_ref) {
            Some(Named::Scalar(scalar)) => {
                definitions.insert(name.to_owned(), scalar_definition(scalar, name));
            }
            Some(Named::Enum(definition)) => {
                let values = list(definition.values.iter().map(|value| value.name.text.as_str()));
                definitions.insert(name.to_owned(), format!("{{\"kinds\": [\"string\"], \"values\": {values}}}"));
            }
            Some(Named::Object(object_type)) => {
                let fields = object_type.fields.iter();
                let members = fields.clone().map(|field| (field.key.text.clone(), field.type_ref.to_string()));
                let definition = format!("{{\"fields\": {}}}", object(&members.collect::<Vec<_>>()));
                definitions.insert(name.to_owned(), definition);
                fields.for_each(|field| self.define(&field.type_ref, definitions));
            }
            Some(Named::Union(union)) => {
                let members = union.members.iter().map(|(value, member)| (value.text.clone(), member.text.clone()));
                let definition = format!(
                    "{{\"union\": {}, \"members\": {}}}",
                    quoted(&union.discriminator.text),
                    object(&members.collect::<Vec<_>>())
                );
                definitions.insert(name.to_owned(), definition);
                for (_, member) in &union.members {
                    let member = TypeRef::Named { name: member.text.clone(), span: member.span, nullable: false };
                    self.define(&member, definitions);
                }
            }
            Some(Named::Input(_)) | None => {
                definitions.insert(name.to_owned(), "{}".to_owned());
            }
        }
    }

    /// The path that finds a mistake in an answer of these fields.
    fn path(&self, fields: &[Field]) -> Option<String> {
        let mut conditions = vec![wrong_kind("@.\"message\"", &["string"], true)];
        conditions.extend(self.fields(fields, &mut BTreeSet::new())?);
        conditions.push(format!("exists({TOO_DEEP})"));
        let path = format!("$ ? ({})", conditions.join(" || "));
        (path.len() <= LONGEST).then(|| lines(&path))
    }

    /// What is wrong with the fields of the object `@`.
    fn fields(&self, fields: &[Field], open: &mut BTreeSet<String>) -> Conditions {
        let mut conditions = Vec::new();
        for field in fields {
            let value = format!("@.{}", quoted(&field.key.text));
            conditions.extend(self.value(&value, false, &field.type_ref, open)?);
        }
        let length: usize = conditions.iter().map(String::len).sum();
        (length <= LONGEST).then_some(conditions)
    }

    /// What is wrong with the value at `path`, or with any of the values where there are `several`.
    fn value(&self, path: &str, several: bool, type_ref: &TypeRef, open: &mut BTreeSet<String>) -> Conditions {
        let nullable = type_ref.is_nullable();
        let wrong = |kinds: &[&str]| match several {
            false => wrong_kind(path, kinds, nullable),
            true => wrong_kinds(path, kinds, nullable),
        };
        if let TypeRef::List { element, .. } = type_ref {
            // `[*]` takes a null for a list of itself.
            if several && nullable {
                return None;
            }
            let mut conditions = vec![wrong(&["array"])];
            let elements = self.value(&format!("{path}[*]"), true, element, open)?;
            match nullable {
                false => conditions.extend(elements),
                true => conditions.push(format!("({path}.type() == \"array\" && ({}))", elements.join(" || "))),
            }
            return Some(conditions);
        }
        match self.find(type_ref) {
            Some(Named::Scalar(scalar)) => Some(self.scalar(path, several, scalar, type_ref, &wrong)),
            Some(Named::Enum(definition)) => {
                let differs = definition.values.iter().map(|value| format!("@ != {}", quoted(&value.name.text)));
                let differs = differs.collect::<Vec<_>>().join(" && ");
                Some(vec![wrong(&["string"]), format!("exists({path} ? (@.type() == \"string\" && {differs}))")])
            }
            Some(Named::Object(object)) => {
                let inside = self.object(object, open)?;
                let mut conditions = vec![wrong(&["object"])];
                conditions.extend(inside.map(|inside| within(path, nullable, &inside)));
                Some(conditions)
            }
            Some(Named::Union(union)) => {
                let key = format!("@.{}", quoted(&union.discriminator.text));
                let is = |value: &str| format!("{key} == {}", quoted(value));
                let known = union.members.iter().map(|(value, _)| is(&value.text)).collect::<Vec<_>>().join(" || ");
                let mut inside = vec![format!("!({key}.type() == \"string\" && ({known}))")];
                for (value, member) in &union.members {
                    let Some(Named::Object(object)) = self.member(member) else { continue };
                    if let Some(wrong) = self.object(object, open)? {
                        inside.push(format!("({} && ({wrong}))", is(&value.text)));
                    }
                }
                Some(vec![wrong(&["object"]), within(path, nullable, &inside.join(" || "))])
            }
            Some(Named::Input(_)) | None => Some(Vec::new()),
        }
    }

    fn scalar(
        &self,
        path: &str,
        several: bool,
        scalar: Scalar<'_>,
        type_ref: &TypeRef,
        wrong: &dyn Fn(&[&str]) -> String,
    ) -> Vec<String> {
        let (name, _) = type_ref.named();
        let Some(kinds) = kinds(scalar, name) else {
            // Any JSON; only whether it is there and not null can be wrong.
            return match (type_ref.is_nullable(), several) {
                (true, _) => Vec::new(),
                (false, false) => vec![format!("!({path}.type() != \"null\")")],
                (false, true) => vec![format!("{path}.type() == \"null\"")],
            };
        };
        let mut conditions = vec![wrong(kinds)];
        if let Some([least, most]) = range(scalar) {
            conditions.push(format!(
                "exists({path} ? (@.type() == \"number\" && (@ < {least} || @ > {most} || @.floor() != @)))"
            ));
        }
        if is_uuid(scalar) {
            conditions.push(format!(
                "exists({path} ? (@.type() == \"string\" && !(@ like_regex {} flag \"i\")))",
                quoted(UUID)
            ));
        }
        conditions
    }

    /// What is wrong inside an object of a type, the object being `@`; nothing where nothing can be.
    fn object(&self, object: &crate::manifest::Object, open: &mut BTreeSet<String>) -> Option<Option<String>> {
        if !open.insert(object.name.text.clone()) {
            // It contains itself.
            return None;
        }
        let conditions = self.fields(&object.fields, open)?;
        open.remove(&object.name.text);
        Some((!conditions.is_empty()).then(|| conditions.join(" || ")))
    }
}

/// The same path with a line for each condition on an object.
fn lines(path: &str) -> String {
    let mut out = String::with_capacity(path.len() * 2);
    // What each open parenthesis is: that of a filter, or another.
    let mut open = Vec::new();
    let mut rest = path;
    while let Some(next) = rest.chars().next() {
        let line = |depth: usize| format!("\n{}", " ".repeat(20 + 4 * depth));
        let depth = open.iter().filter(|is_filter| **is_filter).count();
        let taken = if next == '"' {
            quoted_length(rest)
        } else if rest.starts_with("? (") {
            open.push(closing(&rest[2..]) > ONE_LINE);
            3
        } else if rest.starts_with(" || ") && open.last() == Some(&true) {
            out.push_str(&line(depth));
            out.push_str("|| ");
            rest = &rest[4..];
            continue;
        } else {
            match next {
                '(' => open.push(false),
                ')' => {
                    open.pop();
                }
                _ => {}
            }
            next.len_utf8()
        };
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out
}

/// A filter of this length stays on its line.
const ONE_LINE: usize = 100;

/// The length of the parenthesis at the beginning of `text`.
fn closing(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(next) = text[at..].chars().next() {
        match next {
            '"' => {
                at += quoted_length(&text[at..]);
                continue;
            }
            '(' => depth += 1,
            ')' if depth == 1 => return at,
            ')' => depth -= 1,
            _ => {}
        }
        at += next.len_utf8();
    }
    at
}

/// The length of the string at the beginning of `text`, quotes included.
fn quoted_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Looks into the objects at `path`, which are objects, or null where they may be.
fn within(path: &str, nullable: bool, wrong: &str) -> String {
    match nullable {
        false => format!("exists({path} ? ({wrong}))"),
        true => format!("exists({path} ? (@.type() == \"object\" && ({wrong})))"),
    }
}

/// Whether the one value at `path` is of none of the kinds. A comparison with what is missing does not hold, whatever it is.
fn wrong_kind(path: &str, kinds: &[&str], nullable: bool) -> String {
    match nullable {
        false => {
            let is = kinds.iter().map(|kind| format!("{path}.type() == \"{kind}\"")).collect::<Vec<_>>();
            format!("!({})", is.join(" || "))
        }
        true => {
            let differs = kinds.iter().chain(&["null"]).map(|kind| format!("{path}.type() != \"{kind}\""));
            format!("({})", differs.collect::<Vec<_>>().join(" && "))
        }
    }
}

/// Whether any of the values at `path` is of none of the kinds.
fn wrong_kinds(path: &str, kinds: &[&str], nullable: bool) -> String {
    let null = if nullable { &["null"][..] } else { &[] };
    match (kinds, nullable) {
        ([kind], false) => format!("{path}.type() != \"{kind}\""),
        _ => {
            let differs = kinds.iter().chain(null).map(|kind| format!("@ != \"{kind}\""));
            format!("exists({path}.type() ? ({}))", differs.collect::<Vec<_>>().join(" && "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_filter_has_a_line_for_each_condition() {
        let condition = r#"exists(@."key" ? (@ == " || )" || @ == 1))"#;
        let path = format!("$ ? ({})", [condition; 3].join(" || "));
        let lines = lines(&path);
        assert_eq!(lines.lines().map(str::trim).collect::<Vec<_>>().join(" "), path);
        assert_eq!(lines.lines().count(), 3);
    }
}
