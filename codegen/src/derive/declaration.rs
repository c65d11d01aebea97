//! What the generator tells the derives of the manifest's types and events: one file of plain lines, a block for each.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;

/// The file, beside the contracts.
pub const DECLARATIONS: &str = "declarations";

/// A type or an event as the manifest declares it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Declaration {
    /// Its name: that of a type is its `__typename`, that of an event its type.
    pub name: String,
    /// `file:line` of its declaration.
    pub source: String,
    /// What is declared.
    pub kind: Kind,
    /// The keys that it has.
    pub fields: Vec<FieldLine>,
}

/// What is declared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// An output type, or a successful answer.
    Object,
    /// An input.
    Input,
    /// An enum.
    Enum {
        /// Its values.
        values: Vec<String>,
    },
    /// A union, or an interface, which has fields.
    Union {
        /// The key that tells the member.
        discriminator: String,
        /// The key's values, and the type that each tells.
        members: Vec<(String, String)>,
    },
    /// Unsuccessful answers.
    Errors {
        /// The function that gives them.
        function: String,
        /// Their codes.
        codes: Vec<String>,
    },
    /// An event.
    Event {
        /// The entity that it is of.
        entity: String,
        /// What happened to the entity.
        operation: String,
    },
}

/// A key of a declaration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldLine {
    /// The key.
    pub key: String,
    /// Its type as the manifest has it, such as `[String!]`.
    pub graphql: String,
    /// The type that generated code has for it, without what says that it may be null.
    pub rust: String,
}

/// Every declaration of a project, by name.
#[derive(Debug)]
pub(super) struct Declarations {
    text: String,
    /// Where the block of each is; events have names of their own.
    blocks: HashMap<(bool, String), Range<usize>>,
}

impl Kind {
    /// The word that its block begins with.
    fn word(&self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Input => "input",
            Self::Enum { .. } => "enum",
            Self::Union { .. } => "union",
            Self::Errors { .. } => EVERY_ERROR,
            Self::Event { .. } => EVENT,
        }
    }

    /// The words behind name and source.
    fn details(&self) -> Vec<&str> {
        match self {
            Self::Object | Self::Input | Self::Enum { .. } => Vec::new(),
            Self::Union { discriminator, .. } => vec![discriminator],
            Self::Errors { function, .. } => vec![function],
            Self::Event { entity, operation } => vec![entity, operation],
        }
    }

    /// The strings of which a value is one.
    pub(super) fn values(&self) -> Vec<&str> {
        match self {
            Self::Enum { values: texts } | Self::Errors { codes: texts, .. } => {
                texts.iter().map(String::as_str).collect()
            }
            Self::Union { members, .. } => members.iter().map(|(value, _)| value.as_str()).collect(),
            Self::Object | Self::Input | Self::Event { .. } => Vec::new(),
        }
    }
}

const EVERY_ERROR: &str = "errors";
const EVENT: &str = "event";
const FIELD: &str = "field";
const VALUE: &str = "value";
const MEMBER: &str = "member";

/// The file's text: the version of the generator, then the declarations.
pub fn render_declarations(version: &str, declarations: &[Declaration]) -> String {
    let mut text = String::new();
    line(&mut text, &["pgmutate", version]);
    for Declaration { name, source, kind, fields } in declarations {
        text.push('\n');
        let mut words = vec![kind.word(), name, source];
        words.extend(kind.details());
        line(&mut text, &words);
        for FieldLine { key, graphql, rust } in fields {
            line(&mut text, &[FIELD, key, graphql, rust]);
        }
        if let Kind::Union { members, .. } = kind {
            members.iter().for_each(|(value, member)| line(&mut text, &[MEMBER, value, member]));
        } else {
            kind.values().into_iter().for_each(|value| line(&mut text, &[VALUE, value]));
        }
    }
    text
}

/// A line of words, with a tab between them and none in them.
fn line(text: &mut String, words: &[&str]) {
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            text.push('\t');
        }
        for c in word.chars() {
            match c {
                '\t' | '\n' | '\r' | '\\' => {
                    let _ = write!(text, "\\{:x}.", u32::from(c));
                }
                plain => text.push(plain),
            }
        }
    }
    text.push('\n');
}

/// The words of a line; `None` where it is none.
fn words(line: &str) -> Option<Vec<String>> {
    line.split('\t').map(unescaped).collect()
}

fn unescaped(word: &str) -> Option<String> {
    let mut parts = word.split('\\');
    let mut plain = parts.next()?.to_owned();
    for part in parts {
        let (code, rest) = part.split_once('.')?;
        plain.push(char::from_u32(u32::from_str_radix(code, 16).ok()?)?);
        plain.push_str(rest);
    }
    Some(plain)
}

impl Declarations {
    /// Finds the blocks of a file's text; `None` where it is not one that `version` wrote.
    pub(super) fn read(text: String, version: &str) -> Option<Self> {
        let body = text.strip_prefix("pgmutate\t")?.strip_prefix(version)?.strip_prefix('\n')?;
        let mut blocks = HashMap::new();
        let mut start = text.len() - body.len();
        for block in body.split_inclusive("\n\n") {
            let end = start + block.len();
            // The first block has its empty line in front of it.
            let first = words(block.trim_start_matches('\n').lines().next().unwrap_or_default())?;
            if let [kind, name, ..] = &first[..] {
                blocks.insert((kind == EVENT, name.clone()), start..end);
            }
            start = end;
        }
        Some(Self { text, blocks })
    }

