//! Names of objects: already folded, with and without their schema.

use std::fmt;

use crate::sql::cursor::significant;
use crate::sql::lexer::{self, Mode, Token, TokenKind};

/// A schema and a name in it, both folded to what the server stores.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct QualifiedName {
    /// The schema.
    pub schema: String,
    /// The name in the schema.
    pub name: String,
}

impl QualifiedName {
    /// `schema.name`
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }

    /// The name that `text` is in SQL: `app.create_order`, `"my.schema"."F"`; `None` if it is not two names with a dot between them.
    pub fn parse(text: &str) -> Option<Self> {
        let tokens = significant(text, Mode::Server);
        let [schema, dot, name] = tokens.as_slice() else { return None };
        let value = |token: &Token| lexer::identifier(*token, text, '\\')?.ok();
        (dot.kind == TokenKind::Dot).then_some(())?;
        Some(Self::new(value(schema)?, value(name)?))
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", Quoted(&self.schema), Quoted(&self.name))
    }
}

/// A name as SQL writes it, that may say its schema or leave it to the search path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectName {
    /// The schema, if it is written.
    pub schema: Option<String>,
    /// The name.
    pub name: String,
}

impl ObjectName {
    /// A name without a schema.
    pub fn bare(name: impl Into<String>) -> Self {
        Self { schema: None, name: name.into() }
    }

    /// A name with its schema.
    pub fn qualified(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: Some(schema.into()), name: name.into() }
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{}.", Quoted(schema))?;
        }
        write!(f, "{}", Quoted(&self.name))
    }
}

/// Shows an identifier in quotes where SQL would otherwise read another name.
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.0.bytes().enumerate().all(|(i, b)| match b {
            b'a'..=b'z' | b'_' => true,
            b'0'..=b'9' | b'$' => i > 0,
            _ => false,
        });
        if plain && !self.0.is_empty() { f.write_str(self.0) } else { write!(f, "\"{}\"", self.0.replace('"', "\"\"")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_only_where_needed() {
        assert_eq!(QualifiedName::new("app", "create_order").to_string(), "app.create_order");
        assert_eq!(QualifiedName::new("App", "a\"b").to_string(), "\"App\".\"a\"\"b\"");
        assert_eq!(ObjectName::bare("1st").to_string(), "\"1st\"");
    }

    #[test]
    fn reads_names_as_sql_does() {
        let read = |text| QualifiedName::parse(text).map(|name| (name.schema, name.name));
        let name = |schema: &str, name: &str| Some((schema.to_owned(), name.to_owned()));
        assert_eq!(read("App.create_Order"), name("app", "create_order"));
        assert_eq!(read("\"my.schema\".f"), name("my.schema", "f"));
        assert_eq!(read("\"App\".\"say \"\"hi\"\"\""), name("App", "say \"hi\""));
        // The server folds the letters of ASCII alone.
        assert_eq!(read("app.\u{c4}NDERN"), name("app", "\u{c4}ndern"));
        for none in ["", "f", "a.b.c", "a.", ".b", "a b", "a.'b'", "a.b(", "\"a.b"] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
