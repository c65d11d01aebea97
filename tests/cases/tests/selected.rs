//! What was selected of an answer is what is picked out of the whole of it, whatever the convention that it came by.

use std::collections::BTreeMap;

use pgmutate::contract::Contract;
use pgmutate::transform::{Object, Selected, Value};
use serde_json::value::RawValue;

/// So many selections of each answer.
const SELECTIONS: usize = 24;
/// How deep they go into types that contain themselves.
const DEPTH: usize = 4;

/// Selects at random from a response, and compares with the `answer` that a client gets who asks for everything.
pub(crate) fn agrees(contract: &'static Contract, success: bool, response: &[u8], answer: &str) -> Result<(), String> {
    let object = if success { contract.success } else { contract.error };
    let mut random = fastrand::Rng::with_seed(8);
    for _ in 0..SELECTIONS {
        let selected = any(&[contract.success, contract.error], &mut random, 0);
        let selection = contract.selection(&selected).map_err(|error| format!("{error}: {selected:?}"))?;
        let mut found = Vec::new();
        selection.run_of(object, response, &mut found).map_err(|error| format!("{error}: {selected:?}"))?;
        let expected = pick(&selected, answer);
        if found != expected.as_bytes() {
            return Err(format!("{} instead of {expected}: {selected:?}", String::from_utf8_lossy(&found)));
        }
    }
    Ok(())
}

/// A selection for a place where objects of these types may be.
fn any(objects: &[&'static Object], random: &mut fastrand::Rng, depth: usize) -> Vec<Selected> {
    let mut selected = match objects {
        [object] => fields(object, random, depth),
        several => several
            .iter()
            .map(|object| Selected::On { typename: object.typename().to_owned(), under: fields(object, random, depth) })
            .collect(),
    };
    random.shuffle(&mut selected);
    if selected.is_empty() || random.bool() {
        let alias = random.bool().then(|| "type_".to_owned());
        selected.insert(random.usize(..=selected.len()), Selected::Typename { alias });
    }
    selected
}

fn fields(object: &'static Object, random: &mut fastrand::Rng, depth: usize) -> Vec<Selected> {
    let mut selected = Vec::new();
    for field in object.fields() {
        let objects = objects_of(field.value());
        if random.bool() || depth > DEPTH && !objects.is_empty() {
            continue;
        }
        let under = if objects.is_empty() { Vec::new() } else { any(&objects, random, depth + 1) };
        let alias = random.bool().then(|| format!("{}_", field.name()));
        selected.push(Selected::Field { alias, name: field.name().to_owned(), under });
    }
    random.shuffle(&mut selected);
    selected
}

/// The types of the objects that a value holds.
fn objects_of(value: &Value) -> Vec<&'static Object> {
    match value {
        Value::Object(object) => vec![object],
        Value::Union(union) => union.members().iter().map(|(_, object)| *object).collect(),
        Value::List(inner) | Value::Nullable(inner) => objects_of(inner),
        _ => Vec::new(),
    }
}

/// The reference: the whole answer read as a tree, and written again as far as it was selected. What is no object or list is copied as it stands.
fn pick(selected: &[Selected], json: &str) -> String {
    if let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(json) {
        let elements = elements.iter().map(|element| pick(selected, element.get()));
        return format!("[{}]", elements.collect::<Vec<_>>().join(","));
    }
    match serde_json::from_str::<BTreeMap<String, &RawValue>>(json) {
        Ok(members) => format!("{{{}}}", pick_members(selected, &members).join(",")),
        Err(_) => json.to_owned(),
    }
}

fn pick_members(selected: &[Selected], members: &BTreeMap<String, &RawValue>) -> Vec<String> {
    let typename = members["__typename"].get();
    let mut picked = Vec::new();
    for selected in selected {
        match selected {
            Selected::Typename { alias } => {
                picked.push(format!("\"{}\":{typename}", alias.as_deref().unwrap_or("__typename")));
            }
            Selected::On { typename: on, under } if format!("\"{on}\"") == typename => {
                picked.extend(pick_members(under, members));
            }
            Selected::On { .. } => {}
            Selected::Field { alias, name, under } => {
                let value = members.get(name).map_or("null", |value| value.get());
                let value = if under.is_empty() { value.to_owned() } else { pick(under, value) };
                picked.push(format!("\"{}\":{value}", alias.as_deref().unwrap_or(name)));
            }
        }
    }
    picked
}
