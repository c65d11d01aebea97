//! Values of SQL.

use std::collections::BTreeSet;

use super::{InputPath, Join, Json, Literal, Nullness, Opaque, Places, Reason, Scalar};
use crate::catalog::Type;
use crate::source::Span;

/// A value that holds more others than this is cut: a document in a document in a document doubles at every level.
pub const MAX_WEIGHT: usize = 2_000;

/// Levels of a document that are kept where it has too many values, if that is enough.
const MAX_LEVELS: usize = 6;

/// A value that may be more parts of the arguments than this counts as none.
const MAX_PATHS: usize = 40;

/// A value of SQL: the possibilities it has.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Value {
    /// Whether it may be NULL.
    pub null: Nullness,
    /// What it is where it is not NULL.
    pub content: Content,
    /// The parts of the caller's arguments that it may be.
    pub from: BTreeSet<InputPath>,
}

/// What a value is where it is not NULL.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Content {
    /// Nothing: it is NULL, or no path gives it.
    #[default]
    Never,
    /// A scalar.
    Scalar(Scalar),
    /// A json or jsonb.
    Json(Json),
    /// A row.
    Row(Row),
    /// An array of SQL.
    Array(Box<Value>),
    /// An array of SQL whose elements are known one by one: what a call gives to a VARIADIC parameter.
    List(Vec<Value>),
    /// It is not known.
    Unknown(Opaque),
}

/// The columns of a row, in order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Row {
    /// Names and values.
    pub columns: Vec<(String, Value)>,
}

impl Row {
    /// The column of that name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.columns.iter().find(|(column, _)| column == name).map(|(_, value)| value)
    }

    fn has_columns_of(&self, other: &Row) -> bool {
        self.columns.len() == other.columns.len() && self.columns.iter().zip(&other.columns).all(|(a, b)| a.0 == b.0)
    }
}

impl Value {
    /// NULL.
    pub fn null() -> Self {
        Self { null: Nullness::Nullable, ..Self::default() }
    }

    /// A value that is not NULL.
    pub fn new(content: Content) -> Self {
        Self { content, ..Self::default() }
    }

    /// Any value of `ty`, never NULL.
    pub fn scalar(ty: impl Into<Type>) -> Self {
        Self::new(Content::Scalar(Scalar::of(ty)))
    }

    /// A constant.
    pub fn literal(literal: Literal, span: Option<Span>) -> Self {
        Self::new(Content::Scalar(Scalar::literal(literal, Places::from_iter(span))))
    }

    /// A document.
    pub fn json(json: Json) -> Self {
        Self::new(Content::Json(json))
    }

    /// What is not known, NULL or not.
    pub fn unknown(reason: Reason, span: Option<Span>) -> Self {
        Self { null: Nullness::Unproven, content: Content::Unknown(Opaque::new(reason, span)), from: BTreeSet::new() }
    }

    /// The same, NULL or not as said.
    pub fn with_null(mut self, null: Nullness) -> Self {
        self.null = null;
        self
    }

    /// The same, and NULL as well.
    pub fn or_null(mut self, null: Nullness) -> Self {
        self.null = self.null.join(null);
        self
    }

    /// The same where it is not NULL.
    pub fn not_null(self) -> Self {
        self.with_null(Nullness::Never)
    }

    /// Whether no path gives it.
    pub fn is_never(&self) -> bool {
        self.null == Nullness::Never && self.content == Content::Never
    }

    /// Whether it is NULL wherever it is.
    pub fn is_only_null(&self) -> bool {
        self.null != Nullness::Never && self.content == Content::Never
    }

    /// The only constant it can be.
    pub fn only(&self) -> Option<&Literal> {
        match &self.content {
            Content::Scalar(scalar) if self.null == Nullness::Never => scalar.only(),
            _ => None,
        }
    }

    /// The constant that it is where it is not NULL.
    pub fn constant(&self) -> Option<&Literal> {
        match &self.content {
            Content::Scalar(scalar) => scalar.only(),
            _ => None,
        }
    }

    /// The document that this value becomes.
    pub fn to_json(&self) -> Json {
        let mut json = match &self.content {
            Content::Never => Json::default(),
            Content::Scalar(scalar) => Json::scalar(scalar.clone()),
            Content::Json(json) => json.clone(),
            Content::Row(row) => Json::object(row.to_object()),
            Content::Array(element) => Json::array(element.to_json()),
            Content::List(elements) => {
                Json::array(elements.iter().map(Self::to_json).fold(Json::default(), Join::join))
            }
            Content::Unknown(opaque) => Json::opaque(*opaque),
        };
        json.null = json.null.join(self.null);
        json
    }
}

