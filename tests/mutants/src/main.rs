//! Writes `docs/mutants.md`; fails where less is caught than is promised.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at once when its set-up fails")]

use std::process::ExitCode;

use pgmutate_mutants::report::{self, Outcome};
use pgmutate_mutants::server::Server;
use pgmutate_mutants::{edits, files, shop};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let files = files();
    let mut server = Server::start().await;
    // `pgmutate-mutants 5` tries every fifth edit.
    let every = std::env::args().nth(1).map_or(1, |every| every.parse::<usize>().expect("a number").max(1));
    let all = edits::all(&files);
    println!("{} edits, of which every {every}. is tried", all.len());
    let outcomes = report::outcomes(&mut server, &files, all.into_iter().step_by(every)).await;
    let text = report::render(&outcomes, &files, every);
    std::fs::write(shop().join("../../docs/mutants.md"), &text).expect("docs/mutants.md");
    let count = |is: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| is(outcome)).count();
    let (caught, missed, alarms) =
        (count(Outcome::is_caught), count(Outcome::is_missed), count(Outcome::is_false_alarm));
    for outcome in outcomes.iter().filter(|outcome| outcome.is_false_alarm()) {
        eprintln!("false alarm: {}: {:?}", outcome.edit.describe(&files), outcome.errors);
    }
    println!(
        "{} edits: of {} harmful ones {caught} are caught; {alarms} false alarms",
        outcomes.len(),
        caught + missed
    );
    let holds = alarms == 0 && caught * 100 >= (caught + missed) * 95;
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
