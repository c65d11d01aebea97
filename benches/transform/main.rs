//! The transform beside every other way to do its job, in one interleaved run.
//!
//! `cargo bench --manifest-path benches/Cargo.toml --bench transform` prints a table; `-- --json FILE` writes the figures, too, and `-- --quick` takes
//! fewer rounds.

mod documents;
mod measure;
mod peers;
mod report;

use std::hint::black_box;
use std::time::Duration;

use pgmutate::transform::{Engine, Selection, Transform};

use documents::{Case, HALF, HALF_IN_ORDER, ORDER, REVERSED};
use measure::{Counting, Variant, measure};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let only = arguments.iter().position(|argument| argument == "--only").and_then(|at| arguments.get(at + 1));
    let json = arguments.iter().position(|argument| argument == "--json").and_then(|at| arguments.get(at + 1));
    let (rounds, sample) = if quick { (15, Duration::from_micros(300)) } else { (101, Duration::from_millis(1)) };

    let mut results = Vec::new();
    for case in documents::cases() {
        check(&case);
        let forward = measure(&mut chosen(forward(&case), only), rounds, sample);
        results.push(report::Section {
            direction: "to the client",
            case: case.label,
            bytes: case.document.len(),
            measured: forward,
        });
        let client = documents::client(&case.document);
        let back = measure(&mut chosen(backward(&client), only), rounds, sample);
        results.push(report::Section {
            direction: "the way back",
            case: case.label,
            bytes: client.len(),
            measured: back,
        });
    }
    report::print(&results);
    if let Some(path) = json {
        std::fs::write(path, report::json(&results)).unwrap_or_else(|error| panic!("cannot write `{path}`: {error}"));
    }
}

/// The variants whose names contain `only`, and the one that the others are compared with.
fn chosen<'a>(mut variants: Vec<Variant<'a>>, only: Option<&String>) -> Vec<Variant<'a>> {
    if let Some(only) = only {
        variants.retain(|variant| variant.name == report::REFERENCE || variant.name.contains(only.as_str()));
    }
    variants
}

/// Runs `work` on the document with an output buffer of its own, which is emptied and used again.
fn variant<'a>(name: &'static str, document: &'a [u8], mut work: impl FnMut(&[u8], &mut Vec<u8>) + 'a) -> Variant<'a> {
    let mut out = Vec::new();
    let run = Box::new(move || {
        out.clear();
        work(black_box(document), &mut out);
        black_box(&out);
    });
    Variant { name, run }
}

fn engine(engine: Engine) -> impl FnMut(&[u8], &mut Vec<u8>) {
    let transform = Transform::new(&ORDER).engine(engine);
    move |document, out| transform.run(document, out).expect("the document is an order")
}

fn selected(engine: Engine, selection: &str) -> impl FnMut(&[u8], &mut Vec<u8>) {
    let selection = Selection::parse(&ORDER, selection).expect("the selection fits").engine(engine);
    move |document, out| selection.run(document, out).expect("the document is an order")
}

fn forward(case: &Case) -> Vec<Variant<'_>> {
    let document = &case.document[..];
    let (mut copy, mut copy_owned, mut copy_typed) = (Vec::new(), Vec::new(), Vec::new());
    vec![
        variant("pgmutate", document, engine(Engine::Fastest)),
        variant("pgmutate, safe", document, engine(Engine::Portable)),
        variant("pgmutate, general", document, engine(Engine::General)),
        variant("pgmutate, half selected", document, selected(Engine::Fastest, HALF)),
        variant("pgmutate, half in order", document, selected(Engine::Fastest, HALF_IN_ORDER)),
        variant("pgmutate, all reversed", document, selected(Engine::Fastest, REVERSED)),
        variant("pgmutate, safe, half selected", document, selected(Engine::Portable, HALF)),
        variant("pgmutate, safe, half in order", document, selected(Engine::Portable, HALF_IN_ORDER)),
        variant("pgmutate, safe, all reversed", document, selected(Engine::Portable, REVERSED)),
        variant("serde_json::Value", document, peers::serde_value::run),
        variant("serde_json, structs owned", document, peers::serde_owned),
        variant("serde_json, structs borrowed", document, peers::serde_borrowed),
        variant("simd-json, tree owned", document, move |document, out| {
            peers::simd_tree::owned(document, &mut copy_owned, out);
        }),
        variant("simd-json, tree borrowed", document, move |document, out| {
            peers::simd_tree::borrowed(document, &mut copy, out);
        }),
        variant("simd-json, structs borrowed", document, move |document, out| {
            peers::simd_typed(document, &mut copy_typed, out);
        }),
        variant("sonic-rs, tree", document, peers::sonic_tree::run),
        variant("sonic-rs, structs owned", document, peers::sonic_owned),
        variant("sonic-rs, structs borrowed", document, peers::sonic_borrowed),
        variant("limit: serde_json IgnoredAny", document, |document, _| {
            black_box(serde_json::from_slice::<serde::de::IgnoredAny>(document).expect("the document is JSON"));
        }),
        variant("limit: sonic-rs skip", document, |document, _| {
            black_box(sonic_rs::from_slice::<sonic_rs::LazyValue<'_>>(document).expect("the document is JSON"));
        }),
        variant("limit: memcpy", document, |document, out| out.extend_from_slice(document)),
    ]
}

fn backward(client: &[u8]) -> Vec<Variant<'_>> {
    vec![
        variant("pgmutate", client, |document, out| {
            Transform::new(&ORDER).reverse(document, out).expect("the document is an order");
        }),
        variant("serde_json::Value", client, peers::serde_value::back),
    ]
}

/// Every variant has to do the whole job.
fn check(case: &Case) {
    let value = |work: &mut dyn FnMut(&[u8], &mut Vec<u8>)| {
        let mut out = Vec::new();
        work(&case.document, &mut out);
        serde_json::from_slice::<serde_json::Value>(&out).expect("a variant writes JSON")
    };
    let expected = value(&mut peers::serde_value::run);
    let mut copy = Vec::new();
    assert_eq!(value(&mut engine(Engine::Fastest)), expected);
    assert_eq!(value(&mut engine(Engine::Portable)), expected);
    assert_eq!(value(&mut engine(Engine::General)), expected);
    assert_eq!(value(&mut peers::serde_owned), expected);
    assert_eq!(value(&mut peers::serde_borrowed), expected);
    assert_eq!(value(&mut peers::sonic_owned), expected);
    assert_eq!(value(&mut peers::sonic_borrowed), expected);
    assert_eq!(value(&mut peers::sonic_tree::run), expected);
    assert_eq!(value(&mut |document, out| peers::simd_typed(document, &mut copy, out)), expected);
    assert_eq!(value(&mut |document, out| peers::simd_tree::owned(document, &mut copy, out)), expected);
    assert_eq!(value(&mut |document, out| peers::simd_tree::borrowed(document, &mut copy, out)), expected);
}
