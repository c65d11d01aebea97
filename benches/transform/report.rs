//! The figures as a table and as JSON.

use crate::measure::Measured;

/// The variant that the others are compared with.
pub const REFERENCE: &str = "serde_json::Value";

/// All variants on one document.
pub struct Section {
    pub direction: &'static str,
    pub case: &'static str,
    pub bytes: usize,
    pub measured: Vec<Measured>,
}

impl Section {
    fn reference(&self) -> f64 {
        let value = self.measured.iter().find(|measured| measured.name == REFERENCE);
        value.map_or(f64::NAN, |measured| measured.nanoseconds)
    }
}

pub fn print(sections: &[Section]) {
    for section in sections {
        println!("\n{} {}, {} bytes", section.case, section.direction, section.bytes);
        println!("{:32} {:>12} {:>12} {:>8} {:>9} {:>12}", "", "ns", "median ns", "GB/s", "x Value", "allocations");
        for Measured { name, nanoseconds, median, allocations } in &section.measured {
            let throughput = section.bytes as f64 / nanoseconds;
            let ratio = section.reference() / nanoseconds;
            println!("{name:32} {nanoseconds:>12.1} {median:>12.1} {throughput:>8.3} {ratio:>9.2} {allocations:>12}");
        }
    }
}

pub fn json(sections: &[Section]) -> String {
    let sections: Vec<_> = sections
        .iter()
        .map(|section| {
            let measured: Vec<_> = section
                .measured
                .iter()
                .map(|measured| {
                    serde_json::json!({
                        "name": measured.name,
                        "nanoseconds": measured.nanoseconds,
                        "median_nanoseconds": measured.median,
                        "gigabytes_per_second": section.bytes as f64 / measured.nanoseconds,
                        "times_value": section.reference() / measured.nanoseconds,
                        "allocations": measured.allocations,
                    })
                })
                .collect();
            serde_json::json!({
                "direction": section.direction,
                "case": section.case,
                "bytes": section.bytes,
                "measured": measured,
            })
        })
        .collect();
    format!("{:#}\n", serde_json::Value::from(sections))
}
