//! The working projects of `fixtures/cases`: each is checked without a complaint, compiled, and executed on a real server.
//!
//! A case is a folder with `schema.sql`, `mutations.json` and `calls.json`, a list of calls and of SQL between them. What the calls
//! gave, for the database and for the client, and which events they left is in `expected.json`; `UPDATE_GOLDEN=1` writes it anew, and
//! the diff of it is the review. The JSON that really comes back must lie in the shape that was inferred from the SQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

mod case;
mod run;
mod selected;
mod shape;
mod typed;
mod wire;

use case::Case;
use futures_util::StreamExt;

/// So many databases at once.
const AT_ONCE: usize = 4;

#[test]
fn there_are_forty_and_every_convention_is_among_them() {
    let cases = Case::all();
    assert!(cases.len() >= 40, "{} cases", cases.len());
    let words = cases.iter().flat_map(|case| case.contract.mutations.iter().map(|it| it.convention.word()));
    let words = words.collect::<std::collections::BTreeSet<_>>();
    let all = ["composite", "flat", "list", "out", "row", "scalar", "void"];
    assert_eq!(words.into_iter().collect::<Vec<_>>(), all);
}

#[test]
fn no_case_is_complained_of() {
    let complaints = Case::all().into_iter().map(|case| case.complaints).collect::<String>();
    assert!(complaints.is_empty(), "{complaints}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_case_answers_as_inferred() {
    let runs = futures_util::stream::iter(Case::all()).map(|case| async move {
        let name = case.name.clone();
        let (failures, typed) = run::run(&case).await;
        (failures.into_iter().map(|failure| format!("{name}: {failure}\n")).collect::<String>(), typed)
    });
    let (failures, mut typed) = runs.buffer_unordered(AT_ONCE).unzip::<_, _, Vec<_>, Vec<_>>().await;
    let failures = failures.concat();
    assert!(failures.is_empty(), "{failures}");
    // Every answer and every event as its Rust type has it.
    typed.sort();
    let (path, typed) = (case::folder().join("typed.txt"), typed.concat());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &typed).unwrap();
    }
    assert!(!typed.contains(": error: "), "{typed}");
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == typed, "fixtures/cases/typed.txt is out of date\n{typed}");
}

/// What is not known is listed with its reason in `fixtures/cases/opaque.txt`.
#[test]
fn opaque_leaves_are_few_and_listed() {
    let (mut list, mut leaves, mut opaque) = (String::new(), 0, 0);
    for case in Case::all() {
        let found = shape::leaves(&case);
        leaves += found.count;
        opaque += found.opaque.len();
        list.extend(found.opaque.iter().map(|leaf| format!("{}: {leaf}\n", case.name)));
    }
    let path = case::folder().join("opaque.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &list).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), list, "fixtures/cases/opaque.txt is out of date");
    assert!(opaque * 20 <= leaves, "{opaque} of {leaves} leaves are opaque, more than 5 %");
    println!("{opaque} of {leaves} leaves are opaque");
}
