//! To the client: the engines agree byte for byte, errors included, and what they write is JSON.
//!
//! The first byte of the input chooses the policies, the rest is the document.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pgmutate::transform::{Engine, Missing, Transform, Unknown};
use pgmutate_fuzz::{NODE, at_the_edge, is_json};

fuzz_target!(|data: &[u8]| {
    let Some((&choice, document)) = data.split_first() else { return };
    let transform = Transform::new(&NODE)
        .unknown([Unknown::Drop, Unknown::Rename, Unknown::Refuse][usize::from(choice % 3)])
        .missing(if choice & 64 == 0 { Missing::Refuse } else { Missing::Allow })
        .depth(if choice & 128 == 0 { 128 } else { 4 });
    let run = |engine| {
        let mut out = b"before".to_vec();
        let result = at_the_edge(document, |document| transform.engine(engine).run(document, &mut out));
        (result.map_err(|error| error.to_string()), out)
    };
    let expected = run(Engine::General);
    assert_eq!(run(Engine::Portable), expected);
    assert_eq!(run(Engine::Fastest), expected);
    match &expected {
        (Ok(()), out) => assert!(is_json(document) && is_json(&out[6..])),
        (Err(_), out) => assert_eq!(out, b"before"),
    }
});
