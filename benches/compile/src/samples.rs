//! What was measured since the crates were written: a line for each compilation, so that the rounds need not be made in one go.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::crates::Subject;
use crate::measure::{Cost, Kind};

/// One compilation of a subject.
pub struct Sample {
    /// Its [`Subject::name`].
    pub subject: String,
    /// Its [`Kind::name`].
    pub kind: String,
    /// Whether with all functions, or with none.
    pub full: bool,
    /// Seconds on the clock.
    pub wall: f64,
    /// Seconds on all processors together.
    pub cpu: f64,
}

/// The file of the samples.
pub struct Samples {
    path: PathBuf,
}

impl Samples {
    /// The samples of the crates in `folder`.
    pub fn of(folder: &Path) -> Self {
        Self { path: folder.join("samples.tsv") }
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        fs::write(&self.path, "").expect("the samples are cleared");
    }

    /// Adds one.
    pub fn add(&self, subject: &Subject, kind: Kind, full: bool, cost: Cost) {
        let mut file = OpenOptions::new().append(true).open(&self.path).expect("the samples, after `prepare`");
        let (wall, cpu) = (cost.wall.as_secs_f64(), cost.cpu.as_secs_f64());
        writeln!(file, "{}\t{}\t{full}\t{wall}\t{cpu}", subject.name, kind.name()).expect("a sample is kept");
    }

    /// All of them.
    pub fn read(&self) -> Vec<Sample> {
        let text = fs::read_to_string(&self.path).expect("the samples, after `prepare`");
        let sample = |line: &str| {
            let words = line.split('\t').collect::<Vec<_>>();
            let &[subject, kind, full, wall, cpu] = words.as_slice() else { panic!("no sample: {line}") };
            let seconds = |text: &str| text.parse().expect("seconds");
            let (subject, kind) = (subject.to_owned(), kind.to_owned());
            Sample { subject, kind, full: full == "true", wall: seconds(wall), cpu: seconds(cpu) }
        };
        text.lines().map(sample).collect()
    }
}
