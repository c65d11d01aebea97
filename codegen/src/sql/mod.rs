//! Text to statements to catalogue.

pub mod body;
pub mod cursor;
pub mod embedded;
pub mod lexer;
pub mod name;