    /// The type of this name.
    pub(super) fn of_type(&self, name: &str) -> Option<Declaration> {
        self.block(false, name)
    }

    /// The event of this type.
    pub(super) fn of_event(&self, name: &str) -> Option<Declaration> {
        self.block(true, name)
    }

    /// The names of all events.
    pub(super) fn events(&self) -> impl Iterator<Item = &str> {
        self.blocks.keys().filter(|(is_event, _)| *is_event).map(|(_, name)| name.as_str())
    }

    /// The names of all types.
    pub(super) fn types(&self) -> impl Iterator<Item = &str> {
        self.blocks.keys().filter(|(is_event, _)| !*is_event).map(|(_, name)| name.as_str())
    }

    fn block(&self, is_event: bool, name: &str) -> Option<Declaration> {
        let block = self.text.get(self.blocks.get(&(is_event, name.to_owned()))?.clone())?;
        let mut lines = block.lines().filter(|line| !line.is_empty());
        let first = words(lines.next()?)?;
        let (mut fields, mut values, mut members) = (Vec::new(), Vec::new(), Vec::new());
        for line in lines {
            match &words(line)?[..] {
                [what, key, graphql, rust] if what == FIELD => {
                    fields.push(FieldLine { key: key.clone(), graphql: graphql.clone(), rust: rust.clone() });
                }
                [what, value] if what == VALUE => values.push(value.clone()),
                [what, value, member] if what == MEMBER => members.push((value.clone(), member.clone())),
                _ => return None,
            }
        }
        let [word, name, source, details @ ..] = &first[..] else { return None };
        let kind = match (word.as_str(), details) {
            ("object", []) => Kind::Object,
            ("input", []) => Kind::Input,
            ("enum", []) => Kind::Enum { values },
            ("union", [discriminator]) => Kind::Union { discriminator: discriminator.clone(), members },
            (EVERY_ERROR, [function]) => Kind::Errors { function: function.clone(), codes: values },
            (EVENT, [entity, operation]) => Kind::Event { entity: entity.clone(), operation: operation.clone() },
            _ => return None,
        };
        Some(Declaration { name: name.clone(), source: source.clone(), kind, fields })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declarations() -> Vec<Declaration> {
        let field = |key: &str, graphql: &str| FieldLine {
            key: key.to_owned(),
            graphql: graphql.to_owned(),
            rust: "String".to_owned(),
        };
        let declaration = |name: &str, kind, fields| Declaration {
            name: name.to_owned(),
            source: "my sql/mutations.json:3".to_owned(),
            kind,
            fields,
        };
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        vec![
            declaration("Order", Kind::Object, vec![field("id", "ID!"), field("a\tb\\c\nd", "[String!]")]),
            declaration("OrderInput", Kind::Input, Vec::new()),
            declaration("State", Kind::Enum { values: texts(&["OPEN", "two words", ""]) }, Vec::new()),
            declaration(
                "Payment",
                Kind::Union { discriminator: "kind".to_owned(), members: vec![("card".to_owned(), "Card".to_owned())] },
                vec![field("id", "ID!")],
            ),
            declaration(
                "OrderError",
                Kind::Errors { function: "app.\"f\"".to_owned(), codes: Vec::new() },
                vec![field("message", "String")],
            ),
            declaration(
                "Order",
                Kind::Event { entity: "order".to_owned(), operation: "CREATE".to_owned() },
                vec![field("after", "Order!")],
            ),
        ]
    }

    #[test]
    fn what_is_rendered_is_read_back() {
        let declared = declarations();
        let read = Declarations::read(render_declarations("1.2.3", &declared), "1.2.3").unwrap();
        for declaration in &declared {
            let found = match declaration.kind {
                Kind::Event { .. } => read.of_event(&declaration.name),
                _ => read.of_type(&declaration.name),
            };
            assert_eq!(found.as_ref(), Some(declaration));
        }
        assert_eq!((read.types().count(), read.events().count()), (5, 1));
        assert_eq!(read.of_type("Customer"), None);
    }

    proptest::proptest! {
        #[test]
        fn every_text_is_read_back(name in ".*", source in ".*", key in ".*", value in "(?s).*", other in "(?s).*") {
            let fields = vec![FieldLine { key, graphql: value.clone(), rust: other.clone() }];
            let kind = Kind::Errors { function: source.clone(), codes: vec![value, other] };
            let declared = Declaration { name, source, kind, fields };
            let read = Declarations::read(render_declarations("1", &[declared.clone(), declared.clone()]), "1");
            proptest::prop_assert_eq!(read.unwrap().of_type(&declared.name), Some(declared));
        }

        #[test]
        fn whatever_is_read_does_no_harm(text in "(?s)(pgmutate\t1\n)?(\n|\t|object|field|value|event|\\\\|.)*") {
            if let Some(read) = Declarations::read(text, "1") {
                let names = read.types().chain(read.events()).collect::<Vec<_>>();
                names.iter().for_each(|name| drop((read.of_type(name), read.of_event(name))));
            }
        }
    }

    #[test]
    fn nothing_else_is_read() {
        assert!(Declarations::read(render_declarations("1.2.3", &declarations()), "1.2.4").is_none());
        assert!(Declarations::read("something else".to_owned(), "1.2.3").is_none());
        assert_eq!(Declarations::read(render_declarations("1", &[]), "1").unwrap().types().count(), 0);
        let read = Declarations::read("pgmutate\t1\n\nobject\tA\ts\nfield\tx\n".to_owned(), "1").unwrap();
        assert_eq!(read.of_type("A"), None);
    }
}