impl Row {
    /// The object that `to_jsonb` makes of this row.
    pub fn to_object(&self) -> super::Object {
        let fields = self.columns.iter().map(|(name, value)| {
            let field = super::Field { value: value.to_json(), always: true, places: Places::new() };
            (name.clone(), field)
        });
        super::Object { fields: fields.collect(), rest: None }
    }
}

impl Join for Value {
    fn join(self, other: Self) -> Self {
        Self {
            null: self.null.join(other.null),
            content: self.content.join(other.content),
            from: Self::bounded_paths(self.from.join(other.from)),
        }
    }
}

impl Content {
    /// The same array, of any of its elements.
    pub fn without_order(self) -> Self {
        match self {
            Self::List(elements) => Self::Array(Box::new(elements.into_iter().fold(Value::default(), Join::join))),
            other => other,
        }
    }
}

/// Values of different kinds have no common form.
const MIXED: Content = Content::Unknown(Opaque { reason: Reason::Mixed, span: None });

impl Join for Content {
    fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, known) | (known, Self::Never) => known,
            (Self::Scalar(a), Self::Scalar(b)) => Self::Scalar(a.join(b)),
            (Self::Json(a), Self::Json(b)) => Self::Json(a.join(b)),
            (Self::Row(a), Self::Row(b)) if a.has_columns_of(&b) => {
                let columns = a.columns.into_iter().zip(b.columns).map(|((name, a), (_, b))| (name, a.join(b)));
                Self::Row(Row { columns: columns.collect() })
            }
            (Self::List(a), Self::List(b)) if a.len() == b.len() => {
                Self::List(a.into_iter().zip(b).map(|(a, b)| a.join(b)).collect())
            }
            (Self::Array(a), Self::Array(b)) => Self::Array(a.join(b)),
            (list @ Self::List(_), other) => list.without_order().join(other),
            (other, list @ Self::List(_)) => other.join(list.without_order()),
            (Self::Unknown(a), Self::Unknown(b)) => Self::Unknown(a.join(b)),
            // `Mixed` is the last of the reasons, so every other one is kept.
            (Self::Unknown(opaque), _) | (_, Self::Unknown(opaque)) => Self::Unknown(opaque),
            _ => MIXED,
        }
    }
}

impl Value {
    /// The same paths, or none where they are too many.
    pub fn bounded_paths(paths: BTreeSet<InputPath>) -> BTreeSet<InputPath> {
        if paths.len() > MAX_PATHS { BTreeSet::new() } else { paths }
    }

    /// How many values it holds, up to about `most`.
    pub fn weight(&self, most: usize) -> usize {
        match &self.content {
            Content::Json(json) => json.weight(most),
            Content::Row(row) => {
                let mut weight = 1;
                for (_, column) in &row.columns {
                    if weight >= most {
                        break;
                    }
                    weight += column.weight(most - weight);
                }
                weight
            }
            Content::Array(element) => 1 + element.weight(most),
            Content::List(elements) => 1 + elements.iter().map(|element| element.weight(most)).sum::<usize>(),
            Content::Never | Content::Scalar(_) | Content::Unknown(_) => 1,
        }
    }

    /// The same with so few levels that it is not too large.
    pub fn bounded(mut self) -> Self {
        let opaque = Opaque::new(Reason::TooLarge, None);
        for levels in (0..MAX_LEVELS).rev() {
            if self.weight(MAX_WEIGHT) < MAX_WEIGHT {
                return self;
            }
            self = self.cut(levels, opaque);
        }
        match self.weight(MAX_WEIGHT) < MAX_WEIGHT {
            true => self,
            false => Self { null: self.null, content: Content::Unknown(opaque), from: self.from },
        }
    }

    /// The same with documents of so many levels; what is deeper is `opaque`.
    pub fn cut(mut self, levels: usize, opaque: Opaque) -> Self {
        self.content = match self.content {
            Content::Json(json) => Content::Json(json.cut(levels, opaque)),
            Content::Row(mut row) => {
                for (_, column) in &mut row.columns {
                    *column = std::mem::take(column).cut(levels, opaque);
                }
                Content::Row(row)
            }
            Content::Array(element) => Content::Array(Box::new(element.cut(levels, opaque))),
            Content::List(elements) => {
                Content::List(elements.into_iter().map(|element| element.cut(levels, opaque)).collect())
            }
            content => content,
        };
        self
    }
}
