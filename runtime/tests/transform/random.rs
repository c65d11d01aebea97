//! Random types, and random documents that match them more or less. Every choice is a number from a list, so that proptest can make a case smaller.

use std::collections::BTreeMap;

use pgmutate::transform::{FieldSpec, Selected, TypeSpec, ValueSpec};
use proptest::prelude::*;

/// Numbers that decide; when they run out, every choice is the first.
pub(crate) struct Dice<'a>(pub(crate) &'a [u16]);

impl Dice<'_> {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let Some((&number, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(number) % limit
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    pub(crate) fn pick<'t, T: ?Sized>(&mut self, items: &[&'t T]) -> &'t T {
        items[self.below(items.len())]
    }
}

pub(crate) fn dice(len: usize) -> impl Strategy<Value = Vec<u16>> {
    prop::collection::vec(any::<u16>(), 0..len)
}

const KEYS: [&str; 24] = [
    "id",
    "a",
    "b",
    "kind",
    "a_b",
    "aB",
    "a_c",
    "ab",
    "name",
    "email",
    "first_name",
    "line_1",
    "x_y_z",
    "_id",
    "__typename",
    "größe",
    "größe_in_cm",
    "created_at",
    "order_number",
    "a_key_of_thirty_two_bytes_or_so",
    "a_very_long_key_that_no_window_can_hold_at_once",
    "twenty_six_bytes_long_keys",
    "unit_price",
    "quantity",
];

/// Object types `T0` to `T3` and a union `U` of some of them. They may refer to each other.
pub(crate) fn types(dice: &mut Dice<'_>) -> BTreeMap<String, TypeSpec> {
    let count = 1 + dice.below(4);
    let mut types = BTreeMap::new();
    for number in 0..count {
        let mut fields: Vec<FieldSpec> = Vec::new();
        for _ in 0..dice.below(9) {
            let key = dice.pick(&KEYS).to_owned();
            let name = if dice.chance(80) { camel(&key) } else { format!("field{}", fields.len()) };
            let name = name.replace('ö', "oe").replace('ß', "ss");
            if name == "__typename" || fields.iter().any(|field| field.key == key || field.name == name) {
                continue;
            }
            let (nullable, optional) = (dice.chance(40), dice.chance(20));
            fields.push(FieldSpec { key, name, value: value(dice, count, 0), nullable, optional });
        }
        types.insert(format!("T{number}"), TypeSpec::Object(fields));
    }
    let members = (0..1 + dice.below(count)).map(|number| (format!("t{number}"), format!("T{number}"))).collect();
    let discriminator = dice.pick(&["kind", "id", "__typename", "created_at"]).to_owned();
    types.insert("U".to_owned(), TypeSpec::Union { discriminator, members });
    types
}

fn value(dice: &mut Dice<'_>, count: usize, depth: usize) -> ValueSpec {
    let inner = |dice: &mut Dice<'_>| Box::new(value(dice, count, depth + 1));
    match dice.below(if depth < 3 { 10 } else { 7 }) {
        0..=2 => ValueSpec::Scalar,
        3 => ValueSpec::Opaque,
        4 => ValueSpec::Generic,
        5 => ValueSpec::Named(format!("T{}", dice.below(count))),
        6 => ValueSpec::Named("U".to_owned()),
        7 | 8 => ValueSpec::List(inner(dice)),
        _ => ValueSpec::Nullable(inner(dice)),
    }
}

fn camel(key: &str) -> String {
    let mut parts = key.split('_');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut characters = part.chars();
        name.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(characters.as_str());
    }
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) { "other".to_owned() } else { name }
}

/// A random selection for a type; nothing, where it has nothing to select.
pub(crate) fn selection(
    types: &BTreeMap<String, TypeSpec>,
    typename: &str,
    dice: &mut Dice<'_>,
    depth: usize,
) -> Option<Vec<Selected>> {
    let mut selected = Vec::new();
    let mut names: Vec<String> = Vec::new();
    match &types[typename] {
        TypeSpec::Object(fields) => select_fields(types, fields, dice, depth, &mut names, &mut selected),
        TypeSpec::Union { members, .. } => {
            for (_, member) in members {
                let TypeSpec::Object(fields) = &types[member] else { continue };
                if dice.chance(70) {
                    let mut under = Vec::new();
                    select_fields(types, fields, dice, depth, &mut names, &mut under);
                    selected.push(Selected::On { typename: member.clone(), under });
                }
            }
        }
    }
    if dice.chance(50) || selected.is_empty() {
        let place = dice.below(selected.len() + 1);
        selected.insert(place, Selected::Typename { alias: None });
    }
    Some(selected)
}

