//! What a condition that was decided says of the variables.

use std::rc::Rc;

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value as Constant};

use super::Frame;
use super::query::is_strict;
use super::state::{Comparison, State};
use crate::shape::domain::{Content, Join, Literal, Literals, Nullness, Row, Value};
use crate::sql::embedded::{Expression, ExpressionTree};

impl Frame<'_> {
    /// Takes what `condition` says into `state`, on the path where it is true, or is not.
    pub(super) fn refine_expression(&self, state: &mut State, condition: &Expression, holds: bool) {
        if let ExpressionTree::Expr(expr) = &condition.tree {
            self.refine(state, expr, holds);
        }
    }

    pub(super) fn refine(&self, state: &mut State, condition: &Expr, holds: bool) {
        match condition {
            Expr::Nested(inner) => self.refine(state, inner, holds),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => self.refine_not(state, expr, holds),
            Expr::IsTrue(inner) | Expr::IsNotFalse(inner) => self.refine(state, inner, holds),
            Expr::BinaryOp { left, op: BinaryOperator::And, right } if holds => {
                self.refine(state, left, true);
                self.refine(state, right, true);
            }
            Expr::BinaryOp { left, op: BinaryOperator::Or, right } if !holds => {
                self.refine(state, left, false);
                self.refine(state, right, false);
            }
            Expr::IsNull(inner) => self.refine_null(state, inner, holds),
            Expr::IsNotNull(inner) => self.refine_null(state, inner, !holds),
            Expr::BinaryOp { left, op, right } => self.refine_comparison(state, left, op, right, holds),
            Expr::InList { expr, list, negated } => {
                let constants = list.iter().map(constant).collect::<Option<Vec<_>>>();
                if let Some(constants) = constants {
                    self.keep(state, expr, |literal| constants.contains(literal), holds != *negated);
                }
            }
            Expr::Value(value) => match (&value.value, holds) {
                (Constant::Boolean(false), true) | (Constant::Boolean(true), false) => state.end(),
                _ => {}
            },
            Expr::Identifier(name) if name.value == "found" && self.variables.find(&["found"]).is_none() => {
                refine_found(state, holds);
            }
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                let wanted = Literal::Bool(true);
                self.keep(state, condition, |literal| *literal == wanted, holds);
            }
            _ => {}
        }
    }

    /// `NOT x` holds where x is false; it does not hold where x is true or NULL.
    fn refine_not(&self, state: &mut State, inner: &Expr, holds: bool) {
        match inner {
            Expr::Nested(inner) => self.refine_not(state, inner, holds),
            Expr::Identifier(name) if name.value == "found" => self.refine(state, inner, !holds),
            Expr::IsNull(_) | Expr::IsNotNull(_) | Expr::BinaryOp { .. } | Expr::UnaryOp { .. } => {
                self.refine(state, inner, !holds);
            }
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                let wanted = Literal::Bool(false);
                self.keep(state, inner, |literal| *literal == wanted, holds);
            }
            _ => {}
        }
    }

    fn refine_null(&self, state: &mut State, expr: &Expr, is_null: bool) {
        self.refine_fetched(state, expr, is_null);
        self.change(state, expr, |value| {
            if let (Content::Row(row), true) = (&mut value.content, is_null) {
                // A row is NULL where all of its columns are.
                for (_, column) in &mut row.columns {
                    *column = Value::null();
                }
                value.null = Nullness::Nullable;
                return true;
            }
            if is_null {
                let possible = value.null != Nullness::Never || matches!(value.content, Content::Unknown(_));
                *value = Value { from: std::mem::take(&mut value.from), ..Value::null() };
                possible
            } else {
                value.null = Nullness::Never;
                value.content != Content::Never
            }
        });
    }

    /// A column that is never NULL in a row that is there tells whether there was a row.
    fn refine_fetched(&self, state: &mut State, expr: &Expr, is_null: bool) {
        let path = match expr {
            Expr::Nested(inner) => return self.refine_fetched(state, inner, is_null),
            Expr::Identifier(name) => vec![name.value.as_str()],
            Expr::CompoundIdentifier(names) => names.iter().map(|name| name.value.as_str()).collect(),
            _ => return,
        };
        let Some((slot, used)) = self.variables.find(&path) else { return };
        let Some((statement, row)) = state.fetched.get(&slot) else { return };
        let column =
            path.iter().skip(used).fold((**row).clone(), |value, name| super::expression::field_of(&value, name));
        if column.null != Nullness::Never && is_null {
            return;
        }
        // The statement filled its other variables with the same row.
        let statement = *statement;
        for (slot, (filled_by, row)) in &state.fetched {
            if let (true, Some(value)) = (*filled_by == statement, state.variables.get_mut(*slot)) {
                *value = if is_null { Rc::new(null_of(row, Nullness::Unproven)) } else { Rc::clone(row) };
            }
        }
    }

    fn refine_comparison(&self, state: &mut State, left: &Expr, op: &BinaryOperator, right: &Expr, holds: bool) {
        if holds && is_strict(op) {
            for side in [left, right] {
                self.change(state, side, |value| {
                    value.null = Nullness::Never;
                    value.content != Content::Never
                });
            }
        }
        let equal = match op {
            BinaryOperator::Eq => holds,
            BinaryOperator::NotEq => !holds,
            _ => return,
        };
        let (variable, wanted) = match (constant(left), constant(right)) {
            (None, Some(wanted)) => (left, wanted),
            (Some(wanted), None) => (right, wanted),
            _ => return,
        };
        if equal {
            let other = if std::ptr::eq(variable, left) { right } else { left };
            self.note_comparison(state, variable, other, &wanted);
        }
        self.keep(state, variable, |literal| *literal == wanted || literal.text() == wanted.text(), equal);
    }

    /// Notes whether a variable that holds what another function gave can be `wanted`.
    fn note_comparison(&self, state: &State, variable: &Expr, other: &Expr, wanted: &Literal) {
        let (Some(asked), Some(place), Literal::Text(constant)) = (self.asked, self.place(other), wanted) else {
            return;
        };
        let path = match variable {
            Expr::Identifier(name) => vec![name.value.as_str()],
            Expr::CompoundIdentifier(names) => names.iter().map(|name| name.value.as_str()).collect(),
            _ => return,
        };
        let Some((slot, used)) = self.variables.find(&path) else { return };
        let value = state.field(slot, path.get(used..).unwrap_or_default());
        let known = match &value.content {
            Content::Scalar(scalar) => match &scalar.literals {
                Literals::Of(literals) => literals.clone(),
                Literals::Any => Default::default(),
            },
            _ => Default::default(),
        };
        let is_inside =
            |span: &crate::source::Span| span.file == asked.file && asked.start <= span.start && span.end <= asked.end;
        // A function's own constants may be settings of it.
        let is_foreign = !known.is_empty() && !known.values().flatten().any(is_inside);
        let comparison = Comparison {
            constant: constant.clone(),
            may_hold: !is_foreign || known.keys().any(|literal| literal.text() == constant),
            known: known.into_iter().map(|(literal, places)| (literal.text().to_owned(), places)).collect(),
        };
        let mut comparisons = self.collected.comparisons.borrow_mut();
        let joined = comparisons.remove(&place).join(Some(comparison));
        comparisons.extend(joined.map(|comparison| (place, comparison)));
    }

    /// Keeps the constants of a variable that fit, or those that do not.
    fn keep(&self, state: &mut State, expr: &Expr, fits: impl Fn(&Literal) -> bool, wanted: bool) {
        self.change(state, expr, |value| {
            let Content::Scalar(scalar) = &mut value.content else {
                if wanted {
                    value.null = Nullness::Never;
                }
                return !(wanted && value.content == Content::Never);
            };
            if wanted {
                value.null = Nullness::Never;
            }
            let Literals::Of(literals) = &mut scalar.literals else { return true };
            literals.retain(|literal, _| fits(literal) == wanted);
            if literals.is_empty() {
                value.content = Content::Never;
                return value.null != Nullness::Never;
            }
            true
        });
    }

    /// Changes a variable, or a column of one; the path ends where the change says that nothing is left.
    fn change(&self, state: &mut State, expr: &Expr, change: impl FnOnce(&mut Value) -> bool) {
        let path = match expr {
            Expr::Nested(inner) => return self.change(state, inner, change),
            Expr::Identifier(name) => vec![name.value.as_str()],
            Expr::CompoundIdentifier(names) => names.iter().map(|name| name.value.as_str()).collect(),
            _ => return,
        };
        let Some((slot, used)) = self.variables.find(&path) else { return };
        let Some(mut value) = state.variables.get_mut(slot).map(Rc::make_mut) else { return };
        for name in path.iter().skip(used) {
            let Content::Row(Row { columns }) = &mut value.content else { return };
            let Some((_, column)) = columns.iter_mut().find(|(column, _)| column == name) else { return };
            value = column;
        }
        if !change(value) {
            state.end();
        }
    }
}

