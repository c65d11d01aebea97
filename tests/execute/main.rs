//! Mutations executed on a real PostgreSQL.

mod errors;
mod events;
mod rights;
mod round_trip;
mod values;
