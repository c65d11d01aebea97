//! Why a document was refused, where in its bytes and where in its structure.

use std::fmt;

/// A document that cannot be transformed: what is wrong, at which byte, under which path.
#[derive(Debug)]
pub struct Error(Box<Report>);

#[derive(Debug)]
struct Report {
    problem: Problem,
    offset: usize,
    /// From the inside out: each level adds its own as the error passes through it.
    segments: Vec<Segment>,
    path: String,
}

#[derive(Debug)]
enum Segment {
    Key(String),
    Index(usize),
}

/// What kind of mistake an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The document is not JSON, or ends too soon, or goes on behind its end.
    Syntax,
    /// It is not UTF-8, or an escape names half a character.
    Encoding,
    /// It is nested deeper than the limit.
    Depth,
    /// A value is of another kind than declared: a list where an object belongs, say.
    Mismatch,
    /// A field that must not be null is null.
    Null,
    /// A field that must be there is not.
    Missing,
    /// A key that the type does not declare, where that is refused.
    Unknown,
    /// A declared key is there twice.
    Repeated,
    /// Two keys of one object would get the same name.
    Collision,
    /// The type of a union's member cannot be told.
    Discriminator,
}

/// The mistake in detail.
#[derive(Debug)]
pub(crate) enum Problem {
    Expected(&'static str, Option<u8>),
    Trailing,
    Control(u8),
    Escape,
    Surrogate,
    NullCharacter,
    Utf8,
    Number,
    Depth(usize),
    Mismatch {
        expected: &'static str,
        found: &'static str,
    },
    Null,
    Missing {
        field: String,
        typename: &'static str,
    },
    Unknown {
        key: String,
        typename: &'static str,
        suggestion: Option<&'static str>,
    },
    Repeated(String),
    Collision {
        name: String,
    },
    NoDiscriminator(&'static str),
    UnknownMember {
        key: &'static str,
        value: String,
    },
    UnionInput,
    /// A value of the right kind that is none of its Rust type's.
    Unreadable {
        expected: String,
        found: String,
    },
}

impl Error {
    #[cold]
    pub(crate) fn new(problem: Problem, offset: usize) -> Self {
        Self(Box::new(Report { problem, offset, segments: Vec::new(), path: String::new() }))
    }

    /// The same error, seen from the object whose value under `key` it is in.
    #[cold]
    pub(crate) fn under_key(mut self, key: &[u8]) -> Self {
        self.0.segments.push(Segment::Key(shown(key)));
        self
    }

    /// The same error, seen from the list whose element it is in.
    #[cold]
    pub(crate) fn under_index(mut self, index: usize) -> Self {
        self.0.segments.push(Segment::Index(index));
        self
    }

    /// Writes the path out, once the error has reached the top.
    #[cold]
    pub(crate) fn with_path(mut self) -> Self {
        let report = &mut *self.0;
        for segment in report.segments.drain(..).rev() {
            match segment {
                Segment::Key(key) => {
                    if !report.path.is_empty() {
                        report.path.push('.');
                    }
                    report.path.push_str(&key);
                }
                Segment::Index(index) => report.path.push_str(&format!("[{index}]")),
            }
        }
        self
    }

    /// The same error, seen from the array whose row the document is.
    #[cold]
    pub(super) fn in_row(mut self, row: usize) -> Self {
        let path = &mut self.0.path;
        let separator = if path.is_empty() { "" } else { "." };
        *path = format!("[{row}]{separator}{path}");
        self
    }

    /// The byte of the document at which the mistake was noticed.
    pub fn offset(&self) -> usize {
        self.0.offset
    }

    /// The path to the value that is wrong, in the document's own keys: `order.items[3].sku`. Empty for the document itself.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// What kind of mistake it is.
    pub fn kind(&self) -> ErrorKind {
        match self.0.problem {
            Problem::Expected(..) | Problem::Trailing | Problem::Control(_) | Problem::Escape | Problem::Number => {
                ErrorKind::Syntax
            }
            Problem::Surrogate | Problem::NullCharacter | Problem::Utf8 => ErrorKind::Encoding,
            Problem::Depth(_) => ErrorKind::Depth,
            Problem::Mismatch { .. } | Problem::UnionInput | Problem::Unreadable { .. } => ErrorKind::Mismatch,
            Problem::Null => ErrorKind::Null,
            Problem::Missing { .. } => ErrorKind::Missing,
            Problem::Unknown { .. } => ErrorKind::Unknown,
            Problem::Repeated(_) => ErrorKind::Repeated,
            Problem::Collision { .. } => ErrorKind::Collision,
            Problem::NoDiscriminator(_) | Problem::UnknownMember { .. } => ErrorKind::Discriminator,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { problem, offset, path, .. } = &*self.0;
        write!(f, "{problem}")?;
        if !path.is_empty() {
            write!(f, ", at `{path}`")?;
        }
        write!(f, " (byte {offset})")
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expected(what, None) => write!(f, "expected {what}, found the end of the document"),
            Self::Expected(what, Some(byte)) => write!(f, "expected {what}, found `{}`", byte.escape_ascii()),
            Self::Trailing => f.write_str("the document goes on behind its end"),
            Self::Control(byte) => {
                write!(f, "the control character 0x{byte:02x} in a string must be written as an escape")
            }
            Self::Escape => f.write_str("invalid escape in a string"),
            Self::Surrogate => f.write_str("a `\\u` escape names half of a surrogate pair"),
            Self::NullCharacter => f.write_str("PostgreSQL cannot store the character `\\u0000`"),
            Self::Utf8 => f.write_str("invalid UTF-8 in a string"),
            Self::Number => f.write_str("invalid number"),
            Self::Depth(limit) => write!(f, "nested deeper than {limit} levels"),
            Self::Mismatch { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::Null => f.write_str("must not be null"),
            Self::Missing { field, typename } => write!(f, "field `{field}` of `{typename}` is missing"),
            Self::Unknown { key, typename, suggestion } => {
                write!(f, "`{typename}` has no field `{key}`")?;
                suggestion.map_or(Ok(()), |name| write!(f, "; did you mean `{name}`?"))
            }
            Self::Repeated(key) => write!(f, "field `{key}` is there twice"),
            Self::Collision { name } => write!(f, "two keys of one object would both be named `{name}`"),
            Self::NoDiscriminator(key) => write!(f, "the type cannot be told: `{key}` is missing or not a string"),
            Self::UnknownMember { key, value } => {
                write!(f, "the type cannot be told: no member for `{key}` = `{value}`")
            }
            Self::UnionInput => f.write_str("a union cannot be an input: declare an object type"),
            Self::Unreadable { expected, found } => write!(f, "expected {expected}, found {found}"),
        }
    }
}

/// A key as it is shown in a message: one line, of bounded length.
pub(crate) fn shown(key: &[u8]) -> String {
    const LIMIT: usize = 64;
    let text = String::from_utf8_lossy(key);
    let mut shown: String = text.chars().take(LIMIT).flat_map(char::escape_debug).collect();
    if text.chars().nth(LIMIT).is_some() {
        shown.push('…');
    }
    shown
}
