//! Counts, and what was missed, as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::File;
use crate::edits::Edit;
use crate::server::Server;

/// What became of an edit.
pub struct Outcome {
    /// The edit.
    pub edit: Edit,
    /// How the first answer that differs differs; `None` where all calls answer as before.
    pub harm: Option<String>,
    /// What `check` says.
    pub errors: Vec<String>,
}

impl Outcome {
    /// Whether harm is told.
    #[must_use]
    pub fn is_caught(&self) -> bool {
        self.harm.is_some() && !self.errors.is_empty()
    }

    /// Whether harm is not told.
    #[must_use]
    pub fn is_missed(&self) -> bool {
        self.harm.is_some() && self.errors.is_empty()
    }

    /// Whether something is told of an edit that changes nothing.
    #[must_use]
    pub fn is_false_alarm(&self) -> bool {
        self.edit.subject == "nothing" && !self.errors.is_empty()
    }

    /// Whether it reports what no call shows: another way through the code, or what only a declaration promises.
    #[must_use]
    pub fn is_told_without_harm(&self) -> bool {
        self.edit.subject != "nothing" && self.harm.is_none() && !self.errors.is_empty()
    }
}

/// Runs and checks each edit.
pub async fn outcomes(server: &mut Server, files: &[File], edits: impl IntoIterator<Item = Edit>) -> Vec<Outcome> {
    let usual = server.run(files, None).await;
    assert!(
        !usual.iter().any(|answer| answer.starts_with("it does not load") || answer.starts_with("error")),
        "{usual:#?}"
    );
    assert!(usual == server.run(files, None).await, "answers must not differ from run to run");
    assert_eq!(crate::check(files), [] as [String; 0]);
    let mut outcomes = Vec::new();
    let mut edits = edits.into_iter().collect::<Vec<_>>();
    edits.sort_by_key(|edit| edit.file);
    for edit in edits {
        server.keep_before(files, edit.file).await;
        let edited = edit.apply(files);
        let answers = server.run(&edited, Some(&usual)).await;
        let differs =
            answers.iter().zip(&usual).find(|(answer, usual)| answer != usual).map(|(answer, _)| answer.clone());
        let harm =
            differs.or_else(|| (answers.len() != usual.len()).then(|| "there are more or fewer answers".to_owned()));
        assert!(edit.subject != "nothing" || harm.is_none(), "{}: {harm:?}", edit.describe(files));
        let outcome = Outcome { harm, errors: crate::check(&edited), edit };
        if outcome.is_missed() || outcome.is_false_alarm() {
            eprintln!("{} {}: {}", outcome.edit.subject, outcome.edit.change, outcome.edit.describe(files));
        }
        outcomes.push(outcome);
    }
    outcomes
}

/// The whole report.
#[must_use]
pub fn render(outcomes: &[Outcome], files: &[File], every: usize) -> String {
    let mut kinds: BTreeMap<(&str, &str), [usize; 4]> = BTreeMap::new();
    for outcome in outcomes.iter().filter(|outcome| outcome.edit.subject != "nothing") {
        let counts = kinds.entry((outcome.edit.subject, outcome.edit.change)).or_default();
        counts[0] += 1;
        counts[1] += usize::from(outcome.harm.is_some());
        counts[2] += usize::from(outcome.is_caught());
        counts[3] += usize::from(outcome.is_told_without_harm());
    }
    let mut out = format!("{HEAD}{TABLE}");
    if every > 1 {
        out = out.replace(TABLE, &format!("Only every {every}th edit was tried in this run.\n\n{TABLE}"));
    }
    let mut total = [0; 4];
    for ((subject, change), counts) in &kinds {
        let [edits, harmful, caught, told] = counts;
        let _ = writeln!(out, "| {subject} | {change} | {edits} | {harmful} | {caught} | {told} |");
        for (total, count) in total.iter_mut().zip(counts) {
            *total += count;
        }
    }
    let [edits, harmful, caught, told] = total;
    let share = 100.0 * caught as f64 / harmful.max(1) as f64;
    let _ = writeln!(out, "| **all** | | {edits} | {harmful} | {caught} ({share:.1} %) | {told} |");

    out.push_str("\n## Edits that change nothing\n\n| edit | edits | told |\n|---|--:|--:|\n");
    let mut nothing: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for outcome in outcomes.iter().filter(|outcome| outcome.edit.subject == "nothing") {
        let counts = nothing.entry(outcome.edit.change).or_default();
        counts[0] += 1;
        counts[1] += usize::from(!outcome.errors.is_empty());
    }
    for (change, [edits, told]) in nothing {
        let _ = writeln!(out, "| {change} | {edits} | {told} |");
    }
    out.push_str("\n## Missed\n\n");
    let missed = outcomes.iter().filter(|outcome| outcome.is_missed()).collect::<Vec<_>>();
    for outcome in &missed {
        let harm = outcome.harm.as_deref().unwrap_or_default().chars().take(160).collect::<String>();
        let Edit { subject, change, .. } = outcome.edit;
        let why = crate::report::reason(&outcome.edit, &harm);
        let _ = writeln!(out, "- {subject} {change}, {}: {why}", outcome.edit.describe(files));
    }
    if missed.is_empty() {
        out.push_str("None.\n");
    }
    out.push_str("\n## Told without harm\n\n");
    for outcome in outcomes.iter().filter(|outcome| outcome.is_told_without_harm()) {
        let Edit { subject, change, .. } = outcome.edit;
        let told = outcome.errors.first().map(String::as_str).unwrap_or_default();
        let _ = writeln!(out, "- {subject} {change}, {}: {told}", outcome.edit.describe(files));
    }
    out
}

/// Why harm of this kind is not told.
fn reason(edit: &Edit, harm: &str) -> String {
    match (edit.subject, edit.change) {
        ("column", "retyped") => {
            "the server converts the values of the new type, or refuses data that only it sees".to_owned()
        }
        _ => format!("first answer that differs: `{}`", harm.replace('`', "'")),
    }
}

const HEAD: &str = "\
# What check finds of small mistakes

Every argument, key, code, event field, called function and column of the shop's SQL is renamed, retyped or dropped, one at a time. Each
edit is loaded and called on a real server, with calls that go every way through the shop's mutations; *harmful* is an edit that does not
load, makes a call fail, or changes an answer, an event or a kept document. *Caught* are those of them for which `pgmutate check` exits
with 1. *Told without harm* are edits that changed no answer of these calls and that `check` reports all the same: a code that the manifest
does not know, for example, on a way that no call went.

This file is written by `cargo run --release -p pgmutate-mutants`.

";

const TABLE: &str = "\
| what | edit | edits | harmful | caught | told without harm |
|---|---|--:|--:|--:|--:|
";
