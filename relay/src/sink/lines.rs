//! JSON lines, to standard output or anything else that bytes can be written to.

use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use super::{Delivery, Failure, Outcome, Sink};
use crate::{Event, Format, Timestamp};

/// Writes the value of each event as a line. Tombstones have no value, so there are none.
#[derive(Debug)]
pub struct Lines<W> {
    format: Format,
    out: W,
    buffer: Vec<u8>,
}

impl<W: AsyncWrite + Send + Unpin> Lines<W> {
    /// Writes to `out`.
    pub fn new(format: Format, out: W) -> Lines<W> {
        Lines { format, out, buffer: Vec::new() }
    }
}

impl<W: AsyncWrite + Send + Unpin> Sink for Lines<W> {
    fn deliver<'a>(&'a mut self, events: &'a [Event]) -> Delivery<'a> {
        Box::pin(async move {
            let now = Timestamp::now();
            self.buffer.clear();
            for event in events {
                self.buffer.extend_from_slice(&self.format.value(event, now));
                self.buffer.push(b'\n');
            }
            let written = async {
                self.out.write_all(&self.buffer).await?;
                self.out.flush().await
            };
            match written.await {
                Ok(()) => vec![Outcome::Delivered; events.len()],
                // Part of a line may be out, so there is no way to go on.
                Err(error) => vec![Outcome::Failed(Failure::broken(format!("cannot write to the output: {error}")))],
            }
        })
    }
}
