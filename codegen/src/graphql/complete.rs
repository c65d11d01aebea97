//! From a schema into a manifest: what its mutations reach.

use std::collections::{BTreeSet, HashMap};

use super::{DIRECTIVE, OutputType, Scalar, Schemas, Union, references};
use crate::contract::is_known_scalar;
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{self, Manifest, Name, Object, TypeRef};
use crate::suggest;

/// Gives the manifest the types of the schemas that its mutations, entities and own types reach. Scalars and unions that the manifest
/// declares under a schema's name count more: so it says of them what the schema does not.
///
/// # Errors
/// What a schema does not tell, and keys that the manifest says of fields that are not there.
pub fn complete(manifest: &mut Manifest, schemas: &Schemas) -> Result<(), Vec<Diagnostic>> {
    let mut schemas = schemas.clone();
    let mut diagnostics = Vec::new();
    rename_keys(manifest, &mut schemas, &mut diagnostics);
    let schemas = &schemas;
    let reached = Reach::of(manifest, schemas).reached;
    let is_reached = |name: &&Name| reached.contains(&name.text);
    for scalar in schemas.scalars().filter(|it| is_reached(&&it.name)) {
        add_scalar(manifest, scalar, &mut diagnostics);
    }
    manifest.enums.extend(schemas.enums().filter(|it| is_reached(&&it.name)).cloned());
    manifest.inputs.extend(schemas.inputs().filter(|it| is_reached(&&it.name)).cloned());
    for ty in schemas.types().filter(|it| is_reached(&&it.object.name)) {
        if ty.object.fields.is_empty() {
            let message = format!("`{}` has no field that the SQL could answer", ty.object.name.text);
            let diagnostic =
                Diagnostic::new(Code::SCHEMA_FORM, message).at(ty.object.name.span, "a mutation reaches this");
            diagnostics.push(
                diagnostic
                    .note(format!("fields with arguments, and with `@{DIRECTIVE}(skip: true)`, are a resolver's")),
            );
        }
        manifest.types.push(ty.object.clone());
    }
    for union in schemas.unions().filter(|it| is_reached(&&it.object.name)) {
        add_union(manifest, schemas, union, &mut diagnostics);
    }
    if diagnostics.is_empty() { Ok(()) } else { Err(diagnostics) }
}

/// Gives fields the keys that the manifest says: `"Customer.vatID": "vat_id"`.
fn rename_keys(manifest: &Manifest, schemas: &mut Schemas, diagnostics: &mut Vec<Diagnostic>) {
    for (place, key) in &manifest.schema_keys {
        let (ty, name) = place.text.split_once('.').unwrap_or((&place.text, ""));
        let objects = schemas.files.iter_mut().flat_map(|schema| {
            let outputs = schema.types.iter_mut().map(|it| &mut it.object);
            outputs.chain(schema.unions.iter_mut().map(|it| &mut it.object)).chain(&mut schema.inputs)
        });
        let mut names = Vec::new();
        let mut found = false;
        for field in objects.filter(|object| object.name.text == ty).flat_map(|object| &mut object.fields) {
            let own = field.client_name();
            if own != name {
                names.push(format!("{ty}.{own}"));
                continue;
            }
            found = true;
            field.name = Some(Name { text: own, span: field.key.span });
            field.key = key.clone();
        }
        if !found {
            let diagnostic = Diagnostic::new(Code::MANIFEST_FORM, format!("the schema has no field `{}`", place.text))
                .at(place.span, "a type, a dot and a field's name are expected");
            let near = suggest::nearest(&place.text, names.iter().map(String::as_str));
            diagnostics.push(suggest::did_you_mean(diagnostic, near));
        }
    }
}

fn add_scalar(manifest: &mut Manifest, scalar: &Scalar, diagnostics: &mut Vec<Diagnostic>) {
    if let Some(own) = manifest.scalars.iter_mut().find(|own| own.name.text == scalar.name.text) {
        own.description = own.description.take().or_else(|| scalar.description.clone());
        return;
    }
    match &scalar.sql {
        Some(sql) => manifest.scalars.push(manifest::Scalar {
            name: scalar.name.clone(),
            sql: sql.clone(),
            rust: scalar.rust.clone(),
            description: scalar.description.clone(),
        }),
        // One that needs no declaration is what it always is.
        None if is_known_scalar(&scalar.name.text) => {
            manifest.scalar_descriptions.extend(scalar.description.clone().map(|it| (scalar.name.text.clone(), it)));
        }
        None => {
            let name = &scalar.name.text;
            diagnostics.push(
                Diagnostic::new(Code::SCHEMA_INCOMPLETE, format!("nothing tells which SQL type the scalar `{name}` is"))
                    .at(scalar.name.span, "a mutation uses this")
                    .help(format!("say it here, `scalar {name} @{DIRECTIVE}(sql: \"text\")`, or in the manifest: \"scalars\": {{ \"{name}\": {{ \"sql\": \"text\" }} }}")),
            );
        }
    }
}

