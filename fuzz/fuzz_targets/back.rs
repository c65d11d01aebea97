//! The way back: what is accepted is JSON and becomes JSON, and what is refused leaves nothing behind.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pgmutate::transform::{Transform, Unknown};
use pgmutate_fuzz::{NODE, at_the_edge, is_json};

const THERE: Transform = Transform::new(&NODE).unknown(Unknown::Refuse);

fuzz_target!(|document: &[u8]| {
    let mut out = b"before".to_vec();
    match at_the_edge(document, |document| THERE.reverse(document, &mut out)) {
        Ok(()) => {
            assert!(is_json(document) && is_json(&out[6..]));
            // What went back has the shape of what comes from the database.
            let mut shown = Vec::new();
            THERE.run(&out[6..], &mut shown).expect("the way back leads to a document of the type");
            assert!(is_json(&shown));
        }
        Err(_) => assert_eq!(out, b"before"),
    }
});