fn select_fields(
    types: &BTreeMap<String, TypeSpec>,
    fields: &[FieldSpec],
    dice: &mut Dice<'_>,
    depth: usize,
    names: &mut Vec<String>,
    selected: &mut Vec<Selected>,
) {
    for field in fields {
        let copies = if dice.chance(10) { 2 } else { dice.below(2) };
        for _ in 0..copies {
            let under = match target(&field.value) {
                Some(_) if depth > 3 => continue,
                Some(name) => selection(types, name, dice, depth + 1).unwrap_or_default(),
                None => Vec::new(),
            };
            let response = if dice.chance(30) || names.contains(&field.name) {
                format!("alias{}", names.len())
            } else {
                field.name.clone()
            };
            let alias = (response != field.name).then(|| response.clone());
            names.push(response);
            let place = if dice.chance(40) { dice.below(selected.len() + 1) } else { selected.len() };
            selected.insert(place, Selected::Field { alias, name: field.name.clone(), under });
        }
    }
}

/// The type of the objects in a value.
fn target(spec: &ValueSpec) -> Option<&str> {
    match spec {
        ValueSpec::List(spec) | ValueSpec::Nullable(spec) => target(spec),
        ValueSpec::Named(name) => Some(name),
        _ => None,
    }
}

/// Writes documents.
pub(crate) struct Writer<'a, 'd> {
    pub(crate) types: &'a BTreeMap<String, TypeSpec>,
    pub(crate) dice: &'a mut Dice<'d>,
    /// As jsonb prints it; otherwise keys come in any order with any white space.
    pub(crate) canonical: bool,
    /// As a client sends it: under the fields' names.
    pub(crate) back: bool,
    /// How many values in a hundred are not what they should be.
    pub(crate) mistakes: usize,
    pub(crate) text: String,
}

impl Writer<'_, '_> {
    pub(crate) fn named(&mut self, typename: &str, depth: usize) {
        match &self.types[typename] {
            TypeSpec::Object(fields) => self.object(fields, None, depth),
            TypeSpec::Union { discriminator, members } => {
                let (told, member) = &members[self.dice.below(members.len())];
                let TypeSpec::Object(fields) = &self.types[member] else { return };
                self.object(fields, Some((discriminator, told)), depth);
            }
        }
    }

    fn object(&mut self, fields: &[FieldSpec], told: Option<(&String, &String)>, depth: usize) {
        let mut members: Vec<(String, Option<&FieldSpec>)> = Vec::new();
        for field in fields {
            let absent = if field.nullable || field.optional { 30 } else { self.mistakes };
            if !self.dice.chance(absent) {
                members.push((if self.back { field.name.clone() } else { field.key.clone() }, Some(field)));
            }
        }
        if let Some((discriminator, _)) = told
            && !members.iter().any(|(key, _)| key == discriminator)
        {
            members.push((discriminator.clone(), None));
        }
        while self.dice.chance(if self.back { self.mistakes } else { 15 }) {
            members.push((self.dice.pick(&KEYS).to_owned(), None));
        }
        if self.canonical {
            members.sort_by(|(left, _), (right, _)| (left.len(), left).cmp(&(right.len(), right)));
            if !self.dice.chance(self.mistakes) {
                members.dedup_by(|(left, _), (right, _)| left == right);
            }
        } else {
            for number in (1..members.len()).rev() {
                let other = self.dice.below(number + 1);
                members.swap(number, other);
            }
        }
        self.text.push('{');
        for (number, (key, field)) in members.into_iter().enumerate() {
            self.comma(number);
            self.key(&key);
            match (field, told) {
                (_, Some((discriminator, told))) if *discriminator == key && !self.dice.chance(self.mistakes) => {
                    self.text.push_str(&format!("\"{told}\""));
                }
                (Some(field), _) => self.value(&field.value, field.nullable, depth + 1),
                (None, _) => self.anything(depth + 1),
            }
            self.space();
        }
        self.text.push('}');
    }

