//! Calls of functions that the sources define.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::function::Given;
use super::state::{Argument, Event, State, Summary, Trace};
use super::{Analysis, Frame};
use crate::catalog::{Builtin, Category, Function, FunctionId, FunctionKind, Mode, ObjectName, Type};
use crate::resolve::{self, Choice, Signature};
use crate::shape::domain::{Content, InputPath, Join, Json, Nullness, Opaque, Places, Reason, Row, Value};
use crate::source::Span;

/// So many values for a VARIADIC parameter are followed one by one.
const MAX_SPREAD: usize = 24;

/// The function that leaves an event.
const LOG_FUNCTION: &str = "log_cdc_event";

impl Analysis<'_> {
    /// The functions that a call of `name` may mean.
    pub(super) fn candidates(&self, schema: Option<&str>, name: &str, search_path: &[String]) -> Vec<FunctionId> {
        match schema {
            Some(schema) => self.catalog.overloads(schema, name).to_vec(),
            None => {
                let mut schemas = search_path.iter().map(|schema| self.catalog.overloads(schema, name));
                schemas.find(|found| !found.is_empty()).map(<[_]>::to_vec).unwrap_or_default()
            }
        }
    }
}

impl Frame<'_> {
    /// Calls the one of `candidates` that takes these arguments; if there are several, it may be any of them.
    pub(super) fn call(
        &mut self,
        state: &mut State,
        candidates: &[FunctionId],
        given: Vec<Given>,
        span: Option<Span>,
    ) -> Value {
        let fitting = candidates.iter().filter_map(|id| Some((*id, self.bind(*id, &given, state)?)));
        let fitting: Vec<(FunctionId, Vec<Value>)> = fitting.collect();
        // What the callee makes of them may be that NULL does not come here.
        given.iter().for_each(|given| look_at(state, &given.value));
        let fitting = best(self.analysis, fitting, &given);
        if fitting.is_empty() {
            // The call fails, whichever is meant. That is reported where calls are resolved.
            self.note_unseen(state, span);
            return Value::unknown(Reason::Undefined, span);
        }
        let mut results: Vec<Value> = Vec::new();
        let mut trace: Option<Trace> = None;
        for (id, arguments) in fitting {
            self.note_types(id, &arguments);
            let summary = self.analysis.call(id, arguments.clone());
            self.collected.absorb(&summary);
            let mut happened = summary.trace();
            if let Some(event) = self.event(id, &arguments, &given, span) {
                let before = event.arguments.get("before").and_then(|before| before.places.first().copied());
                self.note_before_image(state, before);
                let kinds = event.arguments.get("event_type").map(|argument| constants(&argument.value));
                happened.events.insert((event.span, kinds.unwrap_or_default()), Arc::new(event));
            }
            trace = trace.join(Some(happened));
            results.push(summary.result.clone());
            self.last_call = Some(summary);
        }
        if let Some(trace) = trace {
            state.trace.then(&trace);
        }
        let Some(first) = results.pop() else { return Value::default() };
        if results.iter().all(|other| *other == first) {
            return first;
        }
        // One of them is called, and nothing tells which.
        self.last_call = None;
        let null = results.iter().fold(first.null, |null, other| null.join(other.null));
        let opaque = Opaque::new(Reason::Overload, span);
        let content = match first.content {
            Content::Json(_) => Content::Json(Json::opaque(opaque)),
            _ => Content::Unknown(opaque),
        };
        Value::new(content).with_null(null.min(Nullness::Unproven))
    }

    /// The values of a function's inputs in a call; `None` where the call cannot mean this function.
    fn bind(&mut self, id: FunctionId, given: &[Given], state: &State) -> Option<Vec<Value>> {
        let function = self.analysis.catalog.function(id);
        let inputs = function.inputs().collect::<Vec<_>>();
        let mut bound: Vec<Option<Value>> = vec![None; inputs.len()];
        let mut spread: Vec<Value> = Vec::new();
        let is_variadic = inputs.last().is_some_and(|input| input.mode == Mode::Variadic);
        for (i, argument) in given.iter().enumerate() {
            let at = match &argument.name {
                Some(name) => inputs.iter().position(|input| input.name.as_deref() == Some(name))?,
                None => i,
            };
            if is_variadic && at + 1 >= inputs.len() && !argument.is_variadic {
                spread.push(argument.value.clone());
                continue;
            }
            *bound.get_mut(at)? = Some(argument.value.clone());
        }
        if is_variadic && bound.last().is_some_and(Option::is_none) {
            *bound.last_mut()? = Some(Value::new(match spread.len() <= MAX_SPREAD {
                true => Content::List(spread),
                false => Content::Array(Box::new(self.analysis.join_all(spread))),
            }));
        }
        let mut values = Vec::with_capacity(inputs.len());
        for (input, value) in inputs.iter().zip(bound) {
            let value = match (value, &input.default) {
                (Some(value), _) => value,
                (None, Some(default)) => self.default_value(default, state),
                (None, None) => return None,
            };
            values.push(self.analysis.coerce(value, &input.ty.ty, input.span));
        }
        Some(values)
    }

    fn default_value(&mut self, default: &crate::catalog::Text, state: &State) -> Value {
        let Some(span) = default.span else { return Value::unknown(Reason::NotFollowed, None) };
        let expression = self.analysis.expression_at(span);
        // A default sees no variables and has no effects that count.
        let mut alone = State { reachable: true, ..state.unreachable() };
        let variables = std::mem::take(&mut self.variables);
        let value = self.expression(&mut alone, &expression);
        self.variables = variables;
        value
    }

    /// A part of an argument that is handed on is read as what the callee takes it for.
    fn note_types(&mut self, id: FunctionId, arguments: &[Value]) {
        let function = self.analysis.catalog.function(id);
        for (input, value) in function.inputs().zip(arguments) {
            self.read_as(value, &input.ty.ty);
        }
    }

    /// The event that a call of the event log's function leaves.
    fn event(&self, id: FunctionId, values: &[Value], given: &[Given], span: Option<Span>) -> Option<Event> {
        let function = self.analysis.catalog.function(id);
        if function.name.schema != self.analysis.known.log_schema || function.name.name != LOG_FUNCTION {
            return None;
        }
        let places = |i: usize, name: &str| {
            let by_name = given.iter().find(|given| given.name.as_deref() == Some(name));
            let by_place = given.get(i).filter(|given| given.name.is_none());
            Places::from_iter(by_name.or(by_place).and_then(|given| given.span))
        };
        let arguments = function.inputs().zip(values).enumerate().filter_map(|(i, (input, value))| {
            let name = input.name.as_deref()?;
            Some((name.to_owned(), Argument { value: value.clone(), places: places(i, name) }))
        });
        Some(Event { span: span?, always: true, arguments: arguments.collect() })
    }
}

