//! What a call leaves for those who watch: a span of `tracing`, counters and histograms of `metrics`; each by its feature, nothing without them.

use std::future::Future;

use crate::answer::Outcome;
use crate::context::Context;
use crate::contract::Contract;
use crate::error::Error;

/// One call that is watched.
pub(crate) struct Observation {
    #[cfg(feature = "metrics")]
    function: &'static str,
    #[cfg(feature = "tracing")]
    log_values: bool,
    #[cfg(feature = "tracing")]
    span: tracing::Span,
}

#[cfg_attr(
    not(all(feature = "tracing", feature = "metrics")),
    allow(unused_variables, reason = "who watches is decided by features")
)]
impl Observation {
    pub(crate) fn of(contract: &'static Contract, context: Option<&Context>) -> Self {
        Self {
            #[cfg(feature = "metrics")]
            function: contract.function,
            #[cfg(feature = "tracing")]
            log_values: context.is_some_and(Context::logs_values),
            #[cfg(feature = "tracing")]
            span: tracing::info_span!(
                "mutation",
                function = contract.function,
                outcome = tracing::field::Empty,
                code = tracing::field::Empty,
                sqlstate = tracing::field::Empty,
                rows = tracing::field::Empty,
                bytes = tracing::field::Empty,
                retries = tracing::field::Empty,
                replayed = tracing::field::Empty,
                database_us = tracing::field::Empty,
                transform_us = tracing::field::Empty,
            ),
        }
    }

    /// Runs the call, and records what came of it.
    pub(crate) async fn watch(self, call: impl Future<Output = Result<Outcome, Error>>) -> Result<Outcome, Error> {
        #[cfg(feature = "tracing")]
        let call = tracing::Instrument::instrument(call, self.span.clone());
        let done = call.await;
        #[cfg(feature = "metrics")]
        self.count(&done);
        #[cfg(feature = "tracing")]
        self.trace(&done);
        done
    }

    #[cfg(feature = "metrics")]
    fn count(&self, done: &Result<Outcome, Error>) {
        use metrics::{counter, histogram};

        let function = self.function;
        let (outcome, code, retries) = match done {
            Ok(outcome) => (outcome.word(), outcome.code.unwrap_or_default(), outcome.retries),
            Err(error) => ("failure", error.kind().word(), error.retries()),
        };
        counter!("pgmutate_calls_total", "function" => function, "outcome" => outcome, "code" => code).increment(1);
        if retries > 0 {
            counter!("pgmutate_retries_total", "function" => function).increment(retries.into());
        }
        if let Ok(outcome) = done {
            histogram!("pgmutate_database_seconds", "function" => function).record(outcome.timing.database);
            histogram!("pgmutate_transform_seconds", "function" => function).record(outcome.timing.transform);
            histogram!("pgmutate_answer_bytes", "function" => function).record(outcome.bytes as f64);
        }
    }

    #[cfg(feature = "tracing")]
    fn trace(&self, done: &Result<Outcome, Error>) {
        let micros = |time: std::time::Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let span = &self.span;
        let error = match done {
            Ok(outcome) => {
                span.record("outcome", outcome.word());
                span.record("code", outcome.code.unwrap_or_default());
                span.record("rows", outcome.rows);
                span.record("bytes", outcome.bytes);
                span.record("retries", outcome.retries);
                span.record("replayed", outcome.replayed);
                span.record("database_us", micros(outcome.timing.database));
                span.record("transform_us", micros(outcome.timing.transform));
                return;
            }
            Err(error) => error,
        };
        let _entered = span.enter();
        span.record("outcome", "failure");
        span.record("code", error.kind().word());
        span.record("retries", error.retries());
        if let Some(sqlstate) = error.sqlstate() {
            span.record("sqlstate", sqlstate);
        }
        // Message and DETAIL quote data.
        if self.log_values {
            tracing::error!(error = %error, "mutation failed");
        } else {
            tracing::error!(error = %error.without_values(), "mutation failed");
        }
    }
}

#[cfg(any(feature = "tracing", feature = "metrics"))]
impl Outcome {
    fn word(&self) -> &'static str {
        if self.success { "success" } else { "error" }
    }
}
