//! A few of the edits, always the same ones; `docs/mutants.md` has the whole.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use pgmutate_mutants::report::{self, Outcome};
use pgmutate_mutants::server::Server;
use pgmutate_mutants::{edits, files};

#[tokio::test]
async fn what_harms_is_caught_and_nothing_else_of_what_changes_nothing() {
    let files = files();
    let all = edits::all(&files);
    assert!(all.len() > 300, "{}", all.len());
    let server = Server::start().await;
    let outcomes = report::outcomes(&server, &files, all.into_iter().skip(7).step_by(19)).await;
    let count = |is: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| is(outcome)).count();
    let (caught, missed) = (count(Outcome::is_caught), count(Outcome::is_missed));
    let text = report::render(&outcomes, &files, 19);
    assert!(caught * 100 >= (caught + missed) * 90 && caught > 10, "{text}");
    assert_eq!(count(Outcome::is_false_alarm), 0, "{text}");
}

/// What changes nothing is checked whole: it needs no server.
#[test]
fn nothing_is_told_of_what_changes_nothing() {
    let files = files();
    let harmless = edits::all(&files).into_iter().filter(|edit| edit.subject == "nothing").collect::<Vec<_>>();
    assert!(harmless.len() > 30, "{}", harmless.len());
    for edit in harmless {
        let errors = pgmutate_mutants::check(&edit.apply(&files));
        assert!(errors.is_empty(), "{}: {errors:?}", edit.describe(&files));
    }
}
