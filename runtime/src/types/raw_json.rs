//! JSON text that is passed on as it is.

use std::fmt;
use std::str::FromStr;

use crate::json::{InvalidJson, check};

/// JSON text, checked once and then passed on byte for byte: a client's variables, or a document that nobody here reads.
///
/// The check is what makes it safe inside another document: text that ends an object early could add fields to it.
///
/// ```
/// # fn main() -> Result<(), pgmutate::json::InvalidJson> {
/// use pgmutate::types::RawJson;
///
/// let variables: RawJson = r#"{"price": 12.50}"#.parse()?;
/// assert_eq!(variables.as_str(), r#"{"price": 12.50}"#);
/// assert!(r#"1, "admin": true"#.parse::<RawJson>().is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RawJson(String);

impl RawJson {
    /// Takes text that is exactly one JSON value, with or without space around it.
    ///
    /// # Errors
    ///
    /// The text is not JSON, holds what jsonb cannot (`\u0000`, half a surrogate pair), or is nested more than 512 deep.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidJson> {
        let text = text.into();
        check(&text)?;
        Ok(Self(text))
    }

    /// The text, as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, as it was given.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl FromStr for RawJson {
    type Err = InvalidJson;

    fn from_str(text: &str) -> Result<Self, InvalidJson> {
        Self::new(text)
    }
}

impl TryFrom<String> for RawJson {
    type Error = InvalidJson;

    fn try_from(text: String) -> Result<Self, InvalidJson> {
        Self::new(text)
    }
}

impl TryFrom<Vec<u8>> for RawJson {
    type Error = InvalidJson;

    fn try_from(text: Vec<u8>) -> Result<Self, InvalidJson> {
        Self::new(String::from_utf8(text).map_err(|error| InvalidJson::not_utf8(error.utf8_error()))?)
    }
}

impl fmt::Display for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
