//! Tables that are made at run time, for tools that read a manifest when they start. A service uses the statics that the generator writes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use super::table::{Field, Object, Union, Value, is_name, is_plain};

/// A type to be made into a table.
#[derive(Clone, Debug)]
pub enum TypeSpec {
    /// An object type with its fields, in any order.
    Object(Vec<FieldSpec>),
    /// A union: the discriminator's key, and the name of the member type for each of its values.
    Union {
        /// The key whose string tells the type.
        discriminator: String,
        /// The discriminator's value and the name of the object type it stands for.
        members: Vec<(String, String)>,
    },
}

/// A field of a type to be made.
#[derive(Clone, Debug)]
pub struct FieldSpec {
    /// The key in the database.
    pub key: String,
    /// The name for the client.
    pub name: String,
    /// What it holds.
    pub value: ValueSpec,
    /// Whether it may be null or missing.
    pub nullable: bool,
    /// Whether it may be missing, but not null.
    pub optional: bool,
}

/// What a field or a list element holds.
#[derive(Clone, Debug)]
pub enum ValueSpec {
    /// See [`Value::Scalar`].
    Scalar,
    /// An object or union by its name.
    Named(String),
    /// See [`Value::List`].
    List(Box<ValueSpec>),
    /// See [`Value::Nullable`].
    Nullable(Box<ValueSpec>),
    /// See [`Value::Opaque`].
    Opaque,
    /// See [`Value::Generic`].
    Generic,
}

/// Why a table cannot be made.
#[derive(Debug)]
pub struct TableError {
    typename: String,
    reason: String,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no table can be made for type `{}`: {}", self.typename, self.reason)
    }
}

impl std::error::Error for TableError {}

/// Makes a table for each object type, by name. The types may refer to each other in any way.
///
/// The tables live as long as the process, as the engines expect: their memory is given up for good. Call it once for a manifest, not once for a document.
///
/// # Errors
/// When a name is not a GraphQL name, is given twice or refers to no type, or a key would need escapes. A static table does not compile then.
pub fn make_tables(types: &BTreeMap<String, TypeSpec>) -> Result<BTreeMap<String, &'static Object>, TableError> {
    let late: BTreeMap<&str, &'static OnceLock<Value>> =
        types.keys().map(|name| (name.as_str(), &*Box::leak(Box::default()))).collect();
    let mut objects = BTreeMap::new();
    for (typename, spec) in types {
        if let TypeSpec::Object(fields) = spec {
            let fail = |reason| TableError { typename: typename.clone(), reason };
            let object = make_object(typename, fields, &late).map_err(fail)?;
            objects.insert(typename.clone(), object);
        }
    }
    for (typename, spec) in types {
        let value = match spec {
            TypeSpec::Object(_) => objects.get(typename).map(|object| Value::Object(object)),
            TypeSpec::Union { discriminator, members } => {
                let fail = |reason| TableError { typename: typename.clone(), reason };
                Some(Value::Union(make_union(discriminator, members, &objects).map_err(fail)?))
            }
        };
        if let (Some(late), Some(value)) = (late.get(typename.as_str()), value) {
            // Each lock is set once, here: nobody else has it yet.
            let _ = late.set(value);
        }
    }
    Ok(objects)
}

type Late<'a> = BTreeMap<&'a str, &'static OnceLock<Value>>;

fn make_object(typename: &str, specs: &[FieldSpec], late: &Late<'_>) -> Result<&'static Object, String> {
    if !is_name(typename) {
        return Err("its name is not a GraphQL name".to_owned());
    }
    let mut specs: Vec<_> = specs.iter().collect();
    specs.sort_by(|left, right| left.key.len().cmp(&right.key.len()).then_with(|| left.key.cmp(&right.key)));
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    let mut fields = Vec::new();
    let mut last_key = "";
    for spec in specs {
        let FieldSpec { key, name, .. } = spec;
        if !is_plain(key) {
            return Err(format!("the key `{}` is empty or would need escapes", key.escape_debug()));
        }
        if key == last_key {
            return Err(format!("the key `{key}` is given twice"));
        }
        if !is_name(name) || name == "__typename" {
            return Err(format!("field `{key}` cannot be named `{}`", name.escape_debug()));
        }
        if let Some(other) = names.insert(name, key) {
            return Err(format!("`{other}` and `{key}` would both be named `{name}`"));
        }
        let value = make_value(&spec.value, late).map_err(|reason| format!("field `{key}`: {reason}"))?;
        let field = Field::new(leak_str(key), leak_str(name), value);
        let field = if spec.nullable { field.nullable() } else { field };
        fields.push(if spec.optional { field.optional() } else { field });
        last_key = key;
    }
    Ok(Box::leak(Box::new(Object::new(leak_str(typename), fields.leak()))))
}

fn make_value(spec: &ValueSpec, late: &Late<'_>) -> Result<Value, String> {
    let leak = |spec: &ValueSpec| make_value(spec, late).map(|value| &*Box::leak(Box::new(value)));
    Ok(match spec {
        ValueSpec::Scalar => Value::Scalar,
        ValueSpec::Opaque => Value::Opaque,
        ValueSpec::Generic => Value::Generic,
        ValueSpec::List(element) => Value::List(leak(element)?),
        ValueSpec::Nullable(value) => Value::Nullable(leak(value)?),
        ValueSpec::Named(name) => {
            Value::Late(late.get(name.as_str()).ok_or_else(|| format!("there is no type `{name}`"))?)
        }
    })
}

fn make_union(
    discriminator: &str,
    members: &[(String, String)],
    objects: &BTreeMap<String, &'static Object>,
) -> Result<&'static Union, String> {
    if discriminator.is_empty() {
        return Err("it has no discriminator".to_owned());
    }
    let member = |(value, name): &(String, String)| match objects.get(name) {
        Some(object) => Ok((leak_str(value), *object)),
        None => Err(format!("its member `{name}` is no object type")),
    };
    let members: Vec<_> = members.iter().map(member).collect::<Result<_, _>>()?;
    Ok(Box::leak(Box::new(Union::new(leak_str(discriminator), members.leak()))))
}

fn leak_str(text: &str) -> &'static str {
    text.to_owned().leak()
}
