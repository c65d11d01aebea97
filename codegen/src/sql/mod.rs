//! SQL text to statements: which files there are, and what each statement says.

pub mod body;
pub mod cursor;
pub mod embedded;
pub mod input;
pub mod lexer;
pub mod name;
pub mod script;
pub mod statement;
pub mod type_name;
