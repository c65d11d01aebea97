//! Operators, those of documents above all.

use sqlparser::ast::{BinaryOperator, Expr};

use super::Frame;
use super::document_function::MAX_PATH;
use super::scope::Rows;
use super::state::State;
use super::types::common_type;
use crate::catalog::{Builtin, Category, Type};
use crate::shape::domain::{
    Content, Field, InputStep, Join, Json, Literal, Literals, Nullness, Object, Reason, Scalar, Value,
};
use crate::source::Span;

impl Frame<'_> {
    pub(super) fn binary(
        &mut self,
        state: &mut State,
        rows: &Rows<'_>,
        left: &Expr,
        op: &BinaryOperator,
        right: &Expr,
        span: Option<Span>,
    ) -> Value {
        use BinaryOperator as Op;
        if matches!(op, Op::And | Op::Or) {
            let null = self.value(state, rows, left).null;
            let second = self.maybe(state, |frame, state| frame.value(state, rows, right));
            return Value::scalar(Builtin::BOOL).with_null(null.join(second.null));
        }
        let a = self.value(state, rows, left);
        let b = self.value(state, rows, right);
        let key_place = self.place(right).or(span);
        let null = a.null.join(b.null);
        if !matches!(op, Op::Arrow | Op::LongArrow | Op::HashArrow | Op::HashLongArrow)
            && !matches!(op, Op::Question | Op::QuestionAnd | Op::QuestionPipe)
        {
            self.note_whole(&a);
            self.note_whole(&b);
        }
        match op {
            Op::Arrow => self.member(&a, &b, false, key_place),
            Op::LongArrow => self.member(&a, &b, true, key_place),
            Op::HashArrow | Op::HashLongArrow => {
                let Some(path) = text_array(&b) else {
                    self.note_whole(&a);
                    let text = *op == Op::HashLongArrow;
                    let json = || Value::json(Json::unknown(Reason::DynamicKey, key_place));
                    let part = if text { Value::scalar(Builtin::TEXT) } else { json() };
                    return part.with_null(Nullness::Unproven);
                };
                let last = path.len().saturating_sub(1);
                path.into_iter().enumerate().fold(a, |value, (i, key)| {
                    let key = Value::literal(Literal::Text(key), key_place);
                    self.member(&value, &key, i == last && *op == Op::HashLongArrow, key_place)
                })
            }
            Op::Question => {
                if let Some(Literal::Text(key)) = b.constant() {
                    self.read_key(&a, key, key_place);
                }
                Value::scalar(Builtin::BOOL).with_null(null)
            }
            Op::QuestionAnd | Op::QuestionPipe => {
                for key in text_array(&b).unwrap_or_default() {
                    self.read_key(&a, &key, key_place);
                }
                Value::scalar(Builtin::BOOL).with_null(null)
            }
            Op::StringConcat => self.concat(a, b, span),
            Op::Minus if matches!(a.content, Content::Json(_)) => without(a, &b, span),
            Op::HashMinus => match text_array(&b).as_deref() {
                Some([key]) => without(a, &Value::literal(Literal::Text(key.clone()), span), span),
                Some(path) if path.len() <= MAX_PATH => match a {
                    Value { null, content: Content::Json(json), .. } => {
                        Value::json(without_path(json, path)).with_null(null.join(b.null))
                    }
                    other => other,
                },
                _ => forget(a, Reason::DynamicKey, span),
            },
            Op::Plus | Op::Minus | Op::Multiply | Op::Divide | Op::Modulo | Op::PGExp => arithmetic(op, &a, &b)
                .map_or_else(|| Value::unknown(Reason::NotFollowed, span), |ty| Value::scalar(ty).with_null(null)),
            Op::BitwiseOr
            | Op::BitwiseAnd
            | Op::BitwiseXor
            | Op::PGBitwiseXor
            | Op::PGBitwiseShiftLeft
            | Op::PGBitwiseShiftRight => Value { from: Default::default(), ..a },
            Op::Gt
            | Op::Lt
            | Op::GtEq
            | Op::LtEq
            | Op::Eq
            | Op::NotEq
            | Op::PGOverlap
            | Op::PGRegexMatch
            | Op::PGRegexIMatch
            | Op::PGRegexNotMatch
            | Op::PGRegexNotIMatch
            | Op::PGLikeMatch
            | Op::PGILikeMatch
            | Op::PGNotLikeMatch
            | Op::PGNotILikeMatch
            | Op::PGStartsWith
            | Op::AtAt
            | Op::AtArrow
            | Op::ArrowAt
            | Op::AtQuestion
            | Op::Overlaps => Value::scalar(Builtin::BOOL).with_null(null),
            _ => Value::unknown(Reason::NotFollowed, span),
        }
    }

    /// `value -> key` or, as text, `value ->> key`.
    pub(super) fn member(&mut self, value: &Value, key: &Value, as_text: bool, span: Option<Span>) -> Value {
        let step = match key.constant() {
            Some(Literal::Text(key)) => Some(InputStep::Key(key.clone())),
            Some(Literal::Number(_)) => Some(InputStep::Element),
            _ => match &key.content {
                Content::Scalar(Scalar { types, .. })
                    if !types.is_empty() && types.iter().all(|ty| category(ty) == Some(Category::Numeric)) =>
                {
                    Some(InputStep::Element)
                }
                _ => None,
            },
        };
        let (json, missing) = match (&value.content, &step) {
            (Content::Json(json), Some(InputStep::Key(key))) => key_of(json, key),
            (Content::Json(json), Some(InputStep::Element)) => {
                let element = json.array.as_deref().cloned().unwrap_or_default();
                (element.join(opaque_part(json)), Nullness::Unproven)
            }
            (Content::Never, _) => (Json::default(), Nullness::Never),
            (Content::Unknown(opaque), _) => (Json::opaque(*opaque), Nullness::Unproven),
            _ => (Json::unknown(Reason::DynamicKey, span), Nullness::Unproven),
        };
        if step.is_none() {
            self.note_whole(value);
        }
        let null = value.null.join(key.null).join(missing);
        let mut found = if as_text { as_text_value(&json).or_null(null) } else { Value::json(json).with_null(null) };
        if let Some(step) = step {
            found.from = value.from.iter().map(|path| path.step(step.clone())).collect();
            self.read(&found.from.clone(), None, span);
        }
        found
    }

    fn read_key(&mut self, value: &Value, key: &str, span: Option<Span>) {
        let paths = value.from.iter().map(|path| path.step(InputStep::Key(key.to_owned()))).collect();
        self.read(&paths, None, span);
    }

    /// `a || b`, of documents, arrays or texts.
    pub(super) fn concat(&self, a: Value, b: Value, span: Option<Span>) -> Value {
        let null = a.null.join(b.null);
        let is_json = |value: &Value| matches!(value.content, Content::Json(_));
        if is_json(&a) || is_json(&b) {
            let jsonb = Type::Builtin(Builtin::JSONB);
            let left = document(self.analysis.coerce(a, &jsonb, span));
            let right = document(self.analysis.coerce(b, &jsonb, span));
            return Value::json(concat_documents(left, right)).with_null(null);
        }
        match (a.content, b.content) {
            (Content::Array(a), Content::Array(b)) => Value::new(Content::Array(a.join(b))).with_null(null),
            (Content::Array(list), other) | (other, Content::Array(list)) => {
                let element = match other {
                    Content::Scalar(ref scalar) if scalar.only().is_some_and(|l| l.text() == "{}") => *list,
                    other => (*list).join(Value::new(other).with_null(null)),
                };
                // NULL beside an array is an empty array or a NULL element.
                Value::new(Content::Array(Box::new(element)))
            }
            (Content::Unknown(opaque), _) | (_, Content::Unknown(opaque)) => {
                Value::new(Content::Unknown(opaque)).with_null(null)
            }
            _ => Value::scalar(Builtin::TEXT).with_null(null),
        }
    }
}

