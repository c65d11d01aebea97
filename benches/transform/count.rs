//! One job over and over, for a tool that counts instructions: `count ENGINE CASE RUNS`, such as `count safe "20 kB" 100`; `back` is the way back,
//! `half` a selection of half of the fields, and `reversed` one of all fields from the last to the first.
//!
//! It prints the time of the fastest run, which is what a busy machine disturbs least.

#[allow(dead_code, reason = "the peers use more of it")]
mod documents;

use std::hint::black_box;
use std::time::Instant;

use pgmutate::transform::{Engine, Selection, Transform};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [engine, case, runs] = &arguments[..] else {
        panic!("usage: count fastest|safe|general|back|half|reversed CASE RUNS")
    };
    let back = engine == "back";
    let selection = match engine.as_str() {
        "half" => Some(documents::HALF),
        "reversed" => Some(documents::REVERSED),
        _ => None,
    };
    let engine = match engine.as_str() {
        "fastest" | "back" | "half" | "reversed" => Engine::Fastest,
        "safe" => Engine::Portable,
        "general" => Engine::General,
        other => panic!("no engine `{other}`"),
    };
    let runs: u32 = runs.parse().expect("RUNS is a number");
    let case = documents::cases().into_iter().find(|known| known.label == case).expect("CASE is a label");
    let transform = Transform::new(&documents::ORDER).engine(engine);
    let document = if back { documents::client(&case.document) } else { case.document };
    let selection = selection.map(|text| Selection::parse(&documents::ORDER, text).expect("the selection fits"));
    let mut out = Vec::new();
    let mut fastest = u128::MAX;
    for _ in 0..runs {
        out.clear();
        let start = Instant::now();
        let document = black_box(&document[..]);
        let result = match &selection {
            Some(selection) => selection.run(document, &mut out),
            None if back => transform.reverse(document, &mut out),
            None => transform.run(document, &mut out),
        };
        result.expect("the document is an order");
        black_box(&out);
        fastest = fastest.min(start.elapsed().as_nanos());
    }
    println!("{} bytes to {} in {fastest} ns", document.len(), out.len());
}
