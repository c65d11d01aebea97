//! The tables that the generator writes and the engines read: plain statics, no initialisation at run time.

/// A known object type: its `__typename` and its fields.
#[derive(Debug)]
pub struct Object {
    typename: &'static str,
    fields: &'static [Field],
}

/// A field of an [`Object`]: its key in the database, its name for the client and what it holds.
#[derive(Debug)]
pub struct Field {
    key: &'static str,
    name: &'static str,
    value: Value,
    nullable: bool,
}

/// What a field or a list element holds.
#[derive(Debug)]
pub enum Value {
    /// A string, number or boolean, passed byte for byte.
    Scalar,
    /// An object of a known type.
    Object(&'static Object),
    /// A list.
    List(&'static Value),
    /// An object whose type is told by one of its fields.
    Union(&'static Union),
    /// JSON whose keys are left as they are.
    Opaque,
    /// JSON whose keys are renamed by rule, snake case to camel case.
    Generic,
}

/// A union or interface: the discriminator's key and the object type for each of its values.
#[derive(Debug)]
pub struct Union {
    discriminator: &'static str,
    members: &'static [(&'static str, &'static Object)],
}

impl Object {
    /// An object type; `fields` are in jsonb key order: by length in bytes, then by bytes.
    pub const fn new(typename: &'static str, fields: &'static [Field]) -> Self {
        Self { typename, fields }
    }

    /// The `__typename`.
    pub const fn typename(&self) -> &'static str {
        self.typename
    }

    /// The fields, in jsonb key order.
    pub const fn fields(&self) -> &'static [Field] {
        self.fields
    }
}

impl Field {
    /// A field that is never null.
    pub const fn new(key: &'static str, name: &'static str, value: Value) -> Self {
        Self { key, name, value, nullable: false }
    }

    /// The same field, which may be null or missing.
    pub const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
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

    /// Whether it may be null or missing.
    pub const fn is_nullable(&self) -> bool {
        self.nullable
    }
}

impl Union {
    /// A union told by the string at `discriminator`.
    pub const fn new(discriminator: &'static str, members: &'static [(&'static str, &'static Object)]) -> Self {
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
}
