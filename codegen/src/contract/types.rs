//! The manifest's types: every name resolved, every type as the transform and Rust will see it.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::endless::Rings;
use super::model::{Enum, EnumValue, Input, InputField, Object, ObjectField, Rust, Union, Value};
use super::{interface, names, scalar};
use crate::catalog::Catalog;
use crate::diagnostic::{Code, Diagnostic, MOST};
use crate::manifest::{self, Field, Manifest, TypeRef};
use crate::naming::input_field;
use crate::source::{FileId, SourceMap, Span};
use crate::suggest;

/// Among more names than these no similar one is looked for.
const MANY: usize = 5_000;

/// The name that clients read an object's type from.
const TYPENAME: &str = "__typename";

/// What a name of the manifest stands for.
#[derive(Clone, Copy)]
pub(super) enum Named<'m> {
    Scalar(scalar::Scalar<'m>),
    Enum(&'m manifest::Enum),
    Object(&'m manifest::Object),
    Union(&'m manifest::Union),
    Input(&'m manifest::Object),
}

impl Named<'_> {
    fn what(self) -> &'static str {
        match self {
            Named::Scalar(_) => "a scalar",
            Named::Enum(_) => "an enum",
            Named::Object(_) => "an output type",
            Named::Union(union) if union.fields.is_some() => "an interface",
            Named::Union(_) => "a union",
            Named::Input(_) => "an input",
        }
    }
}

/// Every name of the manifest.
pub(super) struct Types<'m> {
    catalog: &'m Catalog,
    by_name: HashMap<&'m str, (Named<'m>, Option<Span>)>,
    manifest: FileId,
}

/// Whether a type is answered or taken in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Output,
    Input,
}

