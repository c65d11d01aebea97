//! Expressions.

use sqlparser::ast::{
    AccessExpr, CaseWhen, Expr, FunctionArg, Ident, Spanned, Subscript, UnaryOperator, Value as Constant,
};

use super::Frame;
use super::call::look_at;
use super::scope::Rows;
use super::state::State;
use crate::catalog::{Builtin, Type};
use crate::shape::domain::{Content, Join, Literal, Nullness, Reason, Row, Value};
use crate::source::Span;
use crate::sql::embedded::{self, Expression, ExpressionTree};

impl Frame<'_> {
    /// The place of a part of a tree.
    pub(super) fn place(&self, tree: &impl Spanned) -> Option<Span> {
        embedded::place(self.file, tree.span())
    }

    /// The place of a name.
    pub(super) fn name_place(&self, name: &Ident) -> Option<Span> {
        embedded::place(self.file, name.span)
    }

    /// The value of an expression of PL/pgSQL.
    pub(super) fn expression(&mut self, state: &mut State, expression: &Expression) -> Value {
        let rows = Rows::default();
        match &expression.tree {
            ExpressionTree::Expr(expr) => self.value(state, &rows, expr),
            ExpressionTree::Query(query) => {
                let table = self.query(state, &rows, query);
                scalar_subquery(&table)
            }
            ExpressionTree::Unknown(unknown) => {
                self.note_unseen(state, Some(unknown.span));
                Value::unknown(Reason::NotUnderstood, Some(unknown.span))
            }
        }
    }

    /// The value of an expression of SQL.
    pub(super) fn value(&mut self, state: &mut State, rows: &Rows<'_>, expr: &Expr) -> Value {
        if !self.analysis.spend(1) {
            return Value::unknown(Reason::TooLarge, self.place(expr));
        }
        let value = self.evaluate(state, rows, expr);
        let mut value = state.as_seen(value);
        if value.null == Nullness::Passed && value.from.is_empty() {
            // What is made of an argument is followed no further.
            value.null = Nullness::Unproven;
        }
        if self.is_condition {
            look_at(state, &value);
        }
        self.analysis.bounded(value)
    }

    /// Evaluates a condition.
    pub(super) fn condition(&mut self, state: &mut State, rows: &Rows<'_>, condition: &Expr) -> Value {
        let outer = std::mem::replace(&mut self.is_condition, true);
        let value = self.value(state, rows, condition);
        self.is_condition = outer;
        value
    }

    /// Evaluates a condition of PL/pgSQL.
    pub(super) fn test(&mut self, state: &mut State, condition: &Expression) -> Value {
        let outer = std::mem::replace(&mut self.is_condition, true);
        let value = self.expression(state, condition);
        self.is_condition = outer;
        value
    }

    fn evaluate(&mut self, state: &mut State, rows: &Rows<'_>, expr: &Expr) -> Value {
        let span = self.place(expr);
        match expr {
            Expr::Identifier(name) => self.name(state, rows, std::slice::from_ref(name)),
            Expr::CompoundIdentifier(names) => self.name(state, rows, names),
            Expr::CompoundFieldAccess { root, access_chain } => self.access(state, rows, root, access_chain),
            Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => self.value(state, rows, inner),
            Expr::Value(constant) => self.constant(state, &constant.value, span),
            Expr::TypedString(typed) => {
                let ty = self.analysis.data_type(&typed.data_type, &self.search_path);
                let value = self.constant(state, &typed.value.value, span);
                self.cast(value, &ty, span)
            }
            Expr::Cast { expr, data_type, .. } => {
                let value = self.value(state, rows, expr);
                let ty = self.analysis.data_type(data_type, &self.search_path);
                self.cast(value, &ty, span)
            }
            Expr::BinaryOp { left, op, right } => self.binary(state, rows, left, op, right, span),
            Expr::UnaryOp { op, expr } => self.unary(state, rows, *op, expr),
            Expr::Function(function) => self.function(state, rows, function, span),
            Expr::Case { operand, conditions, else_result, .. } => {
                self.case(state, rows, operand.as_deref(), conditions, else_result.as_deref(), span)
            }
            Expr::Subquery(query) => {
                let table = self.query(state, rows, query);
                scalar_subquery(&table)
            }
            Expr::Exists { subquery, .. } => {
                self.query(state, rows, subquery);
                Value::scalar(Builtin::BOOL)
            }
            Expr::Tuple(values) => self.tuple(state, rows, values),
            Expr::Array(array) => {
                let elements = array.elem.iter().map(|element| self.value(state, rows, element)).collect::<Vec<_>>();
                let element = self.analysis.join_all(self.analysis.unify(elements, span));
                Value::new(Content::Array(Box::new(element)))
            }
            Expr::Prefixed { prefix, value } => {
                let value = self.value(state, rows, value);
                match prefix.value.as_str() {
                    embedded::CURRENT_OF => Value::scalar(Builtin::BOOL),
                    embedded::COLLATION_FOR => Value::scalar(Builtin::TEXT),
                    _ => value,
                }
            }
            Expr::AtTimeZone { timestamp, time_zone } => {
                let value = self.value(state, rows, timestamp);
                let null = value.null.join(self.value(state, rows, time_zone).null);
                let zoned =
                    matches!(&value.content, Content::Scalar(s) if s.types.iter().all(|t| t.is(Builtin::TIMESTAMPTZ)));
                Value::scalar(if zoned { Builtin::TIMESTAMP } else { Builtin::TIMESTAMPTZ }).with_null(null)
            }
            Expr::Extract { expr, .. } => {
                let null = self.value(state, rows, expr).null;
                Value::scalar(Builtin::NUMERIC).with_null(null)
            }
            Expr::Interval(_) => Value::scalar(Builtin::INTERVAL),
            Expr::Ceil { expr, .. } | Expr::Floor { expr, .. } => self.value(state, rows, expr),
            Expr::Position { expr, r#in } => self.strict(state, rows, Builtin::INT4, &[expr, r#in]),
            Expr::Substring { expr, .. } | Expr::Overlay { expr, .. } | Expr::Trim { expr, .. } => {
                self.strict(state, rows, Builtin::TEXT, &[expr])
            }
            Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsNull(inner)
            | Expr::IsNotNull(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotUnknown(inner)
            | Expr::IsJson { expr: inner, .. }
            | Expr::IsNormalized { expr: inner, .. } => {
                self.value(state, rows, inner);
                Value::scalar(Builtin::BOOL)
            }
            Expr::IsDistinctFrom(a, b) | Expr::IsNotDistinctFrom(a, b) => {
                self.value(state, rows, a);
                self.value(state, rows, b);
                Value::scalar(Builtin::BOOL)
            }
            Expr::InList { expr, list, .. } => {
                let operands = std::iter::once(&**expr).chain(list).collect::<Vec<_>>();
                self.strict(state, rows, Builtin::BOOL, &operands)
            }
            Expr::InSubquery { expr, subquery, .. } => {
                let null = self.value(state, rows, expr).null;
                let table = self.query(state, rows, subquery);
                Value::scalar(Builtin::BOOL).with_null(null.join(table.single().null))
            }
            Expr::Between { expr, low, high, .. } => self.strict(state, rows, Builtin::BOOL, &[expr, low, high]),
            Expr::Like { expr, pattern, .. }
            | Expr::ILike { expr, pattern, .. }
            | Expr::SimilarTo { expr, pattern, .. }
            | Expr::RLike { expr, pattern, .. } => self.strict(state, rows, Builtin::BOOL, &[expr, pattern]),
            Expr::AnyOp { left, right, .. } | Expr::AllOp { left, right, .. } => {
                self.strict(state, rows, Builtin::BOOL, &[left, right])
            }
            _ => {
                self.note_unseen(state, span);
                Value::unknown(Reason::NotUnderstood, span)
            }
        }
    }

    /// A value of `ty` that is NULL where an operand is.
    pub(super) fn strict(&mut self, state: &mut State, rows: &Rows<'_>, ty: Builtin, operands: &[&Expr]) -> Value {
        let nulls = operands.iter().map(|operand| self.value(state, rows, operand).null);
        let null = nulls.fold(Nullness::Never, Join::join);
        Value::scalar(ty).with_null(null)
    }

    fn constant(&mut self, state: &State, constant: &Constant, span: Option<Span>) -> Value {
        match constant {
            Constant::Number(number, _) => Value::literal(Literal::Number(number.clone()), span),
            Constant::Boolean(value) => Value::literal(Literal::Bool(*value), span),
            Constant::Null => Value::null(),
            Constant::Placeholder(placeholder) => {
                let position = placeholder.strip_prefix('$').and_then(|n| n.parse::<usize>().ok());
                let slot = position.and_then(|n| self.parameters.get(n.checked_sub(1)?)).copied();
                match slot {
                    Some(slot) => state.value(slot),
                    None => Value::unknown(Reason::Dynamic, span),
                }
            }
            Constant::SingleQuotedByteStringLiteral(_) | Constant::HexStringLiteral(_) => Value::scalar(Builtin::BIT),
            other => match other.clone().into_string() {
                Some(text) => Value::literal(Literal::Text(text), span),
                None => Value::unknown(Reason::NotUnderstood, span),
            },
        }
    }

    /// What a name stands for: a column, or a variable.
    fn name(&mut self, state: &State, rows: &Rows<'_>, names: &[Ident]) -> Value {
        let path = names.iter().map(|name| name.value.as_str()).collect::<Vec<_>>();
        let column = match path[..] {
            [name] => rows.column(name),
            [source, name] => rows.qualified(source, name),
            [source, column, field] => rows.qualified(column, field).or_else(|| {
                let value = rows.qualified(source, column)?;
                Some(field_of(&value, field))
            }),
            _ => None,
        };
        if let Some(value) = column {
            return value;
        }
        let span = names.first().and_then(|first| self.name_place(first));
        if let Some((slot, used)) = self.variables.find(&path) {
            let mut value = state.field(slot, path.get(used..).unwrap_or_default());
            value.content = value.content.without_order();
            return value;
        }
        if let ["found"] = path[..] {
            self.note_found(state, span);
            return Value::scalar(Builtin::BOOL);
        }
        match rows.open() {
            Some(opaque) => Value::new(Content::Unknown(opaque)).or_null(Nullness::Unproven),
            None => match keyword(&path) {
                Some(builtin) => Value::scalar(builtin),
                None => Value::unknown(Reason::Undefined, span),
            },
        }
    }

    fn access(&mut self, state: &mut State, rows: &Rows<'_>, root: &Expr, chain: &[AccessExpr]) -> Value {
        let mut value = self.value(state, rows, root);
        for step in chain {
            value = match step {
                AccessExpr::Dot(Expr::Identifier(name)) => field_of(&value, &name.value),
                AccessExpr::Dot(_) => Value::unknown(Reason::NotUnderstood, self.place(root)),
                AccessExpr::Subscript(Subscript::Index { index }) => {
                    let key = self.value(state, rows, index);
                    match &value.content {
                        Content::Json(_) => self.member(&value, &key, false, self.place(index)),
                        Content::Array(element) => (**element).clone().or_null(Nullness::Unproven),
                        _ => Value::unknown(Reason::NotUnderstood, self.place(root)),
                    }
                }
                AccessExpr::Subscript(Subscript::Slice { .. }) => value,
            };
        }
        value
    }

    /// A value as one of `ty`; what is read of an argument is read as that type.
    pub(super) fn cast(&mut self, value: Value, ty: &Type, span: Option<Span>) -> Value {
        self.read_as(&value, ty);
        let base = self.analysis.catalog.base_type(ty);
        if !(base.is(Builtin::JSON) || base.is(Builtin::JSONB)) {
            self.note_whole(&value);
        }
        self.analysis.coerce(value, ty, span)
    }

    fn unary(&mut self, state: &mut State, rows: &Rows<'_>, op: UnaryOperator, expr: &Expr) -> Value {
        let value = self.value(state, rows, expr);
        match op {
            UnaryOperator::Not => Value::scalar(Builtin::BOOL).with_null(value.null),
            UnaryOperator::Minus => {
                let null = value.null;
                match value.content {
                    Content::Scalar(mut scalar) => {
                        scalar.literals = crate::shape::domain::Literals::Any;
                        Value::new(Content::Scalar(scalar)).with_null(null)
                    }
                    content => Value::new(content).with_null(null),
                }
            }
            _ => Value { from: Default::default(), ..value },
        }
    }

    fn tuple(&mut self, state: &mut State, rows: &Rows<'_>, values: &[Expr]) -> Value {
        let values = values.iter().map(|value| self.value(state, rows, value)).collect();
        row_of(values)
    }

    fn case(
        &mut self,
        state: &mut State,
        rows: &Rows<'_>,
        operand: Option<&Expr>,
        conditions: &[CaseWhen],
        otherwise: Option<&Expr>,
        span: Option<Span>,
    ) -> Value {
        if let Some(operand) = operand {
            self.condition(state, rows, operand);
        }
        let mut values = Vec::new();
        let mut ends: Option<State> = None;
        let mut rest = state.clone();
        let some = rows.some.get();
        for CaseWhen { condition, result } in conditions {
            self.condition(&mut rest, rows, condition);
            let mut taken = rest.clone();
            if operand.is_none() {
                self.refine(&mut taken, condition, true);
                self.refine(&mut rest, condition, false);
            }
            let counted = counts(condition).filter(|_| operand.is_none());
            let before = rows.some.get();
            rows.some.set(before || counted == Some(true));
            if taken.reachable {
                values.push(self.value(&mut taken, rows, result));
                ends = ends.join(Some(taken));
            }
            rows.some.set(before || counted == Some(false));
        }
        if rest.reachable {
            values.push(match otherwise {
                Some(otherwise) => self.value(&mut rest, rows, otherwise),
                None => Value::null(),
            });
            ends = ends.join(Some(rest));
        }
        rows.some.set(some);
        // What a branch knows of variables holds for its own result only.
        if let Some(end) = ends {
            state.trace = end.trace;
        }
        self.analysis.join_all(self.analysis.unify(values, span))
    }

    /// Evaluates what may not be evaluated at all.
    pub(super) fn maybe<T>(&mut self, state: &mut State, work: impl FnOnce(&mut Self, &mut State) -> T) -> T {
        let before = state.trace.clone();
        let result = work(self, state);
        if state.trace != before {
            state.trace = before.join(std::mem::take(&mut state.trace));
        }
        result
    }

    /// The values of a call's arguments, with their names.
    pub(super) fn arguments(&mut self, state: &mut State, rows: &Rows<'_>, args: &[FunctionArg]) -> Vec<super::Given> {
        args.iter().map(|argument| self.argument(state, rows, argument)).collect()
    }
}

/// A row of values whose columns have no names of their own.
pub(super) fn row_of(values: Vec<Value>) -> Value {
    let columns = values.into_iter().enumerate().map(|(i, value)| (format!("f{}", i + 1), value));
    Value::new(Content::Row(Row { columns: columns.collect() }))
}

/// A field of a row.
pub(super) fn field_of(value: &Value, name: &str) -> Value {
    let field = match &value.content {
        Content::Row(row) => row.get(name).cloned(),
        Content::Unknown(opaque) => Some(Value::new(Content::Unknown(*opaque)).with_null(Nullness::Unproven)),
        Content::Never => Some(Value::default()),
        Content::Json(_) | Content::Scalar(_) | Content::Array(_) | Content::List(_) => None,
    };
    match field {
        Some(field) => field.or_null(value.null),
        None => Value::unknown(Reason::Undefined, None),
    }
}

/// The one value that a query gives, NULL where it gives no row.
pub(super) fn scalar_subquery(table: &super::scope::Table) -> Value {
    let value = table.single();
    if table.count.some { value } else { value.or_null(Nullness::Unproven) }
}

/// Whether `condition` holds where there are rows (`count(*) > 0`) or where there are none (`count(*) = 0`).
fn counts(condition: &Expr) -> Option<bool> {
    use sqlparser::ast::BinaryOperator as Op;
    match condition {
        Expr::Nested(inner) => counts(inner),
        Expr::BinaryOp { left, op, right } => {
            let Expr::Function(function) = &**left else { return None };
            let is_count = matches!(super::function::function_name(&function.name), Some((None, "count")));
            let Expr::Value(bound) = &**right else { return None };
            let Constant::Number(bound, _) = &bound.value else { return None };
            match (op, bound.as_str()) {
                _ if !is_count || function.filter.is_some() || function.over.is_some() => None,
                (Op::Gt | Op::NotEq, "0") | (Op::GtEq, "1") => Some(true),
                (Op::Eq | Op::LtEq, "0") | (Op::Lt, "1") => Some(false),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Functions that are called without parentheses.
fn keyword(path: &[&str]) -> Option<Builtin> {
    let [word] = path else { return None };
    Some(match *word {
        "current_timestamp" => Builtin::TIMESTAMPTZ,
        "localtimestamp" => Builtin::TIMESTAMP,
        "current_date" => Builtin::DATE,
        "current_time" => Builtin::TIMETZ,
        "localtime" => Builtin::TIME,
        "current_user" | "session_user" | "user" | "current_role" | "current_catalog" | "current_schema" => {
            Builtin::NAME
        }
        "system_user" | "sqlstate" | "sqlerrm" => Builtin::TEXT,
        _ => return None,
    })
}
