//! From what was asked for to tables.

use std::collections::HashMap;

use super::{Choice, Chosen, DEPTH, Holds, Selected, Selection, SelectionError, Slot, Step, What};
use crate::transform::pattern::Prefix;
use crate::transform::settings::Transform;
use crate::transform::table::{Object, Value, is_name};

/// Compiles what is selected of documents of one of these types.
pub(super) fn compile(
    settings: Transform,
    objects: &[&'static Object],
    selected: &[Selected],
) -> Result<Selection, SelectionError> {
    check_depth(selected)?;
    let mut compiler = Compiler { choices: Vec::new(), in_order: true, canonical: true, left: MOST };
    // The document's own is the first.
    compiler.choice(objects, &selected.iter().collect::<Vec<_>>(), false)?;
    let Compiler { choices, in_order, canonical, .. } = compiler;
    Ok(Selection { settings, choices, in_order, canonical })
}

/// So many fields a compiled selection has at most: each type that may be at a place has its own, so where types of a union hold the union again, a short
/// selection means very many.
const MOST: usize = 10_000;

/// Objects with more steps or spans than that are not embedded: where they are absent, all of these are for nothing.
const EMBEDDED: usize = 64;

/// What is written of an object, and how many spans its node has.
struct Steps {
    steps: Vec<Step>,
    spans: usize,
}

impl Steps {
    /// Adds an object that is a field's value, whose node lies in this one's.
    fn embed(&mut self, key: Prefix, number: usize, object: &mut Chosen) {
        let node = self.spans;
        self.spans += object.spans;
        // The span that refers to it is behind the node's own.
        object.embedded = node - (1 + number);
        self.steps.push(Step { text: key, holds: Holds::Embedded(object.steps.len() + 1), span: number });
        self.steps.extend(object.steps.iter().map(|step| Step { span: node + step.span, ..*step }));
        self.steps.push(Step { text: Prefix::of(["}", "", ""]), holds: Holds::Nothing, span: 0 });
    }
}

struct Compiler {
    choices: Vec<Choice>,
    in_order: bool,
    canonical: bool,
    left: usize,
}

impl Compiler {
    /// Compiles what is selected at a place where objects of these types may be, or a list of them.
    fn choice(
        &mut self,
        objects: &[&'static Object],
        selected: &[&Selected],
        list: bool,
    ) -> Result<usize, SelectionError> {
        check_types(objects, selected)?;
        let index = self.choices.len();
        self.choices.push(Choice { types: Vec::new() });
        for (number, object) in (0..).zip(objects) {
            let chosen = self.chosen(object, number, selected)?;
            if let Some(choice) = self.choices.get_mut(index) {
                choice.types.push(chosen);
            }
        }
        if let Some(choice) = self.choices.get_mut(index) {
            let early = list && choice.types.iter().all(|chosen| chosen.early);
            choice.types.iter_mut().for_each(|chosen| chosen.early = early);
        }
        Ok(index)
    }

    fn chosen(
        &mut self,
        object: &'static Object,
        number: u32,
        selected: &[&Selected],
    ) -> Result<Chosen, SelectionError> {
        let mut asked = Asked::default();
        asked.collect(object, selected)?;
        let slots = self.slots(object, &asked.names)?;
        let mut behind_last = 0;
        let in_order = slots.iter().enumerate().all(|(place, slot)| match slot.what {
            What::Typename => place == 0,
            What::Field { number, .. } => number + 1 > std::mem::replace(&mut behind_last, number + 1),
        });
        self.in_order &= in_order;
        let Steps { steps, spans } = self.steps(object, &slots);
        let prefix = match (slots.first(), steps.first()) {
            (Some(Slot { what: What::Typename, .. }), Some(step)) => step.text,
            (Some(_), _) => Prefix::EMPTY,
            (None, _) => Prefix::of(["{", "", ""]),
        };

        let mut fields: Vec<_> = object.fields().iter().map(|field| field.skipped()).collect();
        let mut choices = vec![None; fields.len()];
        for (place, slot) in slots.iter().enumerate() {
            let What::Field { number, choice, .. } = slot.what else { continue };
            let alias = slot.key.trim_matches([',', '"', ':']);
            if let (Some(field), Some(under), Some(known)) =
                (fields.get_mut(number), choices.get_mut(number), object.fields().get(number))
            {
                // Objects under two names may have two selections; only the general engine reads them twice.
                self.canonical &= choice.is_none() || field.is_skipped();
                *under = choice;
                *field = known.aliased(alias, place == 0);
                self.canonical &= !field.shown().is_none() && !field.stored().is_none();
            }
        }
        let early = steps.iter().all(|step| matches!(step.holds, Holds::Nothing | Holds::Scalar | Holds::Embedded(_)));
        Ok(Chosen { object, number, fields, choices, early, slots, steps, spans, embedded: 0, prefix })
    }

    /// What is written of an object.
    fn steps(&mut self, object: &'static Object, slots: &[Slot]) -> Steps {
        let mut all = Steps { steps: Vec::new(), spans: 1 + object.fields().len() };
        for Slot { key, what } in slots {
            let opening = if all.steps.is_empty() { "{" } else { "," };
            let text = |more: &str| Prefix::of([opening, key.get(1..).unwrap_or_default(), more]);
            let What::Field { number, choice } = *what else {
                let text = text(&format!("\"{}\"", object.typename()));
                self.canonical &= !text.is_none();
                all.steps.push(Step { text, holds: Holds::Nothing, span: 0 });
                continue;
            };
            let value = object.fields().get(number).map(|field| field.value().resolved());
            let under = choice.and_then(|choice| self.choices.get_mut(choice));
            let holds = match (value, under, choice) {
                (Some(Value::Scalar), ..) => Holds::Scalar,
                (Some(Value::Object(_)), Some(under), Some(choice)) => match under.types.as_mut_slice() {
                    [only] if (1..=EMBEDDED).contains(&only.steps.len()) && only.spans <= EMBEDDED => {
                        all.embed(text(""), number, only);
                        continue;
                    }
                    _ => Holds::Objects(choice),
                },
                (_, Some(under), Some(choice)) if !under.is_early() => Holds::Objects(choice),
                _ => Holds::Written,
            };
            all.steps.push(Step { text: text(""), holds, span: number });
        }
        all
    }

    /// What was asked for of an object.
    fn slots(&mut self, object: &'static Object, asked: &[Name<'_>]) -> Result<Vec<Slot>, SelectionError> {
        let left = self.left.checked_sub(asked.len());
        self.left = left.ok_or_else(|| SelectionError::new(format!("it comes to more than {MOST} fields")))?;
        let mut slots = Vec::new();
        for Name { response_name, field } in asked {
            let key = format!(",\"{response_name}\":");
            let Some((name, under)) = field else {
                slots.push(Slot { key, what: What::Typename });
                continue;
            };
            let number = object.names().find(object.fields(), name.as_bytes());
            let Some((number, field)) = number.and_then(|number| Some((number, object.fields().get(number)?))) else {
                return Err(SelectionError::new(format!("`{}` has no field `{name}`", object.typename())));
            };
            let choice = self.under(*field.value(), name, under, false)?;
            slots.push(Slot { key, what: What::Field { number, choice } });
        }
        Ok(slots)
    }

    /// Compiles what is selected of a field's value.
    fn under(
        &mut self,
        value: Value,
        name: &str,
        selected: &[&Selected],
        list: bool,
    ) -> Result<Option<usize>, SelectionError> {
        let objects: Vec<&'static Object> = match value {
            Value::List(inner) => return self.under(*inner, name, selected, true),
            Value::Nullable(inner) => return self.under(*inner, name, selected, list),
            Value::Late(late) => return self.under(*Value::resolve(late), name, selected, list),
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
        self.choice(&objects, selected, list).map(Some).map_err(|error| error.under(name))
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