impl<'m> Types<'m> {
    /// Collects the names; two types of one name are reported.
    pub(super) fn collect(catalog: &'m Catalog, manifest: &'m Manifest, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut by_name: HashMap<&str, (Named<'_>, Option<Span>)> =
            scalar::BUILT_IN.iter().map(|(name, scalar)| (*name, (Named::Scalar(*scalar), None))).collect();
        let custom =
            manifest.scalars.iter().map(|scalar| (&scalar.name, Named::Scalar(scalar::Scalar::Custom(scalar))));
        let enums = manifest.enums.iter().map(|definition| (&definition.name, Named::Enum(definition)));
        let objects = manifest.types.iter().map(|object| (&object.name, Named::Object(object)));
        let unions = manifest.unions.iter().map(|union| (&union.name, Named::Union(union)));
        let inputs = manifest.inputs.iter().map(|input| (&input.name, Named::Input(input)));
        for (name, named) in custom.chain(enums).chain(objects).chain(unions).chain(inputs) {
            let before = by_name.insert(&name.text, (named, Some(name.span)));
            if before.is_some_and(|(_, span)| span.is_none()) && !matches!(named, Named::Scalar(_)) {
                diagnostics.push(
                    Diagnostic::new(
                        Code::NAME_COLLISION,
                        format!("`{}` is a scalar that needs no declaration", name.text),
                    )
                    .at(name.span, format!("declared as {} here", named.what()))
                    .help("choose another name; what a built-in scalar stands for is said under `scalars`"),
                );
            }
            let Some((_, Some(first))) = before else { continue };
            diagnostics.push(
                Diagnostic::new(Code::MANIFEST_DUPLICATE, format!("two types are called `{}`", name.text))
                    .at(name.span, "declared again here")
                    .and(first, "declared first here")
                    .help("types, inputs, enums, unions and scalars share one set of names, as in GraphQL"),
            );
        }
        Self { catalog, by_name, manifest: manifest.file }
    }

    /// What `name` stands for, if it may stand here.
    pub(super) fn find(
        &self,
        type_ref: &TypeRef,
        direction: Direction,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Named<'m>> {
        let (name, span) = type_ref.named();
        let Some((named, _)) = self.by_name.get(name) else {
            let diagnostic = Diagnostic::new(Code::UNKNOWN_TYPE, format!("type `{name}` does not exist")).at(
                span,
                if span.file == self.manifest { "not declared in this manifest" } else { "not defined in this schema" },
            );
            // Looking for similar names takes time with every name that there is.
            let few = diagnostics.len() < MOST && self.by_name.len() < MANY;
            let looked_at = if few { self.by_name.len() } else { 0 };
            let candidates = self.by_name.iter().take(looked_at).filter(|(_, (named, _))| fits(*named, direction));
            let candidates = candidates.map(|(name, _)| *name);
            // Who thinks in SQL writes `text` or `uuid`.
            let near = scalar::of_sql_type(name).or_else(|| suggest::nearest(name, candidates));
            diagnostics.push(suggest::did_you_mean(diagnostic, near));
            return None;
        };
        if !fits(*named, direction) {
            let (holder, expected) = match direction {
                Direction::Output => ("an answer", "a scalar, an enum, an output type, a union or an interface"),
                Direction::Input => ("an argument or input field", "a scalar, an enum or an input"),
            };
            diagnostics.push(
                Diagnostic::new(
                    Code::MISPLACED_TYPE,
                    format!("`{name}` is {}, which {holder} cannot hold", named.what()),
                )
                .at(span, format!("{expected} is expected here")),
            );
            return None;
        }
        Some(*named)
    }

    /// What a field of an answer holds.
    pub(super) fn value(&self, type_ref: &TypeRef, diagnostics: &mut Vec<Diagnostic>) -> Value {
        let inner = match self.find(type_ref, Direction::Output, diagnostics) {
            Some(Named::Scalar(scalar)) if scalar.is_json() => Value::Opaque,
            Some(Named::Object(object)) => Value::Object(object.name.text.clone()),
            Some(Named::Union(union)) => Value::Union(union.name.text.clone()),
            Some(Named::Scalar(_) | Named::Enum(_) | Named::Input(_)) | None => Value::Scalar,
        };
        wrap(type_ref, inner, |element, nullable| Value::List { element: Box::new(element), nullable })
    }

    /// The Rust type of an argument or a field, without its outermost nullability.
    pub(super) fn rust(&self, type_ref: &TypeRef, direction: Direction, diagnostics: &mut Vec<Diagnostic>) -> Rust {
        let inner = match self.find(type_ref, direction, diagnostics) {
            Some(Named::Scalar(scalar)) => scalar.rust(self.catalog),
            Some(Named::Enum(definition)) => Rust::Contract(definition.name.text.clone()),
            Some(Named::Input(object) | Named::Object(object)) => Rust::Contract(object.name.text.clone()),
            Some(Named::Union(union)) => Rust::Contract(union.name.text.clone()),
            None => Rust::Runtime("RawJson"),
        };
        wrap(type_ref, inner, |element, nullable| Rust::List(Box::new(element), nullable))
    }

    /// The fields of an answer in jsonb key order; names that collide are reported.
    pub(super) fn object_fields(&self, fields: &[Field], diagnostics: &mut Vec<Diagnostic>) -> Vec<ObjectField> {
        let idents = fields.iter().enumerate().map(|(index, field)| (input_field(index, &field.key.text), &field.key));
        names::fields_differ(idents, diagnostics);
        let mut names: BTreeMap<String, &Field> = BTreeMap::new();
        let mut out = Vec::with_capacity(fields.len());
        for (position, field) in fields.iter().enumerate() {
            let name = field.client_name();
            if let Some(first) = names.insert(name.clone(), field) {
                diagnostics.push(
                    Diagnostic::new(
                        Code::NAME_COLLISION,
                        format!("`{}` and `{}` are both called `{name}`", first.key.text, field.key.text),
                    )
                    .at(field.key.span, format!("this is `{name}` for clients"))
                    .and(first.key.span, "and so is this")
                    .help("give one of them a name of its own: { \"type\": ..., \"name\": \"...\" }"),
                );
                continue;
            }
            if name == TYPENAME {
                diagnostics.push(
                    Diagnostic::new(Code::NAME_COLLISION, format!("`{TYPENAME}` is in every object already"))
                        .at(field.key.span, "declared again here")
                        .help("remove it: the type's own name is written there"),
                );
                continue;
            }
            let value = self.value(&field.type_ref, diagnostics);
            out.push(ObjectField {
                key: field.key.text.clone(),
                name,
                value,
                nullable: field.type_ref.is_nullable(),
                // What is wrong with the type has been reported.
                rust: self.rust(&field.type_ref, Direction::Output, &mut Vec::new()),
                graphql: field.type_ref.to_string(),
                docs: docs(field.description.as_deref()),
                position,
            });
        }
        jsonb_order(&mut out, |field| &field.key);
        out
    }

    /// An input type.
    pub(super) fn input(
        &self,
        sources: &SourceMap,
        input: &manifest::Object,
        rings: &Rings<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Input {
        let idents =
            input.fields.iter().enumerate().map(|(index, field)| (input_field(index, &field.key.text), &field.key));
        names::fields_differ(idents, diagnostics);
        let fields = input.fields.iter().map(|field| {
            let rust = self.rust(&field.type_ref, Direction::Input, diagnostics);
            let boxed = rings.closes(&input.name.text, &field.type_ref);
            InputField {
                key: field.key.text.clone(),
                name: field.client_name(),
                docs: docs(field.description.as_deref()),
                graphql: field.type_ref.to_string(),
                rust: if boxed { Rust::Boxed(Box::new(rust)) } else { rust },
                nullable: field.type_ref.is_nullable(),
            }
        });
        let fields = fields.collect();
        Input {
            name: input.name.text.clone(),
            docs: docs(input.description.as_deref()),
            source: sources.location(input.name.span),
            fields,
        }
    }
}

/// Sorts fields as jsonb sorts their keys: by length in bytes, then by bytes.
pub(super) fn jsonb_order<T>(fields: &mut [T], key: impl Fn(&T) -> &str) {
    fields.sort_by(|a, b| (key(a).len(), key(a).as_bytes()).cmp(&(key(b).len(), key(b).as_bytes())));
}

/// An output type.
pub(super) fn object(
    types: &Types<'_>,
    sources: &SourceMap,
    object: &manifest::Object,
    rings: &Rings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Object {
    let mut fields = types.object_fields(&object.fields, diagnostics);
    for field in &mut fields {
        let declared = object.fields.get(field.position);
        if declared.is_some_and(|declared| rings.closes(&object.name.text, &declared.type_ref)) {
            field.rust = Rust::Boxed(Box::new(field.rust.clone()));
        }
    }
    Object {
        typename: object.name.text.clone(),
        docs: docs(object.description.as_deref()),
        source: sources.location(object.name.span),
        fields,
    }
}

/// Output types and unions as what may contain what: a union as an object with a field for each member.
pub(super) fn containers(manifest: &Manifest) -> Vec<manifest::Object> {
    let unions = manifest.unions.iter().map(|union| {
        let fields = union.members.iter().map(|(value, member)| Field {
            key: value.clone(),
            name: None,
            type_ref: TypeRef::Named { name: member.text.clone(), span: member.span, nullable: true },
            description: None,
        });
        manifest::Object { name: union.name.clone(), fields: fields.collect(), description: None }
    });
    manifest.types.iter().cloned().chain(unions).collect()
}

/// A union or an interface; its members are output types, with the fields of the interface.
pub(super) fn union(
    types: &Types<'_>,
    sources: &SourceMap,
    union: &manifest::Union,
    diagnostics: &mut Vec<Diagnostic>,
) -> Union {
    let common = union.fields.as_deref().unwrap_or_default();
    let fields = types.object_fields(common, diagnostics);
    let mut members = Vec::new();
    let mut compared = HashSet::new();
    for (value, member) in &union.members {
        let type_ref = TypeRef::Named { name: member.text.clone(), span: member.span, nullable: false };
        match types.find(&type_ref, Direction::Output, diagnostics) {
            Some(Named::Object(object)) => {
                if compared.insert(&object.name.text) {
                    interface::check(union, common, object, member, diagnostics);
                }
                members.push((value.text.clone(), object.name.text.clone()));
            }
            Some(other) => diagnostics.push(
                Diagnostic::new(
                    Code::MISPLACED_TYPE,
                    format!("`{}` cannot be a member of `{}`", member.text, union.name.text),
                )
                .at(member.span, format!("this is {}, an output type is expected", other.what())),
            ),
            None => {}
        }
    }
    Union {
        name: union.name.text.clone(),
        docs: docs(union.description.as_deref()),
        fields,
        source: sources.location(union.name.span),
        discriminator: union.discriminator.text.clone(),
        members,
    }
}

/// An enum.
pub(super) fn enumeration(sources: &SourceMap, definition: &manifest::Enum) -> Enum {
    Enum {
        name: definition.name.text.clone(),
        docs: docs(definition.description.as_deref()),
        source: sources.location(definition.name.span),
        values: definition.values.iter().map(enum_value).collect(),
    }
}

fn enum_value(value: &manifest::EnumValue) -> EnumValue {
    let deprecated = value.deprecated.as_ref().map(|reason| format!("Deprecated: {reason}"));
    let paragraphs = value.description.iter().chain(&deprecated).map(String::as_str).collect::<Vec<_>>();
    EnumValue { value: value.name.text.clone(), docs: docs(Some(&paragraphs.join("\n\n"))) }
}

pub(super) fn docs(description: Option<&str>) -> Vec<String> {
    description.map(|text| text.lines().map(|line| line.trim_end().to_owned()).collect()).unwrap_or_default()
}

fn fits(named: Named<'_>, direction: Direction) -> bool {
    match named {
        Named::Scalar(_) | Named::Enum(_) => true,
        Named::Object(_) | Named::Union(_) => direction == Direction::Output,
        Named::Input(_) => direction == Direction::Input,
    }
}

/// Puts the lists of `type_ref` around what is inside them.
pub(super) fn wrap<T>(type_ref: &TypeRef, inner: T, list: impl Fn(T, bool) -> T + Copy) -> T {
    match type_ref {
        TypeRef::Named { .. } => inner,
        TypeRef::List { element, .. } => list(wrap(element, inner, list), element.is_nullable()),
    }
}
