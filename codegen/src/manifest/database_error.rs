//! Which errors of the database are a mutation's own answers.

use jsonc_parser::ast::Value;

use super::Name;
use super::reader::Reader;

/// An error that the function, a constraint or a trigger raises, and the code that a client is told instead.
#[derive(Clone, PartialEq, Debug)]
pub struct DatabaseError {
    /// The SQLSTATE, or the name of a condition.
    pub sqlstate: Name,
    /// The constraint that it is of; any, where there is none.
    pub constraint: Option<Name>,
    /// The code of the answer.
    pub code: Name,
    /// The message of the answer.
    pub message: Option<String>,
}

pub(super) fn read(r: &mut Reader, value: &Value<'_>) -> Option<DatabaseError> {
    let mut keys = r.keys(value, "a database error")?;
    let sqlstate = keys.required_string(r, "sqlstate");
    let constraint = keys.optional_string(r, "constraint");
    let code = keys.required_string(r, "code");
    let message = keys.optional("message").and_then(|value| r.text(value, "`message`"));
    keys.finish(r);
    Some(DatabaseError { sqlstate: sqlstate?, constraint, code: code?, message })
}
