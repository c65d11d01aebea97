//! What a person sees of a mutation: the call, the client's JSON, the event, and where the time went.

use std::cell::Cell;
use std::error::Error;
use std::fmt::Debug;
use std::io::IsTerminal;
use std::time::Duration;

use pgmutate::Mutation;
use tokio_postgres::Client;

/// Prints a line that stands out.
pub(crate) fn title(text: &str) {
    println!("{text}\n{}\n", "=".repeat(text.chars().count()));
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
        self.count.set(self.count.get() + 1);
        println!("{}. {}: {what}", self.count.get(), M::CONTRACT.name);
        println!("   {}, {}", M::CONTRACT.function, M::CONTRACT.source);
        println!("   {mutation:?}");
        match mutation.execute(self.client).await {
            Ok(answer) => {
                let timing = answer.timing();
                println!(
                    "   {} bytes for the client; PostgreSQL {}, transform {}",
                    answer.as_bytes().len(),
                    time(timing.database),
                    time(timing.transform)
                );
                println!("{}", document(answer.as_str()));
            }
            Err(error) => println!("   error: {}", error.to_string().replace('\n', "\n   ")),
        }
        self.event().await?;
        println!();
        Ok(())
    }

    /// Prints the event that the call has left, if it has.
    async fn event(&self) -> Result<(), Box<dyn Error>> {
        let query = "SELECT event_id, event_type, entity_type, entity_id::text, operation, payload::text
                     FROM app.mutation_events WHERE event_id > $1 ORDER BY event_id";
        let events = self.client.query(query, &[&self.last_event.get()]).await?;
        if events.is_empty() {
            println!("   no event");
        }
        for event in events {
            self.last_event.set(event.get(0));
            let [event_type, entity, id, operation, payload]: [&str; 5] =
                [1, 2, 3, 4, 5].map(|column| event.get(column));
            println!("   event {}: {event_type}, {operation} of {entity} {id}", self.last_event.get());
            println!("{}", document(payload));
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