/// FOUND tells whether the last statement had a row.
fn refine_found(state: &mut State, holds: bool) {
    let Some(found) = state.found.clone() else { return };
    if !holds && !found.may_fail {
        return state.end();
    }
    for (slot, row) in found.row {
        if let Some(value) = state.variables.get_mut(slot) {
            *value = if holds { row } else { Rc::new(null_of(&row, Nullness::Unproven)) };
        }
    }
}

/// What a variable holds where there was no row.
pub(super) fn null_of(row: &Value, null: Nullness) -> Value {
    match &row.content {
        Content::Row(row) => {
            let columns = row.columns.iter().map(|(name, _)| (name.clone(), Value::null().with_null(null)));
            Value::new(Content::Row(Row { columns: columns.collect() })).with_null(null)
        }
        _ => Value::null().with_null(null),
    }
}

fn constant(expr: &Expr) -> Option<Literal> {
    match expr {
        Expr::Nested(inner) => constant(inner),
        Expr::Cast { expr, .. } => constant(expr),
        Expr::Value(value) => match &value.value {
            Constant::Boolean(value) => Some(Literal::Bool(*value)),
            Constant::Number(number, _) => Some(Literal::Number(number.clone())),
            other => other.clone().into_string().map(Literal::Text),
        },
        _ => None,
    }
}
