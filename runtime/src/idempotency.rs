//! A key by which a call that is made again has no second effect.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::arguments::Arguments;
use crate::context::Session;

/// A call's idempotency key: the first call with it is made, every later one is answered what the first was.
///
/// Within its scope a key belongs to one mutation and one input. Another input, or another role or setting, is refused
/// ([`ErrorKind::KeyReused`](crate::ErrorKind::KeyReused)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    key: String,
    scope: Option<String>,
    expires_after: Duration,
}

/// Keys and scopes are part of an index.
const LONGEST: usize = 255;

impl IdempotencyKey {
    /// A key that the client made, such as a uuid; it is kept for a day.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), scope: None, expires_after: Duration::from_secs(24 * 60 * 60) }
    }

    /// Whose key it is, such as the tenant: keys of two scopes are two keys. Without it, the key is that of the context's actor.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// How long the answer is kept, in whole seconds.
    #[must_use]
    pub fn expires_after(mut self, time: Duration) -> Self {
        self.expires_after = time;
        self
    }

    /// What is wrong with it.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let scope = self.scope.as_deref().unwrap_or_default();
        if self.key.is_empty() {
            Some("the idempotency key is empty")
        } else if self.key.len() > LONGEST || scope.len() > LONGEST {
            Some("the idempotency key or its scope is longer than 255 bytes")
        } else if self.key.contains('\0') || scope.contains('\0') {
            Some("the idempotency key or its scope has a NUL character, which a PostgreSQL text cannot hold")
        } else {
            None
        }
    }

    /// What the event log's functions are given: function, scope, key, fingerprint and how long it is kept.
    pub(crate) fn values(&self, arguments: &Arguments, session: &Session<'_>, actor: Option<&str>) -> [String; 5] {
        [
            arguments.contract().function.to_owned(),
            self.scope.as_deref().or(actor).unwrap_or_default().to_owned(),
            self.key.clone(),
            fingerprint(arguments, session),
            format!("{} seconds", self.expires_after.as_secs()),
        ]
    }
}

impl From<&str> for IdempotencyKey {
    fn from(key: &str) -> Self {
        Self::new(key)
    }
}

impl From<String> for IdempotencyKey {
    fn from(key: String) -> Self {
        Self::new(key)
    }
}

/// Tells one input from another: the arguments as they are bound, and the settings that decide what they mean.
fn fingerprint(arguments: &Arguments, session: &Session<'_>) -> String {
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    for (name, value) in arguments.named_values() {
        add(name.as_bytes());
        match value {
            Some(value) => {
                add(b"value");
                add(value);
            }
            None => add(b"null"),
        }
    }
    for (name, value) in session.meaning() {
        add(name.as_bytes());
        add(value.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
