//! The tables: a row for each subject.

use crate::crates::Subject;
use crate::measure::{Cost, Kind, Sample};

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Prints a table of each kind, in milliseconds for each function.
pub fn print(subjects: &[Subject], samples: &[Sample], mutations: usize) {
    for kind in Kind::ALL {
        println!("\n{}\n", kind.name());
        println!("| | CPU, ms each | wall, ms each | CPU of all, s | of none, s |");
        println!("|---|---|---|---|---|");
        for (number, subject) in subjects.iter().enumerate() {
            let of = |value: &dyn Fn(&Sample) -> f64| {
                let own = samples.iter().filter(|sample| sample.kind == kind && sample.subject == number);
                median(own.map(value).collect())
            };
            let cpu = |cost: Cost| cost.cpu.as_secs_f64();
            let wall = |cost: Cost| cost.wall.as_secs_f64();
            let (full, empty) = (of(&|sample| cpu(sample.full)), of(&|sample| cpu(sample.empty)));
            let (full_wall, empty_wall) = (of(&|sample| wall(sample.full)), of(&|sample| wall(sample.empty)));
            let each = |full: f64, empty: f64| (full - empty) * 1e3 / mutations as f64;
            println!(
                "| {} | {:.2} | {:.2} | {full:.2} | {empty:.2} |",
                subject.name,
                each(full, empty),
                each(full_wall, empty_wall)
            );
        }
    }
}
