//! What one call sets, from its contract and its context.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Context;
use crate::contract::{Contract, Part};
use crate::error::Error;

/// The setting that the event log reads: what a call's context adds to the metadata of its events.
const EVENT_CONTEXT: &str = "pgmutate.context";

/// Settings and their values, in the order in which they are made.
#[derive(Debug, Default)]
pub(crate) struct Session<'a> {
    settings: Vec<(&'a str, Cow<'a, str>)>,
    /// Whether they go ahead of the statement, in a transaction block around both.
    ahead: bool,
}

impl<'a> Session<'a> {
    /// Every setting of the contract, as the context has it or by its default; and what else the context asks for.
    pub(crate) fn of(contract: &'static Contract, context: Option<&'a Context>) -> Result<Self, Error> {
        let empty = const {
            &Context {
                settings: Vec::new(),
                role: None,
                timeout: None,
                actor: None,
                source: None,
                request_id: None,
                traceparent: None,
            }
        };
        let context = context.unwrap_or(empty);
        check_declared(contract, context)?;
        let metadata = context.metadata()?;
        let mut settings = Vec::new();
        // In the order of `SET ROLE; SET`: the role's rights decide what may be set.
        settings.extend(context.role.as_deref().map(|role| ("role", Cow::Borrowed(role))));
        for setting in contract.settings {
            let given = context.settings.iter().find(|(name, _)| name.eq_ignore_ascii_case(setting.name));
            settings.push((setting.name, Cow::Borrowed(given.map_or(setting.default, |(_, value)| value.as_str()))));
        }
        if !metadata.is_empty() || !contract.settings.is_empty() {
            settings.push((EVENT_CONTEXT, Cow::Owned(metadata)));
        }
        if let Some(timeout) = context.timeout {
            let milliseconds = timeout.as_millis().clamp(1, i32::MAX as u128);
            settings.push(("statement_timeout", Cow::Owned(milliseconds.to_string())));
        }
        if let Some((name, _)) = settings.iter().find(|(_, value)| value.contains('\0')) {
            return Err(Error::context(format!(
                "the value of `{name}` has a NUL character, which a PostgreSQL text cannot hold"
            )));
        }
        let in_statement = contract.statement.iter().any(|part| matches!(part, Part::Settings));
        let ahead = context.role.is_some() || context.timeout.is_some() || (!settings.is_empty() && !in_statement);
        if ahead && !contract.statement.iter().any(|part| matches!(part, Part::Guard)) {
            return Err(Error::context(
                "its statement cannot make sure that it runs under the context: generate it anew".into(),
            ));
        }
        Ok(Self { settings, ahead })
    }

    /// How many settings the statement makes itself.
    pub(crate) fn in_statement(&self) -> usize {
        if self.ahead { 0 } else { self.settings.len() }
    }

    /// Whether the settings go ahead of the statement.
    pub(crate) fn is_ahead(&self) -> bool {
        self.ahead
    }

    /// Names and values in turn, for the statement to bind.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.settings.iter().flat_map(|(name, value)| [*name, value])
    }
}

/// A setting that nobody declared would be set by some calls and linger in the others' blind spot.
fn check_declared(contract: &'static Contract, context: &Context) -> Result<(), Error> {
    let declared = |name: &str| contract.settings.iter().any(|setting| setting.name.eq_ignore_ascii_case(name));
    let Some((name, _)) = context.settings.iter().find(|(name, _)| !declared(name)) else { return Ok(()) };
    let known = contract.settings.iter().map(|setting| format!("`{}`", setting.name)).collect::<Vec<_>>().join(", ");
    let known = if known.is_empty() { "none".to_owned() } else { known };
    Err(Error::context(format!("the manifest declares no setting `{name}`; under `settings` it declares {known}")))
}

/// What goes ahead of a statement: the settings, and a mark by which the statement knows its transaction.
///
/// The block is begun in the same flight, so nothing has told yet that it was. Were it not, because a cancellation hit just that, the settings would be lost
/// and the statement would run without them: so it looks for the mark first, and without it runs nothing.
#[derive(Debug)]
pub(crate) struct Ahead {
    /// Names and values in turn.
    values: Vec<String>,
    mark: String,
}

/// The setting that holds the mark.
const MARK: &str = "pgmutate.flight";

impl Ahead {
    pub(crate) fn of(session: &Session<'_>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let mark = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
        let values = session.values().chain([MARK, mark.as_str()]).map(str::to_owned).collect();
        Self { values, mark }
    }

    /// What the statement looks for.
    pub(crate) fn mark(&self) -> &str {
        &self.mark
    }

    /// The statement that makes the settings: `values` is what it binds.
    pub(crate) fn statement(&self) -> String {
        let mut text = String::from("SELECT ");
        crate::statement::push_settings(&mut text, self.values.len() / 2, 0);
        text
    }

    /// Names and values in turn.
    pub(crate) fn values(&self) -> impl ExactSizeIterator<Item = &str> {
        self.values.iter().map(String::as_str)
    }
}
