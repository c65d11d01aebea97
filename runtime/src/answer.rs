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
    success: bool,
    event_id: Option<i64>,
    timing: Timing,
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
    pub(crate) fn new(success: bool, event_id: Option<i64>, timing: Timing) -> Self {
        Self { success, event_id, timing }
    }

    /// Whether the mutation did what it was asked to; if not, the answer's code says why.
    pub fn is_success(&self) -> bool {
        self.success
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
