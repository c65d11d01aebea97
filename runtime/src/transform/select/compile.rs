//! From what was asked for to tables.

use std::collections::HashMap;

use super::{Choice, Chosen, DEPTH, Selected, SelectionError, Slot, What};
use crate::transform::pattern::Prefix;
use crate::transform::table::{Object, Value, is_name};

/// The choices, that of the document first, which is of one of these types; how many fields are open at once, and whether the canonical engine can work with them.
pub(super) fn compile(
    objects: &[&'static Object],
    selected: &[Selected],
) -> Result<(Vec<Choice>, usize, bool), SelectionError> {
    check_depth(selected)?;
    let mut compiler = Compiler { choices: Vec::new(), spans: 0, canonical: true, left: MOST };
    compiler.choice(objects, &selected.iter().collect::<Vec<_>>(), 0)?;
    Ok((compiler.choices, compiler.spans, compiler.canonical))
}

/// So many fields a compiled selection has at most: each type that may be at a place has its own, so where types of a union hold the union again, a short
/// selection means very many.
const MOST: usize = 10_000;

struct Compiler {
    choices: Vec<Choice>,
    spans: usize,
    canonical: bool,
    left: usize,
}

impl Compiler {
    /// Compiles what is selected at a place where objects of these types may be; those around it have so many fields.
    fn choice(
        &mut self,
        objects: &[&'static Object],
        selected: &[&Selected],
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
        selected: &[&Selected],
        first: usize,
    ) -> Result<Chosen, SelectionError> {
        let mut fields: Vec<_> = object.fields().iter().map(|field| field.skipped()).collect();
        let behind = first + fields.len();
        self.spans = self.spans.max(behind);
        let mut asked = Asked::default();
        asked.collect(object, selected)?;
        let slots = self.slots(object, &asked.names, behind)?;
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

    /// What is written of an object.
    fn slots(
        &mut self,
        object: &'static Object,
        asked: &[Name<'_>],
        around: usize,
    ) -> Result<Vec<Slot>, SelectionError> {
        let left = self.left.checked_sub(asked.len());
        self.left = left.ok_or_else(|| SelectionError::new(format!("it comes to more than {MOST} fields")))?;
        let (mut slots, mut others) = (Vec::new(), 0..);
        for Name { response_name, field } in asked {
            let key = format!(",\"{response_name}\":");
            let Some((name, under)) = field else {
                let text = Prefix::of([&key, "\"", &format!("{}\"", object.typename())]);
                self.canonical &= !text.is_none();
                slots.push(Slot { key, text, what: What::Typename });
                continue;
            };
            let number = object.names().find(object.fields(), name.as_bytes());
            let Some((number, field)) = number.and_then(|number| Some((number, object.fields().get(number)?))) else {
                return Err(SelectionError::new(format!("`{}` has no field `{name}`", object.typename())));
            };
            let choice = self.under(*field.value(), name, under, around)?;
            let aside = if matches!(field.value(), Value::Scalar) { None } else { others.next() };
            let text = Prefix::of([&key, "", ""]);
            slots.push(Slot { key, text, what: What::Field { number, choice, aside } });
        }
        Ok(slots)
    }

    /// Compiles what is selected of a field's value.
    fn under(
        &mut self,
        value: Value,
        name: &str,
        selected: &[&Selected],
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

/// What is asked for of an object, each response name where it comes first.
#[derive(Default)]
struct Asked<'s> {
    names: Vec<Name<'s>>,
    places: HashMap<&'s str, usize>,
}

/// What is asked for under one response name: the typename, or a field with all that is asked for of it in one place or another.
struct Name<'s> {
    response_name: &'s str,
    field: Option<(&'s str, Vec<&'s Selected>)>,
}

impl<'s> Asked<'s> {
    /// As GraphQL collects fields, for fragments overlap.
    fn collect(&mut self, object: &'static Object, selected: &[&'s Selected]) -> Result<(), SelectionError> {
        for selected in selected {
            match selected {
                Selected::On { typename, under } if typename == object.typename() => {
                    self.collect(object, &under.iter().collect::<Vec<_>>())?;
                }
                Selected::On { .. } => {}
                Selected::Typename { alias } => self.add(alias.as_deref().unwrap_or("__typename"), None)?,
                Selected::Field { alias, name, under } => {
                    self.add(alias.as_deref().unwrap_or(name), Some((name, under.iter().collect())))?;
                }
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        response_name: &'s str,
        field: Option<(&'s str, Vec<&'s Selected>)>,
    ) -> Result<(), SelectionError> {
        if !is_name(response_name) {
            return Err(SelectionError::new(format!("`{}` is no name for a response", response_name.escape_debug())));
        }
        let place = *self.places.entry(response_name).or_insert(self.names.len());
        match (self.names.get_mut(place).map(|earlier| &mut earlier.field), field) {
            (None, field) => self.names.push(Name { response_name, field }),
            (Some(None), None) => {}
            (Some(Some((name, under))), Some((same, more))) if *name == same => under.extend(more),
            _ => {
                let reason = format!("two selections of different fields have the response name `{response_name}`");
                return Err(SelectionError::new(reason));
            }
        }
        Ok(())
    }
}

/// Before anything here goes into it.
fn check_depth(selected: &[Selected]) -> Result<(), SelectionError> {
    let mut open: Vec<_> = selected.iter().map(|selected| (selected, 1)).collect();
    while let Some((selected, depth)) = open.pop() {
        if depth > DEPTH {
            return Err(SelectionError::new(format!("the selection is nested deeper than {DEPTH} levels")));
        }
        if let Selected::Field { under, .. } | Selected::On { under, .. } = selected {
            open.extend(under.iter().map(|selected| (selected, depth + 1)));
        }
    }
    Ok(())
}

/// A condition on a type that cannot be there is a mistake.
fn check_types(objects: &[&'static Object], selected: &[&Selected]) -> Result<(), SelectionError> {
    for selected in selected {
        if let Selected::On { typename, under } = selected {
            if !objects.iter().any(|object| object.typename() == typename) {
                return Err(SelectionError::new(format!("no object here can be a `{typename}`")));
            }
            check_types(objects, &under.iter().collect::<Vec<_>>())?;
        }
    }
    Ok(())
}