/// What a value is as a document, where it is not NULL.
fn document(value: Value) -> Json {
    match value.content {
        Content::Json(json) => json,
        Content::Never => Json::default(),
        Content::Unknown(opaque) => Json::opaque(opaque),
        _ => Json::unknown(Reason::Mixed, None),
    }
}

/// The value of `key`, and whether it may be missing.
fn key_of(json: &Json, key: &str) -> (Json, Nullness) {
    let mut found = opaque_part(json);
    let mut null = if json.opaque.is_some() { Nullness::Unproven } else { Nullness::Never };
    for object in json.objects.values() {
        match (object.fields.get(key), object.rest) {
            (Some(field), _) => {
                found = found.join(field.value.clone());
                if !field.always {
                    null = null.join(Nullness::Unproven);
                }
            }
            (None, Some(rest)) => {
                found = found.join(Json::opaque(rest));
                null = null.join(Nullness::Unproven);
            }
            (None, None) => null = null.join(Nullness::Nullable),
        }
    }
    if json.scalar.is_some() || json.array.is_some() || json.null != Nullness::Never {
        null = null.join(json.null.max(Nullness::Unproven));
    }
    (found, null)
}

fn opaque_part(json: &Json) -> Json {
    Json { opaque: json.opaque, ..Json::default() }
}

