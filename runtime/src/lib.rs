//! Typed PostgreSQL mutations: one round trip, GraphQL JSON for the client, an event in the same transaction.

pub mod contract;
pub mod transform;
