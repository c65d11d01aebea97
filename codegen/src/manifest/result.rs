//! How a mutation's function answers, where the manifest says more of it than its header does.

use jsonc_parser::ast::Value;

use super::Name;
use super::reader::Reader;

/// A convention by its word in the manifest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Word {
    /// `flat`
    Flat,
    /// `composite`
    Composite,
    /// `row`
    Row,
    /// `list`
    List,
    /// `out`
    Out,
    /// `scalar`
    Scalar,
    /// `void`
    Void,
}

const WORDS: &[(&str, Word)] = &[
    ("flat", Word::Flat),
    ("composite", Word::Composite),
    ("row", Word::Row),
    ("list", Word::List),
    ("out", Word::Out),
    ("scalar", Word::Scalar),
    ("void", Word::Void),
];

/// The key `result` of a mutation: its convention, and the columns that tell how it went.
#[derive(Clone, PartialEq, Debug)]
pub struct ResultForm {
    /// The convention, where it is not the one that the header tells.
    pub convention: Option<(Word, Name)>,
    /// The boolean column that tells success.
    pub success: Option<Name>,
    /// The column of the code.
    pub code: Option<Name>,
    /// The column of the message.
    pub message: Option<Name>,
    /// The boolean column that tells whether anything changed.
    pub changed: Option<Name>,
}

/// A word alone, or an object that names columns as well.
pub(super) fn read(r: &mut Reader, value: &Value<'_>) -> Option<ResultForm> {
    let convention = |r: &mut Reader, value: &Value<'_>| {
        let word = r.word(value, "`result`", WORDS)?;
        Some((word, Name { text: WORDS.iter().find(|(_, of)| *of == word)?.0.to_owned(), span: r.span(value) }))
    };
    if value.as_object().is_none() {
        let convention = convention(r, value)?;
        return Some(ResultForm {
            convention: Some(convention),
            success: None,
            code: None,
            message: None,
            changed: None,
        });
    }
    let mut keys = r.keys(value, "a result")?;
    let form = ResultForm {
        convention: keys.optional("convention").and_then(|value| convention(r, value)),
        success: keys.optional_string(r, "success"),
        code: keys.optional_string(r, "code"),
        message: keys.optional_string(r, "message"),
        changed: keys.optional_string(r, "changed"),
    };
    keys.finish(r);
    Some(form)
}

impl ResultForm {
    /// The columns that it names.
    pub fn columns(&self) -> impl Iterator<Item = &Name> {
        [&self.success, &self.code, &self.message, &self.changed].into_iter().flatten()
    }

    /// Whether it names any.
    pub fn names_columns(&self) -> bool {
        self.columns().next().is_some()
    }
}
