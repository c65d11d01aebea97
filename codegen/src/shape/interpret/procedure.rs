//! `CALL`: the procedure is followed, and its OUT parameters are the caller's variables.

use sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments};

use super::Frame;
use super::function::function_name;
use super::scope::Rows;
use super::state::State;
use crate::catalog::Mode;
use crate::shape::domain::{Content, Reason, Value};
use crate::source::Span;

impl Frame<'_> {
    pub(super) fn call_procedure(
        &mut self,
        state: &mut State,
        rows: &Rows<'_>,
        call: &Function,
        span: Option<Span>,
    ) -> Value {
        let (Some((schema, name)), FunctionArguments::List(list)) = (function_name(&call.name), &call.args) else {
            self.note_unseen(state, span);
            return Value::unknown(Reason::NotUnderstood, span);
        };
        let candidates = self.analysis.candidates(schema, name, &self.search_path);
        let [only] = candidates.as_slice() else {
            self.note_unseen(state, span);
            return Value::unknown(Reason::Undefined, span);
        };
        let procedure = self.analysis.catalog.function(*only);
        let mode = |at: usize, argument: &FunctionArg| match argument {
            FunctionArg::Named { name, .. } => {
                let named = procedure.arguments.iter().find(|of| of.name.as_deref() == Some(&name.value));
                named.map(|argument| argument.mode)
            }
            _ => procedure.arguments.get(at).map(|argument| argument.mode),
        };
        let mut given = Vec::new();
        let mut filled = Vec::new();
        for (at, argument) in list.args.iter().enumerate() {
            let mode = mode(at, argument);
            // What stands for an OUT parameter is only assigned to.
            if mode != Some(Mode::Out) {
                given.push(self.argument(state, rows, argument));
            }
            if matches!(mode, Some(Mode::Out | Mode::InOut)) {
                filled.push(variable(argument));
            }
        }
        let result = self.call(state, &candidates, given, self.place(&call.name).or(span));
        let columns = match &result.content {
            Content::Row(row) => row.columns.iter().map(|(_, value)| value.clone()).collect(),
            _ => vec![Value::unknown(Reason::NotFollowed, span); filled.len()],
        };
        for (target, value) in filled.into_iter().zip(columns) {
            if let Some((slot, _)) = target.and_then(|name| self.variables.find(&[name])) {
                super::body::set_slot(state, slot, value);
            }
        }
        result
    }
}

fn variable(argument: &FunctionArg) -> Option<&str> {
    let (FunctionArg::Named { arg, .. } | FunctionArg::ExprNamed { arg, .. } | FunctionArg::Unnamed(arg)) = argument;
    match arg {
        FunctionArgExpr::Expr(Expr::Identifier(name)) => Some(&name.value),
        _ => None,
    }
}
