//! Some of the edits of every kind, as `cargo run --release -p pgmutate-mutants` makes all of them.

use std::collections::BTreeMap;

use pgmutate_mutants::report::{self, Outcome};
use pgmutate_mutants::server::Server;
use pgmutate_mutants::{edits, files};

/// So many edits of each kind are tried, evenly chosen.
const OF_EACH_KIND: usize = 2;

#[tokio::test]
async fn harm_is_told_and_nothing_else_is() {
    let files = files();
    let mut kinds: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for edit in edits::all(&files) {
        kinds.entry((edit.subject, edit.change)).or_default().push(edit);
    }
    assert!(kinds.len() >= 25, "{:?}", kinds.keys());
    let chosen = kinds.into_values().flat_map(|edits| {
        let step = edits.len().div_ceil(OF_EACH_KIND).max(1);
        edits.into_iter().step_by(step)
    });
    let outcomes = report::outcomes(&mut Server::start().await, &files, chosen).await;
    let told = |is: fn(&Outcome) -> bool| {
        let those = outcomes.iter().filter(|outcome| is(outcome));
        those.map(|it| format!("{}: {:?} {:?}", it.edit.describe(&files), it.harm, it.errors)).collect::<Vec<_>>()
    };
    let (caught, missed, alarms) = (told(Outcome::is_caught), told(Outcome::is_missed), told(Outcome::is_false_alarm));
    assert!(alarms.is_empty(), "{alarms:#?}");
    assert!(missed.is_empty(), "{missed:#?}");
    assert!(caught.len() > 20, "{}", caught.len());
}
