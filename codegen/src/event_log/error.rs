//! Why an entity cannot be declared.

use std::fmt;

/// An entity that the event log cannot hold.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The name of the log's schema is none that PostgreSQL keeps.
    Schema {
        /// The name.
        schema: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Two entities have one name.
    Duplicate {
        /// The name.
        entity: String,
    },
    /// An entity has no key column.
    NoKey {
        /// The entity.
        entity: String,
    },
    /// An image's key has another number of columns than the entity's.
    ImageKey {
        /// The entity.
        entity: String,
        /// How many columns the entity's key has.
        expected: usize,
        /// How many the image's key has.
        found: usize,
    },
    /// The type of a key column is not the name of a type.
    KeyType {
        /// The entity.
        entity: String,
        /// The key column.
        column: String,
        /// Its type.
        data_type: String,
    },
    /// The name of an image function is longer than PostgreSQL keeps.
    LongName {
        /// The entity.
        entity: String,
        /// The function.
        function: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Schema { schema, why } => write!(f, "the event log cannot have the schema {schema:?}: {why}"),
            Error::Duplicate { entity } => write!(f, "entity `{entity}` is declared twice: remove one of them"),
            Error::NoKey { entity } => write!(f, "entity `{entity}` has no key: name the key column of its table"),
            Error::ImageKey { entity, expected, found } => write!(
                f,
                "the key of entity `{entity}` has {expected} column(s), that of its image {found}: name the same number in both"
            ),
            Error::KeyType { entity, column, data_type } => write!(
                f,
                "`{data_type}` of key column `{column}` of entity `{entity}` is not a type: write it as in CREATE TABLE, such as `uuid`"
            ),
            Error::LongName { entity, function } => write!(
                f,
                "the function name `{function}` for entity `{entity}` is longer than 63 bytes, where PostgreSQL cuts names off: shorten the entity's name"
            ),
        }
    }
}

impl std::error::Error for Error {}
