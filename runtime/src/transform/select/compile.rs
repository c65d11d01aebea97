//! From what was asked for to tables.

use super::{Choice, Chosen, Selected, SelectionError, Slot, What};
use crate::transform::pattern::Prefix;
use crate::transform::table::{Object, Value, is_name};

/// The choices, that of the document first, which is of one of these types; how many fields are open at once, and whether the canonical engine can work with them.
pub(super) fn compile(
    objects: &[&'static Object],
    selected: &[Selected],
) -> Result<(Vec<Choice>, usize, bool), SelectionError> {
    let mut compiler = Compiler { choices: Vec::new(), spans: 0, canonical: true };
    compiler.choice(objects, selected, 0)?;
    Ok((compiler.choices, compiler.spans, compiler.canonical))
}

struct Compiler {
    choices: Vec<Choice>,
    spans: usize,
    canonical: bool,
}

impl Compiler {
    /// Compiles what is selected at a place where objects of these types may be; those around it have so many fields.
    fn choice(
        &mut self,
        objects: &[&'static Object],
        selected: &[Selected],
        around: usize,
    ) -> Result<usize, SelectionError> {
        check_types(objects, selected)?;
        let index = self.choices.len();
        self.choices.push(Choice { types: Vec::new() });
        for object in objects {
            let chosen = self.chosen(object, selected, around)?;
            if let Some(choice) = self.choices.get_mut(index) {
                choice.types.push(chosen);
            }
        }
        Ok(index)
    }

    fn chosen(
        &mut self,
        object: &'static Object,
        selected: &[Selected],
        first: usize,
    ) -> Result<Chosen, SelectionError> {
        let mut fields: Vec<_> = object.fields().iter().map(|field| field.skipped()).collect();
        let behind = first + fields.len();
        self.spans = self.spans.max(behind);
        let mut slots = Vec::new();
        self.slots(object, selected, behind, &mut slots)?;
        let mut choices = vec![None; fields.len()];
        for slot in &slots {
            let What::Field { number, choice, .. } = slot.what else { continue };
            let alias = slot.key.trim_matches([',', '"', ':']);
            if let (Some(field), Some(under), Some(known)) =
                (fields.get_mut(number), choices.get_mut(number), object.fields().get(number))
            {
                // A field that is asked for twice has two places; only the general engine reads its value twice.
                self.canonical &= field.is_skipped();
                *field = known.aliased(alias);
                *under = choice;
                self.canonical &= !field.shown().is_none() && !field.stored().is_none();
            }
        }
        let mut behind_last = 0;
        let in_order = slots.iter().enumerate().all(|(place, slot)| match slot.what {
            What::Typename => place == 0,
            What::Field { number, .. } => number + 1 > std::mem::replace(&mut behind_last, number + 1),
        });
        let prefix = match slots.first() {
            Some(Slot { text, what: What::Typename, .. }) if in_order => *text,
            _ => Prefix::EMPTY,
        };
        if !in_order {
            for field in &mut fields {
                *field = field.unnamed();
            }
        }
        let room = slots.iter().map(|slot| slot.text.len() + b"null".len()).sum();
        Ok(Chosen { object, fields, first, choices, slots, in_order, prefix, room })
    }

    fn slots(
        &mut self,
        object: &'static Object,
        selected: &[Selected],
        around: usize,
        slots: &mut Vec<Slot>,
    ) -> Result<(), SelectionError> {
        for selected in selected {
            match selected {
                Selected::On { typename, under } => {
                    if typename == object.typename() {
                        self.slots(object, under, around, slots)?;
                    }
                }
                Selected::Typename { alias } => {
                    add(slots, alias.as_deref().unwrap_or("__typename"), What::Typename)?;
                    if let Some(slot) = slots.last_mut() {
                        slot.text = Prefix::of([&slot.key, "\"", &format!("{}\"", object.typename())]);
                        self.canonical &= !slot.text.is_none();
                    }
                }
                Selected::Field { alias, name, under } => {
                    let number = object.names().find(object.fields(), name.as_bytes());
                    let Some((number, field)) = number.and_then(|number| Some((number, object.fields().get(number)?)))
                    else {
                        return Err(SelectionError::new(format!("`{}` has no field `{name}`", object.typename())));
                    };
                    let choice = self.under(*field.value(), name, under, around)?;
                    let other = |slot: &&Slot| matches!(slot.what, What::Field { aside: Some(_), .. });
                    let aside = match field.value() {
                        Value::Scalar => None,
                        _ => Some(slots.iter().filter(other).count()),
                    };
                    add(slots, alias.as_deref().unwrap_or(name), What::Field { number, choice, aside })?;
                }
            }
        }
        Ok(())
    }

    /// Compiles what is selected of a field's value.
    fn under(
        &mut self,
        value: Value,
        name: &str,
        selected: &[Selected],
        around: usize,
    ) -> Result<Option<usize>, SelectionError> {
        let objects: Vec<&'static Object> = match value {
            Value::List(inner) | Value::Nullable(inner) => return self.under(*inner, name, selected, around),
            Value::Late(late) => return self.under(*Value::resolve(late), name, selected, around),
            Value::Object(object) => vec![object],
            Value::Union(union) => union.members().iter().map(|(_, object)| *object).collect(),
            Value::Scalar | Value::Opaque | Value::Generic | Value::Skipped if selected.is_empty() => return Ok(None),
            Value::Scalar | Value::Opaque | Value::Generic | Value::Skipped => {
                return Err(SelectionError::new(format!("`{name}` holds no objects to select from")));
            }
        };
        if selected.is_empty() {
            return Err(SelectionError::new(format!("`{name}` holds objects: say which of their fields")));
        }
        self.choice(&objects, selected, around).map(Some).map_err(|error| error.under(name))
    }
}

fn add(slots: &mut Vec<Slot>, alias: &str, what: What) -> Result<(), SelectionError> {
    if !is_name(alias) {
        return Err(SelectionError::new(format!("`{}` is no name for a response", alias.escape_debug())));
    }
    let key = format!(",\"{alias}\":");
    if slots.iter().any(|slot| slot.key == key) {
        return Err(SelectionError::new(format!("two selections have the response name `{alias}`")));
    }
    let text = Prefix::of([&key, "", ""]);
    slots.push(Slot { key, text, what });
    Ok(())
}

/// A condition on a type that cannot be there is a mistake.
fn check_types(objects: &[&'static Object], selected: &[Selected]) -> Result<(), SelectionError> {
    for selected in selected {
        if let Selected::On { typename, under } = selected {
            if !objects.iter().any(|object| object.typename() == typename) {
                return Err(SelectionError::new(format!("no object here can be a `{typename}`")));
            }
            check_types(objects, under)?;
        }
    }
    Ok(())
}
