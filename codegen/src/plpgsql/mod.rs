//! Bodies of PL/pgSQL functions.

pub mod ast;