/// A document as the text that `->>` gives.
pub(super) fn as_text_value(json: &Json) -> Value {
    let mut literals = match &json.scalar {
        Some(scalar) => scalar.literals.clone(),
        None => Literals::Of(Default::default()),
    };
    if json.opaque.is_some() || json.array.is_some() || !json.objects.is_empty() {
        literals = Literals::Any;
    }
    if let Literals::Of(known) = literals {
        let texts = known.into_iter().map(|(literal, places)| (Literal::Text(literal.text().to_owned()), places));
        literals = Literals::Of(texts.collect());
    }
    if json.is_never() {
        return Value::default();
    }
    let scalar = Scalar { types: std::collections::BTreeSet::from([Builtin::TEXT.into()]), literals };
    Value::new(Content::Scalar(scalar)).with_null(json.null)
}

fn concat_documents(left: Json, right: Json) -> Json {
    let mut out = Json { opaque: left.opaque.join(right.opaque), ..Json::default() };
    let pairs = left.objects.values().flat_map(|a| right.objects.values().map(move |b| a.clone().concat(b.clone())));
    out.objects = Json::retagged(pairs);
    // Beside an object that is known, what is not known adds keys.
    for (known, unknown) in [(&left, right.opaque), (&right, left.opaque)] {
        if let Some(rest) = unknown {
            let opened = known.objects.values().map(|object| open(object.clone(), rest, std::ptr::eq(known, &left)));
            let objects = Json::retagged(opened);
            if !objects.is_empty() {
                out.opaque = None;
            }
            out.objects = out.objects.join(objects);
        }
    }
    let elements = |json: &Json| {
        let scalars =
            Json { null: json.null, scalar: json.scalar.clone(), objects: json.objects.clone(), ..Json::default() };
        (json.array.as_deref().cloned(), scalars)
    };
    let ((a, a_single), (b, b_single)) = (elements(&left), elements(&right));
    if a.is_some() || b.is_some() || left.scalar.is_some() || right.scalar.is_some() {
        let all = [a.unwrap_or(a_single), b.unwrap_or(b_single)];
        out.array = Some(Box::new(all.into_iter().fold(Json::default(), Join::join)));
        if left.array.is_some() && right.array.is_some() {
            out.opaque = left.opaque.join(right.opaque);
        }
    }
    out
}

/// An object with keys of which nothing is known; they replace its own where they come `behind` it.
fn open(mut object: Object, rest: crate::shape::domain::Opaque, behind: bool) -> Object {
    object.rest = object.rest.join(Some(rest));
    if behind {
        for field in object.fields.values_mut() {
            field.value = std::mem::take(&mut field.value).join(Json::opaque(rest));
        }
    }
    object
}

/// `value - key`
fn without(value: Value, key: &Value, span: Option<Span>) -> Value {
    let keys = match (key.constant(), text_array(key)) {
        (Some(Literal::Text(key)), None) => vec![key.clone()],
        (_, Some(keys)) => keys,
        (Some(Literal::Number(_)), None) => return Value { from: Default::default(), ..value },
        _ => return forget(value, Reason::DynamicKey, span),
    };
    let Value { null, content: Content::Json(json), .. } = value else { return value };
    let json = json.map_objects(|mut object| {
        for key in &keys {
            object.fields.remove(key);
        }
        object
    });
    Value::json(json).with_null(null.join(key.null))
}