fn add_union(manifest: &mut Manifest, schemas: &Schemas, union: &Union, diagnostics: &mut Vec<Diagnostic>) {
    let Union { object, members, discriminator } = union;
    let name = &object.name;
    let is_interface = members.is_none();
    let members = members_of(schemas, union).collect::<Vec<_>>();
    if let Some(own) = manifest.unions.iter_mut().find(|own| own.name.text == name.text) {
        own.description = own.description.take().or_else(|| object.description.clone());
        own.fields = is_interface.then(|| object.fields.clone());
        let stranger = own.members.iter().find(|(_, member)| !members.iter().any(|(it, _)| it.text == member.text));
        diagnostics.extend(stranger.map(|(_, member)| {
            Diagnostic::new(Code::SCHEMA_FORM, format!("`{}` is no member of `{}`", member.text, name.text))
                .at(member.span, "a member in the manifest")
                .and(name.span, "and none in the schema")
        }));
        return;
    }
    let Some(discriminator) = discriminator else {
        let word = if is_interface { "interface" } else { "union" };
        let message = format!("nothing tells which member of the {word} `{}` an object is", name.text);
        diagnostics.push(
            Diagnostic::new(Code::SCHEMA_INCOMPLETE, message)
                .at(name.span, "a mutation answers this")
                .help(format!("name the key of the objects that tells it: `@{DIRECTIVE}(discriminator: \"kind\")`"))
                .help(format!("say what it holds for a member where that is not its name: `type ... @{DIRECTIVE}(value: \"card\")`")),
        );
        return;
    };
    if members.is_empty() {
        let message = format!("no type implements the interface `{}`", name.text);
        diagnostics.push(Diagnostic::new(Code::SCHEMA_FORM, message).at(name.span, "a mutation answers this"));
    }
    let value =
        |name: &Name, ty: Option<&OutputType>| ty.and_then(|ty| ty.value.clone()).unwrap_or_else(|| name.clone());
    manifest.unions.push(manifest::Union {
        name: name.clone(),
        discriminator: discriminator.clone(),
        members: members.iter().map(|(name, ty)| (value(name, *ty), (*name).clone())).collect(),
        fields: is_interface.then(|| object.fields.clone()),
        description: object.description.clone(),
    });
}

/// The names of a union's members, and those types that are found.
fn members_of<'s>(schemas: &'s Schemas, union: &'s Union) -> impl Iterator<Item = (&'s Name, Option<&'s OutputType>)> {
    let named = union.members.iter().flatten();
    let named = named.map(|name| (name, schemas.types().find(|ty| ty.object.name.text == name.text)));
    let own = &union.object.name.text;
    let implementing = schemas
        .types()
        .filter(move |ty| union.members.is_none() && ty.implements.iter().any(|interface| interface.text == *own));
    named.chain(implementing.map(|ty| (&ty.object.name, Some(ty))))
}

/// The names that a manifest reaches.
struct Reach {
    reached: BTreeSet<String>,
}

impl Reach {
    fn of(manifest: &Manifest, schemas: &Schemas) -> Self {
        let mut edges: HashMap<&str, Vec<&str>> = HashMap::new();
        for object in schemas.types().map(|it| &it.object).chain(schemas.inputs()) {
            edges.entry(&object.name.text).or_default().extend(references(object));
        }
        for union in schemas.unions() {
            let members = members_of(schemas, union).map(|(name, _)| name.text.as_str());
            edges.entry(&union.object.name.text).or_default().extend(members.chain(references(&union.object)));
        }
        let leaves = schemas.scalars().map(|it| &it.name).chain(schemas.enums().map(|it| &it.name));
        for name in leaves {
            edges.entry(&name.text).or_default();
        }

        let fields = |fields: &'_ [manifest::Field]| {
            fields.iter().map(|field| TypeRef::named(&field.type_ref).0.to_owned()).collect::<Vec<_>>()
        };
        let objects = |objects: &[Object]| objects.iter().flat_map(|it| fields(&it.fields)).collect::<Vec<_>>();
        let mut open = [objects(&manifest.types), objects(&manifest.inputs)].concat();
        for mutation in &manifest.mutations {
            open.extend([fields(&mutation.arguments), fields(&mutation.context), fields(&mutation.success)].concat());
        }
        let members = manifest.unions.iter().flat_map(|union| &union.members).map(|(_, name)| name.text.clone());
        open.extend(members);
        open.extend(manifest.unions.iter().filter_map(|union| union.fields.as_deref()).flat_map(fields));
        open.extend(manifest.entities.iter().flat_map(|entity| fields(&entity.documents)));
        let images = manifest.entities.iter().filter_map(|entity| entity.image.as_ref());
        open.extend(images.map(|image| image.type_name.text.clone()));

        let mut reached = BTreeSet::new();
        while let Some(name) = open.pop() {
            let known = edges.get(name.as_str());
            // A name that is nowhere is reported by the contract, which then knows what it may have been meant for.
            let near = || suggest::nearest(&name, edges.keys().copied()).and_then(|near| edges.get_key_value(near));
            let found =
                known.map(|edges| (name.as_str(), edges)).or_else(|| near().map(|(name, edges)| (*name, edges)));
            let Some((name, edges)) = found else { continue };
            if reached.insert(name.to_owned()) {
                open.extend(edges.iter().map(|&name| name.to_owned()));
            }
        }
        Self { reached }
    }
}
