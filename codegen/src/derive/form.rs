//! What JSON a type stands for, as far as its name tells: a derive knows no types.

use syn::{GenericArgument, PathArguments, Type};

use super::declaration::{Declarations, FieldLine, Kind};

/// A value, and whether it may be null.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Form {
    pub(super) nullable: bool,
    pub(super) value: Value,
}

/// What a value is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Value {
    /// A string or a number.
    Scalar,
    Text,
    Integer,
    Float,
    Boolean,
    Object,
    List(Box<Form>),
    /// A type that may be anything: of somebody's own, or JSON.
    Unknown,
}

/// Why a value of one form cannot be where another is expected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Misfit {
    Null,
    Value,
}

/// Which way a value goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// From the database into the type.
    Read,
    /// From the type into the database.
    Sent,
}

impl Form {
    /// The form of a type by the name that it is written with.
    pub(super) fn written(ty: &Type, way: Way) -> Self {
        let plain = |value| Self { nullable: false, value };
        // A type of somebody's own may take null, and is not said to send it.
        let unknown = Self { nullable: way == Way::Read, value: Value::Unknown };
        let path = match ty {
            Type::Path(path) => &path.path,
            Type::Group(group) => return Self::written(&group.elem, way),
            Type::Paren(paren) => return Self::written(&paren.elem, way),
            Type::Reference(reference) => return Self::written(&reference.elem, way),
            Type::Array(array) => return plain(Value::List(Box::new(Self::written(&array.elem, way)))),
            Type::Slice(slice) => return plain(Value::List(Box::new(Self::written(&slice.elem, way)))),
            _ => return unknown,
        };
        let Some(last) = path.segments.last() else { return unknown };
        let of = || match &last.arguments {
            PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
                Some(GenericArgument::Type(of)) if arguments.args.len() == 1 => Some(Self::written(of, way)),
                _ => None,
            },
            _ => None,
        };
        match last.ident.to_string().as_str() {
            "Option" | "Patch" => of().map_or(unknown, |form| Self { nullable: true, ..form }),
            "Box" | "Arc" | "Rc" => of().unwrap_or(unknown),
            "Vec" => of().map_or(unknown, |form| plain(Value::List(Box::new(form)))),
            "String" | "str" | "char" | "Cow" => plain(Value::Text),
            "HashMap" | "BTreeMap" => plain(Value::Object),
            "bool" => plain(Value::Boolean),
            "i8" | "i16" | "i32" | "i64" | "i128" | "u8" | "u16" | "u32" | "u64" | "u128" => plain(Value::Integer),
            "f32" | "f64" => plain(Value::Float),
            _ => unknown,
        }
    }

    /// The form of a key by its declaration.
    pub(super) fn declared(field: &FieldLine, declarations: &Declarations) -> Self {
        Self::of_graphql(&field.graphql, &field.rust, declarations)
    }

    fn of_graphql(graphql: &str, rust: &str, declarations: &Declarations) -> Self {
        let (graphql, nullable) = match graphql.strip_suffix('!') {
            Some(inner) => (inner, false),
            None => (graphql, true),
        };
        let value = match graphql.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
            Some(element) => Value::List(Box::new(Self::of_graphql(element, element_of(rust), declarations))),
            None => match (declarations.of_type(graphql).map(|declaration| declaration.kind), rust) {
                (Some(Kind::Object | Kind::Input | Kind::Union { .. }), _) => Value::Object,
                (Some(Kind::Enum { .. }), _) => Value::Text,
                _ if graphql == "ID" => Value::Scalar,
                (_, "String") => Value::Text,
                (_, "bool") => Value::Boolean,
                (_, "i16" | "i32" | "i64") => Value::Integer,
                (_, "f32" | "f64") => Value::Float,
                (_, "pgmutate::types::RawJson") => Value::Unknown,
                (_, rust) if rust.starts_with("pgmutate::types::") => Value::Scalar,
                _ => Value::Unknown,
            },
        };
        Self { nullable, value }
    }

    /// Whether what `self` says can go where `into` is expected.
    pub(super) fn misfit(&self, into: &Self, way: Way) -> Option<Misfit> {
        if self.nullable && !into.nullable {
            return Some(Misfit::Null);
        }
        let fits = match (&self.value, &into.value) {
            (Value::Unknown, _) | (_, Value::Unknown) | (Value::Integer, Value::Float) => true,
            (Value::Scalar, other) | (other, Value::Scalar) => {
                matches!(other, Value::Scalar | Value::Text | Value::Integer | Value::Float)
            }
            (Value::List(of), Value::List(into)) => return of.misfit(into, way),
            // Digits may be read into a string, and out of one.
            (Value::Text, Value::Integer | Value::Float) | (Value::Integer | Value::Float, Value::Text) => {
                way == Way::Read
            }
            (one, other) => one == other,
        };
        (!fits).then_some(Misfit::Value)
    }
}

