//! What callers will give, as the draft has it: an answer that hands a nullable argument on is nullable itself.

use std::collections::BTreeSet;

use crate::catalog::{Builtin, Catalog, Function, FunctionId};
use crate::shape::domain::{Field, InputPath, InputStep, Json, Nullness, Object, Opaque, Reason};
use crate::shape::{Input, Known, Need, Shape};

/// What the draft says of the inputs of these functions.
pub(super) fn known(catalog: &Catalog, log_schema: &str, functions: &[(FunctionId, &Shape)]) -> Known {
    let mut known = Known::of_log(log_schema);
    for (id, shape) in functions {
        let function = catalog.function(*id);
        let inputs = function.inputs().enumerate().map(|(argument, _)| {
            let root = InputPath { argument, steps: Vec::new() };
            let is_json = is_json(catalog, function, argument);
            let null = if is_nullable(catalog, function, argument, shape) { Nullness::Passed } else { Nullness::Never };
            let document = is_json.then(|| Json { null: Nullness::Never, ..document(&root, shape) });
            Some(Input { null, document })
        });
        known.inputs.insert(*id, inputs.collect());
    }
    known
}

/// Whether an input is a document.
pub(super) fn is_json(catalog: &Catalog, function: &Function, argument: usize) -> bool {
    function.inputs().nth(argument).is_some_and(|input| {
        let base = catalog.base_type(&input.ty.ty);
        base.is(Builtin::JSON) || base.is(Builtin::JSONB)
    })
}

/// Whether an input names something: what is named is not null.
pub(super) fn is_key(catalog: &Catalog, function: &Function, argument: usize) -> bool {
    function.inputs().nth(argument).is_some_and(|input| {
        let name = input.name.as_deref().unwrap_or_default();
        catalog.base_type(&input.ty.ty).is(Builtin::UUID) || name == "id" || name.ends_with("_id")
    })
}

/// Whether the draft says that an input may be null.
pub(super) fn is_nullable(catalog: &Catalog, function: &Function, argument: usize, shape: &Shape) -> bool {
    let Some(input) = function.inputs().nth(argument) else { return false };
    let default = input.default.as_ref().map(|default| default.text.trim().to_lowercase());
    let is_filled = is_json(catalog, function, argument) || is_key(catalog, function, argument) || default.is_some();
    let root = InputPath { argument, steps: Vec::new() };
    default.is_some_and(|default| default.starts_with("null"))
        || (!is_filled && shape.needs.get(&root) == Some(&Need::Optional))
}

/// What is read of a document, which is all that the draft has of it.
fn document(at: &InputPath, shape: &Shape) -> Json {
    let opaque = Opaque::new(Reason::Input, None);
    let below = shape.reads.keys().filter(|path| super::types::is_below(path, at));
    let steps = below.filter_map(|path| path.steps.get(at.steps.len())).collect::<BTreeSet<_>>();
    if steps.contains(&InputStep::Element) {
        return Json::array(document(&at.step(InputStep::Element), shape));
    }
    let keys = steps.into_iter().filter_map(|step| match step {
        InputStep::Key(key) => Some(key),
        InputStep::Element => None,
    });
    let fields = keys.map(|key| {
        let path = at.step(InputStep::Key(key.clone()));
        let is_required = shape.needs.get(&path) == Some(&Need::Required);
        let null = if is_required { Nullness::Never } else { Nullness::Passed };
        let value = Json { null, ..document(&path, shape) };
        (key.clone(), Field { value, always: is_required, places: Default::default() })
    });
    let fields = fields.collect::<std::collections::BTreeMap<_, _>>();
    if fields.is_empty() { Json::opaque(opaque) } else { Json::object(Object { fields, rest: Some(opaque) }) }
}