    fn value(&mut self, spec: &ValueSpec, nullable: bool, depth: usize) {
        // Types that need themselves have no end of their own.
        let enough = depth > 10 || self.text.len() > 3000;
        if enough || nullable && self.dice.chance(30) || self.dice.chance(self.mistakes) {
            return self.text.push_str("null");
        }
        if self.dice.chance(self.mistakes) {
            return self.anything(depth);
        }
        match spec {
            ValueSpec::Scalar => self.scalar(),
            ValueSpec::Opaque | ValueSpec::Generic => self.anything(depth),
            ValueSpec::Nullable(spec) => self.value(spec, true, depth),
            ValueSpec::Named(name) => self.named(name, depth),
            ValueSpec::List(spec) => {
                self.text.push('[');
                for number in 0..self.dice.below(4) {
                    self.comma(number);
                    self.value(spec, false, depth + 1);
                    self.space();
                }
                self.text.push(']');
            }
        }
    }

    fn anything(&mut self, depth: usize) {
        match self.dice.below(if depth > 8 { 2 } else { 4 }) {
            0 | 1 => self.scalar(),
            2 => {
                self.text.push('[');
                for number in 0..self.dice.below(4) {
                    self.comma(number);
                    self.anything(depth + 1);
                    self.space();
                }
                self.text.push(']');
            }
            _ => {
                self.text.push('{');
                for number in 0..self.dice.below(5) {
                    self.comma(number);
                    let key = self.dice.pick(&KEYS);
                    self.key(key);
                    self.anything(depth + 1);
                    self.space();
                }
                self.text.push('}');
            }
        }
    }

    fn scalar(&mut self) {
        const SCALARS: [&str; 22] = [
            "0",
            "\"\"",
            "true",
            "false",
            "-1",
            "12.50",
            "1e5",
            "-0.0E-3",
            "9007199254740993",
            "null",
            "\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"",
            "\"exactly thirty characters long\"",
            "\"exactly thirty-one characters...\"",
            "\"a text that is longer than one window of thirty-two bytes, and longer than two of them, too\"",
            "\"größer\"",
            "\"\\u00e9\\ud83d\\ude00\\n\"",
            "\"\\\"quoted\\\" \\\\ and \\/ more\"",
            "\"a quote behind thirty bytes......\\\"\"",
            "\"😀\u{2028}\"",
            "0.1234567890123456789012345678901234567890",
            "\"2026-11-22T12:26:16.654321+00:00\"",
            "\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6 and more\"",
        ];
        const MISTAKES: [&str; 12] =
            ["01", "-", "1.", ".5", "+1", "nul", "\"\\x\"", "\"\\ud800\"", "\"\u{1}\"", "'a'", "\"open", "1e"];
        let scalar = if self.dice.chance(self.mistakes) { self.dice.pick(&MISTAKES) } else { self.dice.pick(&SCALARS) };
        self.text.push_str(scalar);
    }

    fn comma(&mut self, number: usize) {
        match (number, self.canonical) {
            (0, true) => {}
            (_, true) => self.text.push_str(", "),
            (0, false) => self.space(),
            (_, false) => {
                self.text.push(',');
                self.space();
            }
        }
    }

    fn key(&mut self, key: &str) {
        self.text.push('"');
        if !self.canonical && self.dice.chance(10) {
            self.text.extend(key.encode_utf16().map(|unit| format!("\\u{unit:04X}")));
        } else {
            self.text.push_str(key);
        }
        self.text.push('"');
        self.space();
        self.text.push_str(if self.canonical { ": " } else { ":" });
        self.space();
    }

    fn space(&mut self) {
        if !self.canonical {
            let space = self.dice.pick(&["", " ", "\n\t", "\r  "]);
            self.text.push_str(space);
        }
    }
}
