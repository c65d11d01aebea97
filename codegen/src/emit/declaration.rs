//! What the derives of one's own types are checked against: the contract's types and events as lines.

use std::collections::HashMap;

use super::output::in_manifest_order;
use super::words;
use crate::contract::{Checked, Contract, Event, Image, ObjectField, Rust};
use crate::derive::{Declaration, FieldLine, Kind};

/// Every declaration, those of mutations that cannot be called included: their types are known.
pub(super) fn declarations(checked: &Checked) -> Vec<Declaration> {
    let Contract { objects, unions, inputs, enums, events, mutations, .. } = &checked.contract;
    let called = mutations.iter().map(|mutation| (&mutation.error, &mutation.function, &mutation.error_codes));
    let broken = checked.skeletons.iter().map(|skeleton| {
        let [_, error] = &skeleton.answers;
        (&error.typename, &skeleton.function, &skeleton.error_codes)
    });
    let errors = called
        .chain(broken)
        .map(|(typename, function, codes)| (typename.as_str(), (function, codes)))
        .collect::<HashMap<_, _>>();
    let skeletons = checked.skeletons.iter().flat_map(|skeleton| &skeleton.answers);
    let objects = objects.iter().chain(skeletons).map(|object| {
        let kind = match errors.get(object.typename.as_str()) {
            Some((function, codes)) => Kind::Errors { function: (*function).clone(), codes: (*codes).clone() },
            None => Kind::Object,
        };
        Declaration {
            name: object.typename.clone(),
            source: object.source.clone(),
            kind,
            fields: fields(&in_manifest_order(object)),
        }
    });
    let unions = unions.iter().map(|union| Declaration {
        name: union.name.clone(),
        source: union.source.clone(),
        kind: Kind::Union { discriminator: union.discriminator.clone(), members: union.members.clone() },
        fields: fields(&union.fields.iter().collect::<Vec<_>>()),
    });
    let inputs = inputs.iter().map(|input| Declaration {
        name: input.name.clone(),
        source: input.source.clone(),
        kind: Kind::Input,
        fields: input.fields.iter().map(|field| line(&field.key, &field.graphql, &field.rust)).collect(),
    });
    let enums = enums.iter().map(|definition| Declaration {
        name: definition.name.clone(),
        source: definition.source.clone(),
        kind: Kind::Enum { values: definition.values.iter().map(|value| value.value.clone()).collect() },
        fields: Vec::new(),
    });
    objects.chain(unions).chain(inputs).chain(enums).chain(events.iter().map(event)).collect()
}

fn fields(fields: &[&ObjectField]) -> Vec<FieldLine> {
    fields.iter().map(|field| line(&field.key, &field.graphql, &field.rust)).collect()
}

fn line(key: &str, graphql: &str, rust: &Rust) -> FieldLine {
    FieldLine { key: key.to_owned(), graphql: graphql.to_owned(), rust: words(rust) }
}

fn event(event: &Event) -> Declaration {
    let image = |key: &str, image: &Option<Image>| {
        let Image { rust, nullable } = image.as_ref()?;
        let graphql = if let Rust::Contract(name) = rust { name } else { "JSON" };
        let not_null = if *nullable { "" } else { "!" };
        Some(line(key, &format!("{graphql}{not_null}"), rust))
    };
    let images = [image("before", &event.before), image("after", &event.after)];
    let metadata = line("metadata", "JSON", &Rust::Runtime("RawJson"));
    Declaration {
        name: event.name.clone(),
        source: event.source.clone(),
        kind: Kind::Event { entity: event.entity.clone(), operation: event.operation.as_str().to_owned() },
        fields: images.into_iter().flatten().chain([metadata]).collect(),
    }
}
