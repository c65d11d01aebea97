//! What the generator writes for every working project of `fixtures/cases`.

#![deny(warnings)]

use pgmutate::contract::Contract;

include!(concat!(env!("OUT_DIR"), "/cases.rs"));

/// The contract of every mutation, by case and name.
pub static CONTRACTS: &[(&str, &str, &Contract)] = include!(concat!(env!("OUT_DIR"), "/contracts.rs"));

/// The contract of a case's mutation.
#[must_use]
pub fn contract(case: &str, mutation: &str) -> Option<&'static Contract> {
    CONTRACTS.iter().find(|(of, name, _)| *of == case && *name == mutation).map(|(_, _, contract)| *contract)
}
