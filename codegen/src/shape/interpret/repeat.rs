//! Loops: their bodies are followed until nothing new is learnt.

use std::rc::Rc;

use sqlparser::ast::Expr;

use super::Frame;
use super::body::{Exits, names, set_slot};
use super::scope::{Count, Names, Table};
use super::state::{Found, State};
use crate::catalog::Builtin;
use crate::plpgsql::ast::{Into, Loop, LoopKind};
use crate::shape::domain::{Content, Join, Nullness, Opaque, Reason, Value};
use crate::source::Span;
use crate::sql::embedded::ExpressionTree;

/// A loop is followed so often before what still changes is given up.
const MAX_ROUNDS: usize = 6;

impl Frame<'_> {
    pub(super) fn repeat(&mut self, state: &mut State, repeated: &Loop) {
        let label = repeated.label.as_ref().map(|label| label.value.to_string());
        self.variables.blocks.push(Names { label: label.clone(), ..Names::default() });
        let forever = matches!(repeated.kind, LoopKind::Forever);
        if let Some(elements) = self.elements_of(state, repeated) {
            self.each(state, repeated, label, elements);
            self.variables.blocks.pop();
            return;
        }
        // What is read once, before the first round.
        let rows = self.rows_of(state, repeated);
        // After a FOR loop FOUND says whether there was a round.
        let sets_found = !matches!(repeated.kind, LoopKind::Forever | LoopKind::While(_));
        let mut left: Option<State> = None;
        let mut last: Option<State> = None;
        let mut start = state.clone();
        for round in 0.. {
            let mut inside = start.clone();
            if let LoopKind::While(condition) = &repeated.kind {
                self.test(&mut inside, condition);
                self.refine_expression(&mut inside, condition, true);
            }
            self.next_row(&mut inside, repeated, rows.as_ref());
            self.exits.push(Exits { label: label.clone(), is_loop: true, ..Exits::default() });
            self.statements(&mut inside, &repeated.statements);
            let exits = self.exits.pop().unwrap_or_default();
            left = left.join(exits.left);
            let mut end = inside;
            if let Some(continued) = exits.continued {
                end = end.join(continued);
            }
            let mut next = start.clone().join(end.clone());
            if next == start {
                last = Some(end);
                break;
            }
            if round >= MAX_ROUNDS {
                if round > 2 * MAX_ROUNDS {
                    break;
                }
                give_up(&start, &mut next, self.place_of(repeated));
            }
            start = next;
        }
        let mut done = if forever { start.unreachable() } else { start };
        if let Some(last) = last.filter(|last| !forever && last.reachable) {
            assume_a_round(&mut done, &last);
        }
        if let LoopKind::While(condition) = &repeated.kind {
            self.refine_expression(&mut done, condition, false);
        }
        if let Some(left) = left {
            done = done.join(left);
        }
        if sets_found {
            done.found = Some(Found { row: Vec::new(), may_fail: true, performed: None });
        }
        *state = done;
        self.variables.blocks.pop();
    }

    /// The elements that the loop goes through, where they are known one by one.
    fn elements_of(&self, state: &State, repeated: &Loop) -> Option<Vec<Value>> {
        let LoopKind::Elements { array, slice: 0, .. } = &repeated.kind else { return None };
        let ExpressionTree::Expr(tree) = &array.tree else { return None };
        let Expr::Identifier(name) = &**tree else { return None };
        let (slot, _) = self.variables.find(&[name.value.as_str()])?;
        match &state.variables.get(slot)?.content {
            Content::List(elements) => Some(elements.clone()),
            _ => None,
        }
    }

    /// Follows the loop once for each element.
    fn each(&mut self, state: &mut State, repeated: &Loop, label: Option<String>, elements: Vec<Value>) {
        let mut left: Option<State> = None;
        for element in elements {
            let table = Table { columns: vec![("element".to_owned(), element)], open: None, count: Count::ONE };
            self.next_row(state, repeated, Some(&table));
            self.exits.push(Exits { label: label.clone(), is_loop: true, ..Exits::default() });
            self.statements(state, &repeated.statements);
            let exits = self.exits.pop().unwrap_or_default();
            left = left.join(exits.left);
            if let Some(continued) = exits.continued {
                *state = std::mem::take(state).join(continued);
            }
        }
        if let Some(left) = left {
            *state = std::mem::take(state).join(left);
        }
        state.found = Some(Found { row: Vec::new(), may_fail: true, performed: None });
    }

    fn place_of(&self, repeated: &Loop) -> Option<Span> {
        repeated.statements.first().map(|statement| statement.span)
    }

    fn rows_of(&mut self, state: &mut State, repeated: &Loop) -> Option<Table> {
        match &repeated.kind {
            LoopKind::Rows { query, .. } => Some(self.command(state, query)),
            LoopKind::Cursor { cursor, arguments, .. } => {
                for argument in arguments {
                    self.expression(state, &argument.value);
                }
                let [cursor] = cursor.names() else { return None };
                let query = self.cursors.get(&*cursor.value).cloned()?;
                Some(self.command(state, &query))
            }
            LoopKind::Dynamic { query, .. } => {
                self.expression(state, &query.text);
                for value in &query.using {
                    self.expression(state, value);
                }
                self.note_unseen(state, Some(query.text.span));
                Some(Table::unknown(Opaque::new(Reason::Dynamic, Some(query.text.span))))
            }
            LoopKind::Elements { array, slice, .. } => {
                let value = self.expression(state, array);
                let element = match (&value.content, slice) {
                    (Content::Array(element), 0) => (**element).clone(),
                    (Content::Array(_), _) => value.clone(),
                    _ => Value::unknown(Reason::NotFollowed, Some(array.span)),
                };
                let columns = vec![("element".to_owned(), element)];
                Some(Table { columns, open: None, count: Count::ANY })
            }
            LoopKind::Integers { from, to, step, .. } => {
                for bound in [Some(from), Some(to), step.as_ref()].into_iter().flatten() {
                    self.expression(state, bound);
                }
                None
            }
            LoopKind::Forever | LoopKind::While(_) => None,
        }
    }

    /// Gives the loop's variables their values of a round.
    fn next_row(&mut self, state: &mut State, repeated: &Loop, rows: Option<&Table>) {
        let one = |table: &Table| Table { count: Count::ONE, ..table.clone() };
        match (&repeated.kind, rows) {
            (LoopKind::Integers { variable, .. }, _) => {
                let slot = self.variables.declare(&variable.value, variable.span, Some(Builtin::INT4.into()));
                set_slot(state, slot, Value::scalar(Builtin::INT4));
            }
            (LoopKind::Cursor { variable, .. }, table) => {
                let slot = self.variables.declare(&variable.value, variable.span, None);
                let value = table.map_or_else(|| Value::unknown(Reason::Dynamic, Some(variable.span)), Table::row);
                set_slot(state, slot, value.with_null(Nullness::Never));
            }
            (LoopKind::Rows { targets, .. } | LoopKind::Dynamic { targets, .. }, Some(table)) => {
                let Some(first) = targets.first() else { return };
                let into = Into { span: first.span(), strict: true, targets: targets.clone() };
                self.store(state, &into, &one(table));
            }
            (LoopKind::Elements { targets, .. }, Some(table)) => {
                // One variable takes the element whole, whatever it is.
                let element = table.single();
                if let ([target], Content::Row(_)) = (targets.as_slice(), &element.content)
                    && let Some((slot, 1)) = self.variables.find(&names(target))
                {
                    return set_slot(state, slot, element);
                }
                let Some(first) = targets.first() else { return };
                let into = Into { span: first.span(), strict: true, targets: targets.clone() };
                self.store(state, &into, &one(table));
            }
            _ => {}
        }
    }
}

