//! What generated code costs to compile, for each mutation: beside sqlx's `query!` and clorinde's output for the same functions.
//!
//! Every subject is a crate that calls each function once. Each is compiled with all functions and with none, in rounds that take turns; what
//! a function costs is the difference of the medians, divided by their number. Dependencies are compiled before.

mod crates;
mod measure;
#[path = "../../check/project.rs"]
mod project;
mod report;

use std::path::Path;

use measure::{Kind, Sample};

fn main() {
    let numbers = std::env::args().skip(1).map(|argument| argument.parse().expect("a number")).collect::<Vec<usize>>();
    let (mutations, rounds) = (numbers.first().copied().unwrap_or(501), numbers.get(1).copied().unwrap_or(5));
    let entities = mutations.div_ceil(3);
    let folder = Path::new("target/compile");
    let subjects = crates::write(folder, entities);
    let target = std::env::current_dir().expect("a current folder").join(folder).join("target");
    for subject in &subjects {
        eprintln!("compiling what `{}` depends on", subject.name);
        for of in [&subject.full, &subject.empty] {
            measure::cargo(of, &target, &["check"], false, &subject.environment);
            measure::cargo(of, &target, &["build"], false, &subject.environment);
        }
    }
    let mut samples = Vec::new();
    for round in 0..rounds {
        for kind in Kind::ALL {
            for (number, subject) in subjects.iter().enumerate() {
                eprintln!("round {}: {} of {}", round + 1, kind.name(), subject.name);
                let [full, empty] = [&subject.full, &subject.empty]
                    .map(|folder| measure::measure(folder, &target, kind, round, &subject.environment));
                samples.push(Sample { subject: number, kind, full, empty });
            }
        }
    }
    report::print(&subjects, &samples, entities * 3);
}
