//! Types in GraphQL notation: `String`, `ID!`, `[OrderItem!]!`.

use crate::source::Span;

/// A type as a manifest names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TypeRef {
    /// A named type.
    Named {
        /// Its name.
        name: String,
        /// Where the name stands.
        span: Span,
        /// Whether it may be null.
        nullable: bool,
    },
    /// A list.
    List {
        /// The type of its elements.
        element: Box<TypeRef>,
        /// Whether the list itself may be null.
        nullable: bool,
    },
}

/// Deeper lists are refused, so that nothing that walks a type can run out of stack.
const MAX_DEPTH: usize = 16;

/// What is wrong with a type's notation, and at which byte of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Malformed {
    pub(crate) at: usize,
    pub(crate) what: &'static str,
}

impl TypeRef {
    /// Parses `text`; `place` turns a range of it into a place in the file.
    pub(crate) fn parse(text: &str, place: impl Fn(usize, usize) -> Span) -> Result<Self, Malformed> {
        let mut parser = Parser { text: text.as_bytes(), at: 0 };
        let parsed = parser.type_ref(text, &place, 0)?;
        parser.skip_space();
        if parser.at < text.len() {
            return Err(Malformed { at: parser.at, what: "nothing may follow the type" });
        }
        Ok(parsed)
    }

    /// Whether a value may be null.
    pub fn is_nullable(&self) -> bool {
        match self {
            TypeRef::Named { nullable, .. } | TypeRef::List { nullable, .. } => *nullable,
        }
    }

    /// The name and its place, inside all lists.
    pub fn named(&self) -> (&str, Span) {
        let mut inner = self;
        loop {
            match inner {
                TypeRef::Named { name, span, .. } => return (name, *span),
                TypeRef::List { element, .. } => inner = element,
            }
        }
    }
}

impl std::fmt::Display for TypeRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            TypeRef::Named { name, .. } => write!(f, "{name}")?,
            TypeRef::List { element, .. } => write!(f, "[{element}]")?,
        }
        if self.is_nullable() { Ok(()) } else { write!(f, "!") }
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn skip_space(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn type_ref(
        &mut self,
        text: &str,
        place: &impl Fn(usize, usize) -> Span,
        depth: usize,
    ) -> Result<TypeRef, Malformed> {
        if depth == MAX_DEPTH {
            return Err(Malformed { at: self.at, what: "lists are nested too deeply" });
        }
        if self.eat(b'[') {
            let element = Box::new(self.type_ref(text, place, depth + 1)?);
            if !self.eat(b']') {
                return Err(Malformed { at: self.at, what: "the list is not closed with `]`" });
            }
            return Ok(TypeRef::List { element, nullable: !self.eat(b'!') });
        }
        let start = self.at;
        while self.text.get(self.at).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_') {
            self.at += 1;
        }
        let name = text.get(start..self.at).unwrap_or_default();
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(Malformed { at: start, what: "a type name is expected" });
        }
        let span = place(start, self.at);
        Ok(TypeRef::Named { name: name.to_owned(), span, nullable: !self.eat(b'!') })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    fn parse(text: &str) -> Result<String, (usize, &'static str)> {
        let file = SourceMap::new().add("m", text).unwrap();
        TypeRef::parse(text, |start, end| Span::new(file, start, end))
            .map(|t| t.to_string())
            .map_err(|malformed| (malformed.at, malformed.what))
    }

    #[test]
    fn reads_names_lists_and_nullability() {
        for text in ["String", "ID!", "[OrderItem!]!", "[[Int]!]"] {
            assert_eq!(parse(text).as_deref(), Ok(text));
        }
        assert_eq!(parse(" [ Int ! ] ").as_deref(), Ok("[Int!]"));
    }

    #[test]
    fn refuses_what_is_not_a_type_and_says_where() {
        assert_eq!(parse("").unwrap_err().0, 0);
        assert_eq!(parse("[Int").unwrap_err(), (4, "the list is not closed with `]`"));
        assert_eq!(parse("Int!!").unwrap_err(), (4, "nothing may follow the type"));
        assert_eq!(parse("1nt").unwrap_err().0, 0);
        assert!(parse(&"[".repeat(100_000)).is_err());
    }
}
