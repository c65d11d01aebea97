//! The mutations of the tasks' database, for every service that calls them.
//!
//! Its build script reads the SQL once; the services that depend on this crate have neither a build script nor any SQL.

pgmutate::include_mutations!();

/// The contracts of all mutations, which a service asks the database about when it starts.
pub const CONTRACTS: &[&pgmutate::contract::Contract] =
    &[<app::AddTask as pgmutate::Mutation>::CONTRACT, <app::CompleteTask as pgmutate::Mutation>::CONTRACT];
