//! The codes of all diagnostics. A code is never used again for another mistake.

use super::Level;

/// A stable code such as `PGM001`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Code {
    number: u16,
    /// The mistake in a few words, as in the title of its page.
    title: &'static str,
    default_level: Level,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $level:ident, $title:literal;)*) => {
        impl Code {
            $($(#[$doc])* pub const $name: Code = Code { number: $number, title: $title, default_level: Level::$level };)*

            /// Every code, by number.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];
        }
    };
}

// 000-099 reading sources and SQL, 100-199 the manifest, 200-299 the contract, 300-399 events.
codes! {
    /// A file or folder cannot be read.
    UNREADABLE_FILE = 1, Deny, "a file cannot be read";
    /// A folder or a pattern of the settings stands for no SQL file.
    NO_SQL_FILE = 2, Deny, "a path stands for no SQL file";
    /// A file is not UTF-8.
    NOT_UTF8 = 3, Deny, "a file is not UTF-8";
    /// A file holds a NUL byte, which PostgreSQL refuses.
    NUL_BYTE = 4, Deny, "a file holds a NUL byte";
    /// A link leads to a folder above itself.
    FOLDER_LOOP = 5, Deny, "a folder leads back to one above it";
    /// Nothing tells which tool applies a folder of migrations.
    UNCLEAR_MIGRATIONS = 6, Deny, "migrations of an unknown tool";
    /// Two migrations have one version, so that their order is open.
    DUPLICATE_MIGRATION = 7, Deny, "two migrations have one version";
    /// A quote, a comment or a parenthesis is never closed.
    UNTERMINATED = 8, Deny, "a quote or a comment is not closed";
    /// Two schema files define one object, so that it depends on their order which of them counts.
    DUPLICATE_DEFINITION = 9, Deny, "an object is defined twice";
    /// The manifest is not JSON.
    MANIFEST_SYNTAX = 100, Deny, "the manifest is not valid JSON";
    /// The manifest is of another version.
    MANIFEST_VERSION = 101, Deny, "the manifest is of another version";
    /// A value of the manifest has another form than its key asks for, or is missing.
    MANIFEST_FORM = 102, Deny, "a value of the manifest has the wrong form";
    /// A key that the manifest's form does not know.
    MANIFEST_UNKNOWN_KEY = 103, Deny, "the manifest has an unknown key";
    /// The same name twice.
    MANIFEST_DUPLICATE = 104, Deny, "a name is declared twice";
    /// A type is not in GraphQL notation.
    MANIFEST_TYPE = 105, Deny, "a type is not in GraphQL notation";
}

impl Code {
    /// The number without the prefix.
    pub fn number(self) -> u16 {
        self.number
    }

    /// The mistake in a few words.
    pub fn title(self) -> &'static str {
        self.title
    }

    /// The level unless the manifest or the builder sets another.
    pub fn default_level(self) -> Level {
        self.default_level
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PGM{:03}", self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_sorted() {
        assert!(Code::ALL.windows(2).all(|pair| pair[0].number < pair[1].number));
    }
}