/// Whether there is a round only data tells: what every round leaves behind counts as there, and is not proven to be NULL.
fn assume_a_round(done: &mut State, last: &State) {
    for (value, left) in done.variables.iter_mut().zip(&last.variables) {
        if Rc::ptr_eq(value, left) || **value == **left {
            continue;
        }
        let value = Rc::make_mut(value);
        if left.null < value.null {
            value.null = left.null.max(Nullness::Unproven);
        }
        let (Content::Json(json), Content::Json(left)) = (&mut value.content, &left.content) else { continue };
        let is_left = |key: &str| left.objects.values().all(|object| object.fields.get(key).is_some_and(|f| f.always));
        *json = std::mem::take(json).map_objects(|mut object| {
            for (_, field) in object.fields.iter_mut().filter(|(key, _)| is_left(key)) {
                field.always = true;
            }
            object
        });
    }
}

/// What still changes has no bound that could be found.
fn give_up(before: &State, after: &mut State, span: Option<Span>) {
    for (i, value) in after.variables.iter_mut().enumerate() {
        if before.variables.get(i) != Some(value) {
            let opaque = Opaque::new(Reason::TooLarge, span);
            let given_up = match &value.content {
                Content::Json(_) => Value::json(crate::shape::domain::Json::opaque(opaque)),
                _ => Value::new(Content::Unknown(opaque)),
            };
            *value = Rc::new(given_up.with_null(value.null.max(Nullness::Unproven)));
        }
    }
}
