//! The response transform: canonical jsonb text in, GraphQL JSON out, in one pass.

mod table;

pub use table::{Field, Object, Union, Value};
