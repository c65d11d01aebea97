//! Output types from the shapes of answers, input types from the keys that are read.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Given, row_name, singular, table_of};
use super::writer::{Entry, Node};
use crate::catalog::{Builtin, Catalog, Type, TypeKind};
use crate::naming::pascal_case;
use crate::shape::domain::{InputPath, InputStep, Json, Nullness, Object, Reason};
use crate::shape::{Need, Read, Shape};

/// Documents in documents are drafted so deep.
const MAX_DEPTH: usize = 12;

/// The types of the draft.
pub(super) struct Types<'a> {
    catalog: &'a Catalog,
    given: Given,
    inputs_given: Given,
    objects: BTreeMap<String, Vec<Entry>>,
    inputs: BTreeMap<String, Vec<Entry>>,
    enums: BTreeMap<String, Vec<String>>,
    scalars: BTreeMap<&'static str, &'static str>,
    unknown: Vec<String>,
}

/// The sections of the manifest that hold types.
pub(super) struct Sections {
    pub(super) scalars: Vec<Entry>,
    pub(super) enums: Vec<Entry>,
    pub(super) objects: Vec<Entry>,
    pub(super) inputs: Vec<Entry>,
    pub(super) fields: usize,
    pub(super) unknown: Vec<String>,
}

impl<'a> Types<'a> {
    pub(super) fn new(catalog: &'a Catalog) -> Self {
        Self {
            catalog,
            given: Given::default(),
            inputs_given: Given::default(),
            objects: BTreeMap::new(),
            inputs: BTreeMap::new(),
            enums: BTreeMap::new(),
            scalars: BTreeMap::new(),
            unknown: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> Sections {
        let fields = self.objects.values().chain(self.inputs.values()).map(Vec::len).sum();
        let of = |fields| Node::Object(vec![Entry::new("fields", Node::Object(fields))]);
        let sections = |all: BTreeMap<String, Vec<Entry>>| {
            all.into_iter().map(|(name, fields)| Entry::new(name, of(fields))).collect()
        };
        let enums = self
            .enums
            .into_iter()
            .map(|(name, labels)| Entry::new(name, Node::Object(vec![Entry::new("values", Node::List(labels))])));
        let scalars = self.scalars.into_iter();
        let scalars = scalars.map(|(name, sql)| Entry::new(name, Node::Object(vec![Entry::text("sql", sql)])));
        Sections {
            scalars: scalars.collect(),
            enums: enums.collect(),
            objects: sections(self.objects),
            inputs: sections(self.inputs),
            fields,
            unknown: self.unknown,
        }
    }

    /// The scalar or enum that a SQL type is, without `!`.
    pub(super) fn scalar(&mut self, ty: &Type) -> String {
        let base = self.catalog.base_type(ty);
        match base {
            Type::Array(element) => format!("[{}!]", self.scalar(element)),
            Type::Defined(id) => {
                let definition = self.catalog.type_def(*id);
                let TypeKind::Enum(labels) = &definition.kind else { return "String".to_owned() };
                let name = pascal_case(&definition.name.name);
                self.enums.insert(name.clone(), labels.clone());
                self.given.take(&name);
                self.inputs_given.take(&name);
                name
            }
            Type::Builtin(builtin) => self.builtin(*builtin).to_owned(),
            Type::Unknown(_) => "String".to_owned(),
        }
    }

    fn builtin(&mut self, builtin: Builtin) -> &'static str {
        let (name, sql) = match builtin {
            Builtin::UUID => return "ID",
            Builtin::INT2 | Builtin::INT4 => return "Int",
            Builtin::FLOAT4 | Builtin::FLOAT8 => return "Float",
            Builtin::BOOL => return "Boolean",
            Builtin::INT8 => ("BigInt", "bigint"),
            Builtin::NUMERIC => ("Decimal", "numeric"),
            Builtin::TIMESTAMP | Builtin::TIMESTAMPTZ => ("DateTime", "timestamptz"),
            Builtin::DATE => ("Date", "date"),
            Builtin::TIME | Builtin::TIMETZ => ("Time", "time"),
            Builtin::JSON | Builtin::JSONB => ("JSON", "jsonb"),
            _ => return "String",
        };
        self.scalars.insert(name, sql);
        name
    }

    /// The type of a document at `key` of `parent`, and why it is not known.
    pub(super) fn output(&mut self, json: &Json, key: &str, parent: &str) -> (String, Option<String>) {
        self.output_at(json, key, parent, 0)
    }

    fn output_at(&mut self, json: &Json, key: &str, parent: &str, depth: usize) -> (String, Option<String>) {
        let required = if json.null >= Nullness::Passed { "" } else { "!" };
        let json_scalar = |types: &mut Self, why: &str| {
            (format!("{}{required}", types.builtin(Builtin::JSONB)), Some(why.to_owned()))
        };
        if depth > MAX_DEPTH {
            return json_scalar(self, Reason::TooLarge.words());
        }
        match (&json.array, &json.scalar, json.objects.is_empty(), json.opaque) {
            (None, None, true, None) if json.null != Nullness::Never => json_scalar(self, "it is always null"),
            (None, None, true, Some(opaque)) => json_scalar(self, opaque.reason.words()),
            (Some(element), None, true, _) if !element.is_never() => {
                let (element, unknown) = self.output_at(element, &singular(key), parent, depth + 1);
                (format!("[{element}]{required}"), unknown)
            }
            (None, Some(scalar), true, _) => match scalar.only_type() {
                Some(ty) => (format!("{}{required}", self.scalar(ty)), None),
                None => (format!("String{required}"), Some("values of several types come here".to_owned())),
            },
            (None, None, false, _) => {
                let object =
                    json.objects.values().cloned().reduce(crate::shape::domain::Join::join).unwrap_or_default();
                if object.fields.is_empty() {
                    return json_scalar(self, "its keys are made at run time");
                }
                let unknown = object.rest.map(|rest| format!("there may be other keys: {}", rest.reason.words()));
                (format!("{}{required}", self.object(&object, key, parent, depth)), unknown)
            }
            _ => json_scalar(self, "paths give values of different kinds"),
        }
    }

    /// Whether there is an output type of this name.
    pub(super) fn has_object(&self, name: &str) -> bool {
        self.objects.contains_key(name)
    }

    /// The type of an object, declared where it is new.
    fn object(&mut self, object: &Object, key: &str, parent: &str, depth: usize) -> String {
        let keys = object.fields.keys().cloned().collect::<BTreeSet<_>>();
        if let Some(known) = self.given.of(&keys) {
            return known.clone();
        }
        let row = table_of(self.catalog, &keys).map(row_name);
        let own = singular(key);
        let wanted = row.into_iter().chain([own.clone(), format!("{parent}_{own}")]);
        let name = self.given.give(keys, wanted);
        let mut fields = Vec::new();
        for (field, answered) in &object.fields {
            let (mut ty, unknown) = self.output_at(&answered.value, field, &name, depth + 1);
            if !answered.always {
                ty.truncate(ty.trim_end_matches('!').len());
            }
            self.unknown.extend(unknown.is_some().then(|| format!("types.{name}.{field}")));
            fields.push((answered.places.first().copied(), Entry::text(field, ty).unknown(unknown)));
        }
        // In the order in which they are written.
        fields.sort_by_key(|(place, _)| *place);
        self.objects.insert(name.clone(), fields.into_iter().map(|(_, entry)| entry).collect());
        name
    }

    /// The type of a jsonb argument, or of a part of it, and why it is not known.
    pub(super) fn input(&mut self, at: &InputPath, shape: &Shape, wanted: &str) -> (String, Option<String>) {
        let below = shape.reads.iter().filter(|(path, _)| is_below(path, at));
        let steps = below.clone().filter_map(|(path, _)| path.steps.get(at.steps.len())).collect::<BTreeSet<_>>();
        if steps.is_empty() {
            return (self.builtin(Builtin::JSONB).to_owned(), Some("no key of it is read".to_owned()));
        }
        if steps.contains(&InputStep::Element) {
            let element = at.step(InputStep::Element);
            let (ty, unknown) = self.part(&element, shape, wanted);
            return (format!("[{ty}!]"), unknown);
        }
        let keys = steps.iter().filter_map(|step| match step {
            InputStep::Key(key) => Some(key.clone()),
            InputStep::Element => None,
        });
        let keys = keys.collect::<BTreeSet<_>>();
        // The parts of an argument are rows; the argument itself is what the function wants.
        let row = table_of(self.catalog, &keys).filter(|_| !at.steps.is_empty()).map(row_name);
        let wanted = row.map(|row| format!("{row}_input")).into_iter().chain([wanted.to_owned()]);
        let name = self.inputs_given.give(keys.clone(), wanted);
        let mut fields = Vec::new();
        for key in keys {
            let path = at.step(InputStep::Key(key.clone()));
            let (ty, why) = self.part(&path, shape, &format!("{}_input", singular(&key)));
            let need = shape.needs.get(&path);
            let ty = if need == Some(&Need::Required) { format!("{ty}!") } else { ty };
            let why = why.or_else(|| need.is_none().then(|| "whether it may be null".to_owned()));
            self.unknown.extend(why.is_some().then(|| format!("inputs.{name}.{key}")));
            let place = shape.reads.get(&path).and_then(|read| read.places.first().copied());
            fields.push((place, Entry::text(key, ty).unknown(why)));
        }
        fields.sort_by_key(|(place, _)| *place);
        self.inputs.insert(name.clone(), fields.into_iter().map(|(_, entry)| entry).collect());
        (name, None)
    }

    fn part(&mut self, at: &InputPath, shape: &Shape, wanted: &str) -> (String, Option<String>) {
        if at.steps.len() < MAX_DEPTH && shape.reads.keys().any(|path| is_below(path, at)) {
            return self.input(at, shape, wanted);
        }
        let none = Read::default();
        let types = &shape.reads.get(at).unwrap_or(&none).types;
        // Text is what everything is read as before it is cast.
        let only = types.iter().filter(|ty| !ty.is(Builtin::TEXT) || types.len() == 1).collect::<Vec<_>>();
        match only.as_slice() {
            [ty] => (self.scalar(ty), None),
            [] => ("String".to_owned(), Some("the type: it is never cast".to_owned())),
            _ => ("String".to_owned(), Some("the type: it is taken for several".to_owned())),
        }
    }
}

/// Whether `path` leads into what is `at`.
pub(super) fn is_below(path: &InputPath, at: &InputPath) -> bool {
    path.argument == at.argument && path.steps.len() > at.steps.len() && path.steps.starts_with(&at.steps)
}
