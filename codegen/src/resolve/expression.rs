//! The type of an expression.

use sqlparser::ast::{
    AccessExpr, ArrayElemTypeDef, BinaryOperator, DataType, Expr, Ident, Spanned, Subscript, UnaryOperator, Value,
};

use super::call::{numbered, trim_function, value_function};
use super::from::idents;
use super::overload::{Choice, Given, NoOperator};
use super::scope::{Columns, Source, Typed, Variable, meant, row_columns};
use super::{Finding, Meaning, Resolver, written_type};
use crate::catalog::{Builtin, ObjectName, Type};
use crate::sql::embedded::{self, CURRENT_OF, EVERY_FIELD, PREFIX_OPERATOR, VARIADIC};

impl Resolver<'_> {
    /// The type of an expression, with findings for what does not exist in it.
    pub fn expr(&mut self, expr: &Expr) -> Typed {
        match expr {
            Expr::Identifier(name) => self.identifier(name),
            Expr::CompoundIdentifier(path) => self.path(path),
            Expr::CompoundFieldAccess { root, access_chain } => {
                let mut value = self.expr(root);
                for access in access_chain {
                    value = self.access(value, access);
                }
                value
            }
            Expr::Nested(inner) => self.expr(inner),
            Expr::Value(value) => self.literal(&value.value),
            Expr::TypedString(string) => self.data_type(&string.data_type),
            Expr::Interval(interval) => {
                self.expr(&interval.value);
                Typed::of(Builtin::INTERVAL)
            }
            Expr::Cast { expr, data_type, .. } => {
                self.expr(expr);
                self.data_type(data_type)
            }
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right),
            Expr::UnaryOp { op, expr } => self.unary(*op, expr),
            Expr::IsFalse(e)
            | Expr::IsNotFalse(e)
            | Expr::IsTrue(e)
            | Expr::IsNotTrue(e)
            | Expr::IsNull(e)
            | Expr::IsNotNull(e)
            | Expr::IsUnknown(e)
            | Expr::IsNotUnknown(e) => self.test([&**e]),
            Expr::IsDistinctFrom(a, b) | Expr::IsNotDistinctFrom(a, b) => self.test([&**a, &**b]),
            Expr::IsJson { expr, .. } | Expr::IsNormalized { expr, .. } => self.test([&**expr]),
            Expr::InList { expr, list, .. } => {
                let left = self.expr(expr);
                for element in list {
                    let right = self.expr(element);
                    self.compare((expr, &left), "=", (element, &right));
                }
                Typed::of(Builtin::BOOL)
            }
            Expr::InSubquery { expr, subquery, .. } => {
                self.query(subquery);
                self.test([&**expr])
            }
            Expr::Between { expr, low, high, .. } => {
                let value = self.expr(expr);
                for (operator, bound) in [(">=", low), ("<=", high)] {
                    let right = self.expr(bound);
                    self.compare((expr, &value), operator, (bound, &right));
                }
                Typed::of(Builtin::BOOL)
            }
            Expr::Like { expr, pattern, escape_char, .. }
            | Expr::ILike { expr, pattern, escape_char, .. }
            | Expr::SimilarTo { expr, pattern, escape_char, .. } => {
                self.test([&**expr, &**pattern].into_iter().chain(escape_char.as_deref()))
            }
            Expr::AnyOp { left, compare_op, right, .. } | Expr::AllOp { left, compare_op, right } => {
                let (one, many) = (self.expr(left), self.expr(right));
                // Of a subquery it is the rows that are compared, of an array the elements.
                if !matches!(**right, Expr::Subquery(_)) && !many.ty.is(Builtin::UNKNOWN) {
                    let element = self.element(&many);
                    self.compare((left, &one), &compare_op.to_string(), (right, &element));
                }
                Typed::of(Builtin::BOOL)
            }
            Expr::Exists { subquery, .. } => {
                self.query(subquery);
                Typed::of(Builtin::BOOL)
            }
            Expr::Subquery(query) => {
                let columns = self.query(query);
                match columns.list.as_slice() {
                    [(_, ty)] => ty.clone(),
                    [] => Typed::unknown(),
                    // `(a, b) = (SELECT 1, 2)`
                    _ => self.row_of(&columns),
                }
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                operand.iter().for_each(|operand| drop(self.expr(operand)));
                // The server looks at ELSE first.
                let mut results: Vec<Typed> = else_result.iter().map(|result| self.expr(result)).collect();
                for when in conditions {
                    self.expr(&when.condition);
                    results.push(self.expr(&when.result));
                }
                let common = self.common(&results.iter().collect::<Vec<_>>());
                // A missing ELSE is a NULL without a length.
                let modifier = common.modifier.clone().filter(|_| else_result.is_some());
                Typed { modifier, ..common }
            }
            Expr::Function(function) => self.function(function),
            Expr::Array(array) => {
                let elements: Vec<Typed> = array.elem.iter().map(|element| self.expr(element)).collect();
                if elements.is_empty() {
                    return Typed::of(Builtin::UNKNOWN);
                }
                let element = self.common(&elements.iter().collect::<Vec<_>>());
                Typed { ty: element.ty.array(), modifier: element.modifier, fields: None }
            }
            Expr::Tuple(values) => {
                let list = values.iter().map(|value| (String::new(), self.expr(value)));
                let columns = Columns { list: list.collect(), complete: true };
                self.row_of(&Columns { list: numbered(columns.list), complete: true })
            }
            Expr::Extract { expr, .. } => {
                self.expr(expr);
                Typed::of(Builtin::NUMERIC)
            }
            Expr::AtTimeZone { timestamp, time_zone } => self.named_call("timezone", &[&**time_zone, &**timestamp]),
            Expr::Ceil { expr, .. } => self.named_call("ceil", &[&**expr]),
            Expr::Floor { expr, .. } => self.named_call("floor", &[&**expr]),
            Expr::Position { expr, r#in } => {
                self.test([&**expr, &**r#in]);
                Typed::of(Builtin::INT4)
            }
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                let args: Vec<&Expr> = [Some(&**expr), substring_from.as_deref(), substring_for.as_deref()]
                    .into_iter()
                    .flatten()
                    .collect();
                self.named_call("substring", &args)
            }
            Expr::Trim { trim_where, trim_what, expr, trim_characters } => {
                let what = trim_what.as_deref().or(trim_characters.as_ref().and_then(|list| list.first()));
                let args: Vec<&Expr> = [Some(&**expr), what].into_iter().flatten().collect();
                self.named_call(trim_function(trim_where.as_ref()), &args)
            }
            Expr::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
                let args: Vec<&Expr> =
                    [Some(&**expr), Some(&**overlay_what), Some(&**overlay_from), overlay_for.as_deref()]
                        .into_iter()
                        .flatten()
                        .collect();
                self.named_call("overlay", &args)
            }
            Expr::Collate { expr, .. } => self.expr(expr),
            Expr::Prefixed { prefix, value } => match prefix.value.as_str() {
                CURRENT_OF => Typed::of(Builtin::BOOL),
                VARIADIC => self.expr(value),
                other if other.starts_with(PREFIX_OPERATOR) => {
                    let name = other.trim_start_matches(PREFIX_OPERATOR);
                    self.prefix_operator(name, value)
                }
                _ => {
                    self.expr(value);
                    Typed::of(Builtin::TEXT)
                }
            },
            Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) => {
                sets.iter().flatten().for_each(|expr| drop(self.expr(expr)));
                Typed::unknown()
            }
            _ => Typed::unknown(),
        }
    }

    /// Looks at the operands of what is true or false.
    fn test<'e>(&mut self, operands: impl IntoIterator<Item = &'e Expr>) -> Typed {
        operands.into_iter().for_each(|operand| drop(self.expr(operand)));
        Typed::of(Builtin::BOOL)
    }

    fn literal(&mut self, value: &Value) -> Typed {
        match value {
            Value::Number(digits, _) => Typed::of(number_type(digits)),
            Value::Boolean(_) => Typed::of(Builtin::BOOL),
            Value::SingleQuotedByteStringLiteral(_) | Value::HexStringLiteral(_) => Typed::of(Builtin::BIT),
            Value::Placeholder(name) => {
                let number = name.trim_start_matches('$').parse().ok();
                number.and_then(|number| self.variables.parameter(number)).unwrap_or_else(Typed::unknown)
            }
            _ => Typed::of(Builtin::UNKNOWN),
        }
    }

    fn access(&mut self, value: Typed, access: &AccessExpr) -> Typed {
        match access {
            AccessExpr::Dot(Expr::Identifier(field)) if field.value == EVERY_FIELD => value,
            AccessExpr::Dot(Expr::Identifier(field)) => self.field(&value, field),
            AccessExpr::Dot(Expr::Function(function)) => self.function(function),
            AccessExpr::Dot(other) => self.expr(other),
            AccessExpr::Subscript(Subscript::Index { index }) => {
                self.expr(index);
                // An element of jsonb is jsonb.
                if value.ty.is(Builtin::JSONB) { value } else { self.element(&value) }
            }
            AccessExpr::Subscript(Subscript::Slice { lower_bound, upper_bound, .. }) => {
                lower_bound.iter().chain(upper_bound).for_each(|bound| drop(self.expr(bound)));
                value
            }
        }
    }

    /// The type of an array's elements.
    pub(super) fn element(&self, array: &Typed) -> Typed {
        match self.types.catalog.base_type(&array.ty) {
            Type::Array(element) => Typed { ty: (**element).clone(), modifier: array.modifier.clone(), fields: None },
            Type::Builtin(Builtin::OIDVECTOR) => Typed::of(Builtin::OID),
            Type::Builtin(Builtin::INT2VECTOR) => Typed::of(Builtin::INT2),
            ty if self.types.multirange_range(ty).is_some() => {
                Typed::of(self.types.multirange_range(ty).unwrap_or_else(|| Builtin::UNKNOWN.into()))
            }
            _ => Typed::unknown(),
        }
    }

    /// A field of a row, or a function that is called as one.
    fn field(&mut self, row: &Typed, field: &Ident) -> Typed {
        if let Some(columns) = row_columns(self.types.catalog, row) {
            if let Some(ty) = columns.find(&field.value) {
                return ty.clone();
            }
            if let Some(result) = self.field_function(row, field) {
                return result;
            }
            if columns.complete && !is_system_column(&field.value) {
                self.find(field, Finding::NoField(self.types.catalog.display(&row.ty).to_string()));
            }
            return Typed::unknown();
        }
        self.field_function(row, field).unwrap_or_else(Typed::unknown)
    }

    /// `row.f` calls f(row).
    fn field_function(&mut self, row: &Typed, field: &Ident) -> Option<Typed> {
        let overloads = self.types.overloads(&ObjectName::bare(field.value.clone()), self.search_path);
        let given = [Given { name: None, ty: row.ty.clone() }];
        match self.types.choose(&overloads.iter().map(std::ops::Deref::deref).collect::<Vec<_>>(), &given, false) {
            Choice::One(signature, ty) => {
                self.functions_called.extend(signature.function);
                Some(Typed::of(ty))
            }
            Choice::Several(Some(ty)) => Some(Typed::of(ty)),
            Choice::Several(None) | Choice::Nothing => None,
        }
    }

    fn identifier(&mut self, name: &Ident) -> Typed {
        let text = name.value.as_str();
        if name.quote_style.is_none()
            && let Some(builtin) = value_function(text)
        {
            return Typed::of(builtin);
        }
        // A value that the column gives.
        if text == "default" && name.quote_style.is_none() {
            return Typed::of(Builtin::UNKNOWN);
        }
        if let Some(ty) = self.column(name) {
            self.refuse_variable(&[text], name);
            return ty;
        }
        let whole = self.source_named(&[], text).map(|source| source.whole.clone());
        if let Variable::Found(ty) = self.variables.variable(&[text]) {
            if whole.is_some() {
                self.refuse_variable(&[text], name);
            }
            return ty;
        }
        if let Some(whole) = whole {
            return whole;
        }
        if self.scopes.iter().any(|scope| !scope.complete) || is_system_column(text) {
            return Typed::unknown();
        }
        self.find(name, Finding::NoColumn);
        Typed::unknown()
    }

    /// The column of the innermost query that has one of this name.
    fn column(&mut self, name: &Ident) -> Option<Typed> {
        let (ty, is_one_of_several) = self.scopes.iter().rev().find_map(|scope| meant(scope.seen(), &name.value))?;
        let ty = ty.clone();
        if is_one_of_several {
            self.find(name, Finding::AmbiguousColumn(Meaning::OtherColumn));
        }
        Some(ty)
    }

    /// A column whose name, as it is written, is a variable's as well.
    pub(super) fn refuse_variable(&mut self, path: &[&str], place: &Ident) {
        if self.variables.conflict_with_columns() && matches!(self.variables.variable(path), Variable::Found(_)) {
            self.find(place, Finding::AmbiguousColumn(Meaning::Variable));
        }
    }

    /// `a.*` in an expression: the row of a source, or a variable that is one.
    pub(super) fn whole(&mut self, path: &[Ident]) -> Typed {
        let [schema @ .., name] = path else { return Typed::unknown() };
        match self.source_named(schema, &name.value).map(|source| source.whole.clone()) {
            Some(row) => {
                self.refuse_row(path, name);
                row
            }
            None => self.path(path),
        }
    }

    /// `a.*` whose `a` is a source and a variable that has fields.
    pub(super) fn refuse_row(&mut self, path: &[Ident], place: &Ident) {
        if let [name] = path
            && self.variables.conflict_with_columns()
            && self.variables.variable(&[&name.value, "*"]) != Variable::Missing
        {
            self.find(place, Finding::AmbiguousColumn(Meaning::Variable));
        }
    }

    /// A source by the name that qualifies a column, with its schema if that is written.
    pub(super) fn source_named(&self, qualifiers: &[Ident], name: &str) -> Option<&Source> {
        let schema = qualifiers.last().map(|ident| ident.value.as_str());
        let mut sources = self.scopes.iter().rev().flat_map(|scope| &scope.sources);
        sources.find(|source| {
            source.name == name
                && schema.is_none_or(|schema| source.schema.as_deref().is_none_or(|other| other == schema))
        })
    }

    /// `a.b`, `a.b.c`: a column with its source, or a variable with its label or field.
    pub(super) fn path(&mut self, path: &[Ident]) -> Typed {
        let [qualifiers @ .., last] = path else { return Typed::unknown() };
        if last.value == EVERY_FIELD {
            return self.whole(qualifiers);
        }
        let [schema @ .., source] = qualifiers else { return self.identifier(last) };
        let names: Vec<&str> = path.iter().map(|ident| ident.value.as_str()).collect();
        if let Some(found) = self.source_named(schema, &source.value) {
            let variable = match self.variables.variable(&names) {
                Variable::Found(ty) => Some(ty),
                _ => None,
            };
            if let (true, Some(ty)) = (found.is_implied, &variable) {
                return ty.clone();
            }
            let (complete, whole) = (found.columns.complete, found.whole.clone());
            let column = meant(&found.columns.list, &last.value).map(|(ty, several)| (ty.clone(), several));
            if let Some((ty, is_one_of_several)) = column {
                if is_one_of_several {
                    self.find(last, Finding::AmbiguousColumn(Meaning::OtherColumn));
                }
                self.refuse_variable(&names, last);
                return ty;
            }
            if let Some(ty) = self.field_function(&whole, last).or(variable) {
                return ty;
            }
            if complete && !is_system_column(&last.value) {
                self.find(last, Finding::NoColumnOf(source.value.clone()));
            }
            return Typed::unknown();
        }
        match self.variables.variable(&names) {
            Variable::Found(ty) => return ty,
            Variable::NoField => {
                self.find(last, Finding::NoColumnOf(source.value.clone()));
                return Typed::unknown();
            }
            Variable::Missing => {}
        }
        // `column.field` without parentheses does not exist, but a row variable's field may be a row.
        if self.scopes.iter().all(|scope| scope.complete) {
            self.find(source, Finding::NoSource);
        }
        Typed::unknown()
    }

    fn binary(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Typed {
        let (left_type, right_type) = (self.expr(left), self.expr(right));
        let name = match op {
            BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Xor | BinaryOperator::Overlaps => {
                return Typed::of(Builtin::BOOL);
            }
            // One of a schema may be of an extension there.
            BinaryOperator::PGCustomBinaryOperator(path) if path.len() > 1 => return Typed::unknown(),
            BinaryOperator::PGCustomBinaryOperator(path) => path.last().cloned().unwrap_or_default(),
            other => other.to_string(),
        };
        if left_type.is_unknown() || right_type.is_unknown() {
            return match name.as_str() {
                "=" | "<>" | "<" | ">" | "<=" | ">=" | "~~" | "~" | "~*" | "!~" | "!~*" | "@>" | "<@" | "?" | "?|"
                | "?&" | "&&" => Typed::of(Builtin::BOOL),
                "->>" | "#>>" => Typed::of(Builtin::TEXT),
                _ => self.operator_of_unknown(&name, &left_type, &right_type),
            };
        }
        match self.types.operator(&name, Some(&left_type.ty), &right_type.ty) {
            Ok(Some(applied)) => Typed::of(applied.result),
            Ok(None) => Typed::unknown(),
            Err(NoOperator) => {
                self.no_operator(Some((left, &left_type)), &name, (right, &right_type));
                Typed::unknown()
            }
        }
    }

    /// Looks whether two values can be compared.
    fn compare(&mut self, left: (&Expr, &Typed), name: &str, right: (&Expr, &Typed)) {
        let known = !left.1.is_unknown() && !right.1.is_unknown();
        if known && self.types.operator(name, Some(&left.1.ty), &right.1.ty) == Err(NoOperator) {
            self.no_operator(Some(left), name, right);
        }
    }

    /// Notes that no operator takes these operands, unless one may be where nobody looks.
    fn no_operator(&mut self, left: Option<(&Expr, &Typed)>, name: &str, right: (&Expr, &Typed)) {
        let operands = || left.iter().copied().chain([right]);
        let types: Vec<&Type> = operands().map(|(_, ty)| &ty.ty).collect();
        if types.iter().any(|ty| self.types.is_opaque(ty)) || self.types.may_have_operator(name, &types) {
            return;
        }
        let shown = |ty: &Typed| self.types.catalog.display(&ty.ty).to_string();
        let finding = Finding::NoOperator { left: left.map(|(_, ty)| shown(ty)), right: shown(right.1) };
        let whole = operands().map(|(expr, _)| expr.span()).reduce(|all, span| all.union(&span));
        if let Some(span) = whole.and_then(|span| embedded::place(self.file, span)) {
            self.findings.push((span, name.to_owned(), finding));
        }
    }

    /// The result if it is the same whatever the unknown side is.
    fn operator_of_unknown(&self, name: &str, left: &Typed, right: &Typed) -> Typed {
        match self.types.operator(name, Some(&left.ty), &right.ty) {
            Ok(Some(applied)) => Typed::of(applied.result),
            _ => Typed::unknown(),
        }
    }

    fn unary(&mut self, op: UnaryOperator, operand: &Expr) -> Typed {
        if op == UnaryOperator::Not {
            self.expr(operand);
            return Typed::of(Builtin::BOOL);
        }
        self.prefix_operator(&op.to_string(), operand)
    }

    fn prefix_operator(&mut self, name: &str, operand: &Expr) -> Typed {
        let value = self.expr(operand);
        // A sign belongs to the number.
        if matches!(name, "+" | "-") && value.ty.is(Builtin::UNKNOWN) {
            return Typed::of(Builtin::FLOAT8);
        }
        if value.is_unknown() {
            return Typed::unknown();
        }
        match self.types.operator(name, None, &value.ty) {
            Ok(Some(applied)) => Typed::of(applied.result),
            Ok(None) => Typed::unknown(),
            Err(NoOperator) => {
                self.no_operator(None, name, (operand, &value));
                Typed::unknown()
            }
        }
    }

    /// The type that several values have in common, with the modifier if all have the same.
    pub(super) fn common(&self, values: &[&Typed]) -> Typed {
        let ty = self.types.common(values.iter().map(|value| &value.ty));
        let literals_only = values.iter().all(|value| value.ty.is(Builtin::UNKNOWN));
        let first = values.first();
        let modifier = first.and_then(|first| first.modifier.clone());
        let same = values.iter().all(|value| value.modifier == modifier && value.ty == ty);
        Typed {
            ty: if literals_only && !values.is_empty() { Builtin::UNKNOWN.into() } else { ty },
            modifier: modifier.filter(|_| same),
            fields: first.and_then(|first| first.fields.clone()),
        }
    }

    /// A type as a cast writes it.
    pub(super) fn data_type(&mut self, ty: &DataType) -> Typed {
        if let DataType::Array(ArrayElemTypeDef::SquareBracket(element, _)) = ty {
            let element = self.data_type(element);
            return Typed { ty: element.ty.array(), ..element };
        }
        let resolved = written_type(self.types.catalog, &ty.to_string(), self.file, self.search_path);
        if let (Type::Unknown(name), DataType::Custom(path, _)) = (&resolved.ty, ty)
            && let Some(place) = idents(path).last()
        {
            self.find(place, Finding::NoType(name.clone()));
        }
        resolved
    }
}

/// Whether it ends in `.*`.
pub(super) fn is_every_field(chain: &[AccessExpr]) -> bool {
    matches!(chain.last(), Some(AccessExpr::Dot(Expr::Identifier(field))) if field.value == EVERY_FIELD)
}

fn number_type(digits: &str) -> Builtin {
    let digits = digits.replace('_', "");
    let radix = match digits.get(..2) {
        Some("0x" | "0X") => 16,
        Some("0o" | "0O") => 8,
        Some("0b" | "0B") => 2,
        _ => 10,
    };
    let plain = if radix == 10 { digits.as_str() } else { digits.get(2..).unwrap_or_default() };
    match i64::from_str_radix(plain, radix) {
        Ok(value) if i32::try_from(value).is_ok() => Builtin::INT4,
        Ok(_) => Builtin::INT8,
        Err(_) => Builtin::NUMERIC,
    }
}

/// Columns that every table has.
fn is_system_column(name: &str) -> bool {
    matches!(name, "tableoid" | "ctid" | "xmin" | "xmax" | "cmin" | "cmax")
}
