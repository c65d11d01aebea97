//! What a server's error means for a mutation.

use std::borrow::Cow;

use tokio_postgres::error::{DbError, ErrorPosition};

use super::ErrorKind;
use crate::contract::Contract;

/// Raised by the event log's `contract_violation`.
const CONTRACT_VIOLATION: &str = "PGM01";
/// Raised by the event log where an event is not as the log's tables want it, such as an entity that they do not know.
const EVENT_REFUSED: &str = "PGM02";
/// Raised by the event log where an idempotency key was used with another input.
const KEY_REUSED: &str = "PGM03";
const INSUFFICIENT_PRIVILEGE: &str = "42501";
const UNDEFINED_FUNCTION: &str = "42883";
const UNDEFINED_TABLE: &str = "42P01";
const UNDEFINED_COLUMN: &str = "42703";
const UNDEFINED_SCHEMA: &str = "3F000";
const SYNTAX_ERROR: &str = "42601";
const QUERY_CANCELED: &str = "57014";
const LOCK_NOT_AVAILABLE: &str = "55P03";
const TRANSACTION_TIMEOUT: &str = "25P04";
const IDLE_IN_TRANSACTION_TIMEOUT: &str = "25P03";
pub(super) const IN_FAILED_TRANSACTION: &str = "25P02";
const NO_SUCH_STATEMENT: &str = "26000";
const NOT_SUPPORTED: &str = "0A000";

/// What the server says when the event log is missing names one of these.
const EVENT_LOG: [&str; 10] = [
    "log_cdc_event",
    "contract_violation",
    "answer_violation",
    "contract_mistake",
    "claim_mutation",
    "keep_mutation_response",
    "mutation_events",
    "mutation_entities",
    "mutation_keys",
    "mutation_log",
];

/// The kind, and what to do where the server cannot know it.
pub(super) fn classify(error: &DbError, contract: Option<&'static Contract>) -> (ErrorKind, Option<Cow<'static, str>>) {
    let kind = match error.code().code() {
        CONTRACT_VIOLATION => ErrorKind::Contract,
        KEY_REUSED => ErrorKind::KeyReused,
        EVENT_REFUSED => ErrorKind::EventLog,
        INSUFFICIENT_PRIVILEGE if contract.is_some_and(|contract| names_event_log(error.message(), contract)) => {
            return (ErrorKind::EventLog, Some("the caller's role needs EXECUTE on the event log's functions".into()));
        }
        TRANSACTION_TIMEOUT => ErrorKind::Timeout,
        IDLE_IN_TRANSACTION_TIMEOUT => ErrorKind::Connection,
        // The server has one code for both and tells them apart by its message only, in English where it was not told otherwise.
        QUERY_CANCELED if error.message().contains("timeout") => ErrorKind::Timeout,
        QUERY_CANCELED => ErrorKind::Cancelled,
        LOCK_NOT_AVAILABLE if error.message().contains("lock timeout") => ErrorKind::Timeout,
        // Connection exceptions, and the server shutting down, crashing or starting.
        code if code.starts_with("08") || code.starts_with("57P") => ErrorKind::Connection,
        UNDEFINED_FUNCTION | UNDEFINED_TABLE | UNDEFINED_COLUMN | UNDEFINED_SCHEMA => {
            return contract.map_or((ErrorKind::Database, None), |contract| missing(error, contract));
        }
        _ => ErrorKind::Database,
    };
    (kind, None)
}

/// The server does not know a name: of the event log, of the mutation's function, or of something inside that function.
fn missing(error: &DbError, contract: &'static Contract) -> (ErrorKind, Option<Cow<'static, str>>) {
    let Contract { log_schema, function, source, .. } = contract;
    let message = error.message();
    // Where the log's own function does not find something, its name is in the innermost line of the context.
    let context = error.where_().and_then(|context| context.lines().next()).unwrap_or_default();
    if names_event_log(message, contract)
        || names_event_log(context, contract)
        || (error.code().code() == UNDEFINED_SCHEMA && message.contains(&format!("\"{log_schema}\"")))
    {
        let note = format!("the event log in schema `{log_schema}` is missing or outdated: run `pgmutate install`");
        return (ErrorKind::EventLog, Some(note.into()));
    }
    if in_statement(error) && message.contains(&format!("{function}(")) {
        let note = format!("the server has no such function: deploy {source}");
        return (ErrorKind::Contract, Some(note.into()));
    }
    (ErrorKind::Database, None)
}

fn names_event_log(text: &str, contract: &Contract) -> bool {
    let image_function = format!("{}.before_", contract.log_schema);
    EVENT_LOG.iter().any(|name| text.contains(name)) || text.contains(&image_function)
}

/// Whether the server did not understand the statement itself, rather than SQL inside a function.
pub(super) fn is_syntax_error_in_statement(error: &DbError) -> bool {
    error.code().code() == SYNTAX_ERROR && in_statement(error)
}

/// Whether a prepared statement was refused: `DISCARD ALL` took it, or a function that it calls answers another type than it did.
pub(super) fn is_lost_statement(error: &DbError) -> bool {
    match error.code().code() {
        NO_SUCH_STATEMENT => true,
        NOT_SUPPORTED => error.routine() == Some("RevalidateCachedQuery"),
        _ => false,
    }
}

fn in_statement(error: &DbError) -> bool {
    matches!(error.position(), Some(ErrorPosition::Original(_)))
}
