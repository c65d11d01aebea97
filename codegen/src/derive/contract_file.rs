//! What the generator tells the derive of one function: a few lines of text beside the contract's Rust.
//!
//! One file for each function, so that a derive reads what it needs and nothing else; plain lines, so that reading them takes
//! no parser that would have to be compiled first.

use std::fmt::Write as _;

/// The folder in `OUT_DIR` that holds the files.
pub const FOLDER: &str = "pgmutate";

/// Everything that a derive on a hand-written struct is checked against.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ContractFile {
    /// The version of the generator.
    pub version: String,
    /// The mutation's name.
    pub mutation: String,
    /// The function, schema-qualified.
    pub function: String,
    /// `file:line` of the function.
    pub source: String,
    /// The `__typename` of its successful answer.
    pub typename: String,
    /// The `__typename` of its unsuccessful answer.
    pub error: String,
    /// The arguments in the order in which they are bound.
    pub arguments: Vec<ArgumentLine>,
}

/// An argument of the function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ArgumentLine {
    /// Its name.
    pub name: String,
    /// Its SQL type as written.
    pub sql_type: String,
    /// The marker in `pgmutate::sql`, such as `Uuid` or `Array<Text>`.
    pub marker: String,
    /// The type that generated code has for it, such as `pgmutate::types::Uuid`.
    pub rust: String,
    /// Whether a call may do without it.
    pub presence: Presence,
    /// `file:line` of the argument.
    pub source: String,
}

/// What a call may do without.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presence {
    /// Nothing: the argument is there and not null.
    Required,
    /// A value: null is one.
    Nullable,
    /// The argument: it has a DEFAULT.
    Optional,
}

impl Presence {
    const ALL: [Self; 3] = [Self::Required, Self::Nullable, Self::Optional];

    fn word(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Nullable => "nullable",
            Self::Optional => "optional",
        }
    }
}

/// The name of a function's files, without the ending; equal for equal functions and safe on every file system.
pub fn file_stem(function: &str) -> String {
    let mut stem = String::new();
    for c in function.chars() {
        match c {
            'a'..='z' | '0'..='9' | '_' | '.' | '-' => stem.push(c),
            // A file system may fold case, and a quoted SQL name may hold anything.
            other => {
                let _ = write!(stem, "%{:x}%", u32::from(other));
            }
        }
    }
    stem
}

impl ContractFile {
    /// The file's text.
    pub fn render(&self) -> String {
        let mut text = String::new();
        let mut line = |words: &[&str]| {
            text.push_str(&words.join("\t"));
            text.push('\n');
        };
        line(&["pgmutate", &self.version]);
        line(&["mutation", &self.mutation]);
        line(&["function", &self.function]);
        line(&["source", &self.source]);
        line(&["typename", &self.typename]);
        line(&["error", &self.error]);
        for argument in &self.arguments {
            let ArgumentLine { name, sql_type, marker, rust, presence, source } = argument;
            line(&["argument", name, sql_type, marker, rust, presence.word(), source]);
        }
        text
    }

    /// Reads a file's text; `None` where it is not one that this version wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let mut value = |key: &str| lines.next()?.strip_prefix(key)?.strip_prefix('\t').map(str::to_owned);
        let mut file = Self {
            version: value("pgmutate")?,
            mutation: value("mutation")?,
            function: value("function")?,
            source: value("source")?,
            typename: value("typename")?,
            error: value("error")?,
            arguments: Vec::new(),
        };
        for line in lines {
            let words = line.split('\t').collect::<Vec<_>>();
            let ["argument", name, sql_type, marker, rust, presence, source] = words[..] else { return None };
            file.arguments.push(ArgumentLine {
                name: name.to_owned(),
                sql_type: sql_type.to_owned(),
                marker: marker.to_owned(),
                rust: rust.to_owned(),
                presence: Presence::ALL.into_iter().find(|known| known.word() == presence)?,
                source: source.to_owned(),
            });
        }
        Some(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rendered_is_read_back() {
        let argument = |name: &str, presence| ArgumentLine {
            name: name.into(),
            sql_type: "timestamp with time zone".into(),
            marker: "Timestamptz".into(),
            rust: "pgmutate::types::Timestamptz".into(),
            presence,
            source: "my sql/a.sql:3".into(),
        };
        let file = ContractFile {
            version: "0.1.0".into(),
            mutation: "f".into(),
            function: "app.f".into(),
            source: "my sql/a.sql:1".into(),
            typename: "FSuccess".into(),
            error: "FError".into(),
            arguments: vec![
                argument("a", Presence::Required),
                argument("b", Presence::Nullable),
                argument("c", Presence::Optional),
            ],
        };
        assert_eq!(ContractFile::parse(&file.render()), Some(file));
        assert_eq!(ContractFile::parse("something else"), None);
    }

    #[test]
    fn stems_are_distinct_and_plain() {
        assert_eq!(file_stem("app.create_order"), "app.create_order");
        assert_eq!(file_stem("app.\"Weird/Name\""), "app.%22%%57%eird%2f%%4e%ame%22%");
    }
}
