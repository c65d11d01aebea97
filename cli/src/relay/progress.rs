//! A line on a terminal that tells how a backlog shrinks.

use std::io::{self, IsTerminal as _, Write};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::metrics::Watched;

/// How often the line is written anew.
const PAUSE: Duration = Duration::from_millis(500);

/// Fewer numbers than these are no backlog: they are gone before anybody has read the line.
const BACKLOG: i64 = 1000;

const CLEAR: &str = "\r\x1b[2K";

/// Writes the line for as long as there is a backlog, where standard error is a terminal.
pub(super) async fn show(consumers: Arc<Vec<Watched>>) {
    if !io::stderr().is_terminal() {
        return;
    }
    let mut before = Looked::at(&consumers);
    let mut shown = false;
    loop {
        tokio::time::sleep(PAUSE).await;
        let now = Looked::at(&consumers);
        let line = line(&consumers, &before, &now);
        let mut out = io::stderr().lock();
        // Nobody may be reading, and that stops nothing.
        let _ = match &line {
            Some(line) => write!(out, "{CLEAR}{line}"),
            None if shown => write!(out, "{CLEAR}"),
            None => Ok(()),
        };
        let _ = out.flush();
        shown = line.is_some();
        before = now;
    }
}

/// Where every consumer stood at a moment.
struct Looked {
    at: Instant,
    positions: Vec<i64>,
}

impl Looked {
    fn at(consumers: &[Watched]) -> Looked {
        Looked { at: Instant::now(), positions: consumers.iter().map(|it| it.status.position()).collect() }
    }
}

fn line(consumers: &[Watched], before: &Looked, now: &Looked) -> Option<String> {
    let seconds = now.at.duration_since(before.at).as_secs_f64().max(0.001);
    let parts = consumers.iter().zip(&before.positions).zip(&now.positions).filter_map(|((consumer, before), now)| {
        let behind = consumer.status.newest() - now;
        let rate = (now - before).max(0) as f64 / seconds;
        (behind >= BACKLOG && consumer.status.leads()).then(|| part(&consumer.name, behind, rate))
    });
    let parts: Vec<_> = parts.collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn part(name: &str, behind: i64, rate: f64) -> String {
    let rest = if rate < 1.0 { "standing still".to_owned() } else { format!("{:.0} s to go", behind as f64 / rate) };
    format!("{name}: {} events behind, {}/s, {rest}", grouped(behind), grouped(rate as i64))
}

/// `1 234 567`
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// Standard error for the log: on a terminal each message takes the place of the line, which comes again below it.
pub(super) struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut out = io::stderr().lock();
        if out.is_terminal() {
            out.write_all(CLEAR.as_bytes())?;
        }
        out.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backlog_tells_how_long_it_lasts() {
        assert_eq!(part("search", 1_234_567, 40_000.0), "search: 1 234 567 events behind, 40 000/s, 31 s to go");
        assert_eq!(part("search", 1_000, 0.2), "search: 1 000 events behind, 0/s, standing still");
    }

    #[test]
    fn who_is_not_behind_is_not_named() {
        let consumers = vec![Watched { name: "a".to_owned(), sink: "stdout", status: Arc::default() }];
        let looked = Looked::at(&consumers);
        assert_eq!(line(&consumers, &looked, &looked), None);
    }
}