/// `json #- path`.
fn without_path(json: Json, path: &[String]) -> Json {
    let Some((key, rest)) = path.split_first() else { return json };
    let mut json = json.map_objects(|mut object| {
        match object.fields.get_mut(key) {
            Some(field) if !rest.is_empty() => field.value = without_path(std::mem::take(&mut field.value), rest),
            _ => drop(object.fields.remove(key)),
        }
        object
    });
    // One element of an array may lose what the others keep.
    if let Some(element) = json.array.take() {
        let changed = if rest.is_empty() { Json::default() } else { without_path((*element).clone(), rest) };
        json.array = Some(Box::new((*element).join(changed)));
    }
    json
}

/// The same document, of whose keys nothing is known for sure.
fn forget(value: Value, reason: Reason, span: Option<Span>) -> Value {
    let Value { null, content: Content::Json(json), .. } = value else { return value };
    let json = json.map_objects(|mut object| {
        for field in object.fields.values_mut() {
            *field = Field { always: false, ..field.clone() };
        }
        object.rest = object.rest.join(Some(crate::shape::domain::Opaque::new(reason, span)));
        object
    });
    Value::json(json).with_null(null)
}

/// The constants of `'{a,b}'` or `ARRAY['a', 'b']`.
pub(super) fn text_array(value: &Value) -> Option<Vec<String>> {
    match &value.content {
        Content::Scalar(scalar) => {
            let inner = scalar.only()?.text().strip_prefix('{')?.strip_suffix('}')?;
            let parts = inner.split(',').map(|part| part.trim().trim_matches('"').to_owned());
            Some(parts.filter(|part| !part.is_empty()).collect())
        }
        Content::Array(element) => match &element.content {
            // The order is lost where there are several.
            Content::Scalar(scalar) => scalar.only().map(|literal| vec![literal.text().to_owned()]),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn category(ty: &Type) -> Option<Category> {
    match ty {
        Type::Builtin(builtin) => Some(builtin.category()),
        _ => None,
    }
}

/// The type of an arithmetic operation.
fn arithmetic(op: &BinaryOperator, a: &Value, b: &Value) -> Option<Type> {
    let ty = |value: &Value| match &value.content {
        Content::Scalar(scalar) => scalar.only_type().cloned(),
        _ => None,
    };
    let (left, right) = (ty(a), ty(b));
    let is_unknown = |ty: &Option<Type>| ty.as_ref().is_none_or(|ty| ty.is(Builtin::UNKNOWN));
    let (left, right) = match (left, right) {
        (Some(left), right) if is_unknown(&right) => (left.clone(), left),
        (left, Some(right)) if is_unknown(&left) => (right.clone(), right),
        (left, right) => (left?, right?),
    };
    if let (Some(Category::Numeric), Some(Category::Numeric)) = (category(&left), category(&right)) {
        return common_type([&left, &right].into_iter());
    }
    let (left, right) = match (left, right) {
        (Type::Builtin(left), Type::Builtin(right)) => (left, right),
        _ => return None,
    };
    let minus = *op == BinaryOperator::Minus;
    Some(Type::Builtin(match (left.category(), right.category()) {
        (Category::DateTime, Category::DateTime) if minus => {
            if left == Builtin::DATE && right == Builtin::DATE {
                Builtin::INT4
            } else {
                Builtin::INTERVAL
            }
        }
        (Category::DateTime, Category::Timespan) => {
            if left == Builtin::DATE {
                Builtin::TIMESTAMP
            } else {
                left
            }
        }
        (Category::Timespan, Category::DateTime) => {
            if right == Builtin::DATE {
                Builtin::TIMESTAMP
            } else {
                right
            }
        }
        (Category::DateTime, Category::Numeric) => left,
        (Category::Numeric, Category::DateTime) => right,
        (Category::Timespan, _) | (_, Category::Timespan) => Builtin::INTERVAL,
        _ => return None,
    }))
}
