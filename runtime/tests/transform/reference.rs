//! What the transform has to do, in plain lines: parse to a tree, rename, write. It knows the types by their description and shares no code with the engines.

use std::collections::BTreeMap;
use std::fmt;

use pgmutate::transform::{FieldSpec, Missing, Selected, TypeSpec, Unknown, ValueSpec};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// JSON with its members in order, repeated ones included.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    Plain(serde_json::Value),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

pub(crate) fn parse(text: &[u8]) -> Option<Tree> {
    serde_json::from_slice(text).ok()
}

/// The types by their names, and the policies.
pub(crate) struct Reference<'a> {
    pub(crate) types: &'a BTreeMap<String, TypeSpec>,
    pub(crate) unknown: Unknown,
    pub(crate) missing: Missing,
    pub(crate) back: bool,
}

impl Reference<'_> {
    pub(crate) fn object(&self, typename: &str, tree: Tree) -> Option<Tree> {
        self.named(typename, tree)
    }

    fn value(&self, spec: &ValueSpec, nullable: bool, tree: Tree) -> Option<Tree> {
        if tree == Tree::Plain(serde_json::Value::Null) {
            let allowed = nullable || self.missing == Missing::Allow || matches!(spec, ValueSpec::Nullable(_));
            return allowed.then_some(tree);
        }
        match (spec, tree) {
            (ValueSpec::Scalar, tree @ Tree::Plain(_)) => Some(tree),
            (ValueSpec::Opaque, tree) => Some(tree),
            (ValueSpec::Generic, tree) => self.generic(tree),
            (ValueSpec::Nullable(spec), tree) => self.value(spec, true, tree),
            (ValueSpec::Named(name), tree) => self.named(name, tree),
            (ValueSpec::List(spec), Tree::List(elements)) => {
                let elements = elements.into_iter().map(|element| self.value(spec, false, element));
                elements.collect::<Option<_>>().map(Tree::List)
            }
            _ => None,
        }
    }

    fn named(&self, typename: &str, tree: Tree) -> Option<Tree> {
        let Tree::Object(members) = tree else { return None };
        match &self.types[typename] {
            TypeSpec::Object(fields) => self.members(typename, fields, None, members),
            TypeSpec::Union { .. } if self.back => None,
            TypeSpec::Union { discriminator, members: variants } => {
                let Some((_, Tree::Plain(serde_json::Value::String(told)))) =
                    members.iter().find(|(key, _)| key == discriminator)
                else {
                    return None;
                };
                let (_, typename) = variants.iter().find(|(value, _)| value == told)?;
                let TypeSpec::Object(fields) = &self.types[typename] else { return None };
                self.members(typename, fields, Some(discriminator), members)
            }
        }
    }

    fn members(
        &self,
        typename: &str,
        fields: &[FieldSpec],
        discriminator: Option<&String>,
        members: Vec<(String, Tree)>,
    ) -> Option<Tree> {
        let from = |field: &FieldSpec| if self.back { field.name.clone() } else { field.key.clone() };
        let to = |field: &FieldSpec| if self.back { field.key.clone() } else { field.name.clone() };
        let mut out = Vec::new();
        if !self.back {
            let typename = serde_json::Value::from(typename);
            out.push(("__typename".to_owned(), Tree::Plain(typename)));
        }
        let mut known: Vec<String> = Vec::new();
        let mut renamed: Vec<(String, String)> = Vec::new();
        for (key, tree) in members {
            if let Some(field) = fields.iter().find(|field| from(field) == key) {
                if known.contains(&key) {
                    return None;
                }
                known.push(key);
                out.push((to(field), self.value(&field.value, field.nullable, tree)?));
            } else if Some(&key) == discriminator {
                if known.contains(&key) {
                    return None;
                }
                known.push(key);
            } else {
                let name = self.rename(&key);
                match self.unknown {
                    _ if self.back => return None,
                    Unknown::Refuse => return None,
                    Unknown::Drop => {}
                    Unknown::Rename if name == "__typename" || fields.iter().any(|field| field.name == name) => {}
                    Unknown::Rename => {
                        renamed.push((key, name.clone()));
                        out.push((name, self.generic(tree)?));
                    }
                }
            }
        }
        let nullable = |field: &FieldSpec| field.nullable || matches!(field.value, ValueSpec::Nullable(_));
        let lacks = |field: &FieldSpec| !nullable(field) && !field.optional && !known.contains(&from(field));
        if self.missing == Missing::Refuse && fields.iter().any(lacks) || collides(&renamed) {
            return None;
        }
        Some(Tree::Object(out))
    }

    /// Only what was selected of an object or of a union's member.
    pub(crate) fn select(&self, typename: &str, selected: &[Selected], tree: Tree) -> Option<Tree> {
        let Tree::Object(members) = tree else { return None };
        let (typename, fields, discriminator) = match &self.types[typename] {
            TypeSpec::Object(fields) => (typename, fields, None),
            TypeSpec::Union { discriminator, members: variants } => {
                let (_, told) = members.iter().find(|(key, _)| key == discriminator)?;
                let Tree::Plain(serde_json::Value::String(told)) = told else { return None };
                let (_, typename) = variants.iter().find(|(value, _)| value == told)?;
                let TypeSpec::Object(fields) = &self.types[typename] else { return None };
                (typename.as_str(), fields, Some(discriminator))
            }
        };
        let known = |key: &String| fields.iter().any(|field| field.key == *key) || Some(key) == discriminator;
        let keys: Vec<_> = members.iter().map(|(key, _)| key).filter(|key| known(key)).collect();
        if keys.iter().enumerate().any(|(number, key)| keys[..number].contains(key)) {
            return None;
        }
        let mut out = Vec::new();
        self.select_members(typename, fields, selected, &members, &mut out)?;
        Some(Tree::Object(out))
    }

    fn select_members(
        &self,
        typename: &str,
        fields: &[FieldSpec],
        selected: &[Selected],
        members: &[(String, Tree)],
        out: &mut Vec<(String, Tree)>,
    ) -> Option<()> {
        for selected in selected {
            match selected {
                Selected::Typename { alias } => {
                    let typename = Tree::Plain(serde_json::Value::from(typename));
                    out.push((alias.clone().unwrap_or("__typename".to_owned()), typename));
                }
                Selected::On { typename: on, under } if on == typename => {
                    self.select_members(typename, fields, under, members, out)?;
                }
                Selected::On { .. } => {}
                Selected::Field { alias, name, under } => {
                    let field = fields.iter().find(|field| field.name == *name)?;
                    let nullable = field.nullable || matches!(field.value, ValueSpec::Nullable(_));
                    let tree = match members.iter().find(|(key, _)| *key == field.key) {
                        Some((_, tree)) => self.select_value(&field.value, field.nullable, under, tree.clone())?,
                        None if nullable || field.optional || self.missing == Missing::Allow => {
                            Tree::Plain(serde_json::Value::Null)
                        }
                        None => return None,
                    };
                    out.push((alias.clone().unwrap_or(name.clone()), tree));
                }
            }
        }
        Some(())
    }

    fn select_value(&self, spec: &ValueSpec, nullable: bool, under: &[Selected], tree: Tree) -> Option<Tree> {
        if under.is_empty() || tree == Tree::Plain(serde_json::Value::Null) {
            return self.value(spec, nullable, tree);
        }
        match (spec, tree) {
            (ValueSpec::Nullable(spec), tree) => self.select_value(spec, true, under, tree),
            (ValueSpec::Named(name), tree) => self.select(name, under, tree),
            (ValueSpec::List(spec), Tree::List(elements)) => {
                let elements = elements.into_iter().map(|element| self.select_value(spec, false, under, element));
                elements.collect::<Option<_>>().map(Tree::List)
            }
            _ => None,
        }
    }

    fn generic(&self, tree: Tree) -> Option<Tree> {
        match tree {
            Tree::Plain(value) => Some(Tree::Plain(value)),
            Tree::List(elements) => {
                elements.into_iter().map(|element| self.generic(element)).collect::<Option<_>>().map(Tree::List)
            }
            Tree::Object(members) => {
                let names: Vec<_> = members.iter().map(|(key, _)| (key.clone(), self.rename(key))).collect();
                if collides(&names) {
                    return None;
                }
                let members = members.into_iter().map(|(key, tree)| Some((self.rename(&key), self.generic(tree)?)));
                members.collect::<Option<_>>().map(Tree::Object)
            }
        }
    }

    fn rename(&self, key: &str) -> String {
        let bare = key.trim_start_matches('_');
        let mut name = key[..key.len() - bare.len()].to_owned();
        let mut characters = bare.chars().peekable();
        name.extend(characters.next());
        while let Some(character) = characters.next() {
            match (character, characters.peek()) {
                ('_', Some('a'..='z')) if !self.back => {
                    name.extend(characters.next().map(|next| next.to_ascii_uppercase()));
                }
                ('A'..='Z', _) if self.back => {
                    name.extend(['_', character.to_ascii_lowercase()]);
                }
                _ => name.push(character),
            }
        }
        name
    }
}

/// Whether two different keys have the same name.
fn collides(names: &[(String, String)]) -> bool {
    names.iter().any(|(key, name)| names.iter().any(|(other_key, other)| name == other && key != other_key))
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Tree;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Tree, E> {
                Ok(Tree::Plain(serde_json::Value::Null))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
                Ok(Tree::Plain(value.into()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
                Ok(Tree::Plain(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
                Ok(Tree::Plain(value.into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
                Ok(Tree::Plain(value.into()))
            }

            fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
                Ok(Tree::Plain(value.into()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Tree, A::Error> {
                let mut list = Vec::new();
                while let Some(element) = elements.next_element()? {
                    list.push(element);
                }
                Ok(Tree::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Tree, A::Error> {
                let mut object = Vec::new();
                while let Some(member) = members.next_entry()? {
                    object.push(member);
                }
                Ok(Tree::Object(object))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}
