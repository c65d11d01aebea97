//! The tables that the generator writes and the engines read: plain statics, no initialisation at run time.
//!
//! The constructors are `const` and check the table as they build it, so a table that is wrong does not compile.

use std::fmt;
use std::sync::OnceLock;

use super::index::NameIndex;
use super::pattern::{Pattern, Prefix, is_in_key, is_in_name};

/// A known object type: its `__typename` and its fields.
///
/// Types may refer to each other and to themselves: each is a `static`.
pub struct Object {
    typename: &'static str,
    fields: &'static [Field],
    names: NameIndex,
    required: [u64; 2],
    prefix: Prefix,
}

/// A field of an [`Object`]: its key in the database, its name for the client and what it holds.
pub struct Field {
    key: &'static str,
    name: &'static str,
    value: Value,
    nullable: bool,
    optional: bool,
    hint: Hint,
    stored: Pattern,
    shown: Pattern,
    sent: Pattern,
}

/// What a field or a list element holds.
#[derive(Clone, Copy)]
pub enum Value {
    /// A string, number or boolean, passed byte for byte.
    Scalar,
    /// An object of a known type.
    Object(&'static Object),
    /// A list; its elements may be null where they are [`Value::Nullable`].
    List(&'static Value),
    /// An object whose type is told by one of its fields.
    Union(&'static Union),
    /// JSON whose keys are left as they are.
    Opaque,
    /// JSON whose keys are renamed by rule, snake case to camel case.
    Generic,
    /// The same or null: for list elements, `List(&Nullable(&Scalar))`. A field is marked with [`Field::nullable`].
    Nullable(&'static Value),
    /// A value of a type that is made known later: how [`make_tables`](super::make_tables) ties the knot of recursive types. Until then it is [`Value::Opaque`].
    Late(&'static OnceLock<Value>),
    /// A value that a selection leaves out.
    #[doc(hidden)]
    Skipped,
}

impl Value {
    /// The value itself, or what it stands for, where it is late.
    #[inline]
    pub(super) fn resolved(&self) -> &Value {
        match self {
            Self::Late(late) => Self::resolve(late),
            value => value,
        }
    }

    /// What a late value stands for.
    pub(super) fn resolve(late: &OnceLock<Value>) -> &Value {
        late.get().unwrap_or(&Value::Opaque)
    }
}

/// What the strings of a scalar field look like most of the time. It never changes a result: an engine may use it as a guess.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hint {
    /// Nothing is known.
    #[default]
    None,
    /// A uuid in its usual form of 36 characters.
    Uuid,
}

/// A union or interface: the discriminator's key and the object type for each of its values.
///
/// The discriminator tells the type and reaches the client only where the member declares it as a field.
#[derive(Debug)]
pub struct Union {
    discriminator: &'static str,
    members: &'static [(&'static str, &'static Object)],
}

impl Object {
    /// An object type; `fields` are in jsonb key order: by length in bytes, then by bytes.
    ///
    /// # Panics
    /// At compile time, where it initialises a static: when the fields are out of order, or a name is given twice or is `__typename`.
    pub const fn new(typename: &'static str, fields: &'static [Field]) -> Self {
        let mut required = [0; 2];
        let (mut number, count) = (0, fields.len());
        while number < count {
            let field = &fields[number];
            if number > 0 {
                assert!(
                    comes_before(fields[number - 1].key.as_bytes(), field.key.as_bytes()),
                    "fields must be in jsonb key order: by length of the key in bytes, then by its bytes, each key once"
                );
            }
            if number < 128 && !field.nullable && !field.optional {
                required[number / 64] |= 1 << (number % 64);
            }
            number += 1;
        }
        let prefix = Prefix::new(typename);
        Self { typename, fields, names: NameIndex::new(fields), required, prefix }
    }

    /// The `__typename`.
    pub const fn typename(&self) -> &'static str {
        self.typename
    }

    /// The fields, in jsonb key order.
    pub const fn fields(&self) -> &'static [Field] {
        self.fields
    }

    pub(super) const fn names(&self) -> &NameIndex {
        &self.names
    }

    /// A bit for each of the first 128 fields that must be there.
    pub(super) const fn required(&self) -> [u64; 2] {
        self.required
    }

    /// What this type's objects begin with.
    pub(super) const fn prefix(&self) -> &Prefix {
        &self.prefix
    }

    /// The first field that has to be there and is not, given the fields that were seen.
    pub(super) fn missing(&self, seen: impl Fn(usize) -> bool) -> Option<&'static Field> {
        let required = |&(number, field): &(usize, &'static Field)| !field.nullable && !field.optional && !seen(number);
        self.fields.iter().enumerate().find(required).map(|(_, field)| field)
    }
}

impl fmt::Debug for Value {
    /// Types by their names: a table may refer to itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar => f.write_str("Scalar"),
            Self::Object(object) => f.debug_tuple("Object").field(&object.typename).finish(),
            Self::List(element) => f.debug_tuple("List").field(element).finish(),
            Self::Union(union) => f.debug_tuple("Union").field(&union.discriminator).finish(),
            Self::Opaque => f.write_str("Opaque"),
            Self::Generic => f.write_str("Generic"),
            Self::Nullable(value) => f.debug_tuple("Nullable").field(value).finish(),
            Self::Late(_) => f.write_str("Late"),
            Self::Skipped => f.write_str("Skipped"),
        }
    }
}

