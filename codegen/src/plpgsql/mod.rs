//! Bodies of PL/pgSQL functions: from text to a tree with places.
//!
//! The grammar is that of `pl_gram.y` of PostgreSQL 18. Like there, an expression is all tokens up to the word that
//! ends it, so what is in it never changes how the body is structured. What is not understood is kept as unknown with
//! its place, and the rest goes on.

pub mod ast;
mod parser;

pub use parser::parse;
