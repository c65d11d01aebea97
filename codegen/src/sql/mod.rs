//! Text to statements to catalogue.

pub mod cursor;
pub mod lexer;
pub mod name;
