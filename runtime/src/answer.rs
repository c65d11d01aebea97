//! What a mutation answered.

use std::fmt;
use std::time::Duration;

/// A mutation's answer: GraphQL JSON for the client, and what the caller may want to know of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    body: Vec<u8>,
    outcome: Outcome,
}

/// What came of a mutation, without the answer's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    pub(crate) success: bool,
    pub(crate) code: Option<&'static str>,
    pub(crate) event_id: Option<i64>,
    pub(crate) replayed: bool,
    pub(crate) retries: u32,
    pub(crate) bytes: usize,
    pub(crate) rows: u32,
    pub(crate) timing: Timing,
}

/// Where the time went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timing {
    /// From sending the statement until the server was ready for the next: network, queueing, execution and commit.
    pub database: Duration,
    /// Turning the answer into the client's JSON.
    pub transform: Duration,
}

impl Outcome {
    /// Whether the mutation did what it was asked to; if not, the answer's code says why.
    pub fn is_success(&self) -> bool {
        self.success
    }

    /// The answer's code, such as `SUCCESS`; `None` for one that the contract does not name.
    pub fn code(&self) -> Option<&'static str> {
        self.code
    }

    /// Whether it is the answer to an earlier call with the same idempotency key: this one did nothing.
    pub fn is_replayed(&self) -> bool {
        self.replayed
    }

    /// How often the call was made again because it met another transaction.
    pub fn retries(&self) -> u32 {
        self.retries
    }

    /// The length of the answer.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The event that the statement left in the event log. `None` for an unsuccessful answer, and where the function logs its event itself.
    pub fn event_id(&self) -> Option<i64> {
        self.event_id
    }

    /// Where the time went.
    pub fn timing(&self) -> Timing {
        self.timing
    }
}

impl Answer {
    pub(crate) fn new(body: Vec<u8>, outcome: Outcome) -> Self {
        Self { body, outcome }
    }

    #[cfg(test)]
    pub(crate) fn of_body(body: &str) -> Self {
        let timing = Timing::default();
        let outcome = Outcome {
            success: true,
            code: None,
            event_id: None,
            replayed: false,
            retries: 0,
            bytes: body.len(),
            rows: 1,
            timing,
        };
        Self::new(body.as_bytes().to_vec(), outcome)
    }

    /// The client's JSON.
    pub fn as_str(&self) -> &str {
        // The transform writes UTF-8 only.
        std::str::from_utf8(&self.body).unwrap_or_default()
    }

    /// The client's JSON.
    pub fn as_bytes(&self) -> &[u8] {
        &self.body
    }

    /// The client's JSON.
    pub fn into_bytes(self) -> Vec<u8> {
        self.body
    }

    /// What came of the mutation.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Whether the mutation did what it was asked to; if not, the answer's code says why.
    pub fn is_success(&self) -> bool {
        self.outcome.success
    }

    /// See [`Outcome::event_id`].
    pub fn event_id(&self) -> Option<i64> {
        self.outcome.event_id
    }

    /// Where the time went.
    pub fn timing(&self) -> Timing {
        self.outcome.timing
    }
}

/// The size of the body, not the body: it belongs to the user's customers.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("bytes", &self.body.len()).field("outcome", &self.outcome).finish()
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
