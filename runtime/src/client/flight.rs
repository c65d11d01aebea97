//! Several requests that leave together.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;

/// Keeps the requests of one flight together where several tasks use one connection.
///
/// The driver puts a request in its queue when the request's future is polled for the first time, without ever waiting there. So the first poll of
/// `join(first, second)` queues both, and with this lock held around it nothing of another task comes between them.
#[derive(Debug, Default)]
pub(super) struct Departure(Mutex<()>);

impl Departure {
    /// Polls `flight` for the first time under the lock, then lets it go on by itself.
    pub(super) async fn of<F: Future>(&self, flight: F) -> F::Output {
        let mut flight = pin!(flight);
        let first = poll_fn(|context| {
            let _alone = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Poll::Ready(flight.as_mut().poll(context))
        });
        match first.await {
            Poll::Ready(output) => output,
            Poll::Pending => flight.await,
        }
    }
}
