//! Names as they are written in SQL.

use std::fmt;

use crate::source::Span;

/// A name and where it stands.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name {
    /// The name as PostgreSQL keeps it: folded to lower case unless it was quoted.
    pub value: Box<str>,
    /// Whether it was quoted, so that it cannot be a keyword.
    pub quoted: bool,
    /// Where it stands.
    pub span: Span,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.value.starts_with(|c: char| c.is_ascii_lowercase() || c == '_' || !c.is_ascii())
            && self
                .value
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '$') || !c.is_ascii());
        if plain { f.write_str(&self.value) } else { write!(f, "\"{}\"", self.value.replace('"', "\"\"")) }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A name with the names it is qualified by, `schema.name`, outermost first; never empty.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Path(Vec<Name>);

impl Path {
    /// The path of one name.
    pub fn new(name: Name) -> Self {
        Self(vec![name])
    }

    /// Adds a name behind a dot.
    pub fn push(&mut self, name: Name) {
        self.0.push(name);
    }

    /// The names, outermost first.
    pub fn names(&self) -> &[Name] {
        &self.0
    }

    /// The last name.
    pub fn last(&self) -> &Name {
        &self.0[self.0.len() - 1]
    }

    /// The names before the last.
    pub fn qualifiers(&self) -> &[Name] {
        &self.0[..self.0.len() - 1]
    }

    /// From the first name to the last.
    pub fn span(&self) -> Span {
        self.0[0].span.to(self.last().span)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            write!(f, "{name}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[test]
    fn names_are_printed_so_that_they_can_be_written() {
        let file = SourceMap::new().add("f.sql", "").unwrap();
        let name = |value: &str| Name { value: value.into(), quoted: false, span: Span::new(file, 0, 1) };
        assert_eq!(name("customer_1").to_string(), "customer_1");
        assert_eq!(name("straße").to_string(), "straße");
        for (value, printed) in
            [("Customer", "\"Customer\""), ("a b", "\"a b\""), ("1a", "\"1a\""), ("a\"b", "\"a\"\"b\"")]
        {
            assert_eq!(name(value).to_string(), printed);
        }
        let mut path = Path::new(name("app"));
        path.push(name("Customer"));
        assert_eq!(path.to_string(), "app.\"Customer\"");
        assert_eq!((path.qualifiers().len(), &*path.last().value), (1, "Customer"));
    }
}
