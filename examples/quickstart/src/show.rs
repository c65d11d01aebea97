//! What a person sees of a mutation: the call, the client's JSON, the event, and where the time went.

use std::cell::Cell;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::io::{IsTerminal, Write as _};
use std::time::Duration;

use pgmutate::{Mutation, TypedMutation};
use tokio_postgres::Client;

/// Prints a line; whoever reads may have seen enough and gone (`| head`), and then so do we.
pub(crate) fn line(text: impl Display) {
    if writeln!(std::io::stdout(), "{text}").is_err() {
        std::process::exit(0);
    }
}

/// Prints a line that stands out.
pub(crate) fn title(text: &str) {
    line(format_args!("{text}\n{}\n", "=".repeat(text.chars().count())));
}

/// Runs mutations and shows them.
pub(crate) struct Show<'a> {
    client: &'a Client,
    count: Cell<usize>,
    last_event: Cell<i64>,
}

impl<'a> Show<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client, count: Cell::new(0), last_event: Cell::new(0) }
    }

    /// Executes `mutation` in one round trip and prints what came of it.
    pub(crate) async fn mutation<M: Mutation + Debug>(&self, what: &str, mutation: &M) -> Result<(), Box<dyn Error>> {
        self.announce(what, mutation);
        match mutation.execute(self.client).await {
            Ok(answer) => {
                let timing = answer.timing();
                line(format_args!(
                    "   {} bytes for the client; one round trip to PostgreSQL {}, transform {}",
                    answer.as_bytes().len(),
                    time(timing.database),
                    time(timing.transform)
                ));
                line(document(answer.as_str()));
            }
            Err(error) => line(format_args!("   error: {}", error.to_string().replace('\n', "\n   "))),
        }
        self.event().await?;
        line("");
        Ok(())
    }

    /// Calls `mutation` and prints what `told` makes of its typed answer.
    pub(crate) async fn typed<M: Mutation + TypedMutation + Debug>(
        &self,
        what: &str,
        mutation: &M,
        told: impl FnOnce(Result<M::Success, M::Error>) -> String,
    ) -> Result<(), Box<dyn Error>> {
        self.announce(what, mutation);
        line(format_args!("   {}", told(mutation.call(self.client).await?)));
        self.event().await?;
        line("");
        Ok(())
    }

    fn announce<M: Mutation + Debug>(&self, what: &str, mutation: &M) {
        self.count.set(self.count.get() + 1);
        line(format_args!("{}. {}: {what}", self.count.get(), M::CONTRACT.name));
        line(format_args!("   {}, {}", M::CONTRACT.function, M::CONTRACT.source));
        line(format_args!("   {mutation:?}"));
    }

    /// Prints the event that the call has left, if it has.
    async fn event(&self) -> Result<(), Box<dyn Error>> {
        let query = "SELECT event_id, event_type, entity_type, entity_id::text, operation, payload::text
                     FROM app.mutation_events WHERE event_id > $1 ORDER BY event_id";
        let events = self.client.query(query, &[&self.last_event.get()]).await?;
        if events.is_empty() {
            line("   no event");
        }
        for event in events {
            self.last_event.set(event.get(0));
            let [event_type, entity, id, operation, payload]: [&str; 5] =
                [1, 2, 3, 4, 5].map(|column| event.get(column));
            line(format_args!("   event {}: {event_type}, {operation} of {entity} {id}", self.last_event.get()));
            line(document(payload));
        }
        Ok(())
    }
}

fn time(duration: Duration) -> String {
    format!("{duration:.1?}")
}

/// A JSON document: in lines on a terminal, as it is elsewhere.
fn document(json: &str) -> String {
    if std::io::stdout().is_terminal() { indented(json) } else { format!("   {json}") }
}

/// Breaks a document into lines without touching a byte of its values.
fn indented(json: &str) -> String {
    let mut out = String::from("   ");
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    let mut chars = json.chars().peekable();
    while let Some(c) = chars.next() {
        let line = |out: &mut String, depth: usize| {
            out.push('\n');
            out.push_str(&"  ".repeat(depth));
            out.push_str("   ");
        };
        if in_string {
            in_string = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            out.push(c);
            continue;
        }
        match c {
            '"' => in_string = true,
            ' ' => continue,
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
            }
            _ => {}
        }
        out.push(c);
        match (c, chars.peek()) {
            ('{' | '[', Some('}' | ']')) => out.extend(chars.next()),
            ('{' | '[', _) => {
                depth += 1;
                line(&mut out, depth);
            }
            (',', _) => line(&mut out, depth),
            (':', _) => out.push(' '),
            _ => {}
        }
    }
    out
}
