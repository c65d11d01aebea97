//! What the lexer cuts text into.

use std::ops::Range;

/// A piece of the text: its kind and the bytes it covers. Tokens tile the text: each starts where the one before ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Offset of its first byte.
    pub start: u32,
    /// Offset behind its last byte.
    pub end: u32,
}

impl Token {
    /// The bytes it covers.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Its characters in `text`, which is the text it was lexed from.
    pub fn text(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or_default()
    }
}

/// The kinds of tokens, as PostgreSQL's scanner and psql's tell them apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TokenKind {
    /// U+FEFF at the very start of a file.
    ByteOrderMark,
    /// Spaces, tabs, line breaks.
    Whitespace,
    /// `-- ...`, without the line break.
    LineComment,
    /// `/* ... */`, with comments nested in it.
    BlockComment,
    /// An identifier or a keyword, unquoted.
    Word,
    /// `"..."`.
    QuotedIdentifier,
    /// `U&"..."`.
    UnicodeIdentifier,
    /// `'...'`, with its continuations on later lines.
    String,
    /// `E'...'`.
    EscapeString,
    /// `U&'...'`.
    UnicodeString,
    /// `N'...'`.
    NationalString,
    /// `B'...'`.
    BitString,
    /// `X'...'`.
    HexString,
    /// `$tag$...$tag$`.
    DollarString,
    /// `1`, `1_000`, `0x1f`, `0o17`, `0b1`.
    Integer,
    /// A number with a point or an exponent.
    Decimal,
    /// `$1`.
    Parameter,
    /// One or more of the operator characters; the text says which.
    Operator,
    /// `,`.
    Comma,
    /// `;`.
    Semicolon,
    /// `(`.
    LeftParen,
    /// `)`.
    RightParen,
    /// `[`.
    LeftBracket,
    /// `]`.
    RightBracket,
    /// `.`.
    Dot,
    /// `..`, which only PL/pgSQL uses.
    DotDot,
    /// `:`.
    Colon,
    /// `::`.
    Cast,
    /// `:=`.
    Assign,
    /// `=>`.
    Arrow,
    /// A backslash command of psql with its arguments, up to the line's end or to `\\`.
    MetaCommand,
    /// `:name`, which psql replaces if the variable is set.
    Variable,
    /// `:'name'`, `:"name"` or `:{?name}`, which psql replaces.
    QuotedVariable,
    /// What is no token; see [`Fault`].
    Invalid(Fault),
}

impl TokenKind {
    /// White space and comments: what a parser passes over.
    pub fn is_trivia(self) -> bool {
        matches!(self, Self::ByteOrderMark | Self::Whitespace | Self::LineComment | Self::BlockComment)
    }

    /// A string constant whose value is text.
    pub fn is_text(self) -> bool {
        matches!(
            self,
            Self::String | Self::EscapeString | Self::UnicodeString | Self::NationalString | Self::DollarString
        )
    }

    /// An identifier in quotation marks.
    pub fn is_quoted_identifier(self) -> bool {
        matches!(self, Self::QuotedIdentifier | Self::UnicodeIdentifier)
    }
}

/// Why something is no token. What is unterminated reaches to the end of the text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Fault {
    /// A string without its closing quote.
    UnterminatedString,
    /// A quoted identifier without its closing quotation mark.
    UnterminatedIdentifier,
    /// A `/*` without its `*/`.
    UnterminatedComment,
    /// A `$tag$` that does not come again.
    UnterminatedDollarQuote,
    /// `""`.
    EmptyIdentifier,
    /// An operator of 64 characters or more.
    OperatorTooLong,
    /// A NUL byte, which PostgreSQL takes nowhere in text.
    Nul,
    /// A character that starts no token.
    UnexpectedCharacter,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::UnterminatedString => "a string is not closed",
            Self::UnterminatedIdentifier => "a quoted identifier is not closed",
            Self::UnterminatedComment => "a comment is not closed",
            Self::UnterminatedDollarQuote => "a dollar quote is not closed",
            Self::EmptyIdentifier => "a quoted identifier is empty",
            Self::OperatorTooLong => "an operator is longer than 63 characters",
            Self::Nul => "a NUL byte stands in the text",
            Self::UnexpectedCharacter => "a character starts no token",
        })
    }
}
