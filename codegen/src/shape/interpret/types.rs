//! Types: names to types, types to values, and values from one type to another.

use sqlparser::ast::DataType;

use super::Analysis;
use super::document;
use crate::catalog::{Builtin, Category, RelationId, Type, TypeKind};
use crate::shape::domain::{Content, Json, Literal, Literals, Nullness, Opaque, Reason, Row, Scalar, Value};
use crate::source::Span;

/// Composite types in composite types are followed so deep.
const MAX_DEPTH: usize = 8;

/// Types whose names are several words.
const WORDS: &[(&str, Builtin)] = &[
    ("bit varying", Builtin::VARBIT),
    ("character varying", Builtin::VARCHAR),
    ("char varying", Builtin::VARCHAR),
    ("double precision", Builtin::FLOAT8),
    ("national character", Builtin::BPCHAR),
    ("national character varying", Builtin::VARCHAR),
    ("time with time zone", Builtin::TIMETZ),
    ("time without time zone", Builtin::TIME),
    ("timestamp with time zone", Builtin::TIMESTAMPTZ),
    ("timestamp without time zone", Builtin::TIMESTAMP),
];

impl Analysis<'_> {
    /// The type that `written` names, such as `core.customer[]` or `numeric(10,2)`.
    pub(super) fn type_named(&self, written: &str, search_path: &[String]) -> Type {
        let plain = without_modifiers(written);
        let mut name = plain.trim();
        let mut is_array = false;
        while let Some(element) = name.strip_suffix("[]") {
            name = element.trim_end();
            is_array = true;
        }
        if let Some(element) = name.strip_suffix(" array") {
            name = element;
            is_array = true;
        }
        let found = self.element_type(name, search_path);
        if is_array { found.array() } else { found }
    }

    fn element_type(&self, name: &str, search_path: &[String]) -> Type {
        let folded = name.to_lowercase();
        let words = folded.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((_, builtin)) = WORDS.iter().find(|(known, _)| *known == words) {
            return (*builtin).into();
        }
        let parts = split_name(name);
        match parts.as_slice() {
            [schema, name] if schema == "pg_catalog" => {
                Builtin::named(name).map_or_else(|| unknown(Some(schema), name), Type::Builtin)
            }
            [schema, name] => match self.catalog.find_type(schema, name) {
                Some(id) => Type::Defined(id),
                None => unknown(Some(schema), name),
            },
            [name] => {
                if let Some(builtin) = Builtin::word(name) {
                    return builtin.into();
                }
                let found = search_path.iter().find_map(|schema| self.catalog.find_type(schema, name));
                found.map_or_else(|| unknown(None, name), Type::Defined)
            }
            _ => unknown(None, name),
        }
    }

    /// The type that an expression names.
    pub(super) fn data_type(&self, data_type: &DataType, search_path: &[String]) -> Type {
        self.type_named(&data_type.to_string(), search_path)
    }

    /// Any value of `ty`, never NULL itself. What is not known is so for `reason`.
    pub(super) fn any_of(&self, ty: &Type, reason: Reason, span: Option<Span>) -> Value {
        self.any_at_depth(ty, Opaque::new(reason, span), 0)
    }

    fn any_at_depth(&self, ty: &Type, opaque: Opaque, depth: usize) -> Value {
        let unknown = || Value::new(Content::Unknown(opaque));
        if depth > MAX_DEPTH {
            return unknown();
        }
        match self.catalog.base_type(ty) {
            Type::Builtin(Builtin::JSON | Builtin::JSONB) => Value::json(Json::opaque(opaque)),
            Type::Builtin(Builtin::VOID) => Value::null(),
            Type::Builtin(builtin) if builtin.category() == Category::Pseudo => unknown(),
            Type::Array(element) => {
                let element = self.any_at_depth(element, opaque, depth + 1).with_null(Nullness::Unproven);
                Value::new(Content::Array(Box::new(element)))
            }
            Type::Defined(id) => match &self.catalog.type_def(*id).kind {
                TypeKind::Composite(fields) => {
                    let columns = fields.iter().map(|field| {
                        let value = self.any_at_depth(&field.ty.ty, opaque, depth + 1);
                        (field.name.clone(), value.with_null(Nullness::Unproven))
                    });
                    Value::new(Content::Row(Row { columns: columns.collect() }))
                }
                TypeKind::Row(relation) => self.any_row(*relation, opaque, depth + 1),
                _ => Value::scalar(ty.clone()),
            },
            Type::Unknown(_) => Value::new(Content::Unknown(Opaque::new(Reason::Undefined, opaque.span))),
            base @ Type::Builtin(_) => Value::scalar(base.clone()),
        }
    }

    fn any_row(&self, relation: RelationId, opaque: Opaque, depth: usize) -> Value {
        let relation = self.catalog.relation(relation);
        if !relation.columns_known {
            return Value::new(Content::Unknown(opaque));
        }
        let columns = relation.columns.iter().map(|column| {
            let null = if column.not_null { Nullness::Never } else { Nullness::Nullable };
            (column.name.clone(), self.any_at_depth(&column.ty.ty, opaque, depth).with_null(null))
        });
        Value::new(Content::Row(Row { columns: columns.collect() }))
    }

    /// `value` as one of `ty`.
    pub(super) fn coerce(&self, value: Value, ty: &Type, span: Option<Span>) -> Value {
        let Value { null, content, from } = value;
        let base = self.catalog.base_type(ty);
        let content = match content {
            Content::Never => Content::Never,
            content if is_open(base) => content,
            Content::Unknown(opaque) => match self.any_of(ty, opaque.reason, opaque.span).content {
                // A scalar of a known type is known as well as any other.
                known @ (Content::Scalar(_)
                | Content::Array(_)
                | Content::List(_)
                | Content::Row(_)
                | Content::Json(_)) => known,
                Content::Never | Content::Unknown(_) => Content::Unknown(opaque),
            },
            content => self.coerce_content(content, base, ty, span),
        };
        Value { null, content, from }
    }

    fn coerce_content(&self, content: Content, base: &Type, ty: &Type, span: Option<Span>) -> Content {
        let any = || self.any_of(ty, Reason::NotFollowed, span).content;
        match (base, content) {
            (Type::Builtin(Builtin::JSON | Builtin::JSONB), content) => match content {
                Content::Json(json) => Content::Json(json),
                Content::Scalar(Scalar { literals: Literals::Of(literals), .. }) => {
                    let documents = literals
                        .iter()
                        .map(|(literal, places)| document::parse(literal.text(), places.first().copied().or(span)));
                    Content::Json(documents.fold(Json::default(), crate::shape::domain::Join::join))
                }
                _ => any(),
            },
            (Type::Array(element), Content::List(known)) => {
                Content::List(known.into_iter().map(|known| self.coerce(known, element, span)).collect())
            }
            (Type::Array(element), Content::Array(known)) => {
                Content::Array(Box::new(self.coerce(*known, element, span)))
            }
            (Type::Array(_), Content::Scalar(scalar)) if scalar.only().is_some_and(|l| l.text() == "{}") => {
                Content::Array(Box::default())
            }
            (Type::Defined(_), Content::Row(row)) => match self.any_of(ty, Reason::NotFollowed, span).content {
                Content::Row(target) if target.columns.len() == row.columns.len() => {
                    let types = self.column_types(base);
                    let columns =
                        target.columns.into_iter().zip(row.columns).enumerate().map(|(i, ((name, _), (_, value)))| {
                            match types.get(i) {
                                Some(ty) => (name, self.coerce(value, ty, span)),
                                None => (name, value),
                            }
                        });
                    Content::Row(Row { columns: columns.collect() })
                }
                other => other,
            },
            (_, Content::Scalar(scalar)) => match any() {
                Content::Scalar(mut target) => {
                    target.literals = literals_as(base, scalar.literals);
                    Content::Scalar(target)
                }
                other => other,
            },
            _ => any(),
        }
    }

    /// The types of the columns of a composite type or a row type.
    pub(super) fn column_types(&self, ty: &Type) -> Vec<Type> {
        let Type::Defined(id) = self.catalog.base_type(ty) else { return Vec::new() };
        match &self.catalog.type_def(*id).kind {
            TypeKind::Composite(fields) => fields.iter().map(|field| field.ty.ty.clone()).collect(),
            TypeKind::Row(relation) => {
                self.catalog.relation(*relation).columns.iter().map(|column| column.ty.ty.clone()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Brings the branches of a CASE, COALESCE or UNION to one type, as SQL does.
    pub(super) fn unify(&self, values: Vec<Value>, span: Option<Span>) -> Vec<Value> {
        let has = |wanted: fn(&Content) -> bool| values.iter().any(|value| wanted(&value.content));
        if has(|content| matches!(content, Content::Json(_))) {
            let jsonb = Type::Builtin(Builtin::JSONB);
            return values.into_iter().map(|value| self.coerce(value, &jsonb, span)).collect();
        }
        if has(|content| matches!(content, Content::Array(_))) {
            let array = Type::Builtin(Builtin::UNKNOWN).array();
            let is_text = |value: &Value| matches!(value.content, Content::Scalar(_));
            let coerced = values.into_iter().map(|v| if is_text(&v) { self.coerce(v, &array, span) } else { v });
            return coerced.collect();
        }
        let types = values.iter().filter_map(|value| match &value.content {
            Content::Scalar(scalar) => Some(scalar.types.iter()),
            _ => None,
        });
        let Some(common) = common_type(types.flatten()) else { return values };
        let with_type = |mut value: Value| {
            if let Content::Scalar(scalar) = &mut value.content {
                scalar.types = std::collections::BTreeSet::from([common.clone()]);
            }
            value
        };
        values.into_iter().map(with_type).collect()
    }
}

/// Whether values keep their own type in a place of this one.
fn is_open(ty: &Type) -> bool {
    match ty {
        Type::Builtin(builtin) => builtin.category() == Category::Pseudo && *builtin != Builtin::VOID,
        Type::Array(element) => is_open(element),
        Type::Defined(_) | Type::Unknown(_) => false,
    }
}

fn literals_as(ty: &Type, literals: Literals) -> Literals {
    let Literals::Of(literals) = literals else { return Literals::Any };
    let category = match ty {
        Type::Builtin(builtin) => builtin.category(),
        _ => Category::Text,
    };
    let mut converted = std::collections::BTreeMap::new();
    for (literal, places) in literals {
        let literal = match category {
            Category::Text => Literal::Text(literal.text().to_owned()),
            Category::Boolean => match literal.text().to_ascii_lowercase().as_str() {
                "true" | "t" | "yes" | "on" | "1" => Literal::Bool(true),
                "false" | "f" | "no" | "off" | "0" => Literal::Bool(false),
                _ => return Literals::Any,
            },
            Category::Numeric => Literal::Number(literal.text().to_owned()),
            _ => return Literals::Any,
        };
        converted.insert(literal, places);
    }
    Literals::Of(converted)
}

/// The numeric types, each of which takes in those before it.
const NUMBERS: [Builtin; 6] =
    [Builtin::INT2, Builtin::INT4, Builtin::INT8, Builtin::NUMERIC, Builtin::FLOAT4, Builtin::FLOAT8];

/// The type that values of these types have together; `None` where they stay apart.
pub(super) fn common_type<'t>(types: impl Iterator<Item = &'t Type>) -> Option<Type> {
    let mut common: Option<&Type> = None;
    for ty in types {
        common = match common {
            None => Some(ty),
            Some(known) if known == ty || ty.is(Builtin::UNKNOWN) => Some(known),
            Some(known) if known.is(Builtin::UNKNOWN) => Some(ty),
            Some(known) => Some(match (number_rank(known), number_rank(ty)) {
                (Some(a), Some(b)) => {
                    if a >= b {
                        known
                    } else {
                        ty
                    }
                }
                _ => return None,
            }),
        };
    }
    common.cloned()
}

fn number_rank(ty: &Type) -> Option<usize> {
    NUMBERS.iter().position(|number| ty.is(*number))
}

fn unknown(schema: Option<&str>, name: &str) -> Type {
    let name = match schema {
        Some(schema) => crate::catalog::ObjectName::qualified(schema, name),
        None => crate::catalog::ObjectName::bare(name),
    };
    Type::Unknown(name)
}

/// `numeric(10, 2)[]` without its parentheses.
fn without_modifiers(written: &str) -> String {
    let mut depth = 0usize;
    let mut quoted = false;
    let mut out = String::with_capacity(written.len());
    for c in written.chars() {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => {
                depth = depth.saturating_sub(1);
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            out.push(c);
        }
    }
    out
}

/// The folded parts of `schema."Name"`.
fn split_name(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = name.trim().chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        let Some(part) = parts.last_mut() else { break };
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                part.push('"');
            }
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            c if c.is_whitespace() && !quoted => {}
            c if quoted => part.push(c),
            c => part.extend(c.to_lowercase()),
        }
    }
    parts
}
