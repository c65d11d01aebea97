//! What one call sets, from its contract and its context.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Context;
use crate::arguments::Arguments;
use crate::contract::{Contract, Part};
use crate::error::Error;
use crate::idempotency::IdempotencyKey;

/// The setting that the event log reads: what a call's context adds to the metadata of its events.
const EVENT_CONTEXT: &str = "pgmutate.context";

const STATEMENT_TIMEOUT: &str = "statement_timeout";

/// Settings and their values, in the order in which they are made.
#[derive(Debug, Default)]
pub(crate) struct Session<'a> {
    settings: Vec<(&'a str, Cow<'a, str>)>,
    /// Whether they go ahead of the statement, in a transaction block around both.
    ahead: bool,
    idempotency: Option<&'a IdempotencyKey>,
    actor: Option<&'a str>,
    dry_run: bool,
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
                idempotency: None,
                retry: None,
                dry_run: false,
                log_values: false,
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
            settings.push((STATEMENT_TIMEOUT, Cow::Owned(milliseconds.to_string())));
        }
        if let Some((name, _)) = settings.iter().find(|(_, value)| value.contains('\0')) {
            return Err(Error::context(format!(
                "the value of `{name}` has a NUL character, which a PostgreSQL text cannot hold"
            )));
        }
        if let Some(fault) = context.idempotency.as_ref().and_then(IdempotencyKey::fault) {
            return Err(Error::context(fault.to_owned()));
        }
        let in_statement = contract.statement.iter().any(|part| matches!(part, Part::Settings));
        let ahead = context.role.is_some()
            || context.timeout.is_some()
            || context.idempotency.is_some()
            || context.dry_run
            || (!settings.is_empty() && !in_statement);
        if ahead && !contract.statement.iter().any(|part| matches!(part, Part::Guard)) {
            return Err(Error::context(
                "its statement cannot make sure that it runs under the context: generate it anew".into(),
            ));
        }
        if context.idempotency.is_some() && !contract.statement.iter().any(|part| matches!(part, Part::Response)) {
            return Err(Error::context("its statement cannot keep its answer: generate it anew".into()));
        }
        let (idempotency, actor) = (context.idempotency.as_ref(), context.actor.as_deref());
        Ok(Self { settings, ahead, idempotency, actor, dry_run: context.dry_run })
    }

    /// How many settings the statement makes itself.
    pub(crate) fn in_statement(&self) -> usize {
        if self.ahead { 0 } else { self.settings.len() }
    }

    /// Whether the settings go ahead of the statement.
    pub(crate) fn is_ahead(&self) -> bool {
        self.ahead
    }

    /// The settings that decide what a call means: all but who asked for it and how long it may take.
    pub(crate) fn meaning(&self) -> impl Iterator<Item = (&str, &str)> {
        let settings = self.settings.iter().map(|(name, value)| (*name, value.as_ref()));
        settings.filter(|(name, _)| ![EVENT_CONTEXT, STATEMENT_TIMEOUT].contains(name))
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

/// What goes ahead of a statement, in one transaction with it: the settings, a mark by which the statement knows its transaction, and the claim of an
/// idempotency key.
///
/// The block is begun in the same flight, so nothing has told yet that it was. Were it not, because a cancellation hit just that, the settings would be lost
/// and the statement would run without them: so it looks for the mark first, and without it runs nothing. Nor does it where the key has an answer already.
#[derive(Debug)]
pub(crate) struct Ahead {
    settings: Option<Sql>,
    claim: Option<Sql>,
    mark: String,
    /// What keeps the response: function, scope, key, fingerprint and for how long.
    keep: Option<[String; 5]>,
    dry_run: bool,
}

/// A statement of the runtime's own, with the texts that it binds.
#[derive(Debug)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) values: Vec<String>,
}

/// The setting that holds the mark.
const MARK: &str = "pgmutate.flight";

impl Ahead {
    pub(crate) fn of(arguments: &Arguments, session: &Session<'_>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let mark = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
        let keep = session.idempotency.map(|key| key.values(arguments, session, session.actor));
        let mut values = session.values().map(str::to_owned).collect::<Vec<_>>();
        let claim = keep.as_ref().map(|keep| claim(arguments.contract(), keep, &mark));
        if claim.is_none() {
            values.extend([MARK.to_owned(), mark.clone()]);
        }
        let settings = (!values.is_empty()).then(|| {
            let mut text = String::from("SELECT ");
            crate::statement::push_settings(&mut text, values.len() / 2, 0);
            Sql { text, values }
        });
        Self { settings, claim, mark, keep, dry_run: session.dry_run }
    }

    /// What the statement binds behind its arguments: the mark that it looks for, and what keeps its response.
    pub(crate) fn extras(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.mark.as_str()).chain(self.keep.iter().flatten().map(String::as_str))
    }

    /// Makes the settings, and the mark unless the claim does.
    pub(crate) fn settings(&self) -> Option<&Sql> {
        self.settings.as_ref()
    }

    /// Claims the key: answers the row of an earlier call, or makes the mark and answers nothing.
    pub(crate) fn claim(&self) -> Option<&Sql> {
        self.claim.as_ref()
    }

    pub(crate) fn is_dry_run(&self) -> bool {
        self.dry_run
    }
}

fn claim(contract: &Contract, keep: &[String; 5], mark: &str) -> Sql {
    let schema = crate::statement::quoted(contract.log_schema);
    let text = format!(
        "SELECT response, success, NULL::bigint AS event_id, true AS replayed FROM {schema}.claim_mutation($1, $2, $3, $4)\n\
         WHERE CASE WHEN response IS NULL THEN set_config('{MARK}', $5, true) IS NULL ELSE true END"
    );
    let values = keep.iter().take(4).map(String::as_str).chain([mark]).map(str::to_owned).collect();
    Sql { text, values }
}
