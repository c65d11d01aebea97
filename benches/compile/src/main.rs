//! What generated code costs to compile, for each mutation: beside sqlx's `query!` and clorinde's output for the same functions.
//!
//! Every subject is a crate that calls each function once. Each is compiled with all functions and with none, in rounds that take turns; what
//! a function costs is the difference of the fastest rounds, divided by their number. Dependencies are compiled before.

mod crates;
mod measure;
#[path = "../../check/project.rs"]
mod project;
mod report;
mod samples;

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use measure::Kind;
use samples::Samples;

/// Where everything is written.
const FOLDER: &str = "target/compile";

fn main() {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    let number = |at: usize, unless_said: usize| {
        arguments.get(at).map_or(unless_said, |argument| argument.parse().expect("a number"))
    };
    match arguments.first().map(String::as_str) {
        Some("prepare") => prepare(number(1, 501)),
        Some("measure") => measure(number(1, 1), arguments.get(2..).unwrap_or_default()),
        _ => panic!("`prepare [MUTATIONS]` or `measure [ROUNDS [WORD...]]`"),
    }
}

/// Writes the crates.
fn prepare(mutations: usize) {
    let folder = Path::new(FOLDER);
    let entities = mutations.div_ceil(3);
    crates::write(folder, entities);
    fs::write(folder.join("mutations"), (entities * 3).to_string()).expect("their number is kept");
    Samples::of(folder).clear();
}

/// Makes rounds, of the subjects and kinds that `words` tell, and prints what all rounds since `prepare` have given.
fn measure(rounds: usize, words: &[String]) {
    let folder = Path::new(FOLDER);
    let mutations = fs::read_to_string(folder.join("mutations")).expect("`prepare` has been run");
    let mutations = mutations.parse().expect("the number of mutations");
    let samples = Samples::of(folder);
    let is_said = |word: &str| words.iter().any(|said| said == word);
    let all = crates::subjects(folder);
    let some_subject = all.iter().any(|subject| is_said(subject.stem));
    let subjects = all.iter().filter(|subject| !some_subject || is_said(subject.stem)).collect::<Vec<_>>();
    let some_kind = Kind::ALL.iter().any(|kind| is_said(kind.word()));
    let kinds = Kind::ALL.into_iter().filter(|kind| !some_kind || is_said(kind.word())).collect::<Vec<_>>();
    for subject in &subjects {
        eprintln!("compiling what `{}` depends on", subject.name);
        for kind in &kinds {
            for of in [&subject.full, &subject.empty] {
                measure::cargo(of, &[kind.command()], false, subject.environment);
            }
        }
    }
    for _ in 0..rounds {
        let edit = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as usize);
        for &kind in &kinds {
            for subject in &subjects {
                eprintln!("{} of {}", kind.name(), subject.name);
                for (full, of) in [(true, &subject.full), (false, &subject.empty)] {
                    samples.add(subject, kind, full, measure::measure(of, kind, edit, subject.environment));
                }
            }
        }
    }
    report::print(&all, &samples.read(), mutations);
}