/// Takes it that a part of the caller's arguments was looked at.
pub(super) fn look_at(state: &mut State, value: &Value) {
    let is_document = matches!(&value.content, Content::Json(json) if json.null == Nullness::Passed);
    if value.null == Nullness::Passed || is_document {
        state.looked_at.extend(value.from.iter().cloned());
    }
}

/// The constants that a value may be.
pub(super) fn constants(value: &Value) -> Vec<String> {
    match &value.content {
        Content::Scalar(scalar) => match &scalar.literals {
            crate::shape::domain::Literals::Of(literals) => {
                literals.keys().map(|literal| literal.text().to_owned()).collect()
            }
            crate::shape::domain::Literals::Any => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Of several functions that take so many arguments, the one that the server would choose; all of them where too little is known.
fn best(
    analysis: &Analysis<'_>,
    fitting: Vec<(FunctionId, Vec<Value>)>,
    given: &[Given],
) -> Vec<(FunctionId, Vec<Value>)> {
    if fitting.len() < 2 {
        return fitting;
    }
    let may_be = |(id, _): &(FunctionId, Vec<Value>)| {
        let inputs = analysis.catalog.function(*id).inputs().collect::<Vec<_>>();
        given.iter().enumerate().all(|(i, given)| {
            let input = match &given.name {
                Some(name) => inputs.iter().find(|input| input.name.as_deref() == Some(name)),
                None => inputs.get(i),
            };
            input.is_none_or(|input| analysis.has_kind_of(&given.value, &input.ty.ty))
        })
    };
    let fitting = fitting.into_iter().filter(may_be).collect::<Vec<_>>();
    let signatures = fitting.iter().map(|(id, _)| Signature::of(*id, analysis.catalog.function(*id)));
    let signatures = signatures.collect::<Vec<_>>();
    let typed = given.iter().map(|given| resolve::Given { name: given.name.clone(), ty: type_of(&given.value) });
    let typed = typed.collect::<Vec<_>>();
    let is_spread = given.last().is_some_and(|given| given.is_variadic);
    match analysis.types.choose(&signatures.iter().collect::<Vec<_>>(), &typed, is_spread) {
        Choice::One(chosen, _) => fitting.into_iter().filter(|(id, _)| chosen.function == Some(*id)).collect(),
        Choice::Several(_) | Choice::Nothing => fitting,
    }
}

impl Analysis<'_> {
    /// Whether a value that is a row, a document or an array can be one of `ty`, whatever is in it.
    fn has_kind_of(&self, value: &Value, ty: &Type) -> bool {
        let base = self.catalog.base_type(ty);
        let is_open = base.is_unknown() || matches!(base, Type::Builtin(b) if b.category() == Category::Pseudo);
        let is_json = base.is(Builtin::JSON) || base.is(Builtin::JSONB);
        is_open
            || match &value.content {
                Content::Json(_) => is_json,
                Content::Array(_) | Content::List(_) => matches!(base, Type::Array(_)),
                Content::Row(row) => match self.any_of(base, Reason::Input, None).content {
                    Content::Row(other) => other.columns.len() == row.columns.len(),
                    _ => false,
                },
                Content::Scalar(_) => !is_json || value.constant().is_some(),
                Content::Never | Content::Unknown(_) => true,
            }
    }
}

/// The type that a value has in SQL, as far as the value tells.
fn type_of(value: &Value) -> Type {
    let unknown = || Type::Unknown(ObjectName::bare("unknown"));
    match &value.content {
        Content::Scalar(scalar) => scalar.only_type().cloned().unwrap_or_else(unknown),
        Content::Json(_) => Builtin::JSONB.into(),
        Content::Array(element) => match type_of(element) {
            Type::Unknown(_) => unknown(),
            element => element.array(),
        },
        Content::Never | Content::Row(_) | Content::List(_) | Content::Unknown(_) => unknown(),
    }
}

impl Analysis<'_> {
    /// A function whose body is not followed.
    pub(super) fn opaque_summary(&self, function: &Function, reason: Reason) -> Summary {
        let span = function.spans.map(|spans| spans.name);
        let ty = function.result_type();
        let value = if ty.is(Builtin::RECORD) {
            let columns = function.outputs().enumerate().map(|(i, output)| {
                let name = output.name.clone().unwrap_or_else(|| format!("column{}", i + 1));
                (name, self.any_of(&output.ty.ty, reason, span).with_null(Nullness::Unproven))
            });
            let row = Row { columns: columns.collect() };
            match row.columns.is_empty() {
                true => Value::unknown(reason, span),
                false => Value::new(Content::Row(row)),
            }
        } else {
            self.any_of(&ty, reason, span)
        };
        let trace = Trace { unknown: span, ..Trace::default() };
        let null = value.null.join(Nullness::Unproven);
        Summary {
            result: value.with_null(null),
            paths: BTreeMap::from([(crate::shape::domain::Tag::Other, trace)]),
            has_unseen: true,
            ..Summary::default()
        }
    }

    /// The arguments of a function that nothing is known of but that they come from a caller.
    pub(super) fn any_arguments(&self, function: &Function) -> Vec<Value> {
        let inputs = function.inputs().enumerate().map(|(argument, input)| {
            let null = if function.strict { Nullness::Never } else { Nullness::Unproven };
            let mut value = self.any_of(&input.ty.ty, Reason::Input, input.span).with_null(null);
            if let Content::Json(json) = &mut value.content {
                *json = Json::opaque(Opaque::new(Reason::Input, input.span));
            }
            value.from = BTreeSet::from([InputPath { argument, steps: Vec::new() }]);
            value
        });
        inputs.collect()
    }

    /// The arguments of a function, as its callers are declared to give them.
    pub(super) fn declared_arguments(&self, id: FunctionId) -> Vec<Value> {
        let function = self.catalog.function(id);
        let mut values = self.any_arguments(function);
        let declared = self.known.inputs.get(&id).map(Vec::as_slice).unwrap_or_default();
        for (value, declared) in values.iter_mut().zip(declared) {
            let Some(declared) = declared else { continue };
            if !function.strict {
                value.null = declared.null;
            }
            if let (Content::Json(json), Some(document)) = (&mut value.content, &declared.document) {
                json.clone_from(document);
            }
        }
        values
    }

    /// Whether a body can be followed.
    pub(super) fn is_followed(function: &Function) -> bool {
        matches!(function.kind, FunctionKind::Function | FunctionKind::Procedure)
            && matches!(function.language.as_str(), "plpgsql" | "sql")
    }
}
