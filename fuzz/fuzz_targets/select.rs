//! Selections: the engines agree byte for byte, errors included, and what they write is JSON.
//!
//! The first byte of the input chooses the selection and the policy, the rest is the document.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pgmutate::transform::{Engine, Missing, Selection, Transform};
use pgmutate_fuzz::{NODE, at_the_edge, is_json};

const TEXTS: [&str; 5] = [
    "{ a id }",
    "{ __typename id g e d a }",
    "{ orderNumber c { aB a } pay { ... on Node { a __typename } ... on Leaf { aB } } b { id a } }",
    "{ list { kind: __typename ... on Leaf { a } ... on Node { c { aB } id } } x: a y: orderNumber }",
    "{ one: c { a } two: c { aB } b { b { b { a e } d } g } }",
];
const ENGINES: [Engine; 3] = [Engine::General, Engine::Portable, Engine::Fastest];

/// For each text and policy a selection for each engine.
static SELECTIONS: LazyLock<Vec<[Selection; 3]>> = LazyLock::new(|| {
    let policies = [Missing::Refuse, Missing::Allow];
    let both = TEXTS.iter().flat_map(|text| policies.map(|missing| (text, missing)));
    both.map(|(text, missing)| {
        ENGINES.map(|engine| {
            let settings = Transform::new(&NODE).missing(missing).engine(engine);
            Selection::parse(&NODE, text).expect("the selection fits").settings(&settings)
        })
    })
    .collect()
});

fuzz_target!(|data: &[u8]| {
    let Some((&choice, document)) = data.split_first() else { return };
    let selections = &SELECTIONS[usize::from(choice) % SELECTIONS.len()];
    let [expected, portable, fastest] = selections.each_ref().map(|selection| {
        let mut out = b"before".to_vec();
        let result = at_the_edge(document, |document| selection.run(document, &mut out));
        (result.map_err(|error| error.to_string()), out)
    });
    assert_eq!(portable, expected);
    assert_eq!(fastest, expected);
    match &expected {
        (Ok(()), out) => assert!(is_json(document) && is_json(&out[6..])),
        (Err(_), out) => assert_eq!(out, b"before"),
    }
});
