//! What the generator writes for every working project of `fixtures/cases`.

#![deny(warnings)]

use std::fmt::Debug;

use pgmutate::contract::Contract;
use pgmutate::json::{ReadError, read};
use pgmutate::{EventPayload, TypedMutation};

include!(concat!(env!("OUT_DIR"), "/cases.rs"));

/// The contract of every mutation, by case and name.
pub static CONTRACTS: &[(&str, &str, &Contract)] = include!(concat!(env!("OUT_DIR"), "/contracts.rs"));

/// The contract of a case's mutation.
#[must_use]
pub fn contract(case: &str, mutation: &str) -> Option<&'static Contract> {
    CONTRACTS.iter().find(|(of, name, _)| *of == case && *name == mutation).map(|(_, _, contract)| *contract)
}

/// Reads a response, as a success or not, into the types of a mutation's answers, and shows it.
pub type ReadAnswer = fn(bool, &[u8]) -> Result<String, ReadError>;

/// Reads an event's payload into its type, and shows it.
pub type ReadEvent = fn(&[u8]) -> Result<String, ReadError>;

/// How the answers of every mutation are read, by case and name.
pub static ANSWERS: &[(&str, &str, ReadAnswer)] = include!(concat!(env!("OUT_DIR"), "/answers.rs"));

/// How every type of event is read, by case and type.
pub static EVENTS: &[(&str, &str, ReadEvent)] = include!(concat!(env!("OUT_DIR"), "/events.rs"));

fn read_answer<M: TypedMutation<Success: Debug, Error: Debug>>(
    success: bool,
    response: &[u8],
) -> Result<String, ReadError> {
    Ok(if success {
        format!("{:?}", read::<M::Success>(response)?)
    } else {
        format!("{:?}", read::<M::Error>(response)?)
    })
}

fn read_event<E: EventPayload + Debug>(payload: &[u8]) -> Result<String, ReadError> {
    Ok(format!("{} {} {:?}", E::OPERATION, E::ENTITY, E::from_payload(payload)?))
}
