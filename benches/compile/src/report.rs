//! The tables: a row for each subject.

use crate::crates::Subject;
use crate::measure::Kind;
use crate::samples::Sample;

/// A neighbour on the machine only makes a round slower.
fn fastest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NAN, f64::min)
}

/// Prints a table of each kind, in milliseconds for each function.
pub fn print(subjects: &[Subject], samples: &[Sample], mutations: usize) {
    for kind in Kind::ALL {
        println!("\n{}\n", kind.name());
        println!("| | CPU, ms each | wall, ms each | CPU of all, s | of none, s | rounds |");
        println!("|---|---|---|---|---|---|");
        for subject in subjects {
            let of = |full: bool| {
                samples.iter().filter(move |it| it.kind == kind.name() && it.subject == subject.name && it.full == full)
            };
            let (cpu, wall) = (|it: &Sample| it.cpu, |it: &Sample| it.wall);
            let (full, empty) = (fastest(of(true).map(cpu)), fastest(of(false).map(cpu)));
            let (full_wall, empty_wall) = (fastest(of(true).map(wall)), fastest(of(false).map(wall)));
            let each = |full: f64, empty: f64| (full - empty) * 1e3 / mutations as f64;
            println!(
                "| {} | {:.2} | {:.2} | {full:.2} | {empty:.2} | {} |",
                subject.name,
                each(full, empty),
                each(full_wall, empty_wall),
                of(true).count()
            );
        }
    }
}
