//! Documents.

use std::collections::BTreeMap;

use super::place::join_places;
use super::{Join, Literal, Nullness, Opaque, Places, Reason, Scalar};
use crate::source::Span;

/// A JSON value: the possibilities it has.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Json {
    /// Whether it may be JSON's null.
    pub null: Nullness,
    /// It may be this scalar.
    pub scalar: Option<Scalar>,
    /// It may be an array of these elements; the least element is that of an empty array.
    pub array: Option<Box<Json>>,
    /// It may be one of these objects: success and failure are told apart.
    pub objects: BTreeMap<Tag, Object>,
    /// It may be something that is not known.
    pub opaque: Option<Opaque>,
}

/// What tells the objects of a [`Json`] apart: the constant at its key `success`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tag {
    /// `success` is true.
    Success,
    /// `success` is false.
    Failure,
    /// `success` is missing, or either.
    Other,
}

/// An object of more keys than this is a dictionary, whose keys are not followed.
const MAX_KEYS: usize = 400;

/// The key that tells success from failure.
const TAG_KEY: &str = "success";

/// An object.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Object {
    /// Its known keys.
    pub fields: BTreeMap<String, Field>,
    /// It may have others, which are not known.
    pub rest: Option<Opaque>,
}

/// A key of an object and its value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Field {
    /// The value.
    pub value: Json,
    /// Whether the key is there on every path.
    pub always: bool,
    /// Where the key is written.
    pub places: Places,
}

impl Object {
    /// The tag that this object has.
    pub fn tag(&self) -> Tag {
        let Some(field) = self.fields.get(TAG_KEY).filter(|field| field.always) else { return Tag::Other };
        let Json { null: Nullness::Never, scalar: Some(scalar), array: None, objects, opaque: None } = &field.value
        else {
            return Tag::Other;
        };
        match scalar.only() {
            Some(Literal::Bool(true)) if objects.is_empty() => Tag::Success,
            Some(Literal::Bool(false)) if objects.is_empty() => Tag::Failure,
            _ => Tag::Other,
        }
    }

    /// This object with the keys of `right` over its own, as `||` gives it.
    pub fn concat(mut self, right: Object) -> Object {
        // A key that is not known may be any key.
        if let Some(rest) = right.rest {
            for field in self.fields.values_mut() {
                field.value = field.value.clone().join(Json::opaque(rest));
            }
        }
        for (key, field) in right.fields {
            let merged = match self.fields.remove(&key) {
                Some(left) if !field.always => Field { always: left.always, ..left.join(field) },
                Some(_) => field,
                None => match self.rest {
                    Some(rest) if !field.always => Field { value: field.value.join(Json::opaque(rest)), ..field },
                    _ => field,
                },
            };
            self.fields.insert(key, merged);
        }
        self.rest = self.rest.join(right.rest);
        self.bounded()
    }

    /// The same, or of unknown keys where they are too many.
    pub fn bounded(self) -> Object {
        if self.fields.len() <= MAX_KEYS {
            return self;
        }
        Object { fields: BTreeMap::new(), rest: self.rest.join(Some(Opaque::new(Reason::TooLarge, None))) }
    }
}

impl Json {
    /// JSON's null.
    pub fn null() -> Self {
        Self { null: Nullness::Nullable, ..Self::default() }
    }

    /// A scalar.
    pub fn scalar(scalar: Scalar) -> Self {
        Self { scalar: Some(scalar), ..Self::default() }
    }

    /// An array.
    pub fn array(element: Json) -> Self {
        Self { array: Some(Box::new(element)), ..Self::default() }
    }

    /// An object.
    pub fn object(object: Object) -> Self {
        Self { objects: BTreeMap::from([(object.tag(), object)]), ..Self::default() }
    }

    /// What is not known.
    pub fn opaque(opaque: Opaque) -> Self {
        Self { opaque: Some(opaque), ..Self::default() }
    }

    /// What is not known, for a reason at a place.
    pub fn unknown(reason: Reason, span: Option<Span>) -> Self {
        Self::opaque(Opaque::new(reason, span))
    }

    /// Whether no path gives it.
    pub fn is_never(&self) -> bool {
        *self == Self::default()
    }

    /// The same objects by their tags of now.
    pub fn retagged(objects: impl IntoIterator<Item = Object>) -> BTreeMap<Tag, Object> {
        let mut out: BTreeMap<Tag, Object> = BTreeMap::new();
        for object in objects {
            let tag = object.tag();
            let joined = match out.remove(&tag) {
                Some(known) => known.join(object),
                None => object,
            };
            out.insert(tag, joined);
        }
        out
    }

    /// Changes every object it may be.
    pub fn map_objects(mut self, change: impl FnMut(Object) -> Object) -> Self {
        self.objects = Self::retagged(std::mem::take(&mut self.objects).into_values().map(change));
        self
    }

    /// How many values it holds, up to about `most`.
    pub fn weight(&self, most: usize) -> usize {
        let fields = self.objects.values().flat_map(|object| object.fields.values()).map(|field| &field.value);
        let mut weight = 1;
        for inner in fields.chain(self.array.as_deref()) {
            if weight >= most {
                break;
            }
            weight += inner.weight(most - weight);
        }
        weight
    }

    /// The same with so many levels; what is deeper is `opaque`.
    pub fn cut(mut self, levels: usize, opaque: Opaque) -> Self {
        if levels == 0 {
            let is_leaf = self.array.is_none() && self.objects.is_empty();
            return if is_leaf { self } else { Self { null: self.null, ..Self::opaque(opaque) } };
        }
        self.array = self.array.map(|element| Box::new(element.cut(levels - 1, opaque)));
        self.map_objects(|mut object| {
            for field in object.fields.values_mut() {
                field.value = std::mem::take(&mut field.value).cut(levels - 1, opaque);
            }
            object
        })
    }
}

impl Join for Json {
    fn join(self, other: Self) -> Self {
        Self {
            null: self.null.join(other.null),
            scalar: self.scalar.join(other.scalar),
            array: self.array.join(other.array),
            objects: self.objects.join(other.objects),
            opaque: self.opaque.join(other.opaque),
        }
    }
}

impl Join for Object {
    fn join(self, other: Self) -> Self {
        let mut fields = BTreeMap::new();
        let mut others = other.fields;
        for (key, mut field) in self.fields {
            match others.remove(&key) {
                Some(second) => field = field.join(second),
                None => field.always = false,
            }
            fields.insert(key, field);
        }
        fields.extend(others.into_iter().map(|(key, field)| (key, Field { always: false, ..field })));
        Self { fields, rest: self.rest.join(other.rest) }.bounded()
    }
}

impl Join for Field {
    fn join(self, other: Self) -> Self {
        Self {
            value: self.value.join(other.value),
            always: self.always && other.always,
            places: join_places(self.places, other.places),
        }
    }
}
