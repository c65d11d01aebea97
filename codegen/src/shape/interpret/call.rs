//! Calls of functions that the sources define.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::function::Given;
use super::state::{Argument, Event, State, Summary, Trace};
use super::{Analysis, Frame};
use crate::catalog::{Builtin, Category, Function, FunctionId, FunctionKind, Mode, Type};
use crate::shape::domain::{Content, InputPath, Join, Json, Nullness, Opaque, Places, Reason, Row, Value};
use crate::source::Span;

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
        let fitting = best(self.analysis, fitting, &given);
        if fitting.is_empty() {
            // The call fails, whichever is meant. That is reported where calls are resolved.
            state.trace.unknown = state.trace.unknown.or(span);
            return Value::unknown(Reason::Undefined, span);
        }
        let mut result: Option<Value> = None;
        let mut trace: Option<Trace> = None;
        for (id, arguments) in fitting {
            self.note_types(id, &arguments);
            let summary = self.analysis.call(id, arguments.clone());
            self.collected.absorb(&summary);
            let mut happened = summary.trace();
            if let Some(event) = self.event(id, &arguments, &given, span) {
                let kinds = event.arguments.get("event_type").map(|argument| constants(&argument.value));
                happened.events.insert((event.span, kinds.unwrap_or_default()), Arc::new(event));
            }
            trace = trace.join(Some(happened));
            result = result.join(Some(summary.result.clone()));
            self.last_call = Some(summary);
        }
        if let Some(trace) = trace {
            state.trace.then(&trace);
        }
        result.unwrap_or_default()
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
            let element = spread.into_iter().fold(Value::default(), Join::join);
            *bound.last_mut()? = Some(Value::new(Content::Array(Box::new(element))));
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
        if function.name.schema != self.analysis.log_schema || function.name.name != LOG_FUNCTION {
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

/// Of several functions that take so many arguments, those whose types agree best.
fn best(
    analysis: &Analysis<'_>,
    fitting: Vec<(FunctionId, Vec<Value>)>,
    given: &[Given],
) -> Vec<(FunctionId, Vec<Value>)> {
    if fitting.len() < 2 {
        return fitting;
    }
    let score = |id: FunctionId| {
        let function = analysis.catalog.function(id);
        let inputs = function.inputs().collect::<Vec<_>>();
        let agrees = |(i, argument): (usize, &Given)| {
            let input = match &argument.name {
                Some(name) => inputs.iter().find(|input| input.name.as_deref() == Some(name)),
                None => inputs.get(i),
            };
            input.map_or(0, |input| agreement(analysis, &argument.value, &input.ty.ty))
        };
        given.iter().enumerate().map(agrees).sum::<i32>()
    };
    let scored = fitting.into_iter().map(|candidate| (score(candidate.0), candidate)).collect::<Vec<_>>();
    let highest = scored.iter().map(|(score, _)| *score).max().unwrap_or_default();
    scored.into_iter().filter(|(score, _)| *score == highest).map(|(_, candidate)| candidate).collect()
}

fn agreement(analysis: &Analysis<'_>, value: &Value, ty: &Type) -> i32 {
    let base = analysis.catalog.base_type(ty);
    match (&value.content, base) {
        (Content::Json(_), Type::Builtin(Builtin::JSON | Builtin::JSONB)) => 2,
        (Content::Array(_), Type::Array(_)) | (Content::Row(_), Type::Defined(_)) => 2,
        (Content::Scalar(scalar), ty) => match scalar.only_type() {
            Some(own) if own == ty => 2,
            Some(Type::Builtin(Builtin::UNKNOWN)) | None => 0,
            Some(Type::Builtin(own)) => match ty {
                Type::Builtin(target) if own.category() == target.category() && own.category() != Category::User => 1,
                _ => -4,
            },
            Some(_) => -4,
        },
        (Content::Never | Content::Unknown(_), _) => 0,
        _ => -4,
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

    /// Whether a body can be followed.
    pub(super) fn is_followed(function: &Function) -> bool {
        matches!(function.kind, FunctionKind::Function | FunctionKind::Procedure)
            && matches!(function.language.as_str(), "plpgsql" | "sql")
    }
}