impl fmt::Debug for Object {
    /// The typename and the keys only: a table may refer to itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = self.fields.iter().map(|field| field.key).collect();
        f.debug_struct("Object").field("typename", &self.typename).field("keys", &keys).finish_non_exhaustive()
    }
}

impl Field {
    /// A field that is never null.
    ///
    /// # Panics
    /// At compile time, where it initialises a static: when the name is not a GraphQL name or is `__typename`, or the key would need an escape.
    pub const fn new(key: &'static str, name: &'static str, value: Value) -> Self {
        assert!(!same(name, "__typename"), "`__typename` is written by the transform and cannot be a field's name");
        let [stored, shown, sent] = Pattern::of_field(key, name);
        Self {
            key,
            name,
            value,
            nullable: matches!(value, Value::Nullable(_)),
            optional: false,
            hint: Hint::None,
            stored,
            shown,
            sent,
        }
    }

    /// The same field, which may be null or missing.
    pub const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// The same field, which may be missing but not null: an input field with a default.
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// The same field with a guess at what its strings look like.
    pub const fn hint(mut self, hint: Hint) -> Self {
        self.hint = hint;
        self
    }

    /// The same field under the name that a selection gives it; before the first one stands the object's brace.
    pub(super) fn aliased(&self, alias: &str, first: bool) -> Self {
        Self { shown: Pattern::key(if first { "{\"" } else { ",\"" }, alias, "\":"), ..*self }
    }

    /// The same field, left out by a selection: its key is known, its value is not looked into.
    pub(super) fn skipped(&self) -> Self {
        Self { value: Value::Skipped, nullable: true, shown: Pattern::EMPTY, ..*self }
    }

    #[inline(always)]
    pub(super) const fn is_skipped(&self) -> bool {
        matches!(self.value, Value::Skipped)
    }

    /// The key in the database, snake case.
    pub const fn key(&self) -> &'static str {
        self.key
    }

    /// The name for the client, camel case.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What the field holds.
    pub const fn value(&self) -> &Value {
        &self.value
    }

    /// The key as it is written behind another field on the way back.
    pub(super) const fn sent(&self) -> &Pattern {
        &self.sent
    }

    pub(super) const fn hinted(&self) -> Hint {
        self.hint
    }

    /// The key as canonical text has it behind another field. Where it is found, [`shown`](Self::shown) has its text, too.
    pub(super) const fn stored(&self) -> &Pattern {
        &self.stored
    }

    /// The name as it is written behind another field.
    pub(super) const fn shown(&self) -> &Pattern {
        &self.shown
    }

    /// Whether it may be null or missing.
    pub const fn is_nullable(&self) -> bool {
        self.nullable
    }

    /// Whether it may be missing.
    pub const fn is_optional(&self) -> bool {
        self.optional || self.nullable
    }
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Field")
            .field("key", &self.key)
            .field("name", &self.name)
            .field("value", &self.value)
            .field("nullable", &self.nullable)
            .field("optional", &self.optional)
            .field("hint", &self.hint)
            .finish_non_exhaustive()
    }
}

impl Union {
    /// A union told by the string at `discriminator`.
    pub const fn new(discriminator: &'static str, members: &'static [(&'static str, &'static Object)]) -> Self {
        assert!(!discriminator.is_empty(), "a union needs the key of its discriminator");
        Self { discriminator, members }
    }

    /// The key whose string tells the type.
    pub const fn discriminator(&self) -> &'static str {
        self.discriminator
    }

    /// The object types by the discriminator's value.
    pub const fn members(&self) -> &'static [(&'static str, &'static Object)] {
        self.members
    }

    /// The type for a value of the discriminator.
    pub(super) fn member(&self, value: &[u8]) -> Option<&'static Object> {
        self.members.iter().find(|(name, _)| name.as_bytes() == value).map(|(_, object)| *object)
    }
}

/// jsonb's order of keys.
pub(super) const fn comes_before(left: &[u8], right: &[u8]) -> bool {
    // As in all that is done for every key, nothing is called that need not be: the compiler interprets it.
    let (len, other) = (left.len(), right.len());
    if len != other {
        return len < other;
    }
    let mut at = 0;
    while at < len {
        if left[at] != right[at] {
            return left[at] < right[at];
        }
        at += 1;
    }
    false
}

pub(super) const fn same(left: &str, right: &str) -> bool {
    let (left, right, len, mut at) = (left.as_bytes(), right.as_bytes(), left.len(), 0);
    if len != right.len() {
        return false;
    }
    while at < len {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}

pub(super) const fn is_name(name: &str) -> bool {
    let (bytes, len, mut at) = (name.as_bytes(), name.len(), 0);
    while at < len {
        if !is_in_name!(bytes[at], at) {
            return false;
        }
        at += 1;
    }
    len > 0
}

pub(super) const fn is_plain(key: &str) -> bool {
    let (bytes, len, mut at) = (key.as_bytes(), key.len(), 0);
    while at < len {
        if !is_in_key!(bytes[at]) {
            return false;
        }
        at += 1;
    }
    len > 0
}