/// What a list holds, of a type as generated code has it.
fn element_of(rust: &str) -> &str {
    let element = rust.strip_prefix("Vec<").and_then(|rest| rest.strip_suffix('>')).unwrap_or(rust);
    element.strip_prefix("Option<").and_then(|rest| rest.strip_suffix('>')).unwrap_or(element)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::derive::declaration::{Declaration, render_declarations};

    fn declarations() -> Declarations {
        let declare = |name: &str, kind| Declaration { name: name.into(), source: String::new(), kind, fields: vec![] };
        let declared = [declare("Order", Kind::Object), declare("State", Kind::Enum { values: vec![] })];
        Declarations::read(render_declarations("1", &declared), "1").unwrap()
    }

    fn misfit(way: Way, declared: (&str, &str), written: &str) -> Option<Misfit> {
        let field = FieldLine { key: "k".into(), graphql: declared.0.into(), rust: declared.1.into() };
        let declared = Form::declared(&field, &declarations());
        let written = Form::written(&syn::parse_str(written).unwrap(), way);
        match way {
            Way::Read => declared.misfit(&written, way),
            Way::Sent => written.misfit(&declared, way),
        }
    }

    #[test]
    fn what_may_be_null_is_read_into_something_that_may() {
        let read = |graphql, written| misfit(Way::Read, (graphql, "String"), written);
        assert_eq!(read("String!", "String"), None);
        assert_eq!(read("String!", "Option<String>"), None);
        assert_eq!(read("String", "::std::option::Option<Box<str>>"), None);
        assert_eq!(read("String", "String"), Some(Misfit::Null));
        assert_eq!(read("String", "Name"), None);
        let list = |graphql, written| misfit(Way::Read, (graphql, "Vec<Option<String>>"), written);
        assert_eq!(list("[String]!", "Vec<Option<String>>"), None);
        assert_eq!(list("[String]!", "Vec<String>"), Some(Misfit::Null));
        assert_eq!(list("[String!]", "Vec<String>"), Some(Misfit::Null));
    }

    #[test]
    fn what_is_never_null_is_sent_as_something_that_never_is() {
        let sent = |graphql, written| misfit(Way::Sent, (graphql, "String"), written);
        assert_eq!(sent("String", "String"), None);
        assert_eq!(sent("String", "Patch<String>"), None);
        assert_eq!(sent("String!", "Option<Name>"), Some(Misfit::Null));
        assert_eq!(sent("String!", "Name"), None);
        assert_eq!(sent("[String!]!", "Vec<&str>"), None);
        assert_eq!(sent("[String!]!", "[Option<&str>; 2]"), Some(Misfit::Null));
    }

    #[test]
    fn what_is_one_thing_is_not_another() {
        let read = |graphql, rust, written| misfit(Way::Read, (graphql, rust), written);
        assert_eq!(read("Int!", "i32", "i64"), None);
        assert_eq!(read("Int!", "i32", "String"), None);
        assert_eq!(read("Float!", "f64", "i64"), Some(Misfit::Value));
        assert_eq!(read("Int!", "i32", "bool"), Some(Misfit::Value));
        assert_eq!(read("Order!", "Order", "String"), Some(Misfit::Value));
        assert_eq!(read("Order!", "Order", "My"), None);
        assert_eq!(read("[Order!]!", "Vec<Order>", "My"), None);
        assert_eq!(read("[Order!]!", "Vec<Order>", "String"), Some(Misfit::Value));
        assert_eq!(read("Order!", "Order", "Vec<My>"), Some(Misfit::Value));
        assert_eq!(read("State!", "State", "String"), None);
        assert_eq!(read("State!", "State", "bool"), Some(Misfit::Value));
        assert_eq!(read("ID!", "String", "i64"), None);
        assert_eq!(read("ID!", "String", "bool"), Some(Misfit::Value));
        assert_eq!(read("Decimal!", "pgmutate::types::Numeric", "Vec<f64>"), Some(Misfit::Value));
        assert_eq!(read("DateTime!", "pgmutate::types::Timestamptz", "String"), None);
        assert_eq!(read("Money!", "crate::Money", "bool"), None);
        assert_eq!(read("JSON!", "pgmutate::types::RawJson", "bool"), None);
        let sent = |graphql, rust, written| misfit(Way::Sent, (graphql, rust), written);
        assert_eq!(sent("Int!", "i32", "String"), Some(Misfit::Value));
        assert_eq!(sent("Int!", "i32", "f64"), Some(Misfit::Value));
        assert_eq!(sent("Int!", "i32", "HashMap<String, i32>"), Some(Misfit::Value));
        assert_eq!(sent("ID!", "String", "Vec<u8>"), Some(Misfit::Value));
        assert_eq!(sent("Float!", "f64", "i32"), None);
    }
}
